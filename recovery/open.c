/* The first step of a start: the directory is opened, what a restart does is planned, the doors
 * and the clock of the context are set. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log_line.h"
#include "batch/batch_record.h"
#include "durability/block_log.h"
#include "recovery/held_journal.h"
#include "recovery/log_walk.h"
#include "recovery/recovery.h"
#include "recovery/retention.h"
#include "recovery/verdict.h"
#include "state/restore.h"
#include "wal/directory.h"
#include "wal/format.h"
#include "wal/newest.h"
#include "wal/reader.h"

_Static_assert(BLOCK_LOG_RECORD_MAX + (64 << 20) <= WAL_PAYLOAD_MAX,
               "what comes with a record has room beside it");

/* --- the directory --------------------------------------------------------------------- */

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

/* A first start that ended before checkpoint 0 was published has left the beginning of its log.
 * Whatever else is in a log without a checkpoint stays there. */
static weir_status remove_unbegun(const directory *directory)
{
    bool is_nothing = false;
    weir_status status = log_is_unbegun(directory->log, &is_nothing);
    if (status != WEIR_OK || !is_nothing) return status;
    char *path = wal_directory_segment(directory->log, 1);
    status = wal_newest_forget(directory->log);
    if (status == WEIR_OK) status = file_remove_tree(path);
    free(path);
    return status;
}

static weir_status open_directory(recovery *recovery, weir_context *context)
{
    weir_status status = directory_create(&recovery->directory);
    if (status == WEIR_OK) status = directory_lock(&recovery->directory);
    if (status == WEIR_OK) retention_clean(&recovery->directory);
    /* What was published just before a kill may not be durable yet; what follows relies on it. */
    if (status == WEIR_OK) status = file_sync_directory(recovery->directory.checkpoints);
    if (status == WEIR_OK)
        status = recovery_choose(recovery, durability_from(&recovery->options),
                                 &recovery->is_resumed);
    if (status != WEIR_OK) return status;
    if (recovery->is_resumed) {
        context_set_id(context, recovery->manifest.context_id);
        return WEIR_OK;
    }
    status = remove_unbegun(&recovery->directory);
    if (status != WEIR_OK) return status;
    if (directory_has_log(&recovery->directory))
        return error_set(
            WEIR_DAMAGED,
            "%s has a log but no checkpoint: something was deleted; put it back, or use "
            "another directory",
            recovery->directory.path);
    status = begin_manifest(recovery, context);
    if (status == WEIR_OK) context_set_id(context, recovery->manifest.context_id);
    return status;
}

/* --- the state ------------------------------------------------------------------------- */

/* Tables keep the hashes they had when they were written: what has been damaged since must not be
 * taken for right. */
static void hand_on_hashes(const recovery *recovery)
{
    state_files files = {0};
    for (size_t i = 0; i < recovery->manifest.file_count; i++) {
        const manifest_file *file = &recovery->manifest.files[i];
        state_files_add(&files, file->name, file->size, file->hash);
    }
    state_checkpoint_know(recovery->store, &files);
    state_files_release(&files);
}

/* Verdicts were made of names that the checkpoint's lineage has. Of what else is in its database,
 * and of the panes of windows that are gone, no stream would ever know. */
static bool is_kept(void *user, const char *name, bool is_panes)
{
    const recovery *recovery = user;
    const weir_durability *given = &recovery->options;
    bool keeps = verdict_keeps(&recovery->lineage, &recovery->context->lineage, given->drop_state,
                               given->drop_state_count, name, is_panes);
    bool is_asked = verdict_is_dropped(name, given->drop_state, given->drop_state_count);
    if (!keeps)
        log_line(WEIR_INFO, "%s: the %s of \"%s\" go: %s", recovery->directory.path,
                 is_panes ? "panes" : "keys", name,
                 is_asked ? "that state is dropped, as was asked for" : "no stream has them");
    return keeps;
}

