#include "batch/runner.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "batch/batch_record.h"
#include "batch/done_mark.h"
#include "batch/thread.h"
#include "outputs/outputs.h"

enum { ALONE = 1 }; /* the owner ticket of a context that runs alone */

/* Keeps the first failure of the batch, and reports each. The text is this thread's error text. */
static void fail(runner *runner, weir_status status)
{
    if (runner->status == WEIR_OK) {
        runner->status = status;
        snprintf(runner->error, sizeof runner->error, "%s", error_text());
    }
    if (status != WEIR_CLOSED) log_damped(&runner->damper, WEIR_ERROR, "%s", error_text());
    runner->events.failed(runner->user, status, error_text());
}

/* Says where the output, and the function that failed, are in the program (C-39). */
static void prefix_output(weir_status status, const batch *batch, const output *output)
{
    buffer places = {0};
    lineage_find_places(output, error_text(), &places);
    if (places.size > 0) (void)error_prefix(status, "%.*s", (int)places.size, places.bytes);
    buffer_release(&places);
    (void)error_prefix(status, "batch %" PRId64 " ms, output %" PRIu32 " (%s%s%s)", batch->time_ms,
                       output->id, output_kind_text(output->kind), output->place ? ", " : "",
                       output->place ? output->place : "");
}

/* Asks every output for its dataset before any of them runs: a failure here fails the whole batch
 * (M-01). */
static bool plan_outputs(runner *runner, const batch *batch)
{
    if (batch->status != WEIR_OK) {
        weir_status status =
            error_set(batch->status, "batch %" PRId64 " ms: %s", batch->time_ms, batch->error);
        fail(runner, status);
        return false;
    }
    for (size_t i = 0; i < runner->lineage->output_count; i++) {
        const output *output = runner->lineage->outputs[i];
        weir_dataset *dataset = NULL;
        weir_status status = graph_dataset(runner->graph, output->in, &dataset);
        if (status == WEIR_OK) continue;
        prefix_output(status, batch, output);
        fail(runner, status);
        return false;
    }
    return true;
}

static weir_status try_output(runner *runner, const output *output, int64_t time_ms, int attempt,
                              uint64_t *records)
{
    *records = 0;
    weir_dataset *dataset = NULL;
    weir_status status = graph_dataset(runner->graph, output->in, &dataset);
    if (status != WEIR_OK || !dataset) return status; /* no dataset: not a batch of this output */
    weir_output_id id = {.context_id = runner->has_failed ? NULL : runner->context_id,
                         .owner = ALONE, .output = output->identity, .time_ms = time_ms,
                         .partition = WEIR_WHOLE_BATCH, .attempt = attempt};
    graph_set_output(runner->graph, &id);
    status = output_run(output, dataset, time_ms, records);
    graph_set_output(runner->graph, NULL);
    return status;
}

static void run_output(runner *runner, const batch *batch, const output *output)
{
    uint64_t *records = &runner->output_records[output->id];
    for (int attempt = 1;; attempt++) {
        weir_status status = try_output(runner, output, batch->time_ms, attempt, records);
        if (status == WEIR_OK) return;
        *records = 0;
        if (attempt >= runner->attempts || status == WEIR_CLOSED) {
            prefix_output(status, batch, output);
            fail(runner, status);
            /* the outputs behind it begin with what no batch has changed */
            if (status != WEIR_CLOSED) graph_retry(runner->graph);
            return;
        }
        log_line(WEIR_DEBUG, "batch %" PRId64 " ms, output %" PRIu32 ": %s; trying again",
                 batch->time_ms, output->id, error_text());
        graph_retry(runner->graph);
    }
}

/* The state is final, and the batch is marked as done. */
static weir_status finish(runner *runner, const batch *batch)
{
    weir_status status = graph_finish(runner->graph);
    if (status != WEIR_OK) return status;
    arena room;
    buffer bytes = {0};
    arena_init(&room, NULL);
    arena *before = arena_set_current(&room);
    done_mark mark = {.time_ms = batch->time_ms,
                      .records = graph_records_in(runner->graph),
                      .output_records = runner->output_records,
                      .outputs = runner->lineage->output_count,
                      .scheduling_us = runner->started_us - batch->queued_us,
                      .processing_us = clock_monotonic_us() - runner->started_us,
                      .read = batch_record_read(runner->ingest, batch)};
    done_mark_encode(&mark, &bytes);
    arena_set_current(before);
    arena_release(&room);
    status =
        runner->journal->class->done(runner->journal, batch->time_ms, bytes.bytes, bytes.size);
    buffer_release(&bytes);
    return status;
}

static void give_sources(runner *runner, const batch *batch)
{
    for (size_t i = 0; i < batch->source_count; i++) {
        const source *source = runner->ingest->sources[i];
        const source_batch *given = &batch->sources[i];
        if (source->is_needed && !given->none)
            graph_set_source(runner->graph, source->stream, given->splits, given->count);
    }
}

/* State takes part in every batch: also where no output asked for it (a foreachRDD may do nothing
 * with its dataset), and where it was undone with an output that was tried again. */
static bool complete_state(runner *runner, const batch *batch)
{
    weir_status status = graph_compute_state(runner->graph);
    if (status == WEIR_OK) return true;
    error_prefix(status, "batch %" PRId64 " ms, state", batch->time_ms);
    fail(runner, status);
    return false;
}

/* Outputs may have asked for less than is to be remembered. */
static bool complete_past(runner *runner, const batch *batch)
{
    weir_status status = graph_compute_remembered(runner->graph);
    if (status == WEIR_OK) return true;
    error_prefix(status, "batch %" PRId64 " ms, what is to be remembered", batch->time_ms);
    fail(runner, status);
    return false;
}

