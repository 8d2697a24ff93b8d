/* A log that is opened again: after a close, a kill, a crash, with damage in it; and what is
 * dropped of it. */
#include "unit/wal/open_log.h"

#include <stdlib.h>

#include "base/error.h"

static log_files_found found;

static void append_records(uint64_t from, uint64_t to)
{
    char bytes[50];
    for (uint64_t i = from; i < to; i++) {
        log_files_fill(bytes, sizeof bytes, i);
        assert_int_equal(wal_log_append_batch(wal, WAL_BATCH_RECORD, (int64_t)i * 1000, bytes,
                                              sizeof bytes, NULL), WEIR_OK);
    }
}

static void assert_scan(size_t count)
{
    log_files_scan((wal_position){0}, 0, &found);
    assert_int_equal(found.damage_count, 0);
    assert_false(found.end.is_torn);
    assert_int_equal(found.count, count);
}

static void test_opening_again_goes_on(void **state)
{
    (void)state;
    open_log();
    append_records(1, 4);
    wal_log_close(wal);
    for (int i = 0; i < 3; i++) { /* without anything appended there is no new file */
        open_log();
        wal_log_close(wal);
    }
    assert_false(log_files_has("0000000000000002.segment"));
    assert_scan(3);
    assert_int_equal(found.end.next_sequence, 5); /* the seal has the number 4 */
    open_log();
    append_records(5, 8);
    wal_log_close(wal);
    assert_scan(6);
    assert_string_equal(said, "");
}

static void test_the_end_may_be_known(void **state)
{
    (void)state;
    open_log();
    append_records(1, 4);
    wal_log_close(wal);
    log_files_scan((wal_position){0}, 0, &found);
    wal_options with = options();
    assert_int_equal(wal_log_open(&wal, &with, &found.end), WEIR_OK);
    append_records(5, 6);
    wal_log_close(wal);
    assert_scan(4);
}

/* A reader that began behind the last entry: as after a kill right behind a checkpoint. */
static void test_numbers_go_on_where_nothing_was_read(void **state)
{
    (void)state;
    open_log();
    append_records(1, 4);
    log_files_scan((wal_position){0}, 0, &found);
    log_files_scan(found.end.tail, 0, &found);
    assert_int_equal(found.count, 0);
    wal_end end = found.end;
    wal_log *killed = wal; /* it writes nothing more until it is closed */
    wal_options with = options();
    assert_int_equal(wal_log_open(&wal, &with, &end), WEIR_OK);
    append_records(4, 6);
    log_files_scan((wal_position){0}, 0, &found);
    assert_int_equal(found.count, 5);
    assert_int_equal(found.end.next_sequence, 6);
    wal_log_close(wal);
    wal_log_close(killed);
}

/* The number of a segment that was there and is missing may be put back one day. */
static void test_the_number_of_a_missing_segment_is_not_used_again(void **state)
{
    (void)state;
    open_log();
    append_records(1, 4);
    wal_log_close(wal);
    wal_options with = options();
    with.newest = 3;
    assert_int_equal(wal_log_open(&wal, &with, NULL), WEIR_OK);
    append_records(5, 6);
    wal_log_close(wal);
    assert_true(log_files_has("0000000000000004.segment"));
    assert_false(log_files_has("0000000000000002.segment"));
    assert_scan(4);
}

static void test_a_directory_is_made(void **state)
{
    (void)state;
    wal_options with = options();
    char path[300];
    snprintf(path, sizeof path, "%s/new/log", log_files);
    with.directory = path;
    assert_int_equal(wal_log_open(&wal, &with, NULL), WEIR_OK);
    assert_true(directory_syncs > 0);
    append_records(1, 2);
    wal_log_close(wal);
    assert_true(log_files_has("new/log/0000000000000001.segment"));
}

/* A crash at any length of the last segment: what is whole stays, what is torn is cut before
 * anything else is written, and the numbers go on. */
static void test_torn_tail_is_cut(void **state)
{
    (void)state;
    wal_segment segment;
    log_files_begin(&segment, 1, 1);
    log_files_group(&segment, 1, 3, 50);
    log_files_group(&segment, 4, 1, 50);
    wal_segment_close(&segment);
    size_t size;
    char *bytes = log_files_read(1, &size);
    for (size_t cut = 0; cut <= size; cut += 7) {
        log_files_write(1, bytes, cut);
        log_files_remove(2);
        said[0] = '\0';
        log_files_scan((wal_position){0}, 0, &found);
        uint64_t next = found.end.next_sequence;
        bool is_torn = found.end.is_torn;
        open_log();
        assert_int_equal(said[0] != '\0', is_torn);
        append_records(next, next + 2);
        wal_log_close(wal);
        assert_scan(next + 1);
    }
    free(bytes);
}

static void test_the_cut_is_synced_before_anything_is_written(void **state)
{
    (void)state;
    wal_segment segment;
    log_files_begin(&segment, 1, 1);
    log_files_group(&segment, 1, 3, 50);
    wal_segment_close(&segment);
    log_files_cut(1, 64 + 128 * 2 + 50);
    faults_clear();
    open_log();
    assert_int_equal(truncates, 1);
    assert_int_equal(directory_syncs, 2); /* the segment, its directory */
    assert_int_equal(writes, 0);
    assert_non_null(strstr(said, "cut at byte 320"));
    wal_log_close(wal);
}

