/* Custom receivers (S-40..S-46). Each has a thread of its own that runs on_start and on_stop:
 *
 *     STARTED --(restart, stop, the end)--> STOPPING --> PAUSED --> STARTED ...
 *        |                                     |           ^
 *        +--(on_start failed)------------------|-----------+
 *                                              +--(the end)--> ENDED
 *
 * A stop that has waited long enough leaves a receiver whose on_start or on_stop does not return:
 * its thread goes on, on the receiver's own memory alone, as the context may be freed meanwhile,
 * and frees that in the end.
 *
 * The state, the open block and the rate are under the receiver's mutex. Blocks are submitted
 * under it too, so that they keep the order of their records; the answer of the log is awaited
 * without. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/named_thread.h"
#include "base/urgent.h"
#include "ingest/block_intake.h"
#include "ingest/rate_limiter.h"
#include "ingest/record_builder.h"
#include "weir/source.h"

enum {
    FULL_PAUSE_MS =
        5, /* until the next look whether the memory for waiting blocks is free again */
    RATE_PAUSE_MAX_MS = 100,
    DELAY_MAX_MS = INT32_MAX /* weeks: for good */
};

typedef enum receiver_state {
    RECEIVER_PAUSED,
    RECEIVER_STARTED,  /* from before on_start on */
    RECEIVER_STOPPING, /* on_stop runs */
    RECEIVER_ENDED
} receiver_state;

struct weir_receiver {
    source base;
    const weir_receiver_class *class;
    void *user;
    char name[128]; /* for messages */
    block_intake intake;
    /* loop thread */
    pthread_t thread;
    uv_async_t thread_ended;
    /* any thread, under the mutex */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    receiver_state state;
    bool in_on_start;
    bool is_asked; /* to stop, and to start again after delay_ms */
    bool is_final; /* to stop, for good */
    bool is_left;  /* by a stop that did not wait for it: nothing of the context may be touched */
    bool is_freed; /* left, and the context is gone: the thread frees the rest */
    int64_t delay_ms;
    record_builder open;
    rate_limiter limiter;
    uint64_t refused;
    log_damper restarts;
    log_damper errors;
};

/* --- Under the mutex --------------------------------------------------------------------------
 */

static bool is_stopped(const weir_receiver *self)
{
    return self->state != RECEIVER_STARTED || self->is_asked || self->is_final;
}

/* Waits for a change, at most so long. */
static void wait_ms(weir_receiver *self, int64_t duration_ms)
{
    int64_t end_us = clock_monotonic_us() + duration_ms * 1000;
    struct timespec end = {.tv_sec = end_us / 1000000, .tv_nsec = end_us % 1000000 * 1000};
    pthread_cond_timedwait(&self->changed, &self->mutex, &end);
}

static void tell(weir_receiver *self, weir_receiver_event_kind kind, const char *reason)
{
    if (!self->is_left) source_tell(&self->base, self->name, kind, reason);
}

static void submit_open(weir_receiver *self)
{
    block_intake_submit(&self->intake, record_builder_cut(&self->open, self->base.id));
}

static void ask_to_stop(weir_receiver *self, int64_t delay_ms)
{
    if (is_stopped(self)) return;
    self->is_asked = true;
    if (delay_ms < 0) delay_ms = self->base.ingest->restart_delay_ms;
    self->delay_ms = delay_ms < DELAY_MAX_MS ? delay_ms : DELAY_MAX_MS;
    pthread_cond_broadcast(&self->changed);
}

/* Waits until there is a permit (if `limited`) and memory. on_stop, on the receiver's own thread,
 * may store what is left, without waiting. */
static weir_status wait_for_room(weir_receiver *self, bool limited)
{
    const ingest *ingest = self->base.ingest;
    for (;;) {
        bool in_on_stop = !self->is_left && self->state == RECEIVER_STOPPING &&
            pthread_equal(pthread_self(), self->thread);
        if (in_on_stop) return WEIR_OK;
        if (is_stopped(self))
            return error_set(WEIR_ILLEGAL_STATE, "%s: it has been stopped and stores nothing",
                             self->name);
        int64_t pause_ms = 0;
        if (limited)
            pause_ms = rate_limiter_wait_ms(&self->limiter, ingest->now_ms(ingest->now_user));
        if (memory_budget_is_over(&self->base.ingest->waiting)) pause_ms = FULL_PAUSE_MS;
        if (pause_ms == 0) return WEIR_OK;
        wait_ms(self, pause_ms < RATE_PAUSE_MAX_MS ? pause_ms : RATE_PAUSE_MAX_MS);
    }
}

