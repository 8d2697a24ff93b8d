/* The writer when syncs or writes fail, and when the disk is full: nothing is acknowledged that is
 * not there, and nothing that was is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "unit/wal/requests.h"
#include "wal/directory.h"

/* --- A sync that fails ----------------------------------------------------------------------- */

static void test_the_first_segment_cannot_be_made(void **state)
{
    (void)state;
    wal_options options = {.directory = log_files};
    allocate_failure = ENOSPC;
    assert_int_equal(wal_writer_start(&writer, &options, (wal_end){.next_sequence = 1}),
                     WEIR_NO_SPACE);
    allocate_failure = 0;
    sync_failure = EIO;
    sync_failures_left = 1;
    assert_int_equal(wal_writer_start(&writer, &options, (wal_end){.next_sequence = 1}), WEIR_IO);
    assert_false(log_files_has("0000000000000001.segment"));
}

/* The group goes to a new segment with the same numbers, and is acknowledged after the sync of
 * that one. `can_cut`: else what is left in the old segment stays there. */
static void fail_sync(bool can_cut)
{
    start((wal_options){0});
    submit_all(0, 3);
    wal_writer_drain(writer);
    int before = syncs;
    sync_failure = EIO;
    sync_failures_left = 1;
    if (!can_cut) truncate_failure = EIO;
    submit(3);
    wal_writer_drain(writer);
    truncate_failure = 0;
    assert_answered(0, 4, WEIR_OK);
    assert_int_equal(notes[3].syncs, before + 2);
    assert_int_equal(notes[3].base.place.segment, 2);
    submit(4);
    wal_writer_drain(writer);
    assert_int_equal(notes[4].base.place.segment, 2); /* the first one is closed for ever */
    assert_int_equal(errors, 1);
    wal_writer_stop(writer);
    assert_log(5);
    size_t size;
    free(log_files_read(1, &size));
    if (can_cut) assert_int_equal(size, 64 + 3 * 192);
}

static void test_failed_sync(void **state)
{
    (void)state;
    fail_sync(true);
}

static void test_failed_sync_that_cannot_be_cut(void **state)
{
    (void)state;
    fail_sync(false);
}

static void test_first_sync_of_a_segment_fails(void **state)
{
    (void)state;
    start_behind((wal_options){0});
    sync_failure = EIO;
    sync_failures_left = 2;
    submit(0);
    wal_writer_drain(writer);
    assert_answered(0, 1, WEIR_OK);
    assert_int_equal(notes[0].base.place.segment, 3);
    assert_false(log_files_has("0000000000000001.segment"));
    wal_writer_stop(writer);
    assert_log(1);
}

static void test_failed_write(void **state)
{
    (void)state;
    start((wal_options){0});
    submit(0);
    wal_writer_drain(writer);
    write_failure = EIO;
    write_most = 32; /* a part gets there */
    submit(1);
    while (errors == 0) clock_sleep_ms(1);
    write_failure = 0;
    wal_writer_drain(writer);
    /* how often it had failed before it was mended depends on the machine */
    bool has_failed = notes[1].status != WEIR_OK;
    assert_int_equal(wal_writer_statistics(writer).has_failed, has_failed);
    wal_writer_stop(writer);
    assert_log(has_failed ? 1 : 2);
}

/* A disk that fails again and again: nothing is acknowledged any more, nothing that was is lost,
 * and no number is used twice. */
static void test_failure_for_good(void **state)
{
    (void)state;
    start((wal_options){0});
    submit_all(0, 2);
    wal_writer_drain(writer);
    sync_failure = EIO;
    sync_failures_left = WAL_FAILURES_MAX;
    submit_all(2, 4);
    wal_writer_drain(writer);
    submit(4);
    wal_writer_drain(writer);
    assert_answered(0, 2, WEIR_OK);
    assert_answered(2, 5, WEIR_IO);
    assert_non_null(strstr(notes[4].why, "segment"));
    assert_true(wal_writer_statistics(writer).has_failed);
    wal_writer_stop(writer);
    assert_log(2);
    assert_int_equal(found.end.next_sequence, 3);
}

