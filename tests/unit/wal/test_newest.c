/* Which segment is the newest is noted beside them, so that one that is missing, or has lost all
 * it had, is noticed; and never before it is durable. */
#include "unit/wal/open_log.h"

#include <stdlib.h>

#include "base/file.h"
#include "wal/newest.h"

enum { ROOM = 8192 };

static log_files_found found;

static void append_record(uint64_t sequence)
{
    char bytes[50];
    log_files_fill(bytes, sizeof bytes, sequence);
    assert_int_equal(wal_log_append_batch(wal, WAL_BATCH_RECORD, (int64_t)sequence * 1000, bytes,
                                          sizeof bytes, NULL), WEIR_OK);
}

static void make_two_segments(void)
{
    open_log();
    append_record(1);
    wal_log_close(wal);
    open_log();
    append_record(3); /* 2 is a seal */
    wal_log_close(wal);
}

static void note(uint64_t number)
{
    uint64_t noted = 0;
    wal_newest_note(log_files, number, &noted);
    assert_int_equal(noted, number);
}

static void test_it_goes_with_the_segments(void **state)
{
    (void)state;
    assert_int_equal(wal_newest_read(log_files), 0);
    open_log();
    assert_int_equal(wal_newest_read(log_files), 1);
    wal_log_close(wal);
    make_two_segments();
    assert_int_equal(wal_newest_read(log_files), 3);
    assert_false(log_files_has("newest.0000000000000001"));
    assert_false(log_files_has("newest.0000000000000002"));
}

static void test_nothing_is_noted_before_it_is_durable(void **state)
{
    (void)state;
    wal_options with = options();
    with.sync = WAL_SYNC_NONE;
    with.segment_bytes = 256;
    assert_int_equal(wal_log_open(&wal, &with, NULL), WEIR_OK);
    assert_int_equal(wal_newest_read(log_files), 1); /* opening has synced it */
    for (uint64_t i = 1; i < 5; i++) append_record(i);
    assert_true(log_files_has("0000000000000003.segment"));
    assert_int_equal(wal_newest_read(log_files), 1);
    wal_log_close(wal);
}

/* Where the log was another one is now, as in wal_appender_check_place. */
static void test_nothing_is_noted_in_another_log(void **state)
{
    (void)state;
    char moved[300];
    snprintf(moved, sizeof moved, "%s.moved", log_files);
    wal_options with = options();
    with.sync = WAL_SYNC_INTERVAL;
    with.sync_ms = 1000000;
    with.segment_bytes = 256;
    assert_int_equal(wal_log_open(&wal, &with, NULL), WEIR_OK);
    append_record(1);
    append_record(2);
    assert_int_equal(wal_newest_read(log_files), 1);
    assert_true(log_files_has("0000000000000002.segment"));
    assert_int_equal(file_rename(log_files, moved), WEIR_OK);
    assert_int_equal(file_make_directory(log_files), WEIR_OK);
    wal_log_close(wal);
    assert_int_equal(wal_newest_read(log_files), 0);
    assert_int_equal(wal_newest_read(moved), 1);
    assert_int_equal(file_remove_tree(moved), WEIR_OK);
}

static void test_other_names(void **state)
{
    (void)state;
    static const char *const names[] = {"newest.", "newest.12", "newest.000000000000000x",
                                        "newest.00000000000000012", "newest"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[300];
        int file;
        snprintf(path, sizeof path, "%s/%s", log_files, names[i]);
        assert_int_equal(file_create(path, &file), WEIR_OK);
        assert_int_equal(file_close(file, path), WEIR_OK);
    }
    assert_int_equal(wal_newest_read(log_files), 0);
    note(7);
    note(5);
    assert_int_equal(wal_newest_read(log_files), 7);
    assert_int_equal(wal_newest_read("there/is/no/such"), 0);
    assert_int_equal(wal_newest_forget(log_files), WEIR_OK);
    assert_int_equal(wal_newest_read(log_files), 0);
    assert_true(log_files_has("newest.12"));
}

/* The number of a segment that was there may come back, if it is put back. */
static void test_its_number_is_not_used_again(void **state)
{
    (void)state;
    make_two_segments();
    log_files_remove(2);
    note(2);
    open_log();
    append_record(3);
    wal_log_close(wal);
    assert_false(log_files_has("0000000000000002.segment"));
    assert_true(log_files_has("0000000000000003.segment"));
    assert_int_equal(wal_newest_read(log_files), 3);
}

/* As zeros, as nothing, as the beginning of a header: it is damage, and kept, and its numbers are
 * not given again. */
static void test_one_that_was_emptied(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 20, ROOM};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char room[ROOM] = {0};
        for (uint64_t number = 1; number <= 3; number++) log_files_remove(number);
        make_two_segments();
        log_files_write(2, room, sizes[i]);
        note(2);
        log_files_scan((wal_position){0}, 0, &found);
        assert_int_equal(found.count, 1);
        assert_int_equal(found.damage_count, 1);
        assert_int_equal(found.damage[0].place.segment, 2);
        assert_int_equal(found.damage[0].end, sizes[i]);
        assert_string_equal(found.damage_what[0], "the segment has lost what it had");
        assert_false(found.end.is_torn);
        assert_true(found.end.next_sequence >= 3 + sizes[i] / WAL_STEP);
        log_files_remove(2); /* and so it is no more */
        log_files_write(2, room, sizes[i]);
        log_files_scan((wal_position){0}, 0, &found);
        assert_int_equal(found.damage_count, 0);
    }
}

/* The next one was just begun, and says nothing of it. */
static void test_one_that_was_emptied_before_the_next(void **state)
{
    (void)state;
    make_two_segments();
    log_files_write(2, "", 0);
    note(2);
    log_files_write(3, "", 0);
    log_files_scan((wal_position){0}, 0, &found);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.damage_count, 1);
    assert_int_equal(found.damage[0].place.segment, 2);
    assert_string_equal(found.damage_what[0], "the segment has lost what it had");
    assert_int_equal(found.end.tail.segment, 3);
    assert_int_equal(found.end.tail.offset, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        log_test(test_it_goes_with_the_segments),
        log_test(test_nothing_is_noted_before_it_is_durable),
        log_test(test_nothing_is_noted_in_another_log),
        log_test(test_other_names),
        log_test(test_its_number_is_not_used_again),
        log_test(test_one_that_was_emptied),
        log_test(test_one_that_was_emptied_before_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
