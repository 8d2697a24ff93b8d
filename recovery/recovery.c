#include "recovery/recovery.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log_line.h"
#include "batch/batch_record.h"
#include "state/restore.h"

enum { DOWN_MAX = 100000 };

static recovery *recovery_of(durable *durable)
{
    return (recovery *)durable;
}

static uint64_t batch_index(const recovery *recovery, int64_t time_ms)
{
    return (uint64_t)((time_ms - recovery->manifest.zero_ms) / recovery->manifest.interval_ms);
}

/* --- open: the directory --------------------------------------------------------------------- */

/* A context is known by a random id from its first start on. */
static weir_status begin_manifest(recovery *recovery, const weir_context *context)
{
    manifest *manifest = &recovery->manifest;
    *manifest = (struct manifest){
        .owner = 1,
        .app_name = context->options.app_name,
        .zero_ms = context->cutter.clock.zero_ms,
        .first_start_ms = context->ingest.first_start_ms,
        .interval_ms = context->options.batch_interval_ms,
        .partitions = context->options.partitions,
        .time_ms = context->cutter.clock.zero_ms,
    };
    if (getrandom(manifest->context_id, CONTEXT_ID_BYTES, 0) != CONTEXT_ID_BYTES)
        return error_set_errno(WEIR_RUNTIME, "no random bytes for the id of the context");
    return WEIR_OK;
}

static weir_status open_directory(recovery *recovery, weir_context *context)
{
    weir_status status = directory_create(&recovery->directory);
    if (status == WEIR_OK) status = directory_lock(&recovery->directory);
    if (status == WEIR_OK)
        status = recovery_choose(recovery, recovery->options.from_ms, &recovery->is_resumed);
    if (status != WEIR_OK || recovery->is_resumed) return status;
    if (directory_has_log(&recovery->directory))
        return error_set(
            WEIR_DAMAGED,
            "%s has a log but no checkpoint: something was deleted; put it back, or use "
            "another directory",
            recovery->directory.path);
    return begin_manifest(recovery, context);
}

/* --- open: the state ------------------------------------------------------------------------- */

/* The live database is scratch: made anew from the checkpoint. */
static weir_status open_store(recovery *recovery, weir_context *context)
{
    if (!lineage_find_state(&context->lineage)) return WEIR_OK;
    weir_status status = file_remove_tree(recovery->directory.live);
    bool has_state = recovery->is_resumed && recovery->manifest.file_count > 0;
    if (status == WEIR_OK && has_state) {
        char *from =
            directory_checkpoint_path(&recovery->directory, recovery->manifest.time_ms, "state");
        status = state_restore(from, recovery->directory.live);
        free(from);
    }
    rocks_store_options options = {.memory = recovery->options.state_memory};
    if (status == WEIR_OK)
        status = rocks_store_open(recovery->directory.live, &options, &recovery->store);
    for (size_t i = 0; status == WEIR_OK && has_state && i < recovery->lineage.stream_count; i++) {
        const char *space = recovery->lineage.streams[i].space;
        for (size_t j = 0; space && j < recovery->options.drop_state_count && status == WEIR_OK;
             j++) {
            const char *dropped = recovery->options.drop_state[j];
            if (strcmp(dropped, "*") == 0 || strcmp(dropped, space) == 0)
                status = rocks_store_drop(recovery->store, space);
        }
    }
    context->store = recovery->store;
    return status;
}

/* --- open: log, plan, clock ------------------------------------------------------------------ */

static weir_status check_plan(const recovery *recovery)
{
    const plan *plan = &recovery->plan;
    if (plan->is_done_without_record)
        return error_set(
            WEIR_DAMAGED,
            "%s: the batch of %" PRId64
            " ms is marked as done, but what it consisted of is not in the log; start from "
            "an older checkpoint (--from), or put the log back",
            recovery->directory.path, plan->damaged_ms);
    if (plan->down > DOWN_MAX && !recovery->options.all_down_batches &&
        !recovery->options.skip_down_batches)
        return error_set(
            WEIR_ILLEGAL_ARGUMENT,
            "%" PRId64
            " batches fell due while the context was down; say --down-batches all to compute "
            "them, or --down-batches skip to leave them out",
            plan->down);
    return WEIR_OK;
}

