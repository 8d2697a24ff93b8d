/* Segments that are not what their names say, or of which nothing can be read: damage, kept for
 * ever. What a crash leaves of one that was begun is neither, and nothing of it is thrown away. */
#include "unit/wal/open_log.h"

#include <stdlib.h>

#include "base/error.h"
#include "wal/directory.h"

enum { SECTOR = 512, ALLOCATED = 16384 };

static log_files_found found;

/* Three records from `first` on, as two groups, without a seal; what is allocated stays. */
static void make(uint64_t number, uint64_t first)
{
    wal_segment segment;
    size_t size;
    log_files_begin(&segment, number, first);
    log_files_group(&segment, first, 2, 50);
    log_files_group(&segment, first + 2, 1, 50);
    wal_segment_close(&segment);
    char *bytes = log_files_read(number, &size);
    char *room = calloc(1, ALLOCATED);
    memcpy(room, bytes, size);
    log_files_write(number, room, ALLOCATED);
    free(room);
    free(bytes);
}

static void copy(uint64_t from, uint64_t to)
{
    size_t size;
    char *bytes = log_files_read(from, &size);
    log_files_write(to, bytes, size);
    free(bytes);
}

static void scan(void) { log_files_scan((wal_position){0}, 0, &found); }

/* The last segment is damage from its beginning to its end; the log goes on behind it, with other
 * numbers, and it is all there. */
static void assert_damaged_and_kept(uint64_t number, const char *what)
{
    char name[80];
    size_t before, after;
    char *bytes = log_files_read(number, &before);
    scan();
    assert_int_equal(found.count, 3);
    assert_int_equal(found.damage_count, 1);
    assert_int_equal(found.damage[0].place.segment, number);
    assert_int_equal(found.damage[0].place.offset, 0);
    assert_int_equal(found.damage[0].end, before);
    assert_false(found.end.is_torn);
    assert_true(found.end.next_sequence >= 4 + (before - WAL_SEGMENT_HEADER) / WAL_STEP);
    snprintf(name, sizeof name, "%016llu.segment", (unsigned long long)number);
    open_log();
    wal_log_close(wal);
    assert_true(log_files_has(name));
    assert_string_equal(said, "");
    char *kept = log_files_read(number, &after);
    assert_int_equal(after, before);
    assert_memory_equal(kept, bytes, before);
    assert_string_equal(found.damage_what[0], what);
    free(kept);
    free(bytes);
}

static void test_another_number(void **state)
{
    (void)state;
    make(1, 1);
    make(3, 4);
    copy(3, 9);
    log_files_remove(3);
    assert_damaged_and_kept(9, "the segment's header says that it is segment 3");
}

static void test_a_copy_of_an_earlier_one(void **state)
{
    (void)state;
    make(1, 1);
    copy(1, 2);
    assert_damaged_and_kept(2, "the segment's header says that it is segment 1");
}

static void make_foreign(uint64_t number)
{
    size_t size;
    make(number, 4);
    char *bytes = log_files_read(number, &size);
    wal_segment_header header = {.owner = 1, .number = number, .first_sequence = 4};
    memcpy(header.context_id, "another context", 16);
    wal_segment_header_encode(&header, bytes);
    log_files_write(number, bytes, size);
    free(bytes);
}

static void test_another_context_and_number(void **state)
{
    (void)state;
    make(1, 1);
    make_foreign(4);
    copy(4, 2);
    log_files_remove(4);
    assert_damaged_and_kept(2,
                            "the segment's header says that it is segment 4 of another context");
}

static void test_another_context_is_damage(void **state)
{
    (void)state;
    make(1, 1);
    make_foreign(2);
    scan();
    assert_int_equal(found.count, 3);
    assert_int_equal(found.damage_count, 1);
    assert_int_equal(found.damage[0].end, ALLOCATED);
    assert_string_equal(found.damage_what[0], "a segment of another context");
    assert_true(found.end.next_sequence >= 4 + ALLOCATED / WAL_STEP);
}

