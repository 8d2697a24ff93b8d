#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "support/log_files.h"
#include "unit/wal/faults.h"
#include "weir/context.h"

/* --- Requests that note their answers -------------------------------------------------------- */

enum { MOST = 400, SIZE = 100 };

typedef struct note {
    wal_request base;
    char bytes[SIZE];
    weir_status status;
    int order; /* of its answer; 0: none yet */
    int syncs; /* that had been made when it was answered */
    char why[200];
} note;

static note notes[MOST];
static atomic_int answers;
static wal_writer *writer;
static log_files_found found;
static atomic_int warnings, errors;

static void answered(wal_request *request, weir_status status)
{
    note *note = (struct note *)request;
    note->status = status;
    note->syncs = syncs;
    if (status != WEIR_OK) snprintf(note->why, sizeof note->why, "%.150s", error_text());
    note->order = ++answers;
}

/* The i-th one holds the record i + 1. */
static void submit(size_t i)
{
    notes[i] = (note){.base = {.kind = WAL_BATCH_RECORD, .answered = answered}};
    notes[i].base.head_size = WAL_BATCH_HEAD;
    wal_batch_head_encode((int64_t)(i + 1) * 1000, notes[i].base.head);
    log_files_fill(notes[i].bytes, SIZE, i + 1);
    notes[i].base.bytes = notes[i].bytes;
    notes[i].base.size = SIZE;
    wal_writer_submit(writer, &notes[i].base);
}

static void submit_all(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) submit(i);
}

static void count_lines(weir_level level, const char *text, void *user)
{
    (void)text, (void)user;
    if (level == WEIR_WARNING) warnings++;
    if (level == WEIR_ERROR) errors++;
}

static int set_up(void **state)
{
    faults_clear();
    answers = warnings = errors = 0;
    weir_set_log(count_lines, NULL, WEIR_INFO);
    return log_files_set_up(state);
}

static void start(wal_options options)
{
    options.directory = log_files;
    memcpy(options.context_id, log_files_context, WAL_CONTEXT_ID);
    assert_int_equal(wal_writer_start(&writer, &options, (wal_end){.next_sequence = 1}), WEIR_OK);
    assert_int_equal(syncs, 1); /* of its first segment; what is counted begins here */
    writes = syncs = 0;
}

/* As behind the end of a log: the next segment is made with the first group. */
static void start_behind(wal_options options)
{
    wal_end end = {.tail = {0, WAL_SEGMENT_HEADER}, .next_sequence = 1};
    options.directory = log_files;
    memcpy(options.context_id, log_files_context, WAL_CONTEXT_ID);
    assert_int_equal(wal_writer_start(&writer, &options, end), WEIR_OK);
    assert_int_equal(syncs, 0);
}

static void assert_answered(size_t from, size_t to, weir_status status)
{
    for (size_t i = from; i < to; i++) {
        assert_int_equal(notes[i].order, (int)i + 1);
        assert_int_equal(notes[i].status, status);
    }
}

/* Until a sync stands at the closed gate. */
static void gate_await(void)
{
    pthread_mutex_lock(&gate_mutex);
    while (at_gate == 0) pthread_cond_wait(&gate_changed, &gate_mutex);
    pthread_mutex_unlock(&gate_mutex);
}

/* All of the log is well, and has `count` records. */
static void assert_log(size_t count)
{
    log_files_scan((wal_position){0}, 0, &found);
    assert_int_equal(found.count, count);
    for (size_t i = 0; i < count; i++) assert_int_equal(found.sequences[i], i + 1);
    assert_int_equal(found.damage_count, 0);
    assert_false(found.end.is_torn);
}

/* --- Groups ---------------------------------------------------------------------------------- */

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

/* --- A sync that fails ----------------------------------------------------------------------- */

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

/* --- Other policies -------------------------------------------------------------------------- */

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

#define writer_test(name) cmocka_unit_test_setup_teardown(name, set_up, log_files_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        writer_test(test_a_log_begins_with_a_segment),
        writer_test(test_behind_an_end_nothing_is_made_before_there_is_something),
        writer_test(test_behind_an_end_that_was_cut_anywhere_a_segment_is_begun),
        writer_test(test_the_first_segment_cannot_be_made),
        writer_test(test_sync_when_asked_for),
        writer_test(test_a_sync_that_is_asked_for_fails),
        writer_test(test_a_sync_that_failed_before_is_told_once),
        writer_test(test_a_sync_is_answered_while_the_disk_is_full),
        writer_test(test_other_policies_have_nothing_to_sync),
        writer_test(test_waiting_requests_share_a_sync),
        writer_test(test_the_name_is_durable_before_the_first_answer),
        writer_test(test_groups_are_bounded),
        writer_test(test_places_and_position),
        writer_test(test_rollover),
        writer_test(test_a_group_larger_than_a_segment),
        writer_test(test_what_is_too_large_is_refused),
        writer_test(test_stop_answers_everything),
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
        writer_test(test_no_sync),
        writer_test(test_sync_now_and_then),
        writer_test(test_acknowledged_before_the_sync_when_asked_for),
        writer_test(test_late_sync_fails),
        writer_test(test_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