static weir_status make_plan(recovery *recovery, const weir_context *context)
{
    wal_position from = {recovery->manifest.log_segment, recovery->manifest.log_offset};
    weir_status status = facts_read(recovery->directory.log, from, &recovery->facts);
    if (status != WEIR_OK) return status;
    bool is_wall = context->cutter.mode == CUTTER_WALL;
    plan_facts facts = {
        .boundary_ms = recovery->manifest.time_ms,
        .now_ms = is_wall ? clock_wall_ms() : 0,
        .interval_ms = recovery->manifest.interval_ms,
        .record_times = recovery->facts.record_times,
        .record_count = recovery->facts.record_count,
        .done_times = recovery->facts.done_times,
        .done_count = recovery->facts.done_count,
        .skipped_times = recovery->options.skip_batches,
        .skipped_count = recovery->options.skip_batch_count,
    };
    plan_make(&facts, &recovery->plan);
    return check_plan(recovery);
}

static weir_status open_log(recovery *recovery, weir_context *context)
{
    const weir_durability *given = &recovery->options;
    wal_options options = {
        .directory = recovery->directory.log,
        .owner = recovery->manifest.owner,
        .sync = given->log_no_sync   ? WAL_SYNC_NONE
                : given->log_sync_ms ? WAL_SYNC_INTERVAL
                                     : WAL_SYNC_GROUP,
        .sync_ms = given->log_sync_ms,
        .compress = given->log_compress,
    };
    memcpy(options.context_id, recovery->manifest.context_id, CONTEXT_ID_BYTES);
    weir_status status =
        wal_log_open(&recovery->log, &options, recovery->is_resumed ? &recovery->facts.end : NULL);
    if (status != WEIR_OK) return status;
    for (size_t i = 0; i < recovery->facts.damaged_segment_count; i++)
        if (wal_log_quarantine(recovery->log, recovery->facts.damaged_segments[i]) != WEIR_OK)
            log_line(WEIR_WARNING, "a damaged segment is not in quarantine: %s", error_text());
    context->log = wal_log_blocks(recovery->log);
    context->journal = wal_log_journal(recovery->log);
    return WEIR_OK;
}

static void set_clock(recovery *recovery, weir_context *context)
{
    int64_t last_ms = recovery->plan.last_ms, interval_ms = recovery->manifest.interval_ms;
    if (recovery->options.skip_down_batches) last_ms += recovery->plan.down * interval_ms;
    cutter_resume(&context->cutter, recovery->manifest.zero_ms, last_ms);
    context->ingest.first_start_ms = recovery->manifest.first_start_ms;
    uint64_t next = recovery->manifest.next_block;
    if (recovery->facts.block_count > 0) {
        uint64_t newest = recovery->facts.blocks[recovery->facts.block_count - 1]->number;
        if (newest >= next) next = newest + 1;
    }
    atomic_store(&context->ingest.next_block, next);
    int64_t behind_ms = last_ms - clock_wall_ms();
    if (context->cutter.mode == CUTTER_WALL && behind_ms > interval_ms)
        log_line(WEIR_WARNING,
                 "the wall clock is %" PRId64
                 " ms behind the last batch; batch times go on from it",
                 behind_ms);
}

/* A first start publishes checkpoint 0 before any source starts: a log is never without one. */
static weir_status publish_first(recovery *recovery, weir_context *context)
{
    checkpoint_job *job = memory_zero_alloc(1, sizeof *job);
    job->manifest = recovery->manifest;
    wal_position position = wal_log_position(recovery->log);
    job->manifest.log_segment = position.segment;
    job->manifest.log_offset = position.offset;
    if (recovery->store) job->frozen = state_freeze(recovery->store, 0, context->pool);
    return checkpointer_write(&recovery->checkpointer, job);
}

