/* The writer when it syncs now and then, or never: what is acknowledged before a sync, and
 * what is told to whoever asks for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "unit/wal/requests.h"

static void test_no_sync(void **state)
{
    (void)state;
    start((wal_options){.sync = WAL_SYNC_NONE, .segment_bytes = 1024, .group_bytes = 400});
    submit_all(0, 30);
    wal_writer_drain(writer);
    assert_answered(0, 30, WEIR_OK);
    assert_int_equal(syncs, 0);
    wal_writer_stop(writer);
    assert_int_equal(syncs, 1);
    assert_log(30);
}

static void test_sync_now_and_then(void **state)
{
    (void)state;
    start((wal_options){.sync = WAL_SYNC_INTERVAL, .sync_ms = 1});
    submit_all(0, 10);
    wal_writer_drain(writer);
    assert_answered(0, 10, WEIR_OK);
    while (syncs == 0) clock_sleep_ms(1); /* without another request */
    wal_writer_stop(writer);
    assert_log(10);
}

static void test_acknowledged_before_the_sync_when_asked_for(void **state)
{
    (void)state;
    start((wal_options){.sync = WAL_SYNC_INTERVAL, .sync_ms = 1000000});
    submit_all(0, 10);
    wal_writer_drain(writer);
    assert_answered(0, 10, WEIR_OK);
    assert_int_equal(syncs, 0);
    wal_writer_stop(writer);
    assert_int_equal(syncs, 1);
}

/* What was acknowledged stays in the segment, synced or not. */
static void test_late_sync_fails(void **state)
{
    (void)state;
    start((wal_options){.sync = WAL_SYNC_INTERVAL, .sync_ms = 1});
    sync_failure = EIO;
    sync_failures_left = 1;
    submit_all(0, 3);
    while (errors == 0) clock_sleep_ms(1);
    submit_all(3, 5);
    wal_writer_drain(writer);
    assert_answered(0, 5, WEIR_OK);
    wal_writer_stop(writer);
    assert_log(5);
    assert_true(notes[4].base.place.segment > notes[0].base.place.segment);
}

/* Whoever refers to what is in the log asks for a sync, and is not told of a later one that went
 * well when an earlier one has failed. */
static void test_sync_when_asked_for(void **state)
{
    (void)state;
    start((wal_options){.sync = WAL_SYNC_INTERVAL,
                        .sync_ms = 1000000,
                        .segment_bytes = 1024,
                        .group_bytes = 400});
    submit_all(0, 3);
    wal_writer_drain(writer);
    assert_int_equal(syncs, 0);
    assert_int_equal(wal_writer_sync(writer), WEIR_OK);
    assert_int_equal(syncs, 1);
    assert_int_equal(wal_writer_sync(writer), WEIR_OK); /* nothing came since */
    assert_int_equal(syncs, 1);
    submit_all(3, 20); /* over several segments, each synced when it is left */
    wal_writer_drain(writer);
    assert_int_equal(wal_writer_sync(writer), WEIR_OK);
    uint64_t segments = wal_writer_newest(writer); /* the first was perhaps gone on with */
    assert_true(segments > 2);
    assert_in_range(syncs, segments, segments + 1);
    wal_writer_stop(writer);
    assert_log(20);
}

static void test_a_sync_that_is_asked_for_fails(void **state)
{
    (void)state;
    start((wal_options){.sync = WAL_SYNC_INTERVAL, .sync_ms = 1000000});
    sync_failure = EIO;
    sync_failures_left = 1;
    submit_all(0, 3);
    wal_writer_drain(writer);
    assert_int_equal(wal_writer_sync(writer), WEIR_IO);
    submit_all(3, 5);
    wal_writer_drain(writer);
    assert_int_equal(wal_writer_sync(writer), WEIR_OK);
    wal_writer_stop(writer);
    assert_log(5);
}

static void test_a_sync_that_failed_before_is_told_once(void **state)
{
    (void)state;
    start((wal_options){.sync = WAL_SYNC_INTERVAL, .sync_ms = 1});
    sync_failure = EIO;
    sync_failures_left = 1;
    submit_all(0, 3);
    while (errors == 0) clock_sleep_ms(1);
    submit_all(3, 5);
    assert_int_equal(wal_writer_sync(writer), WEIR_IO);
    assert_int_equal(wal_writer_sync(writer), WEIR_OK);
    wal_writer_stop(writer);
}

/* What had been acknowledged before the disk was full is synced when its segment is left, and
 * whoever asks does not wait for room. */
static void test_a_sync_is_answered_while_the_disk_is_full(void **state)
{
    (void)state;
    start((wal_options){.sync = WAL_SYNC_INTERVAL, .sync_ms = 1000000, .retry_ms = 1});
    submit_all(0, 3);
    wal_writer_drain(writer);
    write_failure = ENOSPC;
    submit(3);
    while (!wal_writer_statistics(writer).is_full) clock_sleep_ms(1);
    assert_int_equal(wal_writer_sync(writer), WEIR_OK);
    assert_int_equal(syncs, 1);
    assert_int_equal(notes[3].order, 0);
    write_failure = 0;
    wal_writer_drain(writer);
    wal_writer_stop(writer);
    assert_log(4);
}

static void test_other_policies_have_nothing_to_sync(void **state)
{
    (void)state;
    start((wal_options){.sync = WAL_SYNC_NONE});
    submit_all(0, 3);
    wal_writer_drain(writer);
    assert_int_equal(wal_writer_sync(writer), WEIR_OK);
    assert_int_equal(syncs, 0);
    wal_writer_stop(writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        writer_test(test_no_sync),
        writer_test(test_sync_now_and_then),
        writer_test(test_acknowledged_before_the_sync_when_asked_for),
        writer_test(test_late_sync_fails),
        writer_test(test_sync_when_asked_for),
        writer_test(test_a_sync_that_is_asked_for_fails),
        writer_test(test_a_sync_that_failed_before_is_told_once),
        writer_test(test_a_sync_is_answered_while_the_disk_is_full),
        writer_test(test_other_policies_have_nothing_to_sync),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
