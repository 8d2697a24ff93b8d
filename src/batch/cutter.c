#include "batch/cutter.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log_line.h"
#include "batch/batch_record.h"

enum {
    AHEAD = 2,
    WALL_JUMP_US = 100 * 1000,
    CUTS_IN_A_ROW = 16,
    ROW_US = 100 * 1000,
    LOOKS = 10,
    CLOSE_US = 1000
};

/* The last batch time that any context of this process followed the wall clock to: a later context
 * begins after it. */
static _Atomic int64_t last_wall_batch_ms;

/* The wall clock, and the other one before and behind it. */
typedef struct two_clocks {
    int64_t before_us, wall_us, after_us;
} two_clocks;

/* The thread may be held up between two looks: the closest of a few. */
static two_clocks look_at_clocks(void)
{
    two_clocks best = {0};
    for (int i = 0; i < LOOKS; i++) {
        two_clocks seen = {.before_us = clock_monotonic_us()};
        seen.wall_us = clock_wall_us();
        seen.after_us = clock_monotonic_us();
        int64_t apart_us = seen.after_us - seen.before_us;
        if (i == 0 || apart_us < best.after_us - best.before_us) best = seen;
        if (apart_us <= CLOSE_US) break;
    }
    return best;
}

static void anchor(cutter *cutter)
{
    two_clocks clocks = look_at_clocks();
    int64_t last_us = atomic_load(&last_wall_batch_ms) * 1000;
    cutter->anchor_monotonic_us = clocks.after_us;
    cutter->anchor_time_us = clocks.wall_us > last_us ? clocks.wall_us : last_us;
    cutter->wall_off_us = clocks.wall_us - cutter->anchor_time_us;
}

void cutter_init(cutter *cutter, cutter_mode mode, int64_t interval_ms, uint64_t bounded_batches,
                 ingest *ingest, batch_journal *journal, queue *batches)
{
    memset(cutter, 0, sizeof *cutter);
    cutter->mode = mode;
    cutter->ingest = ingest;
    cutter->journal = journal;
    cutter->batches = batches;
    cutter->left = bounded_batches;
    if (mode == CUTTER_WALL) anchor(cutter);
    batch_clock_init(&cutter->clock, interval_ms, cutter_now_ms(cutter));
}

static int64_t time_at(const cutter *cutter, int64_t monotonic_us)
{
    return cutter->anchor_time_us + monotonic_us - cutter->anchor_monotonic_us;
}

static int64_t now_us(const cutter *cutter) { return time_at(cutter, clock_monotonic_us()); }

int64_t cutter_now_ms(void *user)
{
    cutter *cutter = user;
    return cutter->mode == CUTTER_WALL ? now_us(cutter) / 1000 : atomic_load(&cutter->set_ms);
}

/* A jump is what is not explained by a thread that was held up between the looks. */
static void note_jump(cutter *cutter)
{
    two_clocks clocks = look_at_clocks();
    int64_t off_us = clocks.wall_us - time_at(cutter, clocks.before_us);
    int64_t least_us = clocks.wall_us - time_at(cutter, clocks.after_us);
    bool is_forward = least_us > cutter->wall_off_us + WALL_JUMP_US;
    bool is_back = off_us < cutter->wall_off_us - WALL_JUMP_US;
    if (!is_forward && !is_back) return;
    int64_t jump_us = off_us - cutter->wall_off_us;
    cutter->wall_off_us = off_us;
    log_line(WEIR_WARNING,
             "the wall clock was set %s by %" PRId64 " ms; batch times go on from %" PRId64 " ms",
             is_back ? "back" : "forward", (is_back ? -jump_us : jump_us) / 1000,
             cutter->clock.last_ms);
}

int64_t cutter_wall_ahead_ms(void *user)
{
    cutter *cutter = user;
    if (cutter->mode == CUTTER_WALL) note_jump(cutter);
    return cutter->wall_off_us / 1000;
}