static void test_nothing_that_a_crash_leaves(void **state)
{
    (void)state;
    make(1, 1);
    char *bytes = malloc(ALLOCATED);
    log_files_fill(bytes, ALLOCATED, 5);
    log_files_write(2, bytes, ALLOCATED);
    free(bytes);
    assert_damaged_and_kept(2, "the segment's header is damaged");
}

/* One that reading begins in, behind its header, is no better. */
static void test_nothing_where_reading_begins(void **state)
{
    (void)state;
    char bytes[ALLOCATED];
    log_files_fill(bytes, ALLOCATED, 5);
    log_files_write(1, bytes, ALLOCATED);
    log_files_scan((wal_position){1, WAL_SEGMENT_HEADER}, 0, &found);
    assert_int_equal(found.damage_count, 1);
    assert_false(found.end.is_torn);
    assert_int_equal(found.end.tail.offset, ALLOCATED);
}

/* It has cost nothing, but nobody's failed sync has left it there. */
static void test_a_stray_in_the_middle(void **state)
{
    (void)state;
    make(1, 1);
    copy(1, 2);
    make(3, 4);
    scan();
    assert_int_equal(found.count, 6);
    assert_int_equal(found.damage_count, 1);
    assert_int_equal(found.damage[0].missing, 0);
    assert_string_equal(found.damage_what[0], "the segment's header says that it is segment 1");
}

/* Any sectors of the first group may have got to the disk, that of the header or not: it is a torn
 * tail, and what is there of it is kept. */
static void test_begun_when_the_machine_crashed(void **state)
{
    (void)state;
    enum { SECTORS = 6 };
    wal_segment segment;
    size_t size;
    make(1, 1);
    log_files_begin(&segment, 2, 4);
    log_files_group(&segment, 4, 4, 600);
    wal_segment_close(&segment);
    char *bytes = log_files_read(2, &size);
    assert_in_range(size, (SECTORS - 1) * SECTOR, SECTORS * SECTOR);
    for (unsigned kept = 0; kept < 1 << SECTORS; kept++) {
        char room[ALLOCATED] = {0};
        for (size_t i = 0; i < size; i++)
            if (kept >> (i / SECTOR) & 1) room[i] = bytes[i];
        log_files_write(2, room, ALLOCATED);
        log_files_remove(3);
        said[0] = '\0';
        scan();
        assert_int_equal(found.damage_count, 0);
        uint64_t whole = found.count - 3, next = found.end.next_sequence;
        assert_int_equal(next, 4 + whole);
        bool has_header = kept & 1;
        if (kept && !has_header) assert_true(found.end.is_torn);
        open_log();
        wal_log_close(wal);
        assert_int_equal(log_files_has("0000000000000002.segment"), has_header);
        if (found.end.is_torn) {
            assert_non_null(strstr(said, "never acknowledged"));
            if (!has_header || whole == 0) assert_non_null(strstr(said, "kept in quarantine"));
        } else {
            assert_string_equal(said, "");
        }
    }
    free(bytes);
}

/* Whatever is set aside, something that was set aside before under the same name stays. */
static void test_what_is_kept_of_a_begun_one(void **state)
{
    (void)state;
    char room[ALLOCATED] = {0};
    make(1, 1);
    for (char mark = 'a'; mark <= 'c'; mark++) {
        memset(room + 4 * SECTOR, mark, SECTOR);
        log_files_remove(3); /* as if it had never been begun */
        log_files_write(2, room, ALLOCATED);
        open_log();
        wal_log_close(wal);
        assert_false(log_files_has("0000000000000002.segment"));
    }
    static const char *const names[] = {"", ".1", ".2"};
    for (size_t i = 0; i < 3; i++) {
        char path[400];
        snprintf(path, sizeof path, "%s/quarantine/0000000000000002.segment%s", log_files,
                 names[i]);
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        size_t size = fread(room, 1, sizeof room, file);
        assert_int_equal(size, 4096); /* without the room that was never used */
        assert_int_equal(room[5 * SECTOR - 1], 'a' + (int)i);
        fclose(file);
    }
}