static void compute(runner *runner, const batch *batch)
{
    give_sources(runner, batch);
    if (!plan_outputs(runner, batch)) return;
    for (size_t i = 0; i < runner->lineage->output_count; i++)
        run_output(runner, batch, runner->lineage->outputs[i]);
    if (runner->status != WEIR_OK) return;
    if (!complete_state(runner, batch) || !complete_past(runner, batch)) return;
    graph_keep_remembered(runner->graph);
    weir_status status = finish(runner, batch);
    graph_settle_remembered(runner->graph, status == WEIR_OK);
    if (status == WEIR_OK) return;
    error_prefix(status, "batch %" PRId64 " ms cannot be marked as done", batch->time_ms);
    fail(runner, status);
}

/* A batch that was done before a restart: its outputs are there, its state is computed again. */
static void compute_again(runner *runner, const batch *batch)
{
    give_sources(runner, batch);
    weir_status status = graph_compute_state(runner->graph);
    if (status == WEIR_OK) status = graph_finish(runner->graph);
    if (status == WEIR_OK) return;
    error_prefix(status, "batch %" PRId64 " ms, computed again", batch->time_ms);
    fail(runner, status);
}

/* State that lacks a batch would be wrong for ever, and a ledger that is past one would say, after
 * a restart, that it is written: nothing is computed behind it. NULL: later ones do not mind. */
static const char *find_chain(const runner *runner)
{
    if (lineage_find_state(runner->lineage)) return "streams keep state";
    for (size_t i = 0; runner->durable && i < runner->lineage->output_count; i++)
        if (runner->lineage->outputs[i]->keeps_ledger) return "an output writes in order";
    return NULL;
}

static void halt(runner *runner, const batch *batch)
{
    const char *chain = find_chain(runner);
    if (!chain) return;
    runner->is_halted = true;
    log_line(WEIR_ERROR,
             "batch %" PRId64 " ms failed, and %s: no later batch is computed; mend the cause and "
             "start again",
             batch->time_ms, chain);
}

static void run_batch(runner *runner, const batch *batch)
{
    runner->started_us = clock_monotonic_us();
    size_t outputs = runner->lineage->output_count;
    memset(runner->output_records, 0, outputs * sizeof *runner->output_records);
    runner->status = WEIR_OK;
    runner->error[0] = '\0';

    graph_begin(runner->graph, batch->time_ms);
    if (batch->is_done)
        compute_again(runner, batch);
    else
        compute(runner, batch);
    weir_batch_summary summary = {
        .time_ms = batch->time_ms,
        .records = graph_records_in(runner->graph),
        .submitted_us = batch->submitted_us,
        .scheduling_us = runner->started_us - batch->queued_us,
        .outputs = (uint32_t)outputs,
        .output_records = runner->output_records,
        .refused = graph_refused(runner->graph),
        .status = runner->status,
        .error = runner->error,
    };
    graph_end(runner->graph);
    if (runner->status != WEIR_OK) {
        runner->has_failed = runner->durable != NULL;
        /* A batch that could not be cut in a context that lasts: the cutter has said so, and cuts
         * none any more. */
        if (batch->status != WEIR_OK && runner->durable) runner->is_halted = true;
        else halt(runner, batch);
    }
    for (size_t i = 0; i < batch->source_count; i++) summary.refused += batch->sources[i].refused;
    summary.processing_us = clock_monotonic_us() - runner->started_us;
    summary.waiting = queue_count(runner->batches) + batch->more;
    if (runner->status == WEIR_OK) ingest_done(runner->ingest, batch->sources);
    if (!batch->is_done) listeners_call(runner->listeners, &summary);
    if (runner->durable && runner->status == WEIR_OK)
        runner->durable->class->done(runner->durable, batch);
    else if (runner->durable)
        runner->durable->class->failed(runner->durable, batch);
}

/* Whoever waits for it is told why. */
static void leave_out(runner *runner, const batch *batch)
{
    runner->events.failed(runner->user, runner->status, runner->error);
    if (runner->durable) runner->durable->class->failed(runner->durable, batch);
}

static void take_batch(runner *runner, const batch *batch)
{
    receiver_events_tell(runner->receiver_events);
    bool is_wanted = !atomic_load(&runner->drops) && !runner->is_halted;
    if (is_wanted) run_batch(runner, batch);
    else if (runner->is_halted) leave_out(runner, batch);
    runner->dropped += !is_wanted;
    receiver_events_tell(runner->receiver_events);
}

static void *runner_main(void *user)
{
    runner *runner = user;
    for (batch *batch; (batch = queue_pop(runner->batches, -1));) {
        for (; batch->more > 0; batch->more--, batch->time_ms += batch->step_ms) {
            take_batch(runner, batch);
            runner->events.over(runner->user);
        }
        take_batch(runner, batch);
        batch_free(batch);
        runner->events.over(runner->user);
    }
    receiver_events_tell(runner->receiver_events); /* of their stop */
    runner->events.ended(runner->user);
    return NULL;
}

weir_status runner_start(runner *runner, const void *owner)
{
    size_t outputs = runner->lineage->output_count;
    runner->output_records = memory_zero_alloc(outputs, sizeof *runner->output_records);
    weir_status status =
        thread_start(&runner->thread, "weir-batches", owner, runner_main, runner);
    runner->is_running = status == WEIR_OK;
    return status;
}

void runner_drop(runner *runner) { atomic_store(&runner->drops, true); }

void runner_join(runner *runner)
{
    if (runner->is_running) pthread_join(runner->thread, NULL);
    runner->is_running = false;
    free(runner->output_records);
    runner->output_records = NULL;
}