static weir_status check_sources(const weir_context *context)
{
    for (size_t i = 0; i < context->ingest.count; i++) {
        const source *source = context->ingest.sources[i];
        if (source->is_needed && !source->class->describe)
            return error_set(
                WEIR_ILLEGAL_ARGUMENT,
                "%s cannot be recovered (queueStream doesn't support checkpointing); use it in "
                "a context without a checkpoint directory",
                source_recovery_name(source));
    }
    return WEIR_OK;
}

static weir_status recovery_open(durable *durable, weir_context *context)
{
    recovery *recovery = recovery_of(durable);
    recovery->context = context;
    recovery->resumption.took_us = -clock_monotonic_us();
    weir_status status = check_sources(context);
    if (status == WEIR_OK) status = open_directory(recovery, context);
    if (status == WEIR_OK && recovery->is_resumed) status = make_plan(recovery, context);
    if (status == WEIR_OK) status = open_store(recovery, context);
    if (status == WEIR_OK) status = open_log(recovery, context);
    if (status != WEIR_OK) return status;
    if (recovery->is_resumed) set_clock(recovery, context);
    checkpointer_init(&recovery->checkpointer, &recovery->directory, recovery->store,
                      recovery->log, recovery->options.keep, &recovery->requests);
    lineage_encode(&context->lineage, &recovery->checkpointer.lineage);
    if (!recovery->is_resumed) status = publish_first(recovery, context);
    if (status == WEIR_OK) status = checkpointer_start(&recovery->checkpointer);
    if (status != WEIR_OK) return status;
    requests_open(&recovery->requests);
    control_start(&recovery->control, &recovery->directory, &recovery->requests);
    return WEIR_OK;
}

/* --- resume ---------------------------------------------------------------------------------- */

static void use_block(void *user, uint64_t number)
{
    (void)facts_find_block(user, number);
}

static weir_status read_record(const recovery *recovery, size_t index, int64_t *time_ms,
                               weir_value *list)
{
    const fact_record *record = &recovery->facts.records[index];
    return batch_record_decode(recovery->facts.bytes.bytes + record->offset, record->size, time_ms,
                               list);
}

/* Blocks of batches that are in the checkpoint are not loose. */
static weir_status use_old_blocks(recovery *recovery, weir_context *context)
{
    for (size_t i = 0; i < recovery->facts.record_count; i++) {
        int64_t time_ms;
        weir_value list;
        if (recovery->facts.records[i].time_ms > recovery->manifest.time_ms) continue;
        weir_status status = read_record(recovery, i, &time_ms, &list);
        if (status != WEIR_OK) return status;
        batch_record_blocks(&context->ingest, list, use_block, &recovery->facts);
    }
    return WEIR_OK;
}

static weir_status queue_batch(recovery *recovery, weir_context *context,
                               const plan_record *planned)
{
    int64_t time_ms;
    weir_value list;
    weir_status status = read_record(recovery, planned->record, &time_ms, &list);
    if (status != WEIR_OK) return status;
    batch *batch = batch_create(planned->time_ms, context->ingest.count, &context->ingest.waiting);
    batch->is_done = planned->is_done;
    status = batch_record_replay(&context->ingest, list, batch);
    if (status == WEIR_OK)
        cutter_push(&context->cutter, batch);
    else
        batch_free(batch);
    return status;
}

/* The source that a block of the log was received by: sources have kept their names, not their
 * places. */
static source *find_source(const recovery *recovery, const ingest *ingest, uint32_t stream_id)
{
    uint32_t at = 0;
    for (size_t i = 0; i < recovery->lineage.stream_count; i++) {
        const stored_stream *stream = &recovery->lineage.streams[i];
        if (stream->kind != STREAM_SOURCE || at++ != stream_id) continue;
        const char *name = stream->name ? stream->name : stream->source_text;
        for (size_t j = 0; name && j < ingest->count; j++)
            if (strcmp(source_recovery_name(ingest->sources[j]), name) == 0)
                return ingest->sources[j];
    }
    return NULL;
}

