#include "recovery/recovery.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log_line.h"
#include "batch/batch_record.h"

enum { PLACES_MAX = 64 << 20 };

/* --- checkpoints ----------------------------------------------------------------------------- */

static bool is_due(const recovery *recovery, int64_t time_ms)
{
    return (time_ms - recovery->manifest.zero_ms) % recovery->options.checkpoint_ms == 0;
}

wal_position recovery_needed_from(const recovery *recovery, const ingest *ingest)
{
    wal_position needed = wal_log_position(recovery->log); /* first: what is not answered now
                                                              stands behind it */
    for (size_t i = 0; i < ingest->count; i++) {
        source *source = ingest->sources[i];
        wal_position oldest;
        if (!source->is_needed || !source->class->oldest) continue;
        if (source->class->oldest(source, &oldest.segment, &oldest.offset))
            needed = position_lower(oldest, needed);
    }
    return needed;
}

static void note_place(recovery *recovery, weir_context *context, int64_t time_ms, buffer *to)
{
    place_head head = {recovery_needed_from(recovery, &context->ingest),
                       atomic_load(&context->ingest.next_block),
                       requests_newest(&recovery->requests)};
    buffer_append(to, &head, sizeof head);
    batch_place_encode(&context->ingest, time_ms, to);
    atomic_fetch_add(&recovery->places, to->size);
}

/* While the context catches up, many batches wait: then only so much is noted for them. */
void recovery_note_place(recovery *recovery, batch *batch)
{
    if (atomic_load(&recovery->failed_ms)) return;
    bool is_asked = requests_newest(&recovery->requests) > 0;
    if (batch->catches_up && atomic_load(&recovery->places) > PLACES_MAX) return;
    if (is_due(recovery, batch->time_ms) || is_asked)
        note_place(recovery, recovery->context, batch->time_ms, &batch->place);
}

static void recovery_cut(durable *durable, batch *batch)
{
    recovery_note_place(recovery_of(durable), batch);
}

static checkpoint_job *make_job(recovery *recovery, int64_t time_ms, const buffer *place)
{
    checkpoint_job *job = memory_zero_alloc(1, sizeof *job);
    place_head head;
    memcpy(&head, place->bytes, sizeof head);
    job->request = head.request;
    job->done = recovery->done;
    job->manifest = recovery->manifest;
    job->manifest.time_ms = time_ms;
    job->manifest.batches = recovery_batch_index(recovery, time_ms);
    job->manifest.next_block = head.next_block;
    job->manifest.log_segment = head.position.segment;
    job->manifest.log_offset = head.position.offset;
    buffer_append(&job->place, place->bytes + sizeof head, place->size - sizeof head);
    if (recovery->store)
        job->frozen = state_freeze(recovery->store, recovery_batch_index(recovery, time_ms),
                                   recovery->context->pool);
    return job;
}

/* No checkpoint goes past a batch that failed: it would be lost with the next start. */
static void refuse_requests(recovery *recovery)
{
    uint64_t newest = requests_newest(&recovery->requests);
    if (!newest) return;
    weir_status status = error_set(
        WEIR_ILLEGAL_STATE,
        "the batch of %" PRId64 " ms failed, and no checkpoint goes past it: mend the cause and "
        "start again, or give it up at a start (--skip-batch)",
        atomic_load(&recovery->failed_ms));
    requests_answer(&recovery->requests, newest, 0, status);
}

static void recovery_failed(durable *durable, const batch *batch)
{
    recovery *recovery = recovery_of(durable);
    atomic_fetch_sub(&recovery->places, batch->place.size);
    if (!atomic_load(&recovery->failed_ms)) {
        atomic_store(&recovery->failed_ms, batch->time_ms);
        log_line(WEIR_WARNING,
                 "%s: the batch of %" PRId64
                 " ms stays pending: a restart computes it. No checkpoint is taken until then, "
                 "and the log keeps all that comes",
                 recovery->directory.path, batch->time_ms);
    }
    refuse_requests(recovery);
}

static void note_caught_up(recovery *recovery, int64_t time_ms)
{
    const weir_resumption *is = &recovery->resumption;
    if (!recovery->is_catching_up || time_ms < recovery->caught_up_ms) return;
    recovery->is_catching_up = false;
    log_line(WEIR_INFO,
             "%s: caught up: %" PRIu64 " batches from the log and %" PRIu64
             " for the time it was down are computed, %.1f ms after the start began",
             recovery->directory.path, is->replayed, is->down,
             (double)(clock_monotonic_us() - recovery->began_us) / 1000);
}

/* In a bounded run no due checkpoint is skipped. Elsewhere batches that catch up come so fast that
 * the frozen states of several would pile up behind one that is written. */
