/* The second step of a start, after the sources have started: they stand where they stood, the
 * batches of the plan are queued, loose blocks are adopted. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log_line.h"
#include "batch/batch_record.h"
#include "batch/done_mark.h"
#include "recovery/given_up.h"
#include "recovery/lost_sources.h"
#include "recovery/recovery.h"

enum { ROOM_KEPT = 1 << 20 };

static weir_status read_record(const recovery *recovery, size_t index, int64_t *time_ms,
                               weir_value *list)
{
    const fact_record *record = &recovery->facts.records[index];
    return batch_record_decode(recovery->facts.bytes.bytes + record->offset, record->size, time_ms,
                               list);
}

/* --- batches that are computed again --------------------------------------------------------- */

/* A batch of the plan, and where in the log what it consists of begins. */
typedef struct made_batch {
    batch *batch; /* NULL: it is given up */
    wal_position place;
} made_batch;

typedef struct made_batches {
    made_batch *items;
    size_t count;
} made_batches;

static weir_status advise_lost(int64_t time_ms)
{
    char text[ERROR_TEXT_MAX];
    snprintf(text, sizeof text, "%s", error_text());
    return error_set(WEIR_DAMAGED,
                     "%s; put the log back, or lose what the batch of %" PRId64
                     " ms did to the state: --lose-batch=%" PRId64,
                     text, time_ms, time_ms);
}

static weir_status make_batch(recovery *recovery, weir_context *context,
                              const plan_record *planned, made_batch *made)
{
    int64_t time_ms;
    weir_value list;
    weir_status status = read_record(recovery, planned->record, &time_ms, &list);
    if (status != WEIR_OK) return status;
    recovery->facts.lowest = recovery->facts.records[planned->record].place;
    if (planned->is_given_up) {
        batch_record_pass(&context->ingest, list, planned->time_ms);
        *made = (made_batch){NULL, recovery->facts.lowest};
        return WEIR_OK;
    }
    batch *batch = batch_create(planned->time_ms, context->ingest.count, &context->ingest.waiting);
    batch->is_done = planned->is_done;
    batch->catches_up = true;
    weir_value read = weir_null();
    if (planned->is_done) {
        size_t size;
        const char *mark = facts_find_mark(&recovery->facts, planned->time_ms, &size);
        if (mark) read = done_mark_read(mark, size);
    }
    status = batch_record_replay(&context->ingest, list, read, batch);
    if (status == WEIR_DAMAGED && planned->is_done) status = advise_lost(planned->time_ms);
    *made = (made_batch){batch, recovery->facts.lowest};
    if (status != WEIR_OK) batch_free(batch);
    return status;
}

static void add_batch(made_batches *made, made_batch next)
{
    made_batch *last = made->count > 0 ? &made->items[made->count - 1] : NULL;
    bool are_both = last && last->batch && next.batch;
    if (are_both && batch_join(last->batch, next.batch)) {
        last->place = position_lower(last->place, next.place);
        return;
    }
    bool is_full = (made->count & (made->count - 1)) == 0;
    if (is_full)
        made->items = memory_resize(made->items, (2 * made->count + 1) * sizeof *made->items);
    made->items[made->count++] = next;
}

static weir_status make_batches(recovery *recovery, weir_context *context, made_batches *made)
{
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < recovery->plan.count && status == WEIR_OK; i++) {
        made_batch next;
        status = make_batch(recovery, context, &recovery->plan.replay[i], &next);
        if (status == WEIR_OK && next.batch) recovery_note_place(recovery, next.batch);
        if (status == WEIR_OK) add_batch(made, next);
        arena_reset(arena_current(), ROOM_KEPT);
    }
    return status;
}

/* A checkpoint behind one of them needs the log from where the oldest thing stands that is still
 * to come: a record of a later batch (also of one that is given up, or its data would come again),
 * a block of one, a block that no batch has. */
static void set_positions(const recovery *recovery, const weir_context *context,
                          made_batches *made)
{
    wal_position needed = recovery_needed_from(recovery, &context->ingest);
    for (size_t i = made->count; i-- > 0;) {
        buffer *place = made->items[i].batch ? &made->items[i].batch->place : NULL;
        place_head head;
        if (place && place->size > 0) {
            memcpy(&head, place->bytes, sizeof head);
            head.position = needed;
            memcpy(place->bytes, &head, sizeof head);
        }
        needed = position_lower(made->items[i].place, needed);
    }
}

