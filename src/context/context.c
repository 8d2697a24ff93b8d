#include "context/context.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "batch/thread.h"

static void init_waiting(weir_context *context)
{
    pthread_mutex_init(&context->mutex, NULL);
    pthread_mutex_init(&context->advancing, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&context->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void init_ingest(weir_context *context)
{
    const weir_options *options = &context->options;
    ingest *ingest = &context->ingest;
    ingest_init(ingest, &context->lineage);
    ingest->batch_interval_ms = options->batch_interval_ms;
    ingest->block_interval_ms = options->block_interval_ms;
    ingest->max_rate = options->max_rate;
    ingest->max_record_bytes = options->max_record_bytes;
    ingest->manual_clock = options->manual_clock;
    ingest->waiting.limit = options->memory;
    ingest->now_ms = cutter_now_ms;
    ingest->now_user = &context->cutter;
    ingest->wall_ahead_ms = cutter_wall_ahead_ms;
    ingest->receiver_event = receiver_events_post;
    ingest->receiver_event_user = &context->receiver_events;
}

weir_status weir_context_create(weir_context **made, const weir_options *options)
{
    *made = NULL;
    if (!options)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "a context needs options, at least a batch interval");
    weir_options complete;
    weir_status status = options_complete(options, &complete);
    if (status != WEIR_OK) return status;
    weir_context *context = memory_zero_alloc(1, sizeof *context);
    context->options = complete;
    lineage_init(&context->lineage, context, complete.batch_interval_ms);
    receiver_events_init(&context->receiver_events);
    init_ingest(context);
    init_waiting(context);
    *made = context;
    return WEIR_OK;
}

ingest *context_ingest(weir_context *context) { return &context->ingest; }

lineage *context_lineage(weir_context *context) { return &context->lineage; }

weir_status weir_error(weir_context *context)
{
    lineage *lineage = &context->lineage;
    return lineage->status == WEIR_OK ? WEIR_OK : error_set(lineage->status, "%s", lineage->error);
}

weir_context_state context_state(const weir_context *context)
{
    return (weir_context_state)atomic_load(&context->state);
}

weir_context_state weir_get_state(const weir_context *context) { return context_state(context); }

const char *weir_app_name(const weir_context *context) { return context->options.app_name; }

const char *weir_master(const weir_context *context) { return context->options.master; }

weir_status weir_remember(weir_context *context, int64_t duration_ms)
{
    if (duration_ms <= 0)
        return error_set(WEIR_ILLEGAL_ARGUMENT, "remember %lld ms: give a duration above 0",
                         (long long)duration_ms);
    if (context->remember_ms)
        return error_set(WEIR_ILLEGAL_ARGUMENT, "remember is set to %lld ms already; set it once",
                         (long long)context->remember_ms);
    context->remember_ms = duration_ms;
    return WEIR_OK;
}

weir_status weir_on_batch(weir_context *context, weir_batch_listener listener, void *user)
{
    if (!listener) return error_set(WEIR_ILLEGAL_ARGUMENT, "the batch listener is NULL");
    if (context_state(context) != WEIR_INITIALIZED)
        return error_set(WEIR_ILLEGAL_STATE, "listeners can be added before weir_start only");
    listeners_add(&context->listeners, listener, user);
    return WEIR_OK;
}

weir_status weir_on_receiver(weir_context *context, weir_receiver_listener listener, void *user)
{
    if (!listener) return error_set(WEIR_ILLEGAL_ARGUMENT, "the receiver listener is NULL");
    if (context_state(context) != WEIR_INITIALIZED)
        return error_set(WEIR_ILLEGAL_STATE, "listeners can be added before weir_start only");
    receiver_events_add(&context->receiver_events, listener, user);
    return WEIR_OK;
}

char *weir_lineage_text(const weir_context *context)
{
    buffer text = {0};
    lineage_print(&context->lineage, &text);
    buffer_append(&text, "", 1);
    return text.bytes;
}

/* --- waiting --------------------------------------------------------------------------------- */

bool context_wait(weir_context *context, int64_t until_us)
{
    if (until_us < 0) {
        pthread_cond_wait(&context->changed, &context->mutex);
        return true;
    }
    struct timespec until = {until_us / 1000000, until_us % 1000000 * 1000};
    return pthread_cond_timedwait(&context->changed, &context->mutex, &until) != ETIMEDOUT;
}

bool context_is_inside(weir_context *context)
{
    if (thread_owner() == context) return true;
    return task_current() && weir_get_active() == context; /* a function on a worker */
}

/* What a wait has to say now; WEIR_TIMEOUT: nothing yet. The caller holds the mutex. */
static weir_status outcome(weir_context *context)
{
    if (context->status != WEIR_OK) return error_set(context->status, "%s", context->error);
    return context_state(context) == WEIR_STOPPED ? WEIR_OK : WEIR_TIMEOUT;
}

weir_status weir_await_termination(weir_context *context, int64_t timeout_ms)
{
    if (timeout_ms != 0 && context_is_inside(context))
        return error_set(WEIR_RUNTIME,
                         "a listener or a function cannot wait for the context that runs it");
    const int64_t longest_ms = INT64_C(100) * 365 * 24 * 3600 * 1000;
    if (timeout_ms > longest_ms) timeout_ms = longest_ms;
    int64_t until_us = timeout_ms < 0 ? -1 : clock_monotonic_us() + timeout_ms * 1000;
    pthread_mutex_lock(&context->mutex);
    weir_status status = outcome(context);
    while (status == WEIR_TIMEOUT && context_wait(context, until_us)) status = outcome(context);
    pthread_mutex_unlock(&context->mutex);
    if (status != WEIR_TIMEOUT) return status;
    return error_set(WEIR_TIMEOUT, "the context has not stopped within %lld ms",
                     (long long)timeout_ms);
}
