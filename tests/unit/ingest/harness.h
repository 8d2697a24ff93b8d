/* A context for tests of sources: a loop, a lineage, a log and a time that the test sets. Included
 * by one test file each: it takes the place of the context's room. */
#ifndef UNIT_INGEST_HARNESS_H
#define UNIT_INGEST_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/urgent.h"
#include "ingest/source.h"
#include "support/collector.h"
#include "weir/source.h"

typedef struct harness {
    uv_loop_t loop;
    lineage lineage;
    ingest ingest;
    _Atomic int64_t now_ms;
    int64_t late_ms; /* so long behind its time is a batch cut */
    int64_t wall_ahead_ms;
    arena kept;
    task task;
    collector read;        /* what the last batch had */
    size_t partitions;     /* likewise */
    source_batch *batches; /* of the last cut, one for each source */
} harness;

static harness test;

ingest *context_ingest(weir_context *context)
{
    return &((harness *)context)->ingest;
}

lineage *context_lineage(weir_context *context)
{
    return &((harness *)context)->lineage;
}

static weir_context *harness_context(void)
{
    return (weir_context *)&test;
}

static int64_t harness_now(void *user)
{
    return ((harness *)user)->now_ms;
}

static int64_t harness_wall_ahead(void *user)
{
    return ((harness *)user)->wall_ahead_ms;
}

/* Batches of 1,000 ms, blocks of 200 ms, time stands still at 0. */
static int harness_set_up(void **state)
{
    (void)state;
    memset(&test, 0, sizeof test);
    weir_set_log(NULL, NULL, WEIR_ERROR);
    uv_loop_init(&test.loop);
    lineage_init(&test.lineage, harness_context(), 1000);
    ingest_init(&test.ingest, &test.lineage);
    test.ingest.loop = &test.loop;
    test.ingest.log = block_log_in_memory();
    test.ingest.batch_interval_ms = 1000;
    test.ingest.block_interval_ms = 200;
    test.ingest.max_record_bytes = 1 << 20;
    test.ingest.manual_clock = true;
    test.ingest.now_ms = harness_now;
    test.ingest.now_user = &test;
    test.ingest.wall_ahead_ms = harness_wall_ahead;
    test.ingest.restart_delay_ms = 10;
    arena_init(&test.kept, NULL);
    arena_set_current(&test.kept);
    task_init(&test.task, 0, &test.kept, NULL);
    collector_init(&test.read, false);
    return 0;
}

static void harness_forget_batches(void)
{
    for (size_t i = 0; test.batches && i < test.ingest.count; i++) {
        memory_budget_take(&test.ingest.waiting, test.batches[i].bytes);
        source_batch_release(&test.batches[i]);
    }
    free(test.batches);
    test.batches = NULL;
}

static int harness_tear_down(void **state)
{
    (void)state;
    ingest_stop(&test.ingest);
    while (!ingest_is_stopped(&test.ingest)) uv_run(&test.loop, UV_RUN_ONCE);
    uv_run(&test.loop, UV_RUN_DEFAULT);
    harness_forget_batches();
    assert_false(urgent_is()); /* everybody was answered */
    ingest_release(&test.ingest);
    test.ingest.log->class->close(test.ingest.log);
    lineage_release(&test.lineage);
    collector_release(&test.read);
    task_release(&test.task);
    arena_set_current(NULL);
    arena_release(&test.kept);
    int closed = uv_loop_close(&test.loop);
    weir_set_log(NULL, NULL, WEIR_INFO);
    return closed; /* UV_EBUSY: a source left a handle open */
}

/* An output that needs the stream. */
static inline weir_stream *harness_need(weir_stream *stream)
{
    assert_non_null(stream);
    lineage_append_output(&test.lineage, OUTPUT_COUNT, stream);
    return stream;
}

static inline void harness_start(void)
{
    assert_int_equal(ingest_prepare(&test.ingest), WEIR_OK);
    test.lineage.is_started = true;
    assert_int_equal(ingest_start(&test.ingest), WEIR_OK);
}

/* Cuts the batch of that time and reads what the source of the stream gave to it. */
static inline weir_status harness_cut(weir_stream *stream, int64_t time_ms)
{
    harness_forget_batches();
    test.now_ms = time_ms + test.late_ms;
    test.batches = memory_zero_alloc(test.ingest.count, sizeof(test.batches[0]));
    collector_clear(&test.read);
    weir_status status = ingest_cut(&test.ingest, time_ms, test.batches);
    if (status != WEIR_OK) return status;
    source_batch *batch = &test.batches[((source *)stream->source)->id];
    test.partitions = batch->count;
    for (size_t i = 0; i < batch->count; i++) {
        task_begin(&test.task, i, time_ms);
        test.task.max_record_bytes = test.ingest.max_record_bytes;
        status = batch->splits[i]->class->read(batch->splits[i], &test.task, &test.read.sink);
        if (status != WEIR_OK) return error_set(status, "%s", test.task.error);
    }
    return WEIR_OK;
}

/* The records of the last batch, as print writes them, joined by blanks. Static memory. */
static inline const char *harness_records(void)
{
    static char text[4096];
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < test.read.records.count && length < sizeof text; i++) {
        weir_value boxed =
            value_box(records_key(&test.read.records, i), test.read.records.values[i]);
        if (i && length + 1 < sizeof text) text[length++] = ' ';
        length += weir_format(boxed, text + length, sizeof text - length);
    }
    return text;
}

/* Runs the loop until the condition holds; fails the test after two minutes. */
#define run_until(condition)                                                                      \
    do {                                                                                          \
        int64_t end_us_ = clock_monotonic_us() + 120 * 1000 * 1000;                               \
        while (!(condition)) {                                                                    \
            if (clock_monotonic_us() > end_us_) fail_msg("waited in vain: %s", #condition);       \
            if (!uv_run(&test.loop, UV_RUN_NOWAIT)) clock_sleep_ms(1);                            \
            clock_sleep_ms(1);                                                                    \
        }                                                                                         \
    } while (0)

/* Cuts a batch of the next interval; adds its records to *all, each ended by a bar; true if there
 * are `count` by now. Counts what was refused in *refused. */
typedef struct harvest {
    weir_stream *stream;
    int64_t time_ms;
    size_t count;
    size_t batches; /* that had records */
    uint64_t refused;
    char text[8192];
} harvest;

static inline bool harvest_reaches(harvest *harvest, size_t count)
{
    assert_int_equal(harness_cut(harvest->stream, harvest->time_ms += 1000), WEIR_OK);
    harvest->count += test.read.records.count;
    harvest->batches += test.read.records.count > 0;
    harvest->refused += test.batches[((source *)harvest->stream->source)->id].refused;
    harvest->refused += test.task.refused;
    test.task.refused = 0;
    size_t length = strlen(harvest->text);
    if (test.read.records.count && length + 2 < sizeof harvest->text)
        snprintf(harvest->text + length, sizeof harvest->text - length, "%s|", harness_records());
    return harvest->count >= count;
}

#define assert_batch(stream, time_ms, expected)                                                   \
    do {                                                                                          \
        assert_int_equal(harness_cut(stream, time_ms), WEIR_OK);                                  \
        assert_string_equal(harness_records(), expected);                                         \
    } while (0)

#endif