/* What a batch took that could not be cut or recorded is in no record, though it may be in the
 * log: a record of a later batch would move the sources past it. So a context that lasts records
 * nothing more, all later batches fail likewise, and a restart begins behind the last record. */
static weir_status stay_failed(cutter *cutter, weir_status status)
{
    if (!cutter->durable) return status;
    if (cutter->failed == WEIR_OK && status != WEIR_OK) {
        cutter->failed = status;
        memcpy(cutter->why, error_text(), strlen(error_text()) + 1);
        log_line(WEIR_ERROR, "what a batch consists of cannot be told: no later batch is "
                             "computed; mend the cause and start again");
    }
    return cutter->failed == WEIR_OK ? WEIR_OK : error_set(cutter->failed, "%s", cutter->why);
}

static weir_status fill(cutter *cutter, batch *batch)
{
    weir_status status = ingest_cut(cutter->ingest, batch->time_ms, batch->sources);
    status = stay_failed(cutter, status);
    if (status != WEIR_OK || !cutter->durable) return status;
    buffer record = {0};
    batch_record_encode(cutter->ingest, batch, &record);
    status = cutter->journal->class->record(cutter->journal, batch->time_ms, record.bytes,
                                            record.size);
    buffer_release(&record);
    status = stay_failed(cutter, status);
    if (status == WEIR_OK) cutter->durable->class->cut(cutter->durable, batch);
    return status;
}

static void cut(cutter *cutter, int64_t time_ms)
{
    (void)cutter_wall_ahead_ms(cutter); /* a jump is told where no source asks, too */
    bool is_set = cutter->mode != CUTTER_WALL;
    if (is_set && time_ms > atomic_load(&cutter->set_ms)) atomic_store(&cutter->set_ms, time_ms);
    batch *batch = batch_create(time_ms, cutter->ingest->count, &cutter->ingest->waiting);
    batch->status = fill(cutter, batch);
    if (batch->status != WEIR_OK) memcpy(batch->error, error_text(), strlen(error_text()) + 1);
    cutter_push(cutter, batch);
}

void cutter_push(cutter *cutter, batch *batch)
{
    batch->submitted_us = clock_wall_us();
    batch->queued_us = clock_monotonic_us();
    atomic_fetch_add(&cutter->cut, 1 + batch->more);
    bool is_open = queue_push(cutter->batches, batch);
    assert(is_open); /* whoever closes the queue has stopped the cutter before */
    (void)is_open;
}

void cutter_resume(cutter *cutter, int64_t zero_ms, int64_t last_ms)
{
    cutter->clock.zero_ms = zero_ms;
    cutter->clock.last_ms = last_ms;
    cutter->was_down = cutter->mode != CUTTER_VIRTUAL;
    if (cutter->mode == CUTTER_WALL) {
        if (last_ms > atomic_load(&last_wall_batch_ms)) atomic_store(&last_wall_batch_ms, last_ms);
        anchor(cutter);
        return;
    }
    atomic_store(&cutter->set_ms, last_ms);
    uint64_t past = (uint64_t)((last_ms - zero_ms) / cutter->clock.interval_ms);
    cutter->left = cutter->left > past ? cutter->left - past : 0;
}

/* --- the time it was down -------------------------------------------------------------------- */

static void fail_batch(batch *batch, weir_status status)
{
    batch->status = status;
    memcpy(batch->error, error_text(), strlen(error_text()) + 1);
}

/* Cuts the next batch that is due, and adds what it consists of to the run. */
static batch *cut_into(cutter *cutter, int64_t time_ms, batch_run *run, arena *kept)
{
    ingest *ingest = cutter->ingest;
    batch *batch = batch_create(time_ms, ingest->count, &ingest->waiting);
    batch->catches_up = true;
    weir_status status = stay_failed(cutter, ingest_cut(ingest, time_ms, batch->sources));
    if (status != WEIR_OK) {
        fail_batch(batch, status);
        return batch;
    }
    arena room;
    arena_init(&room, NULL);
    arena *before = arena_set_current(&room);
    batch_run_add(run, time_ms, batch_record_describe(ingest, batch), kept);
    arena_set_current(before);
    arena_release(&room);
    cutter->durable->class->cut(cutter->durable, batch);
    return batch;
}

