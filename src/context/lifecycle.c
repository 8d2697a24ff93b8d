/* The life of a context: start, stop, end. Spec 01 §3, §4. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log_line.h"
#include "batch/thread.h"
#include "context/context.h"
#include "library/library.h"
#include "outputs/outputs.h"

/* Held while a context is started or leaves INITIALIZED: one start at a time (C-11, C-12). */
static pthread_mutex_t activation = PTHREAD_MUTEX_INITIALIZER;
static weir_context *_Atomic active;

weir_context *weir_get_active(void) { return atomic_load(&active); }

static void set_state(weir_context *context, weir_context_state state)
{
    pthread_mutex_lock(&context->mutex);
    atomic_store(&context->state, (int)state);
    pthread_cond_broadcast(&context->changed);
    pthread_mutex_unlock(&context->mutex);
}

/* The last step of every way into STOPPED (C-23, C-24). */
static void become_stopped(weir_context *context)
{
    weir_context *expected = context;
    atomic_compare_exchange_strong(&active, &expected, NULL);
    context->lineage.is_stopped = true;
    set_state(context, WEIR_STOPPED);
}

/* --- what the runner reports ----------------------------------------------------------------- */

static void on_failed(void *user, weir_status status, const char *text)
{
    weir_context *context = user;
    pthread_mutex_lock(&context->mutex);
    context->status = status;
    snprintf(context->error, sizeof context->error, "%s", text);
    if (context->advance_status == WEIR_OK) {
        context->advance_status = status;
        snprintf(context->advance_error, sizeof context->advance_error, "%s", text);
    }
    pthread_cond_broadcast(&context->changed);
    pthread_mutex_unlock(&context->mutex);
}

static void on_over(void *user)
{
    weir_context *context = user;
    pthread_mutex_lock(&context->mutex);
    context->over++;
    pthread_cond_broadcast(&context->changed);
    pthread_mutex_unlock(&context->mutex);
    if (context->cutter.mode == CUTTER_VIRTUAL) cutter_want(&context->cutter);
}

static void on_ended(void *user)
{
    weir_context *context = user;
    pthread_mutex_lock(&context->mutex);
    context->is_finished = true;
    pthread_cond_broadcast(&context->changed);
    pthread_mutex_unlock(&context->mutex);
}

/* --- stop ------------------------------------------------------------------------------------ */

/* Makes this thread the one that stops the context; false: another one did it meanwhile. */
static bool begin_stop(weir_context *context, bool gracefully)
{
    pthread_mutex_lock(&context->mutex);
    bool is_mine = !context->is_stopping && context_state(context) == WEIR_ACTIVE;
    if (is_mine) context->is_stopping = true;
    if (!is_mine && !gracefully) context->is_hurried = true;
    pthread_cond_broadcast(&context->changed);
    while (!is_mine && context_state(context) == WEIR_ACTIVE) context_wait(context, -1);
    pthread_mutex_unlock(&context->mutex);
    return is_mine;
}

static weir_status stop_active(weir_context *context, bool gracefully)
{
    if (!begin_stop(context, gracefully)) return WEIR_OK;
    /* Who moves the manual clock sees is_stopping and lets go. */
    pthread_mutex_lock(&context->advancing);
    weir_status status = context_shut_down(context, gracefully);
    pthread_mutex_unlock(&context->advancing);
    become_stopped(context);
    return status;
}

/* false: it was not INITIALIZED. */
static bool stop_initialized(weir_context *context)
{
    pthread_mutex_lock(&activation);
    bool is_initialized = context_state(context) == WEIR_INITIALIZED;
    if (is_initialized) become_stopped(context);
    pthread_mutex_unlock(&activation);
    return is_initialized;
}

weir_status weir_stop(weir_context *context, bool gracefully)
{
    if (context_is_inside(context))
        return error_set(WEIR_RUNTIME,
                         "a listener or a function cannot stop the context that runs it; stop it "
                         "from another thread");
    if (context_state(context) == WEIR_STOPPED) {
        log_line(WEIR_WARNING, "the context \"%s\" has stopped already",
                 context->options.app_name);
        return WEIR_OK;
    }
    if (!stop_initialized(context)) return stop_active(context, gracefully);
    log_line(WEIR_WARNING, "the context \"%s\" is stopped before it was started",
             context->options.app_name);
    return WEIR_OK;
}