static void recovery_done(durable *durable, const batch *batch)
{
    recovery *recovery = recovery_of(durable);
    atomic_fetch_sub(&recovery->places, batch->place.size);
    recovery->done++;
    checkpointer_begin(&recovery->checkpointer);
    if (atomic_load(&recovery->failed_ms)) {
        refuse_requests(recovery);
        return;
    }
    note_caught_up(recovery, batch->time_ms);
    if (batch->place.size == 0) return;
    place_head head;
    memcpy(&head, batch->place.bytes, sizeof head);
    bool is_asked = head.request > recovery->taken;
    bool is_bounded = recovery->context->cutter.mode == CUTTER_VIRTUAL;
    if (!is_asked && !is_due(recovery, batch->time_ms)) return;
    if (!is_asked && !is_bounded && batch->catches_up &&
        checkpointer_is_busy(&recovery->checkpointer))
        return;
    if (is_asked) recovery->taken = head.request;
    checkpoint_job *job = make_job(recovery, batch->time_ms, &batch->place);
    job->is_due = is_due(recovery, batch->time_ms);
    job->may_rest = !is_asked && recovery->store && rocks_store_has_room(recovery->store);
    checkpointer_put(&recovery->checkpointer, job, is_bounded);
}

void recovery_tell_published(void *user, int64_t time_ms, bool is_due)
{
    const recovery *recovery = user;
    for (size_t i = 0; i < recovery->listener_count; i++)
        recovery->listeners[i].call(time_ms, is_due, recovery->listeners[i].user);
}

static void recovery_give_up(durable *durable)
{
    recovery *recovery = recovery_of(durable);
    if (recovery->log) wal_log_give_up(recovery->log);
    if (recovery->store) rocks_store_give_up(recovery->store);
}

/* What a restart does without the checkpoint that could not be written at the end. */
static weir_status tell_not_taken(recovery *recovery)
{
    uint64_t behind = recovery->done - atomic_load(&recovery->checkpointer.covered);
    char why[ERROR_TEXT_MAX];
    snprintf(why, sizeof why, "%s", error_text());
    error_set(WEIR_NO_CHECKPOINT,
              "%s: nothing is lost, but the last checkpoint was not written, and a restart "
              "computes %" PRIu64 " batch%s again: %s",
              recovery->directory.path, behind, behind == 1 ? "" : "es", why);
    log_line(WEIR_ERROR, "%s", error_text());
    return WEIR_NO_CHECKPOINT;
}

static weir_status recovery_finish(durable *durable, weir_context *context, bool is_complete)
{
    recovery *recovery = recovery_of(durable);
    if (!recovery->checkpointer.is_running) return WEIR_OK;
    checkpointer_drain(&recovery->checkpointer);
    int64_t last_ms = context->cutter.clock.last_ms;
    char *path = directory_checkpoint_path(&recovery->directory, last_ms, NULL);
    bool is_there = file_exists(path);
    free(path);
    if (is_complete && is_there)
        requests_answer(&recovery->requests, requests_newest(&recovery->requests), last_ms,
                        WEIR_OK);
    if (!is_complete || is_there) return WEIR_OK;
    buffer place = {0};
    note_place(recovery, context, last_ms, &place);
    weir_status status =
        checkpointer_write(&recovery->checkpointer, make_job(recovery, last_ms, &place));
    buffer_release(&place);
    return status == WEIR_OK ? WEIR_OK : tell_not_taken(recovery);
}

static void recovery_close(durable *durable, weir_context *context)
{
    recovery *recovery = recovery_of(durable);
    requests_close(&recovery->requests);
    bool is_held = recovery->directory.lock >= 0 &&
                   directory_check_held(&recovery->directory) == WEIR_OK;
    control_stop(&recovery->control, is_held);
    if (recovery->checkpointer.directory) checkpointer_release(&recovery->checkpointer);
    if (context->log) context->log->class->close(context->log);
    if (context->journal) context->journal->class->close(context->journal);
    if (recovery->log) wal_log_close(recovery->log);
    if (recovery->store) recovery->store->class->close(recovery->store);
    recovery->log = NULL;
    recovery->store = NULL;
    facts_release(&recovery->facts);
    plan_release(&recovery->plan);
    directory_release(&recovery->directory);
}

static void recovery_free(durable *durable)
{
    recovery *recovery = recovery_of(durable);
    facts_release(&recovery->facts);
    plan_release(&recovery->plan);
    directory_release(&recovery->directory);
    requests_release(&recovery->requests);
    arena_release(&recovery->arena);
    free(recovery->listeners);
    free(recovery);
}

const durable_class recovery_class = {
    .open = recovery_open,
    .resume = recovery_resume,
    .cut = recovery_cut,
    .done = recovery_done,
    .failed = recovery_failed,
    .give_up = recovery_give_up,
    .finish = recovery_finish,
    .close = recovery_close,
    .free = recovery_free,
};