/* Nothing of them is computed before all of them are made. */
static void push_or_free(weir_context *context, made_batches *made, bool are_good)
{
    for (size_t i = 0; i < made->count; i++) {
        if (!made->items[i].batch) continue;
        if (are_good) cutter_push(&context->cutter, made->items[i].batch);
        else batch_free(made->items[i].batch);
    }
    free(made->items);
}

static bool has_time(const int64_t *times, size_t count, int64_t time_ms)
{
    for (size_t i = 0; i < count; i++)
        if (times[i] == time_ms) return true;
    return false;
}

static void tell_given_up(const recovery *recovery, int64_t time_ms, bool is_done)
{
    log_line(WEIR_WARNING, "%s: the batch of %" PRId64 " ms%s is given up: %s",
             recovery->directory.path, time_ms, is_done ? ", which is done," : "",
             is_done ? "what it did to the state is lost" : "it is never computed");
}

/* What is given up stays so: before anything that comes after it is computed, the log says it, and
 * durably, however rarely it is synced else; and a line. Of a batch that is not there to give up
 * they say nothing. */
static weir_status mark_given_up(recovery *recovery)
{
    const facts *facts = &recovery->facts;
    size_t marked = facts->given_up_marked;
    size_t lost_count = marked + recovery->options.lose_batch_count;
    bool has_marked = false;
    weir_status status = WEIR_OK;
    for (size_t i = marked; i < facts->given_up_count && status == WEIR_OK; i++) {
        int64_t time_ms = facts->given_up_times[i];
        bool is_recorded = has_time(facts->record_times, facts->record_count, time_ms);
        bool is_done = has_time(facts->done_times, facts->done_count, time_ms);
        bool is_there = i < lost_count ? is_recorded || is_done : is_recorded && !is_done;
        bool is_again = has_time(facts->given_up_times + marked, i - marked, time_ms);
        if (time_ms <= recovery->manifest.time_ms || !is_there || is_again) continue;
        tell_given_up(recovery, time_ms, is_done);
        status = wal_log_append_batch(recovery->log, WAL_BATCH_GIVEN_UP, time_ms, NULL, 0, NULL);
        has_marked = true;
    }
    return status == WEIR_OK && has_marked ? wal_log_sync(recovery->log) : status;
}

/* What was lost is judged once: a start that comes back to the same checkpoint asks no more. */
static weir_status mark_losses(recovery *recovery)
{
    buffer bytes = {0};
    if (!losses_are_new(&recovery->facts.losses)) return WEIR_OK;
    losses_encode(&recovery->facts.losses, &bytes);
    weir_status status =
        wal_log_append_batch(recovery->log, WAL_LOSS_GIVEN_UP, recovery->manifest.time_ms,
                             bytes.bytes, bytes.size, NULL);
    buffer_release(&bytes);
    return status;
}

/* --- blocks without a batch ------------------------------------------------------------------ */

/* The source that a block of the log was received by: sources have kept their names, not their
 * places. */
static source *find_source(const recovery *recovery, const ingest *ingest, uint32_t stream_id)
{
    uint32_t at = 0;
    for (size_t i = 0; i < recovery->lineage.stream_count; i++) {
        const stored_stream *stream = &recovery->lineage.streams[i];
        if (stream->kind != STREAM_SOURCE || at++ != stream_id) continue;
        const char *name = stored_source_name(stream);
        for (size_t j = 0; j < ingest->count; j++)
            if (strcmp(source_recovery_name(ingest->sources[j]), name) == 0)
                return ingest->sources[j];
    }
    return NULL;
}