static weir_status store_one(weir_receiver *self, weir_value key, weir_value value)
{
    weir_status status = wait_for_room(self, true);
    if (status != WEIR_OK) return status;
    status = record_builder_append(&self->open, key, value);
    if (status != WEIR_OK) {
        self->refused++;
        return status;
    }
    rate_limiter_use(&self->limiter, 1);
    if (self->open.bytes.size >= BLOCK_BYTES) submit_open(self);
    return WEIR_OK;
}

/* --- The receiver's thread --------------------------------------------------------------------
 */

/* One run, from on_start to on_stop; entered and left with the mutex. */
static void run_once(weir_receiver *self)
{
    self->state = RECEIVER_STARTED;
    self->is_asked = false;
    self->in_on_start = true;
    tell(self, WEIR_RECEIVER_STARTED, NULL);
    pthread_mutex_unlock(&self->mutex);
    (void)error_set(WEIR_OK, "%s", ""); /* or an older error would be told */
    weir_status status = self->class->on_start(self, self->user);
    pthread_mutex_lock(&self->mutex);
    self->in_on_start = false;
    if (status != WEIR_OK) {
        ask_to_stop(self, -1);
        tell(self, WEIR_RECEIVER_ERROR,
             *error_text() ? error_text() : weir_status_text(status));
        log_damped(&self->errors, WEIR_WARNING,
                   "%s: on_start failed (%s): %s; tries again in %" PRId64 " ms", self->name,
                   weir_status_text(status), error_text(), self->delay_ms);
    } else {
        while (!is_stopped(self)) pthread_cond_wait(&self->changed, &self->mutex);
        self->state = RECEIVER_STOPPING;
        pthread_mutex_unlock(&self->mutex);
        self->class->on_stop(self, self->user);
        pthread_mutex_lock(&self->mutex);
    }
    self->state = RECEIVER_PAUSED;
    if (!self->is_left) submit_open(self);
    tell(self, WEIR_RECEIVER_STOPPED, NULL);
}

static void pause_run(weir_receiver *self)
{
    int64_t end_us = clock_monotonic_us() + self->delay_ms * 1000;
    while (!self->is_final) {
        int64_t left_us = end_us - clock_monotonic_us();
        if (left_us <= 0) return;
        wait_ms(self, (left_us + 999) / 1000);
    }
}

static void free_memory(weir_receiver *self)
{
    block_intake_release(&self->intake);
    record_builder_release(&self->open);
    pthread_cond_destroy(&self->changed);
    pthread_mutex_destroy(&self->mutex);
    free(self);
}

static void *receiver_main(void *argument)
{
    weir_receiver *self = argument;
    pthread_mutex_lock(&self->mutex);
    while (!self->is_final) {
        run_once(self);
        pause_run(self);
    }
    self->state = RECEIVER_ENDED;
    bool is_alone = self->is_freed;
    if (!self->is_left) uv_async_send(&self->thread_ended);
    pthread_mutex_unlock(&self->mutex);
    if (is_alone) free_memory(self);
    return NULL;
}

/* --- What the ingest calls --------------------------------------------------------------------
 */

static void async_closed(uv_handle_t *handle)
{
    weir_receiver *self = handle->data;
    self->base.is_ended = true;
}

static void thread_ended(uv_async_t *async)
{
    weir_receiver *self = async->data;
    pthread_join(self->thread, NULL);
    uv_close((uv_handle_t *)async, async_closed);
}

static int start_thread(weir_receiver *self)
{
    char name[THREAD_NAME_MAX];
    snprintf(name, sizeof name, "weir-recv-%u", (unsigned)(self->base.id % 10000));
    return named_thread_start(&self->thread, name, receiver_main, self);
}