static void test_a_cut_that_fails(void **state)
{
    (void)state;
    wal_segment segment;
    log_files_begin(&segment, 1, 1);
    log_files_group(&segment, 1, 3, 50);
    wal_segment_close(&segment);
    log_files_cut(1, 400);
    wal_options with = options();
    truncate_failure = EIO;
    assert_int_equal(wal_log_open(&wal, &with, NULL), WEIR_IO);
    assert_non_null(strstr(error_text(), "0000000000000001.segment"));
}

/* Whole entries behind a hole in the last group may be torn off or damaged: they are kept. */
static void test_a_tail_with_entries_is_kept(void **state)
{
    (void)state;
    wal_segment segment;
    log_files_begin(&segment, 1, 1);
    log_files_group(&segment, 1, 1, 50);
    log_files_group(&segment, 2, 3, 50);
    wal_segment_close(&segment);
    log_files_flip(1, 64 + 128, 1);
    open_log();
    wal_log_close(wal);
    assert_true(log_files_has("quarantine/0000000000000001.segment.from-192"));
    assert_non_null(strstr(said, "quarantine"));
    assert_scan(1);
}

/* A number that was used in a segment left behind is not used again for something else, even if
 * the newest segment has nothing but a header. */
static void test_numbers_in_a_segment_left_behind(void **state)
{
    (void)state;
    wal_segment segment;
    log_files_begin(&segment, 1, 1);
    log_files_group(&segment, 1, 1, 50);
    wal_segment_close(&segment);
    log_files_begin(&segment, 2, 2);
    log_files_group(&segment, 2, 2, 50); /* not synced, as it were */
    wal_segment_close(&segment);
    log_files_begin(&segment, 3, 2);
    wal_segment_close(&segment);
    log_files_begin(&segment, 4, 2);
    wal_segment_close(&segment);
    open_log();
    append_records(4, 5);
    wal_log_close(wal);
    assert_scan(4);
}

static void test_another_context(void **state)
{
    (void)state;
    open_log();
    append_records(1, 2);
    wal_log_close(wal);
    wal_options with = options();
    with.context_id[0]++;
    assert_int_equal(wal_log_open(&wal, &with, NULL), WEIR_ILLEGAL_STATE);
    assert_non_null(strstr(error_text(), "another context"));
}

static void test_damage_is_not_cut(void **state)
{
    (void)state;
    open_log();
    append_records(1, 10);
    wal_log_close(wal);
    log_files_flip(1, 64 + 3 * 128, 1);
    open_log();
    assert_string_equal(said, "");
    assert_int_equal(wal_log_quarantine(wal, 1), WEIR_OK);
    append_records(11, 13); /* the log's position moves on once an entry is answered */
    wal_position now = wal_log_position(wal);
    log_files_scan((wal_position){0}, 0, &found);
    assert_int_equal(found.count, 10);
    assert_int_equal(found.damage_count, 1);
    assert_int_equal(wal_log_drop_before(wal, now), WEIR_OK);
    wal_log_close(wal);
    assert_false(log_files_has("0000000000000001.segment"));
    assert_true(log_files_has("quarantine/0000000000000001.segment"));
    assert_scan(2);
}

static void test_drop_before(void **state)
{
    (void)state;
    wal_options with = options();
    with.segment_bytes = 500;
    assert_int_equal(wal_log_open(&wal, &with, NULL), WEIR_OK);
    append_records(1, 20);
    wal_position place;
    assert_int_equal(wal_log_append_batch(wal, WAL_BATCH_DONE, 1, NULL, 0, &place), WEIR_OK);
    append_records(21, 30);
    assert_int_equal(wal_log_drop_before(wal, place), WEIR_OK);
    wal_log_close(wal);
    log_files_scan(place, 20, &found);
    assert_int_equal(found.damage_count, 0);
    assert_int_equal(found.count, 10);
    log_files_scan((wal_position){0}, 0, &found);
    assert_int_equal(found.damage_count, 0);
    assert_in_range(found.count, 10, 13);
    open_log();
    append_records(31, 32);
    wal_log_close(wal);
    log_files_scan(place, 20, &found);
    assert_int_equal(found.count, 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        log_test(test_opening_again_goes_on),
        log_test(test_the_end_may_be_known),
        log_test(test_numbers_go_on_where_nothing_was_read),
        log_test(test_the_number_of_a_missing_segment_is_not_used_again),
        log_test(test_a_directory_is_made),
        log_test(test_torn_tail_is_cut),
        log_test(test_the_cut_is_synced_before_anything_is_written),
        log_test(test_a_cut_that_fails),
        log_test(test_a_tail_with_entries_is_kept),
        log_test(test_numbers_in_a_segment_left_behind),
        log_test(test_another_context),
        log_test(test_damage_is_not_cut),
        log_test(test_drop_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