/* The live database is scratch: made anew from the checkpoint. */
static weir_status open_store(recovery *recovery, weir_context *context)
{
    if (!lineage_find_state(&context->lineage)) return WEIR_OK;
    char *live = NULL;
    weir_status status = directory_renew_live(&recovery->directory, &live);
    bool has_state = recovery->is_resumed && recovery->manifest.file_count > 0;
    if (status == WEIR_OK && has_state) {
        char *from =
            directory_checkpoint_path(&recovery->directory, recovery->manifest.time_ms, "state");
        status = state_restore(from, live);
        free(from);
    }
    rocks_store_options options = {.memory = recovery->options.state_memory};
    if (status == WEIR_OK) status = rocks_store_open(live, &options, &recovery->store);
    free(live);
    if (status == WEIR_OK && has_state) hand_on_hashes(recovery);
    if (status == WEIR_OK && has_state)
        status = rocks_store_drop(recovery->store, is_kept, recovery);
    context->store = recovery->store;
    return status;
}

/* --- log, clock -------------------------------------------------------------------------- */

/* The log drops a damaged segment like any other, once nothing of it is needed. */
static weir_status keep_damaged(const recovery *recovery)
{
    const facts *facts = &recovery->facts;
    for (size_t i = 0; i < facts->damaged_segment_count; i++) {
        weir_status status = wal_log_quarantine(recovery->log, facts->damaged_segments[i]);
        if (status == WEIR_OK) continue;
        return error_prefix(status,
                            "%s: segment %" PRIu64 " of the log is damaged and cannot be kept in "
                            "quarantine, so nothing is begun; nothing is lost",
                            recovery->directory.path, facts->damaged_segments[i]);
    }
    return WEIR_OK;
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
        .newest = recovery->manifest.log_newest,
    };
    memcpy(options.context_id, recovery->manifest.context_id, CONTEXT_ID_BYTES);
    weir_status status =
        wal_log_open(&recovery->log, &options, recovery->is_resumed ? &recovery->facts.end : NULL);
    if (status != WEIR_OK) return status;
    status = keep_damaged(recovery);
    if (status != WEIR_OK) return status;
    facts_set_store(&recovery->facts, wal_log_store(recovery->log));
    context->log = wal_log_blocks(recovery->log);
    context->journal = held_journal_make(&recovery->directory, recovery->log);
    return WEIR_OK;
}

/* A number is not given again: not that of a block either which the log has lost, as a record
 * still names it. */
static uint64_t next_block(const recovery *recovery)
{
    const facts *facts = &recovery->facts;
    uint64_t next = recovery->manifest.next_block;
    if (next < facts->behind_named) next = facts->behind_named;
    if (facts->block_count == 0) return next;
    uint64_t newest = facts->blocks[facts->block_count - 1]->number;
    return newest >= next ? newest + 1 : next;
}

static void set_clock(recovery *recovery, weir_context *context)
{
    int64_t last_ms = recovery->plan.last_ms, interval_ms = recovery->manifest.interval_ms;
    if (recovery->options.skip_down_batches) last_ms += recovery->plan.down * interval_ms;
    cutter_resume(&context->cutter, recovery->manifest.zero_ms, last_ms);
    context->ingest.first_start_ms = recovery->manifest.first_start_ms;
    context->ingest.is_resumed = true;
    atomic_store(&context->ingest.next_block, next_block(recovery));
    int64_t behind_ms = last_ms - clock_wall_ms();
    if (context->cutter.mode == CUTTER_WALL && behind_ms > interval_ms)
        log_line(WEIR_WARNING,
                 "the wall clock is %" PRId64
                 " ms behind the last batch; batch times go on from it",
                 behind_ms);
}

/* A first start publishes checkpoint 0 before any source starts: a log is never without one. It
 * says where sources begin that would begin elsewhere at a later start. */
static weir_status publish_first(recovery *recovery, weir_context *context)
{
    bool have_begun;
    weir_status status = ingest_find_beginnings(&context->ingest, &have_begun);
    if (status != WEIR_OK) return status;
    checkpoint_job *job = memory_zero_alloc(1, sizeof *job);
    job->manifest = recovery->manifest;
    if (have_begun) batch_place_encode(&context->ingest, job->manifest.time_ms, &job->place);
    wal_position position = wal_log_position(recovery->log);
    job->manifest.log_segment = position.segment;
    job->manifest.log_offset = position.offset;
    if (recovery->store) job->frozen = state_freeze(recovery->store, 0, context->pool);
    return checkpointer_write(&recovery->checkpointer, job);
}

/* Before another checkpoint takes the place of its files. */
static void close_store(recovery *recovery, weir_context *context)
{
    if (recovery->store) recovery->store->class->close(recovery->store);
    recovery->store = NULL;
    context->store = NULL;
}

