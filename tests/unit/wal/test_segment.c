#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "support/log_files.h"
#include "support/random_values.h"
#include "wal/directory.h"
#include "wal/segment.h"

enum { WHOLE = 40 << 20, APPENDS = 60, PIECES = 4 };

/* Of all sizes: some end in a block, some at its end, some are larger than the stage. */
static size_t choose_size(random_source *random)
{
    static const size_t at_most[] = {1, 3, 64, 65, 1000, 20000, 140000};
    size_t steps = at_most[random_below(random, sizeof at_most / sizeof *at_most)];
    return (1 + random_below(random, steps)) * WAL_STEP;
}

static size_t cut_into_pieces(random_source *random, char *bytes, size_t size,
                              struct iovec *pieces)
{
    size_t at = 0;
    for (size_t i = 0; i + 1 < PIECES; i++) {
        size_t some = random_below(random, size - at + 1); /* may be none */
        pieces[i] = (struct iovec){bytes + at, some};
        at += some;
    }
    pieces[PIECES - 1] = (struct iovec){bytes + at, size - at};
    return PIECES;
}

static void check_file(const char *path, const char *wanted, size_t size, char *read)
{
    size_t got = 0;
    int file;
    assert_int_equal(file_open_read(path, &file), WEIR_OK);
    assert_int_equal(file_read_at(file, path, read, size, 0, &got), WEIR_OK);
    assert_int_equal(file_close(file, path), WEIR_OK);
    assert_int_equal(got, size);
    assert_memory_equal(read, wanted, size);
}

/* What was appended stands there after each append, and behind it there is nothing. */
static void append_all(bool past_cache)
{
    random_source random = {past_cache ? 7 : 8};
    wal_segment segment = {0};
    wal_segment_header header = {.owner = 1, .number = 3, .first_sequence = 1};
    char *path = wal_directory_segment(log_files, 3);
    char *wanted = calloc(1, WHOLE), *read = malloc(WHOLE), *bytes = malloc(WHOLE);
    assert_int_equal(
        wal_segment_create(&segment, log_files, &header, 16384, 64, past_cache), WEIR_OK);
    wal_segment_header_encode(&header, wanted);
    for (int i = 0; i < APPENDS; i++) {
        size_t size = choose_size(&random), at = segment.offset;
        struct iovec pieces[PIECES];
        if (at + size + FILE_BLOCK > WHOLE) break;
        for (size_t j = 0; j < size; j++) bytes[j] = (char)(j * 7 + (size_t)i);
        memcpy(wanted + at, bytes, size);
        size_t count = cut_into_pieces(&random, bytes, size, pieces);
        assert_int_equal(wal_segment_append(&segment, pieces, count, size), WEIR_OK);
        assert_int_equal(wal_segment_sync(&segment), WEIR_OK);
        assert_int_equal(segment.offset, at + size);
        size_t whole = (segment.offset + FILE_BLOCK - 1) / FILE_BLOCK * FILE_BLOCK;
        check_file(path, wanted, whole, read);
    }
    size_t end = segment.offset;
    assert_true(end > 8 << 20);
    wal_segment_close(&segment);
    check_file(path, wanted, end, read);
    file_info info;
    assert_int_equal(file_stat(path, &info), WEIR_OK);
    assert_int_equal(info.size, end);
    assert_int_equal(file_remove_tree(path), WEIR_OK);
    free(bytes);
    free(read);
    free(wanted);
    free(path);
}

static void appends_through_the_cache(void **state)
{
    (void)state;
    append_all(false);
}

static void appends_past_the_cache(void **state)
{
    (void)state;
    append_all(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(appends_through_the_cache, log_files_set_up,
                                        log_files_tear_down),
        cmocka_unit_test_setup_teardown(appends_past_the_cache, log_files_set_up,
                                        log_files_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
