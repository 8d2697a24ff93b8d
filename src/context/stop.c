/* How a context is shut down (C-26), in this order: sources, what they received, the clock, the
 * runner, the log and the journal, the loop and the workers.
 *
 * Gracefully, everything received is cut into batches and computed; the time for that is limited,
 * and a second stop that is not graceful ends it. A batch cut so bears the next regular batch time
 * although that has not come yet; the stop then waits for it, or a program started right
 * afterwards would give the same time to another batch, and save over this one. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log_line.h"
#include "context/context.h"
#include "outputs/outputs.h"

enum { POLL_MS = 5, PATIENCE_MS = 10 * 1000, SILENT_MS = 2000, AHEAD = 2 };

static weir_status stop_sources(void *user)
{
    weir_context *context = user;
    ingest_stop(&context->ingest);
    return WEIR_OK;
}

/* A question to the loop thread. */
typedef struct question {
    weir_context *context;
    bool answer;
} question;

static weir_status are_sources_stopped(void *user)
{
    question *question = user;
    question->answer = ingest_is_stopped(&question->context->ingest);
    return WEIR_OK;
}

/* Cuts a batch; the answer: there was something to cut. */
static weir_status cut_what_waits(void *user)
{
    question *question = user;
    question->answer = ingest_has_waiting(&question->context->ingest);
    if (question->answer) cutter_cut_now(&question->context->cutter);
    return WEIR_OK;
}

static bool ask(weir_context *context, loop_function asked)
{
    question question = {context, false};
    loop_call(context->loop, asked, &question);
    return question.answer;
}

static weir_status stop_clock(void *user)
{
    weir_context *context = user;
    cutter_stop(&context->cutter);
    return WEIR_OK;
}

static weir_status close_clock(void *user)
{
    weir_context *context = user;
    cutter_close(&context->cutter);
    return WEIR_OK;
}

/* Names, from the loop thread. */
typedef struct naming {
    weir_context *context;
    char text[512];
} naming;

static weir_status name_running(void *user)
{
    naming *naming = user;
    ingest_name_running(&naming->context->ingest, naming->text, sizeof naming->text);
    return WEIR_OK;
}

static weir_status leave_sources(void *user)
{
    naming *naming = user;
    ingest_leave(&naming->context->ingest, naming->text, sizeof naming->text);
    return WEIR_OK;
}

/* Stops the sources, and waits for them as long as a stop may take. What has not stopped then is
 * left to itself and said in `left` (else ""); a source that cannot be is waited for, as it is
 * freed after the stop. */
static void end_sources(weir_context *context, naming *left)
{
    loop_call(context->loop, stop_sources, context);
    int64_t now_us = clock_monotonic_us();
    int64_t deadline_us = now_us + context->options.stop_timeout_ms * 1000;
    int64_t patience_us = now_us + PATIENCE_MS * 1000;
    *left = (naming){.context = context};
    while (!ask(context, are_sources_stopped)) {
        clock_sleep_ms(POLL_MS);
        now_us = clock_monotonic_us();
        if (now_us >= deadline_us) {
            deadline_us = INT64_MAX;
            loop_call(context->loop, leave_sources, left);
            if (left->text[0])
                log_line(WEIR_ERROR, "%s within %" PRId64 " ms (stop_timeout_ms): it is left "
                                     "behind, and what it still stores is refused",
                         left->text, context->options.stop_timeout_ms);
        } else if (now_us >= patience_us) {
            patience_us = INT64_MAX;
            naming running = {.context = context};
            loop_call(context->loop, name_running, &running);
            log_line(WEIR_WARNING, "%s has not stopped for %d s; still waiting", running.text,
                     PATIENCE_MS / 1000);
        }
    }
}

/* Waits until no more than `behind` batches are not over yet; false: there is no time for it. */
static bool wait_for_runner(weir_context *context, uint64_t behind, int64_t deadline_us)
{
    pthread_mutex_lock(&context->mutex);
    bool may_wait = true;
    while (may_wait && context->over + behind < atomic_load(&context->cutter.cut))
        may_wait = !context->is_hurried && context_wait(context, deadline_us);
    pthread_mutex_unlock(&context->mutex);
    return may_wait;
}

/* Waits for the time that the last batch bears. */
static void wait_for_time(weir_context *context, int64_t deadline_us)
{
    int64_t early_ms = context->cutter.clock.last_ms - cutter_now_ms(&context->cutter);
    if (early_ms <= 0) return;
    int64_t until_us = clock_monotonic_us() + early_ms * 1000;
    if (until_us > deadline_us) until_us = deadline_us;
    if (early_ms > SILENT_MS)
        log_line(WEIR_INFO,
                 "everything received is computed; the stop waits for the time of the last batch, "
                 "%" PRId64 " ms: a second one, not gracefully, ends that",
                 early_ms);
    pthread_mutex_lock(&context->mutex);
    while (!context->is_hurried && context_wait(context, until_us)) continue;
    pthread_mutex_unlock(&context->mutex);
}

static weir_status ask_what_waits(void *user)
{
    question *question = user;
    question->answer = ingest_has_waiting(&question->context->ingest);
    return WEIR_OK;
}

