/* The writer over a disk that is well: segments are begun and left, requests that wait share a
 * sync, and none is answered before it. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/wal/requests.h"

/* --- Groups ---------------------------------------------------------------------------------- */

/* Until a sync stands at the closed gate. */
static void gate_await(void)
{
    pthread_mutex_lock(&gate_mutex);
    while (at_gate == 0) pthread_cond_wait(&gate_changed, &gate_mutex);
    pthread_mutex_unlock(&gate_mutex);
}

/* Whoever opens the log later knows that it was there. */
static void test_a_log_begins_with_a_segment(void **state)
{
    (void)state;
    start((wal_options){0});
    assert_true(log_files_has("0000000000000001.segment"));
    assert_int_equal(directory_syncs, 1);
    assert_int_equal(wal_writer_newest(writer), 1);
    wal_writer_stop(writer);
    assert_log(0);
}

static void test_behind_an_end_nothing_is_made_before_there_is_something(void **state)
{
    (void)state;
    wal_options options = {.directory = log_files};
    wal_end end = {.tail = {3, 640}, .next_sequence = 1};
    assert_int_equal(wal_writer_start(&writer, &options, end), WEIR_OK);
    assert_int_equal(wal_writer_newest(writer), 3);
    assert_int_equal(wal_writer_position(writer).segment, 3);
    assert_int_equal(wal_writer_position(writer).offset, 640);
    assert_int_equal(writes, 0);
    submit(0);
    wal_writer_drain(writer);
    assert_int_equal(notes[0].base.place.segment, 4);
    assert_int_equal(wal_writer_newest(writer), 4);
    wal_writer_stop(writer);
}

/* No reader can begin at such a place. */
static void test_behind_an_end_that_was_cut_anywhere_a_segment_is_begun(void **state)
{
    (void)state;
    wal_options options = {.directory = log_files};
    wal_end end = {.tail = {3, 650}, .next_sequence = 1};
    assert_int_equal(wal_writer_start(&writer, &options, end), WEIR_OK);
    assert_int_equal(wal_writer_position(writer).segment, 4);
    assert_int_equal(wal_writer_position(writer).offset, 64);
    assert_true(log_files_has("0000000000000004.segment"));
    wal_writer_stop(writer);
}

/* What comes while a group is synced is the next group, however much it is. */
static void test_waiting_requests_share_a_sync(void **state)
{
    (void)state;
    start((wal_options){0});
    gate_set(true);
    submit(0);
    gate_await();
    submit_all(1, 50);
    assert_int_equal(answers, 0); /* nothing is acknowledged before its sync */
    assert_int_equal(wal_writer_statistics(writer).waiting, 50);
    gate_set(false);
    wal_writer_drain(writer);
    assert_answered(0, 50, WEIR_OK);
    assert_int_equal(syncs, 2);
    assert_int_equal(notes[0].syncs, 1);
    for (size_t i = 1; i < 50; i++) assert_int_equal(notes[i].syncs, 2);
    wal_statistics statistics = wal_writer_statistics(writer);
    assert_int_equal(statistics.entries, 50);
    assert_int_equal(statistics.groups, 2);
    assert_int_equal(statistics.syncs, 3); /* that of the first segment, too */
    assert_int_equal(statistics.bytes, 50 * 192);
    assert_int_equal(statistics.waiting, 0);
    wal_writer_stop(writer);
    assert_log(50);
}

static void test_the_name_is_durable_before_the_first_answer(void **state)
{
    (void)state;
    start_behind((wal_options){0});
    submit(0);
    wal_writer_drain(writer);
    assert_int_equal(directory_syncs, 1);
    submit(1);
    wal_writer_drain(writer);
    assert_int_equal(directory_syncs, 1);
    wal_writer_stop(writer);
}

static void test_groups_are_bounded(void **state)
{
    (void)state;
    start((wal_options){.group_bytes = 1000});
    gate_set(true);
    submit(0);
    gate_await();
    submit_all(1, 11);
    gate_set(false);
    wal_writer_drain(writer);
    assert_answered(0, 11, WEIR_OK);
    assert_int_equal(syncs, 3); /* 1, 5, 5 */
    wal_writer_stop(writer);
    assert_log(11);
}