/* --- A full disk ----------------------------------------------------------------------------- */

static void await_full(void)
{
    while (!wal_writer_statistics(writer).is_full) clock_sleep_ms(1);
}

static void test_full_disk_then_room(void **state)
{
    (void)state;
    start_behind((wal_options){.retry_ms = 1, .segment_bytes = 1024, .group_bytes = 500});
    submit_all(0, 3);
    wal_writer_drain(writer);
    allocate_failure = ENOSPC;
    submit_all(3, 20);
    await_full();
    int before = answers;
    submit_all(20, 40);
    clock_sleep_ms(5);
    assert_int_equal(answers, before); /* nothing is acknowledged */
    assert_int_equal(warnings, 1);     /* said once, not at every attempt */
    assert_int_equal(wal_writer_statistics(writer).waiting, 40 - before);
    allocate_failure = 0;
    wal_writer_drain(writer);
    assert_answered(0, 40, WEIR_OK);
    assert_false(wal_writer_statistics(writer).is_full);
    wal_writer_stop(writer);
    assert_log(40);
}

/* Where the file system allocates nothing ahead, it is the write that fails, after a part. */
static void test_full_disk_in_the_middle_of_a_write(void **state)
{
    (void)state;
    start_behind((wal_options){.retry_ms = 1});
    allocate_failure = EOPNOTSUPP;
    submit_all(0, 3);
    wal_writer_drain(writer);
    write_failure = ENOSPC;
    write_most = 32;
    submit_all(3, 6);
    await_full();
    write_failure = 0;
    wal_writer_drain(writer);
    assert_answered(0, 6, WEIR_OK);
    wal_writer_stop(writer);
    assert_log(6);
}

/* Little room is used to the last: a segment need not have the size that is wanted. */
static void test_nearly_full_disk(void **state)
{
    (void)state;
    start_behind((wal_options){.segment_bytes = 1 << 20});
    allocate_most = 4096;
    submit_all(0, 5);
    wal_writer_drain(writer);
    assert_answered(0, 5, WEIR_OK);
    assert_false(wal_writer_statistics(writer).is_full);
    char *path = wal_directory_segment(log_files, wal_writer_newest(writer));
    file_info info;
    assert_int_equal(file_stat(path, &info), WEIR_OK);
    assert_true(info.size < ALLOCATED_ON_FAILURE); /* the disk has it again */
    free(path);
    wal_writer_stop(writer);
    assert_log(5);
}

static void test_giving_up(void **state)
{
    (void)state;
    start_behind((wal_options){.retry_ms = 1000000});
    submit_all(0, 2);
    wal_writer_drain(writer);
    write_failure = ENOSPC;
    allocate_failure = ENOSPC;
    submit_all(2, 5);
    await_full();
    wal_writer_give_up(writer);
    wal_writer_drain(writer);
    assert_answered(0, 2, WEIR_OK);
    assert_answered(2, 5, WEIR_NO_SPACE);
    wal_writer_stop(writer);
    write_failure = 0;
    assert_log(2);
}

static void test_stop_on_a_full_disk(void **state)
{
    (void)state;
    start_behind((wal_options){.retry_ms = 1000000});
    allocate_failure = ENOSPC;
    submit(0);
    await_full();
    wal_writer_stop(writer);
    assert_answered(0, 1, WEIR_NO_SPACE);
    assert_log(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        writer_test(test_the_first_segment_cannot_be_made),
        writer_test(test_failed_sync),
        writer_test(test_failed_sync_that_cannot_be_cut),
        writer_test(test_first_sync_of_a_segment_fails),
        writer_test(test_failed_write),
        writer_test(test_failure_for_good),
        writer_test(test_full_disk_then_room),
        writer_test(test_full_disk_in_the_middle_of_a_write),
        writer_test(test_nearly_full_disk),
        writer_test(test_giving_up),
        writer_test(test_stop_on_a_full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