/* Between the making of a context and its start another one may have begun there, or gone on. */
static weir_status check_program(const recovery *recovery, const weir_context *context)
{
    const manifest *manifest = &recovery->manifest;
    const weir_options *options = &context->options;
    bool is_same = options->batch_interval_ms == manifest->interval_ms &&
                   options->partitions == manifest->partitions;
    if (!is_same)
        return error_set(WEIR_INCOMPATIBLE,
                         "%s: since this context was made another one has begun there, with a "
                         "batch interval of %" PRId64 " ms and %" PRId64 " partitions; this one "
                         "has %" PRId64 " ms and %d; nothing was touched. Make it again: it takes "
                         "over what is there",
                         recovery->directory.path, manifest->interval_ms, manifest->partitions,
                         options->batch_interval_ms, options->partitions);
    weir_status status = recovery_check_verdicts(recovery, &context->lineage);
    return status == WEIR_OK ? recovery_check_changed(recovery, context) : status;
}

/* The plan, and the state of the checkpoint; of the one before if that is damaged. */
static weir_status open_checkpoint(recovery *recovery, weir_context *context)
{
    for (;;) {
        weir_status status = recovery->is_resumed ? check_program(recovery, context) : WEIR_OK;
        if (status == WEIR_OK && recovery->is_resumed)
            status = recovery_make_plan(recovery, context);
        if (status != WEIR_OK) return status;
        status = open_store(recovery, context);
        bool has_another = status == WEIR_DAMAGED && recovery->is_resumed &&
                           durability_from(&recovery->options) < 0;
        if (!has_another) return status;
        int64_t time_ms = recovery->manifest.time_ms;
        log_line(WEIR_ERROR,
                 "the checkpoint of %" PRId64 " ms cannot be used: %s; the one before is tried",
                 time_ms, error_text());
        close_store(recovery, context);
        facts_release(&recovery->facts);
        plan_release(&recovery->plan);
        recovery->before_ms = time_ms;
        status = recovery_choose(recovery, -1, &recovery->is_resumed);
        if (status != WEIR_OK) return status;
    }
}

/* Before anything is touched: a checkpoint without it could not be gone on from. */
static weir_status encode_lineage(const lineage *lineage, buffer *to)
{
    if (lineage_encode(lineage, to)) return WEIR_OK;
    return error_set(WEIR_NOT_SERIALIZABLE,
                     "the program has an argument that nests lists and pairs deeper than a "
                     "checkpoint can store; flatten it");
}

weir_status recovery_open(durable *durable, weir_context *context)
{
    buffer lineage = {0};
    recovery *recovery = recovery_of(durable);
    recovery->context = context;
    context->ingest.wants_hashes = true;
    recovery->resumption.took_us = -clock_monotonic_us();
    weir_status status = context_check_sources(context);
    if (status == WEIR_OK) status = encode_lineage(&context->lineage, &lineage);
    if (status == WEIR_OK) status = open_directory(recovery, context);
    if (status == WEIR_OK) status = open_checkpoint(recovery, context);
    if (status == WEIR_OK && recovery->is_resumed) status = recovery_check_lost(recovery, context);
    if (status == WEIR_OK && recovery->is_resumed) status = recovery_check_log(recovery, context);
    if (status == WEIR_OK) status = open_log(recovery, context);
    if (status != WEIR_OK) {
        buffer_release(&lineage);
        return status;
    }
    if (recovery->is_resumed) set_clock(recovery, context);
    retention retention = {recovery->options.keep, recovery->options.keep_every_ms};
    checkpointer_init(&recovery->checkpointer, &recovery->directory, recovery->store,
                      recovery->log, &retention, &recovery->requests);
    recovery->checkpointer.on_published = recovery_tell_published;
    recovery->checkpointer.user = recovery;
    recovery->checkpointer.lineage = lineage;
    if (!recovery->is_resumed) status = publish_first(recovery, context);
    if (status == WEIR_OK) status = checkpointer_start(&recovery->checkpointer);
    if (status != WEIR_OK) return status;
    requests_open(&recovery->requests);
    control_start(&recovery->control, &recovery->directory, &recovery->requests);
    return WEIR_OK;
}
