/* The manual clock. */
#include "base/error.h"
#include "context/context.h"

enum { AHEAD = 2 };

typedef struct step {
    weir_context *context;
    bool has_cut;
} step;

static weir_status cut_due(void *user)
{
    step *step = user;
    step->has_cut = cutter_cut_due(&step->context->cutter);
    return WEIR_OK;
}

static weir_status check(weir_context *context, int64_t duration_ms)
{
    if (duration_ms < 0)
        return error_set(WEIR_ILLEGAL_ARGUMENT, "time cannot be moved by %lld ms",
                         (long long)duration_ms);
    if (context_is_inside(context))
        return error_set(WEIR_RUNTIME, "a listener or a function cannot move the time on");
    return WEIR_OK;
}

/* Waits until no more than `behind` batches are not over; false: the context is being stopped. */
static bool wait_for_batches(weir_context *context, uint64_t behind)
{
    pthread_mutex_lock(&context->mutex);
    while (!context->is_stopping && context->over + behind < atomic_load(&context->cutter.cut))
        context_wait(context, -1);
    bool goes_on = !context->is_stopping;
    pthread_mutex_unlock(&context->mutex);
    return goes_on;
}

/* The first failure since `advance` began. */
static weir_status result(weir_context *context)
{
    pthread_mutex_lock(&context->mutex);
    weir_status status = context->advance_status;
    if (status != WEIR_OK) error_set(status, "%s", context->advance_error);
    pthread_mutex_unlock(&context->mutex);
    return status;
}

/* The caller holds context->advancing, so that the context cannot shut down meanwhile. */
static weir_status advance(weir_context *context, int64_t duration_ms)
{
    pthread_mutex_lock(&context->mutex);
    bool is_active = context_state(context) == WEIR_ACTIVE && !context->is_stopping;
    context->advance_status = WEIR_OK;
    pthread_mutex_unlock(&context->mutex);
    if (!is_active)
        return error_set(WEIR_ILLEGAL_STATE, "the time of a context moves while it is active");
    if (context->cutter.mode != CUTTER_MANUAL)
        return error_set(WEIR_ILLEGAL_STATE, "the context has no manual clock; its time is %s",
                         context->cutter.mode == CUTTER_WALL ? "the wall clock's" : "virtual");
    cutter_advance(&context->cutter, duration_ms);
    step step = {context, true};
    while (step.has_cut && wait_for_batches(context, AHEAD))
        loop_call(context->loop, cut_due, &step);
    wait_for_batches(context, 0);
    return result(context);
}

weir_status weir_advance(weir_context *context, int64_t duration_ms)
{
    weir_status status = check(context, duration_ms);
    if (status != WEIR_OK) return status;
    pthread_mutex_lock(&context->advancing);
    status = advance(context, duration_ms);
    pthread_mutex_unlock(&context->advancing);
    return status;
}