static void adopt_loose(recovery *recovery, weir_context *context)
{
    uint64_t lost = 0;
    for (size_t i = 0; i < recovery->facts.block_count; i++) {
        block *block = recovery->facts.blocks[i];
        if (recovery->facts.is_used[i]) continue;
        source *source = find_source(recovery, &context->ingest, block->stream_id);
        if (source && source->is_needed && source->class->adopt)
            source->class->adopt(source, block_hold(block));
        else
            lost++;
    }
    if (lost > 0)
        log_line(WEIR_WARNING,
                 "%" PRIu64
                 " blocks of the log belong to sources that the program has no more; left out",
                 lost);
}

static void tell(recovery *recovery)
{
    const weir_resumption *is = &recovery->resumption;
    if (is->is_finished) {
        log_line(WEIR_INFO, "%s: this job has finished before: its last batch was %" PRId64 " ms",
                 recovery->directory.path, recovery->plan.last_ms);
        return;
    }
    log_line(WEIR_INFO,
             "%s: resumed from the checkpoint of %" PRId64 " ms; %" PRIu64
             " batches from the log, %" PRIu64 " of them done before; %" PRIu64
             " fell due while it was down; took %.1f ms",
             recovery->directory.path, is->checkpoint_ms, is->replayed, is->replayed_done,
             is->down, (double)is->took_us / 1000);
}

static weir_status replay(recovery *recovery, weir_context *context)
{
    int64_t time_ms;
    weir_value place;
    const manifest *manifest = &recovery->manifest;
    weir_status status = WEIR_OK;
    if (manifest->place_size > 0) {
        status = batch_record_decode(manifest->place, manifest->place_size, &time_ms, &place);
        if (status == WEIR_OK) status = batch_place_restore(&context->ingest, place);
    }
    if (status == WEIR_OK) status = use_old_blocks(recovery, context);
    for (size_t i = 0; i < recovery->plan.count && status == WEIR_OK; i++)
        status = queue_batch(recovery, context, &recovery->plan.replay[i]);
    if (status == WEIR_OK) adopt_loose(recovery, context);
    return status;
}

static weir_status recovery_resume(durable *durable, weir_context *context)
{
    recovery *recovery = recovery_of(durable);
    if (recovery->store) rocks_store_warm(recovery->store);
    if (!recovery->is_resumed) return WEIR_OK;
    arena room;
    arena_init(&room, NULL);
    arena *before = arena_set_current(&room);
    context->ingest.find_block = facts_find_block;
    context->ingest.find_block_user = &recovery->facts;
    context->ingest.skips_missing_files = recovery->options.skip_missing_files;
    weir_status status = replay(recovery, context);
    arena_set_current(before);
    arena_release(&room);
    recovery->resumption = (weir_resumption){
        .is_resumed = true,
        .checkpoint_ms = recovery->manifest.time_ms,
        .replayed = recovery->plan.count,
        .replayed_done = recovery->plan.done,
        .down = recovery->options.skip_down_batches ? 0 : (uint64_t)recovery->plan.down,
        .is_finished = context->cutter.mode == CUTTER_VIRTUAL && context->cutter.left == 0 &&
                       recovery->plan.done == recovery->plan.count,
        .took_us = recovery->resumption.took_us + clock_monotonic_us(),
    };
    if (status == WEIR_OK) tell(recovery);
    facts_release(&recovery->facts);
    return status;
}

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
    job->manifest.batches = batch_index(recovery, time_ms);
    job->manifest.next_block = head.next_block;
    job->manifest.log_segment = head.position.segment;
    job->manifest.log_offset = head.position.offset;
    buffer_append(&job->place, place->bytes + sizeof head, place->size - sizeof head);
    if (recovery->store)
        job->frozen =
            state_freeze(recovery->store, batch_index(recovery, time_ms), recovery->context->pool);
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