static bool is_hurried(weir_context *context)
{
    pthread_mutex_lock(&context->mutex);
    bool is_hurried = context->is_hurried;
    pthread_mutex_unlock(&context->mutex);
    return is_hurried;
}

/* There is no time left. Whether anything is dropped shows when the batch that runs is over. */
static void cut_short(weir_context *context, bool *waits)
{
    *waits = context->cutter.mode != CUTTER_VIRTUAL && ask(context, ask_what_waits);
    log_line(WEIR_WARNING, "the graceful stop is cut short; what was not computed %s",
             context->durable ? "comes with the next start" : "is dropped");
}

/* Cuts and computes everything that was received. The clock stands still already. false: the time
 * for it is over; `waits` is whether something was not cut. */
static bool drain(weir_context *context, bool *waits)
{
    int64_t deadline_us = clock_monotonic_us() + context->options.stop_timeout_ms * 1000;
    bool is_early = false;
    bool in_time = true;
    if (context->cutter.mode != CUTTER_VIRTUAL) /* where nothing is received */
        while (in_time && ask(context, cut_what_waits)) {
            is_early = true;
            in_time = wait_for_runner(context, AHEAD, deadline_us);
        }
    in_time = in_time && wait_for_runner(context, 0, deadline_us);
    if (!in_time) {
        cut_short(context, waits);
        return false;
    }
    /* A context that lasts goes on behind the time that it recorded: nothing to wait for. */
    bool may_clash = is_early && context->cutter.mode == CUTTER_WALL && !context->durable;
    if (may_clash) wait_for_time(context, deadline_us);
    return true;
}

static void free_parts(weir_context *context)
{
    if (context->log) context->log->class->drain(context->log);
    /* A start that failed may have queued batches that no runner took. */
    for (batch *left; context->batches && (left = queue_try_pop(context->batches));)
        batch_free(left);
    graph_free(context->graph);
    if (context->durable) {
        context->durable->class->close(context->durable, context);
    } else {
        if (context->log) context->log->class->close(context->log);
        if (context->journal) context->journal->class->close(context->journal);
        if (context->store) context->store->class->close(context->store);
    }
    pool_free(context->pool);
    queue_free(context->batches);
    loop_free(context->loop);
    context->log = NULL;
    context->journal = NULL;
    context->graph = NULL;
    context->store = NULL;
    context->pool = NULL;
    context->batches = NULL;
    context->loop = NULL;
}

static bool is_all_computed(weir_context *context)
{
    pthread_mutex_lock(&context->mutex);
    bool is_good = context->status == WEIR_OK &&
        context->over == atomic_load(&context->cutter.cut);
    pthread_mutex_unlock(&context->mutex);
    return is_good && context->runner.dropped == 0;
}

/* A run that was stopped at once, or failed, goes on from its log instead of a last checkpoint.
 * Whoever waits for the end is told of one that could not be written. */
static weir_status finish_durable(weir_context *context, bool gracefully)
{
    if (!context->durable) return WEIR_OK;
    bool is_complete = (gracefully || context->is_finished) && is_all_computed(context);
    weir_status status = context->durable->class->finish(context->durable, context, is_complete);
    if (status == WEIR_OK) return WEIR_OK;
    pthread_mutex_lock(&context->mutex);
    context->status = status;
    snprintf(context->error, sizeof context->error, "%s", error_text());
    pthread_mutex_unlock(&context->mutex);
    return status;
}

/* What did not end within the time of a stop. `left`: sources, or "". */
static weir_status report(const weir_context *context, bool is_cut_short, bool waits,
                          const char *left)
{
    const char *between = is_cut_short && left[0] ? "; " : "";
    char text[256] = "";
    if (!is_cut_short && !left[0]) return WEIR_OK;
    if (is_cut_short)
        snprintf(text, sizeof text,
                 "the graceful stop did not compute everything within %" PRId64
                 " ms (stop_timeout_ms): batches not computed: %" PRIu64 "%s",
                 context->options.stop_timeout_ms, context->runner.dropped,
                 waits ? ", and what was in none yet" : "");
    else
        snprintf(text, sizeof text, "left behind after %" PRId64 " ms (stop_timeout_ms): ",
                 context->options.stop_timeout_ms);
    return error_set(WEIR_TIMEOUT, "%s%s%s", text, between, left);
}

weir_status context_shut_down(weir_context *context, bool gracefully)
{
    if (!context->loop) return WEIR_OK; /* the start failed before anything was there */
    /* The loop itself may be waiting for room. */
    if (context->durable) context->durable->class->give_up(context->durable);
    outputs_give_up(&context->lineage);
    loop_call(context->loop, stop_clock, context);
    naming left;
    end_sources(context, &left);
    bool waits = false;
    /* Who hurries a graceful stop knows that batches are dropped. */
    bool is_late = gracefully && !drain(context, &waits) && !is_hurried(context);
    runner_drop(&context->runner);
    queue_close(context->batches);
    runner_join(&context->runner);
    ingest_finish(&context->ingest);
    outputs_finish(&context->lineage);
    loop_call(context->loop, close_clock, context);
    weir_status status = finish_durable(context, gracefully);
    free_parts(context);
    if (status != WEIR_OK) return error_set(status, "%s", context->error);
    bool is_cut_short = is_late && (context->runner.dropped > 0 || waits);
    return report(context, is_cut_short, waits, left.text);
}