static weir_status record_run(cutter *cutter, const batch_run *run, arena *kept)
{
    if (run->count == 0) return WEIR_OK;
    buffer record = {0};
    arena *before = arena_set_current(kept);
    batch_run_encode(run, &record);
    arena_set_current(before);
    weir_status status = cutter->journal->class->record_run(
        cutter->journal, run->parts[0].first_ms, record.bytes, record.size);
    buffer_release(&record);
    return status;
}

/* Queues them once their record is durable (W4). */
static void push_run(cutter *cutter, batch **batches, size_t count, weir_status status)
{
    for (size_t i = 0; i < count; i++) {
        if (status != WEIR_OK && batches[i]->status == WEIR_OK) fail_batch(batches[i], status);
        cutter_push(cutter, batches[i]);
    }
}

/* Cuts what fell due up to `now_ms`, BATCH_RUN_MAX batches with each record. Rows of batches
 * without data are one in memory, too. */
static bool cut_down_time(cutter *cutter, int64_t now_ms)
{
    int64_t time_ms = cutter->clock.last_ms;
    (void)cutter_wall_ahead_ms(cutter);
    while (batch_clock_next(&cutter->clock) <= now_ms) {
        batch **batches = NULL;
        size_t count = 0;
        batch_run run = {0};
        arena kept;
        arena_init(&kept, NULL);
        for (size_t i = 0;
             i < BATCH_RUN_MAX && batch_clock_take(&cutter->clock, now_ms, &time_ms); i++) {
            batch *batch = cut_into(cutter, time_ms, &run, &kept);
            if (count > 0 && batch_join(batches[count - 1], batch)) continue;
            bool is_full = (count & (count - 1)) == 0;
            if (is_full) batches = memory_resize(batches, (2 * count + 1) * sizeof *batches);
            batches[count++] = batch;
        }
        push_run(cutter, batches, count, stay_failed(cutter, record_run(cutter, &run, &kept)));
        free(batches);
        batch_run_release(&run);
        arena_release(&kept);
    }
    if (cutter->mode == CUTTER_WALL) atomic_store(&last_wall_batch_ms, time_ms);
    return true;
}

bool cutter_cut_due(cutter *cutter)
{
    int64_t time_ms, now_ms = cutter_now_ms(cutter);
    int64_t next_ms = batch_clock_next(&cutter->clock);
    bool are_several = cutter->was_down && next_ms + cutter->clock.interval_ms <= now_ms;
    if (next_ms <= now_ms) cutter->was_down = false;
    if (are_several) return cut_down_time(cutter, now_ms);
    if (!batch_clock_take(&cutter->clock, now_ms, &time_ms)) return false;
    if (cutter->mode == CUTTER_WALL) atomic_store(&last_wall_batch_ms, time_ms);
    cut(cutter, time_ms);
    return true;
}

void cutter_cut_now(cutter *cutter)
{
    int64_t time_ms;
    batch_clock_take(&cutter->clock, batch_clock_next(&cutter->clock), &time_ms);
    if (cutter->mode == CUTTER_WALL) atomic_store(&last_wall_batch_ms, time_ms);
    cut(cutter, time_ms);
}

void cutter_advance(cutter *cutter, int64_t duration_ms)
{
    atomic_fetch_add(&cutter->set_ms, duration_ms);
}

/* --- virtual time ---------------------------------------------------------------------------- */

static void cut_ahead(uv_async_t *wanted)
{
    cutter *cutter = wanted->data;
    while (cutter->left > 0 && queue_count(cutter->batches) < AHEAD) {
        cutter->left--;
        cutter_cut_now(cutter);
    }
    if (cutter->left == 0) queue_close(cutter->batches);
}