static weir_status start(source *source)
{
    weir_receiver *self = (weir_receiver *)source;
    const ingest *ingest = source->ingest;
    self->open.max_record_bytes = ingest->max_record_bytes;
    rate_limiter_init(&self->limiter, ingest->max_rate, ingest->now_ms(ingest->now_user));
    pthread_mutex_lock(&self->mutex); /* the thread waits until all is there */
    int failure = start_thread(self);
    if (failure == 0) {
        uv_async_init(ingest->loop, &self->thread_ended, thread_ended);
        self->thread_ended.data = self;
    }
    pthread_mutex_unlock(&self->mutex);
    if (failure)
        return error_set(WEIR_RUNTIME, "%s: cannot start a thread: %s", self->name,
                         strerror(failure));
    return WEIR_OK;
}

static void stop(source *source)
{
    weir_receiver *self = (weir_receiver *)source;
    pthread_mutex_lock(&self->mutex);
    self->is_final = true;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->mutex);
}

static void leave(source *source, char *what, size_t size)
{
    weir_receiver *self = (weir_receiver *)source;
    pthread_mutex_lock(&self->mutex);
    bool is_left = self->state != RECEIVER_ENDED; /* else its end is on the way */
    if (is_left) {
        snprintf(what, size, "%s: its %s does not return", self->name,
                 self->in_on_start ? "on_start" : "on_stop");
        tell(self, WEIR_RECEIVER_ERROR, what);
        self->is_left = true;
    }
    pthread_mutex_unlock(&self->mutex);
    if (!is_left) return;
    pthread_detach(self->thread);
    uv_close((uv_handle_t *)&self->thread_ended, async_closed);
}

static void tick(source *source)
{
    weir_receiver *self = (weir_receiver *)source;
    pthread_mutex_lock(&self->mutex);
    submit_open(self);
    pthread_mutex_unlock(&self->mutex);
}

static weir_status cut(source *source, int64_t time_ms, source_batch *batch)
{
    (void)time_ms;
    weir_receiver *self = (weir_receiver *)source;
    pthread_mutex_lock(&self->mutex);
    submit_open(self);
    batch->refused += self->refused;
    self->refused = 0;
    pthread_mutex_unlock(&self->mutex);
    block_intake_take(&self->intake, batch);
    return WEIR_OK;
}

static bool has_waiting(source *source)
{
    weir_receiver *self = (weir_receiver *)source;
    pthread_mutex_lock(&self->mutex);
    bool waiting = self->open.records > 0;
    pthread_mutex_unlock(&self->mutex);
    return waiting || block_intake_has_waiting(&self->intake);
}

static void free_receiver(source *source)
{
    weir_receiver *self = (weir_receiver *)source;
    block_intake_empty(&self->intake);
    pthread_mutex_lock(&self->mutex);
    bool is_running = self->is_left && self->state != RECEIVER_ENDED;
    self->is_freed = true;
    pthread_mutex_unlock(&self->mutex); /* from here on the thread may free it */
    if (!is_running) free_memory(self);
}

static const source_class receiver_source_class = {.name = "receiver",
                                                   .start = start,
                                                   .stop = stop,
                                                   .leave = leave,
                                                   .cut = cut,
                                                   .tick = tick,
                                                   .has_waiting = has_waiting,
                                                   .free = free_receiver,
                                                   .describe = block_intake_describe,
                                                   .replay = block_intake_replay,
                                                   .adopt = block_intake_adopt,
                                                   .oldest = block_intake_oldest};

/* --- What programs call -----------------------------------------------------------------------
 */

weir_stream *weir_receiver_stream(weir_context *context, const weir_receiver_class *receiver_class,
                                  void *user)
{
    if (!context) return NULL;
    if (!receiver_class || !receiver_class->name || !receiver_class->on_start ||
        !receiver_class->on_stop)
        return source_refuse(context, error_set(WEIR_ILLEGAL_ARGUMENT,
                                                "receiverStream: give a class with a name, "
                                                "on_start and on_stop"));
    weir_receiver *self = memory_zero_alloc(1, sizeof *self);
    self->base.is_live = true;
    self->class = receiver_class;
    self->user = user;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&self->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&self->mutex, NULL);
    block_intake_init(&self->intake, &self->base);
    char text[128];
    snprintf(text, sizeof text, "receiverStream %s", receiver_class->name);
    weir_stream *stream = source_add(&self->base, &receiver_source_class, context, text);
    if (stream)
        snprintf(self->name, sizeof self->name, "%.100s-%u", receiver_class->name, self->base.id);
    return stream;
}

