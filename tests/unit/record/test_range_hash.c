/* Checksums of ranges of a file, from the pieces in which they come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <xxhash.h>

#include "base/error.h"
#include "base/file.h"
#include "record/range_hash.h"

static char path[] = "test_range_hash.tmp";
static char text[600 << 10];

static int set_up(void **state)
{
    (void)state;
    int file;
    for (size_t i = 0; i < sizeof text; i++) text[i] = (char)(i * i >> 7);
    if (file_create(path, &file) != WEIR_OK) return -1;
    weir_status status = file_write(file, path, text, sizeof text);
    return file_close(file, path) == WEIR_OK && status == WEIR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return file_remove_tree(path) == WEIR_OK ? 0 : -1;
}

static void pieces_make_the_same_as_the_whole(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 5000; piece = piece * 3 + 1) {
        range_hash hash = 0;
        range_hasher hasher;
        range_hasher_begin(&hasher, 100, 90000, &hash);
        for (size_t at = 100; at < 95000; at += piece)
            range_hasher_add(&hasher, (int64_t)at, text + at, piece);
        range_hasher_end(&hasher);
        assert_true(hash == XXH3_64bits(text + 100, 90000 - 100));
    }
}

static void a_range_that_was_not_read_to_its_end_has_none(void **state)
{
    (void)state;
    range_hash hash = 0;
    range_hasher hasher;
    range_hasher_begin(&hasher, 0, 1000, &hash);
    range_hasher_add(&hasher, 0, text, 999);
    range_hasher_end(&hasher);
    assert_true(hash == 0);
}

/* Of what is known already nothing is computed; nor where nobody asks. */
static void what_is_known_stays(void **state)
{
    (void)state;
    range_hash hash = 7;
    range_hasher hasher;
    range_hasher_begin(&hasher, 0, 10, &hash);
    range_hasher_add(&hasher, 0, text, 10);
    range_hasher_end(&hasher);
    assert_true(hash == 7);
    range_hasher_begin(&hasher, 0, 10, NULL);
    range_hasher_add(&hasher, 0, text, 10);
    range_hasher_end(&hasher);
}

static void a_file_is_read(void **state)
{
    (void)state;
    uint64_t hash;
    assert_int_equal(range_hash_read(path, 10, sizeof text, &hash), WEIR_OK);
    assert_true(hash == XXH3_64bits(text + 10, sizeof text - 10));
    assert_int_equal(range_hash_read(path, 5, 5, &hash), WEIR_OK);
    assert_true(hash == XXH3_64bits("", 0));
    assert_int_equal(range_hash_read(path, 10, sizeof text + 1, &hash), WEIR_IO);
    assert_int_equal(range_hash_read("missing", 0, 1, &hash), WEIR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_make_the_same_as_the_whole),
        cmocka_unit_test(a_range_that_was_not_read_to_its_end_has_none),
        cmocka_unit_test(what_is_known_stays),
        cmocka_unit_test(a_file_is_read),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