/* The runner may be through with batches that were made again before the clock is started; the
 * start looks for itself. */
void cutter_want(cutter *cutter)
{
    if (atomic_load(&cutter->hears)) uv_async_send(&cutter->wanted);
}

static weir_status start_virtual(cutter *cutter)
{
    cutter->wanted.data = cutter;
    int failure = uv_async_init(cutter->ingest->loop, &cutter->wanted, cut_ahead);
    if (failure)
        return error_set(WEIR_RUNTIME, "cannot start the clock of batches: %s",
                         uv_strerror(failure));
    atomic_store(&cutter->hears, true);
    cut_ahead(&cutter->wanted);
    return WEIR_OK;
}

/* --- wall clock ------------------------------------------------------------------------------ */

static void arm(cutter *cutter)
{
    int64_t due_us = batch_clock_next(&cutter->clock) * 1000 - cutter->anchor_time_us +
                     cutter->anchor_monotonic_us;
    if (due_us < 1) due_us = 1; /* 0 would disarm it */
    struct itimerspec due = {.it_value = {due_us / 1000000, due_us % 1000000 * 1000}};
    timerfd_settime(cutter->timer, TFD_TIMER_ABSTIME, &due, NULL);
}

static void on_timer(uv_poll_t *poll, int failure, int events)
{
    (void)failure;
    (void)events;
    cutter *cutter = poll->data;
    uint64_t expirations;
    if (read(cutter->timer, &expirations, sizeof expirations) < 0) return; /* not yet */
    /* Late: each missed interval in turn (C-41). Where cutting takes longer than an interval that
     * has no end: whoever else wants this thread, a stop above all, gets it now and then. */
    int64_t end_us = clock_monotonic_us() + ROW_US;
    for (int i = 0; i < CUTS_IN_A_ROW && cutter_cut_due(cutter); i++)
        if (clock_monotonic_us() > end_us) break;
    arm(cutter);
}

static weir_status start_wall(cutter *cutter)
{
    cutter->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (cutter->timer < 0)
        return error_set_errno(WEIR_RUNTIME, "cannot make the timer of batches");
    cutter->timer_poll.data = cutter;
    int failure = uv_poll_init(cutter->ingest->loop, &cutter->timer_poll, cutter->timer);
    if (failure) {
        close(cutter->timer);
        return error_set(WEIR_RUNTIME, "cannot make the timer of batches: %s",
                         uv_strerror(failure));
    }
    uv_poll_start(&cutter->timer_poll, UV_READABLE, on_timer);

    if (cutter->wall_off_us < -WALL_JUMP_US)
        log_line(WEIR_WARNING,
                 "the wall clock is %" PRId64 " ms behind the last batch of this process; batch "
                 "times go on from %" PRId64 " ms",
                 -cutter->wall_off_us / 1000, cutter->anchor_time_us / 1000);
    arm(cutter);
    return WEIR_OK;
}

/* --- any ------------------------------------------------------------------------------------- */

weir_status cutter_start(cutter *cutter)
{
    weir_status status = WEIR_OK;
    if (cutter->mode == CUTTER_WALL) status = start_wall(cutter);
    if (cutter->mode == CUTTER_VIRTUAL) status = start_virtual(cutter);
    cutter->is_started = status == WEIR_OK;
    return status;
}

void cutter_stop(cutter *cutter)
{
    cutter->left = 0;
    if (cutter->is_started && cutter->mode == CUTTER_WALL) uv_poll_stop(&cutter->timer_poll);
}

void cutter_close(cutter *cutter)
{
    if (!cutter->is_started) return;
    cutter_stop(cutter);
    cutter->is_started = false;
    if (cutter->mode == CUTTER_WALL) {
        uv_close((uv_handle_t *)&cutter->timer_poll, NULL);
        close(cutter->timer);
    }
    if (cutter->mode == CUTTER_VIRTUAL) uv_close((uv_handle_t *)&cutter->wanted, NULL);
}