static void adopt_loose(recovery *recovery, weir_context *context)
{
    uint64_t lost = 0;
    for (size_t i = recovery->facts.block_count; i-- > 0;) {
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

/* Before anything is computed; what is said when all of it is, is in recovery.c. */
static void tell(const recovery *recovery)
{
    const weir_resumption *is = &recovery->resumption;
    char finished[96] = "";
    if (is->is_finished)
        snprintf(finished, sizeof finished,
                 "; this job has finished before: its last batch was %" PRId64 " ms",
                 recovery->plan.last_ms);
    log_line(WEIR_INFO,
             "%s: resumed from the checkpoint of %" PRId64 " ms; %" PRIu64
             " batches from the log, %" PRIu64 " of them done before; %" PRIu64
             " fell due while it was down; ready after %.1f ms%s",
             recovery->directory.path, is->checkpoint_ms, is->replayed, is->replayed_done,
             is->down, (double)is->took_us / 1000, finished);
}

/* The last batch that it catches up with: of the time it was down, or of the plan. */
static void set_catching_up(recovery *recovery)
{
    const plan *plan = &recovery->plan;
    const weir_resumption *is = &recovery->resumption;
    recovery->is_catching_up = is->replayed > 0 || is->down > 0;
    recovery->caught_up_ms = plan->last_ms + (int64_t)is->down * recovery->manifest.interval_ms;
    size_t last = plan->count;
    while (last > 0 && plan->replay[last - 1].is_given_up) last--;
    if (is->down == 0 && last > 0) recovery->caught_up_ms = plan->replay[last - 1].time_ms;
}

static void set_resumption(recovery *recovery, const weir_context *context)
{
    const plan *plan = &recovery->plan;
    recovery->began_us = -recovery->resumption.took_us;
    recovery->resumption = (weir_resumption){
        .is_resumed = true,
        .checkpoint_ms = recovery->manifest.time_ms,
        .replayed = plan->count - plan->given_up,
        .replayed_done = plan->done,
        .down = recovery->options.skip_down_batches ? 0 : (uint64_t)plan->down,
        .is_finished = context->cutter.mode == CUTTER_VIRTUAL && context->cutter.left == 0 &&
                       plan->done == plan->count - plan->given_up,
        .took_us = clock_monotonic_us() - recovery->began_us,
    };
    set_catching_up(recovery);
}

/* A name may have been given up by mistake: the way back is said, and what it costs. */
static void tell_way_back(const recovery *recovery)
{
    int64_t time_ms = recovery->manifest.time_ms;
    bool has_state = stored_lineage_has_state(&recovery->lineage);
    if (recovery->options.drop_state_count == 0 || !has_state) return;
    char *path = directory_checkpoint_path(&recovery->directory, time_ms, NULL);
    log_line(WEIR_WARNING,
             "state is dropped, but %s, which has it, is kept for a day, with the log from there "
             "on: --from=%" PRId64 " goes back to it; remove it if nobody wants it any more",
             path, time_ms);
    free(path);
}

/* Only now, as nothing can be refused any more, and before anything is computed: what is newer
 * than the checkpoint is set aside, what is given up is noted. */
static weir_status leave_behind(recovery *recovery)
{
    int64_t time_ms = recovery->manifest.time_ms;
    weir_status status = directory_set_aside(&recovery->directory, time_ms);
    if (status == WEIR_OK)
        status = given_up_note(&recovery->directory, time_ms, &recovery->options);
    if (status == WEIR_OK) tell_way_back(recovery);
    if (status == WEIR_OK) status = mark_given_up(recovery);
    return status == WEIR_OK ? mark_losses(recovery) : status;
}

static weir_status restore_places(const recovery *recovery, const weir_context *context)
{
    int64_t time_ms;
    weir_value place;
    const manifest *manifest = &recovery->manifest;
    if (manifest->place_size == 0) return WEIR_OK;
    weir_status status =
        batch_record_decode(manifest->place, manifest->place_size, &time_ms, &place);
    return status == WEIR_OK ? batch_place_restore(&context->ingest, place) : status;
}

static weir_status replay(recovery *recovery, weir_context *context)
{
    made_batches made = {0};
    weir_status status = restore_places(recovery, context);
    if (status == WEIR_OK) status = make_batches(recovery, context, &made);
    if (status == WEIR_OK) status = leave_behind(recovery);
    if (status == WEIR_OK) {
        adopt_loose(recovery, context);
        set_positions(recovery, context, &made);
        set_resumption(recovery, context);
        tell(recovery);
    }
    push_or_free(context, &made, status == WEIR_OK);
    return status;
}

weir_status recovery_resume(durable *durable, weir_context *context)
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
    facts_release(&recovery->facts);
    return status;
}

/* --- a start that is only tried -------------------------------------------------------------- */

static weir_status try_batches(recovery *recovery, weir_context *context)
{
    weir_status status = restore_places(recovery, context);
    for (size_t i = 0; i < recovery->plan.count && status == WEIR_OK; i++) {
        made_batch made;
        status = make_batch(recovery, context, &recovery->plan.replay[i], &made);
        if (status == WEIR_OK && made.batch) batch_free(made.batch);
        arena_reset(arena_current(), ROOM_KEPT);
    }
    return status;
}

weir_status recovery_try_replay(recovery *recovery, weir_context *context)
{
    arena room;
    arena_init(&room, NULL);
    arena *before = arena_set_current(&room);
    context->ingest.skips_missing_files = recovery->options.skip_missing_files;
    weir_status status = try_batches(recovery, context);
    arena_set_current(before);
    arena_release(&room);
    return status;
}