static void test_places_and_position(void **state)
{
    (void)state;
    start((wal_options){0});
    wal_position before = wal_writer_position(writer);
    assert_int_equal(before.segment, 1);
    assert_int_equal(before.offset, 64);
    submit_all(0, 3);
    wal_writer_drain(writer);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(notes[i].base.place.segment, 1);
        assert_int_equal(notes[i].base.place.offset, 64 + i * 192);
    }
    assert_int_equal(wal_writer_position(writer).offset, 64 + 3 * 192);
    wal_writer_stop(writer);
}

static void test_rollover(void **state)
{
    (void)state;
    start((wal_options){.segment_bytes = 1024, .group_bytes = 400});
    submit_all(0, 40);
    wal_writer_drain(writer);
    wal_writer_stop(writer);
    assert_answered(0, 40, WEIR_OK);
    assert_log(40);
    assert_true(found.end.tail.segment >= 8);
    for (size_t i = 1; i < 40; i++)
        assert_true(notes[i].base.place.segment >= notes[i - 1].base.place.segment);
    size_t size;
    free(log_files_read(1, &size));
    assert_true(size <= 1024); /* the room that was not used is given back */
}

static void test_a_group_larger_than_a_segment(void **state)
{
    (void)state;
    start((wal_options){.segment_bytes = 100});
    submit_all(0, 5);
    wal_writer_drain(writer);
    wal_writer_stop(writer);
    assert_log(5);
}

static void test_what_is_too_large_is_refused(void **state)
{
    (void)state;
    start((wal_options){0});
    submit(0);
    note large = {.base = {.kind = WAL_BLOCK, .head_size = WAL_BLOCK_HEAD, .answered = answered}};
    large.base.size = WAL_PAYLOAD_MAX;
    wal_writer_drain(writer);
    wal_writer_submit(writer, &large.base);
    assert_int_equal(large.status, WEIR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(large.why, "1073741824"));
    wal_writer_stop(writer);
    assert_log(1);
}

static void test_stop_answers_everything(void **state)
{
    (void)state;
    start((wal_options){0});
    submit_all(0, 300);
    wal_writer_stop(writer);
    assert_answered(0, 300, WEIR_OK);
    assert_log(300);
}

/* --- Many threads ---------------------------------------------------------------------------- */

static void *submit_share(void *user)
{
    size_t from = *(size_t *)user;
    submit_all(from, from + 100);
    return NULL;
}

static void test_many_threads(void **state)
{
    (void)state;
    pthread_t threads[4];
    size_t from[4];
    start((wal_options){.segment_bytes = 8192, .sync = WAL_SYNC_NONE});
    for (size_t i = 0; i < 4; i++) {
        from[i] = i * 100;
        assert_int_equal(pthread_create(&threads[i], NULL, submit_share, &from[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    wal_writer_drain(writer);
    wal_writer_stop(writer);
    assert_int_equal(answers, 400);
    for (size_t i = 0; i < 400; i++) { /* what one thread submits keeps its order */
        assert_int_equal(notes[i].status, WEIR_OK);
        if (i % 100 > 0) assert_true(notes[i].order > notes[i - 1].order);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        writer_test(test_a_log_begins_with_a_segment),
        writer_test(test_behind_an_end_nothing_is_made_before_there_is_something),
        writer_test(test_behind_an_end_that_was_cut_anywhere_a_segment_is_begun),
        writer_test(test_waiting_requests_share_a_sync),
        writer_test(test_the_name_is_durable_before_the_first_answer),
        writer_test(test_groups_are_bounded),
        writer_test(test_places_and_position),
        writer_test(test_rollover),
        writer_test(test_a_group_larger_than_a_segment),
        writer_test(test_what_is_too_large_is_refused),
        writer_test(test_stop_answers_everything),
        writer_test(test_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