/* A bounded run ends by itself: this thread waits for the runner's end, as no thread of the
 * context can wait for itself. */
static void *closer_main(void *user)
{
    weir_context *context = user;
    pthread_mutex_lock(&context->mutex);
    while (!context->is_finished && !context->is_stopping) context_wait(context, -1);
    bool is_finished = context->is_finished && !context->is_stopping;
    pthread_mutex_unlock(&context->mutex);
    if (!is_finished) return NULL;
    pthread_mutex_lock(&activation); /* weir_start may be about to return */
    pthread_mutex_unlock(&activation);
    stop_active(context, false);
    return NULL;
}

void weir_context_free(weir_context *context)
{
    if (!context) return;
    if (context_is_inside(context)) {
        log_line(WEIR_ERROR, "a listener or a function cannot free the context that runs it");
        return;
    }
    if (!stop_initialized(context)) stop_active(context, false);
    if (context->has_closer) pthread_join(context->closer, NULL);
    past_free(context->past);
    ingest_release(&context->ingest);
    lineage_release(&context->lineage);
    if (context->durable) context->durable->class->free(context->durable);
    listeners_release(&context->listeners);
    receiver_events_release(&context->receiver_events);
    options_release(&context->options);
    pthread_cond_destroy(&context->changed);
    pthread_mutex_destroy(&context->advancing);
    pthread_mutex_destroy(&context->mutex);
    free(context);
}

/* --- start ----------------------------------------------------------------------------------- */

static weir_status start_sources(void *user)
{
    weir_context *context = user;
    weir_status status = ingest_start(&context->ingest);
    if (status != WEIR_OK || !context->durable) return status;
    return context->durable->class->resume(context->durable, context);
}

static weir_status start_clock(void *user)
{
    weir_context *context = user;
    return cutter_start(&context->cutter);
}

/* What lives from start to stop. */
static weir_status make_parts(weir_context *context)
{
    const weir_options *options = &context->options;
    size_t workers;
    weir_status status = options_workers(options->master, &workers);
    if (status == WEIR_OK) status = loop_create(&context->loop, context);
    if (status != WEIR_OK) return status;
    context->pool = pool_create(workers);
    context->graph = graph_create(&context->lineage, context->pool, (size_t)options->partitions,
                                  options->batch_memory, options->max_record_bytes);
    if (context->remember_ms) {
        context->past = past_create(context->lineage.stream_count, options->memory);
        graph_remember(context->graph, context->past, context->remember_ms);
    }
    context->batches = queue_create();
    context->ingest.loop = loop_uv(context->loop);
    if (!context->durable) {
        context->log = block_log_in_memory();
        context->journal = batch_journal_in_memory();
    }
    context->runner = (runner){
        .lineage = &context->lineage,
        .graph = context->graph,
        .ingest = &context->ingest,
        .durable = context->durable,
        .batches = context->batches,
        .listeners = &context->listeners,
        .context_id = context->context_id,
        .receiver_events = &context->receiver_events,
        .attempts = options->attempts,
        .events = {on_failed, on_over, on_ended},
        .user = context,
    };
    return WEIR_OK;
}

cutter_mode context_clock(const weir_context *context, uint64_t *batches)
{
    if (ingest_is_bounded(&context->ingest, batches)) return CUTTER_VIRTUAL;
    return context->options.manual_clock ? CUTTER_MANUAL : CUTTER_WALL;
}

static void init_clock(weir_context *context)
{
    uint64_t batches;
    cutter_mode mode = context_clock(context, &batches);
    cutter_init(&context->cutter, mode, context->options.batch_interval_ms, batches,
                &context->ingest, context->journal, context->batches);
    context->cutter.durable = context->durable;
    context->started_ms = clock_wall_ms();
    context->ingest.first_start_ms = cutter_now_ms(&context->cutter);
}