static void test_room_that_was_never_used_is_not_kept(void **state)
{
    (void)state;
    static const char room[ALLOCATED];
    make(1, 1);
    log_files_write(2, room, ALLOCATED);
    open_log();
    wal_log_close(wal);
    assert_false(log_files_has("0000000000000002.segment"));
    assert_false(log_files_has("quarantine"));
    assert_string_equal(said, "");
}

/* The first group of a segment may be all that it had; what is torn behind it can be but one. */
static void test_the_first_group_is_kept(void **state)
{
    (void)state;
    make(1, 1);
    for (uint64_t record = 0; record < 2; record++) /* the first group is 64 to 320 */
        log_files_flip(1, 64 + 128 * record + 60, 1);
    log_files_cut(1, 320);
    open_log();
    wal_log_close(wal);
    assert_non_null(strstr(said, "cut at byte 64"));
    assert_true(log_files_has("quarantine/0000000000000001.segment.from-64"));
    log_files_remove(2);
    make(2, 1);
    log_files_flip(2, 320 + 60, 1);
    open_log();
    wal_log_close(wal);
    assert_non_null(strstr(said, "cut at byte 320"));
    assert_false(log_files_has("quarantine/0000000000000002.segment.from-320"));
}

static void test_the_highest_number(void **state)
{
    (void)state;
    wal_options with = options();
    make(1, 1);
    log_files_write(WAL_SEGMENT_MAX, "", 0);
    scan();
    assert_int_equal(found.damage_count, 1);
    assert_int_equal(found.damage[0].place.segment, WAL_SEGMENT_MAX);
    assert_int_equal(wal_log_open(&wal, &with, NULL), WEIR_DAMAGED);
    assert_non_null(strstr(error_text(), "9999999999999999.segment: no segment can follow"));
    assert_int_equal(wal_log_open(&wal, &with, &found.end), WEIR_DAMAGED);
    assert_true(log_files_has("9999999999999999.segment")); /* nothing was touched */
    log_files_remove(WAL_SEGMENT_MAX);
    open_log();
    wal_log_close(wal);
}

/* A log that has come so far takes nothing more, and says why. */
static void test_nothing_behind_the_highest_number(void **state)
{
    (void)state;
    wal_options with = options();
    wal_end end = {.tail = {WAL_SEGMENT_MAX - 1, 64}, .next_sequence = 1};
    char bytes[50];
    log_files_fill(bytes, sizeof bytes, 1);
    with.segment_bytes = 256;
    log_files_write(WAL_SEGMENT_MAX - 1, "", 0);
    assert_int_equal(wal_log_open(&wal, &with, &end), WEIR_OK);
    weir_status status = WEIR_OK;
    for (int i = 0; i < 3 && status == WEIR_OK; i++)
        status = wal_log_append_batch(wal, WAL_BATCH_RECORD, 1000, bytes, sizeof bytes, NULL);
    assert_int_equal(status, WEIR_DAMAGED);
    assert_non_null(strstr(error_text(), "no segment can follow"));
    wal_log_close(wal);
    assert_true(log_files_has("9999999999999999.segment"));
    assert_false(log_files_has("10000000000000000.segment"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        log_test(test_another_number),
        log_test(test_a_copy_of_an_earlier_one),
        log_test(test_another_context_and_number),
        log_test(test_another_context_is_damage),
        log_test(test_nothing_that_a_crash_leaves),
        log_test(test_nothing_where_reading_begins),
        log_test(test_a_stray_in_the_middle),
        log_test(test_begun_when_the_machine_crashed),
        log_test(test_what_is_kept_of_a_begun_one),
        log_test(test_room_that_was_never_used_is_not_kept),
        log_test(test_the_first_group_is_kept),
        log_test(test_the_highest_number),
        log_test(test_nothing_behind_the_highest_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