weir_status weir_store(weir_receiver *receiver, weir_value key, weir_value value)
{
    pthread_mutex_lock(&receiver->mutex);
    weir_status status = store_one(receiver, key, value);
    pthread_mutex_unlock(&receiver->mutex);
    return status;
}

/* Room at once for as much as the first records let expect: growing step by step would copy most
 * of a block again. */
static weir_status append_all(record_builder *records, const weir_value *keys,
                              const weir_value *values, size_t count)
{
    enum { FIRST = 256 };
    for (size_t i = 0, flat; i < count; i += flat) {
        flat = keys ? 0 : record_builder_append_flat(records, values + i, FIRST, count - i);
        if (flat == 0) {
            weir_status status =
                record_builder_append(records, keys ? keys[i] : weir_absent(), values[i]);
            if (status != WEIR_OK) return status;
            flat = 1;
        }
        if (i < FIRST && i + flat >= FIRST) {
            size_t expected = (records->bytes.size + FIRST) / FIRST * (count - FIRST);
            (void)buffer_reserve(&records->bytes, expected < BLOCK_BYTES ? expected : BLOCK_BYTES);
        }
    }
    return WEIR_OK;
}

weir_status weir_store_block(weir_receiver *receiver, const weir_value *keys,
                             const weir_value *values, size_t count)
{
    record_builder records = {.max_record_bytes = receiver->open.max_record_bytes};
    urgent_begin();
    weir_status status = append_all(&records, keys, values, count);
    urgent_end();
    bool is_refused = status != WEIR_OK;
    block_receipt receipt = {.is_answered = true};
    pthread_mutex_lock(&receiver->mutex);
    if (is_refused) receiver->refused += count;
    if (status == WEIR_OK) status = wait_for_room(receiver, false);
    if (status == WEIR_OK && records.records > 0) {
        submit_open(receiver);
        block_intake_submit_for(&receiver->intake, record_builder_cut(&records, receiver->base.id),
                                &receipt);
    }
    pthread_mutex_unlock(&receiver->mutex);
    if (receipt.intake) status = block_intake_wait(&receipt);
    record_builder_release(&records);
    return status;
}

void weir_receiver_restart(weir_receiver *receiver, const char *reason, int64_t delay_ms)
{
    pthread_mutex_lock(&receiver->mutex);
    const char *why = reason ? reason : "no reason given";
    log_damped(&receiver->restarts, WEIR_WARNING, "%s: restarts: %s", receiver->name, why);
    tell(receiver, WEIR_RECEIVER_ERROR, why);
    ask_to_stop(receiver, delay_ms);
    pthread_mutex_unlock(&receiver->mutex);
}

void weir_receiver_stop(weir_receiver *receiver, const char *reason)
{
    pthread_mutex_lock(&receiver->mutex);
    log_damped(&receiver->restarts, WEIR_WARNING, "%s: stops, to be started again: %s",
               receiver->name, reason ? reason : "no reason given");
    ask_to_stop(receiver, -1);
    pthread_mutex_unlock(&receiver->mutex);
}

void weir_receiver_report_error(weir_receiver *receiver, const char *message)
{
    pthread_mutex_lock(&receiver->mutex);
    const char *reason = message ? message : "error";
    log_damped(&receiver->errors, WEIR_ERROR, "%s: %s", receiver->name, reason);
    tell(receiver, WEIR_RECEIVER_ERROR, reason);
    pthread_mutex_unlock(&receiver->mutex);
}

bool weir_receiver_is_stopped(const weir_receiver *receiver)
{
    weir_receiver *self =
        (weir_receiver *)(uintptr_t)receiver; /* the mutex is no part of its value */
    pthread_mutex_lock(&self->mutex);
    bool stopped = is_stopped(self);
    pthread_mutex_unlock(&self->mutex);
    return stopped;
}

int weir_receiver_stream_id(const weir_receiver *receiver)
{
    return (int)receiver->base.id;
}