/* A context that does not last is another one each time. */
static weir_status make_id(weir_context *context)
{
    unsigned char id[16];
    if (getrandom(id, sizeof id, 0) != sizeof id)
        return error_set_errno(WEIR_RUNTIME, "no random bytes for the id of the context");
    context_set_id(context, id);
    return WEIR_OK;
}

void context_set_id(weir_context *context, const unsigned char id[16])
{
    for (int i = 0; i < 16; i++)
        snprintf(context->context_id + 2 * (size_t)i, 3, "%02x", id[i]);
}

/* The doors to log and journal: those of the directory, or those in memory. */
static weir_status open_doors(weir_context *context)
{
    weir_status status = make_id(context);
    if (context->durable) status = context->durable->class->open(context->durable, context);
    context->ingest.log = context->log;
    context->cutter.journal = context->journal;
    context->runner.journal = context->journal;
    return status;
}

/* The zero time is known by now. */
static weir_status open_state(weir_context *context)
{
    weir_status status = context_check_state(context, context->durable != NULL);
    if (status != WEIR_OK || !lineage_find_state(&context->lineage)) return status;
    if (!context->store) context->store = state_store_in_memory();
    return graph_open_state(context->graph, context->store, context->cutter.clock.zero_ms,
                            context->options.batch_interval_ms);
}

static weir_status start_parts(weir_context *context)
{
    weir_status status = lineage_validate(&context->lineage);
    if (status == WEIR_OK) status = lineage_name_spaces(&context->lineage);
    if (status == WEIR_OK) status = lineage_name_outputs(&context->lineage);
    if (status == WEIR_OK) status = ingest_prepare(&context->ingest);
    if (status == WEIR_OK) status = make_parts(context);
    if (status != WEIR_OK) return status;
    lineage_warn_unneeded(&context->lineage);
    init_clock(context);
    status = open_doors(context);
    if (status == WEIR_OK) status = open_state(context);
    if (status == WEIR_OK) status = outputs_start(&context->lineage, context->context_id);
    if (status == WEIR_OK) status = loop_call(context->loop, start_sources, context);
    if (status == WEIR_OK) status = runner_start(&context->runner, context);
    if (status == WEIR_OK && context->cutter.mode == CUTTER_VIRTUAL) {
        status = thread_start(&context->closer, "weir-closer", context, closer_main, context);
        context->has_closer = status == WEIR_OK;
    }
    if (status != WEIR_OK) return status;
    context->lineage.is_started = true;
    atomic_store(&active, context);
    set_state(context, WEIR_ACTIVE);
    return loop_call(context->loop, start_clock, context);
}

/* A start that failed is final (C-13). */
static weir_status give_up(weir_context *context, weir_status status)
{
    char text[ERROR_TEXT_MAX];
    snprintf(text, sizeof text, "%s", error_text());
    pthread_mutex_lock(&context->mutex);
    context->is_stopping = true;
    pthread_cond_broadcast(&context->changed);
    pthread_mutex_unlock(&context->mutex);
    context_shut_down(context, false);
    become_stopped(context);
    return error_set(status, "%s", text);
}

/* The caller holds the activation lock. */
static weir_status start_locked(weir_context *context)
{
    const char *name = context->options.app_name;
    if (context_state(context) == WEIR_ACTIVE) {
        log_line(WEIR_WARNING, "the context \"%s\" has been started already", name);
        return WEIR_OK;
    }
    if (context_state(context) == WEIR_STOPPED)
        return error_set(WEIR_ILLEGAL_STATE,
                         "the context \"%s\" has stopped and cannot be started again; make a new "
                         "context",
                         name);
    const weir_context *running = weir_get_active();
    if (running)
        return error_set(WEIR_ILLEGAL_STATE,
                         "another context (StreamingContext) is active in this process: \"%s\", "
                         "started at %" PRId64 " ms; stop it first",
                         running->options.app_name, running->started_ms);
    weir_status status = start_parts(context);
    return status == WEIR_OK ? WEIR_OK : give_up(context, status);
}

weir_status weir_start(weir_context *context)
{
    library_register();
    pthread_mutex_lock(&activation);
    weir_status status = start_locked(context);
    pthread_mutex_unlock(&activation);
    return status;
}
