#include "recovery/recovery.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "batch/batch_record.h"

/* --- checkpoints ----------------------------------------------------------------------------- */

static bool is_due(const recovery *recovery, int64_t time_ms)
{
    return (time_ms - recovery->manifest.zero_ms) % recovery->options.checkpoint_ms == 0;
}

/* From where on the log is needed by batches to come: the oldest block that no batch has, else its
 * end. */
static wal_position needed_from(const recovery *recovery, const ingest *ingest)
{
    wal_position needed = wal_log_position(recovery->log);
    for (size_t i = 0; i < ingest->count; i++) {
        source *source = ingest->sources[i];
        wal_position oldest;
        if (!source->is_needed || !source->class->oldest) continue;
        if (!source->class->oldest(source, &oldest.segment, &oldest.offset)) continue;
        bool is_before = oldest.segment < needed.segment ||
                         (oldest.segment == needed.segment && oldest.offset < needed.offset);
        if (is_before) needed = oldest;
    }
    return needed;
}

/* What batch->place begins with; the place of the sources follows. */
typedef struct place_head {
    wal_position position;
    uint64_t next_block;
    uint64_t request; /* as in checkpoint_job */
} place_head;

static void note_place(recovery *recovery, weir_context *context, int64_t time_ms, buffer *to)
{
    place_head head = {needed_from(recovery, &context->ingest),
                       atomic_load(&context->ingest.next_block),
                       requests_newest(&recovery->requests)};
    buffer_append(to, &head, sizeof head);
    batch_place_encode(&context->ingest, time_ms, to);
}

static void recovery_cut(durable *durable, batch *batch)
{
    recovery *recovery = recovery_of(durable);
    if (is_due(recovery, batch->time_ms) || requests_newest(&recovery->requests) > 0)
        note_place(recovery, recovery->context, batch->time_ms, &batch->place);
}

static checkpoint_job *make_job(recovery *recovery, int64_t time_ms, const buffer *place)
{
    checkpoint_job *job = memory_zero_alloc(1, sizeof *job);
    place_head head;
    memcpy(&head, place->bytes, sizeof head);
    job->request = head.request;
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

/* In a bounded run no due checkpoint is skipped. */
static void recovery_done(durable *durable, const batch *batch)
{
    recovery *recovery = recovery_of(durable);
    if (batch->place.size == 0) return;
    place_head head;
    memcpy(&head, batch->place.bytes, sizeof head);
    if (head.request <= recovery->taken && !is_due(recovery, batch->time_ms)) return;
    recovery->taken = head.request > recovery->taken ? head.request : recovery->taken;
    bool is_bounded = recovery->context->cutter.mode == CUTTER_VIRTUAL;
    checkpointer_put(&recovery->checkpointer, make_job(recovery, batch->time_ms, &batch->place),
                     is_bounded);
}

static void recovery_give_up(durable *durable)
{
    recovery *recovery = recovery_of(durable);
    if (recovery->log) wal_log_give_up(recovery->log);
}

static void recovery_finish(durable *durable, weir_context *context, bool is_complete)
{
    recovery *recovery = recovery_of(durable);
    if (!recovery->checkpointer.is_running) return;
    checkpointer_drain(&recovery->checkpointer);
    int64_t last_ms = context->cutter.clock.last_ms;
    char *path = directory_checkpoint_path(&recovery->directory, last_ms, NULL);
    bool is_there = file_exists(path);
    free(path);
    if (is_complete && is_there)
        requests_answer(&recovery->requests, requests_newest(&recovery->requests), last_ms,
                        WEIR_OK);
    if (!is_complete || is_there) return;
    buffer place = {0};
    note_place(recovery, context, last_ms, &place);
    checkpointer_write(&recovery->checkpointer, make_job(recovery, last_ms, &place));
    buffer_release(&place);
}

static void recovery_close(durable *durable, weir_context *context)
{
    recovery *recovery = recovery_of(durable);
    requests_close(&recovery->requests);
    control_stop(&recovery->control);
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
    free(recovery);
}

const durable_class recovery_class = {
    .open = recovery_open,
    .resume = recovery_resume,
    .cut = recovery_cut,
    .done = recovery_done,
    .give_up = recovery_give_up,
    .finish = recovery_finish,
    .close = recovery_close,
    .free = recovery_free,
};
