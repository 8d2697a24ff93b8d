/* Stopping now and gracefully, waiting, and stops that meet (spec 01 §4, §5). */
#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "context/context.h"
#include "unit/context/harness.h"

/* C-28: what was received before the stop is in a batch that was computed. */
static void a_graceful_stop_computes_what_waits(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = create_with_queue(&manual, &queue);
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    for (int i = 1; i <= 5; i++) push(queue, i);
    assert_int_equal(weir_stop(context, true), WEIR_OK);
    assert_string_equal(noted, "1000:[] 2000:[1] 3000:[2] 4000:[3] 5000:[4] 6000:[5] ");
    assert_int_equal(weir_await_termination(context, -1), WEIR_OK);
    weir_context_free(context);
}

static void another_stop_drops_it(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = create_with_queue(&manual, &queue);
    assert_int_equal(weir_start(context), WEIR_OK);
    push(queue, 1);
    assert_int_equal(weir_stop(context, false), WEIR_OK);
    assert_string_equal(noted, "");
    weir_context_free(context);
}

/* [D] at C-29: a batch without outputs that had something to do counts as processed. */
static void a_graceful_stop_of_an_idle_context_is_prompt(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_options options = manual;
    options.manual_clock = false;
    options.batch_interval_ms = 3600 * 1000;
    weir_context *context = create_with_queue(&options, &queue);
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(weir_stop(context, true), WEIR_OK);
    assert_string_equal(noted, "");
    weir_context_free(context);
}

/* The last batch bears its regular time, and a context that follows begins after that. */
static void a_graceful_stop_waits_for_the_time_of_its_last_batch(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_options options = manual;
    options.manual_clock = false;
    options.batch_interval_ms = 100;
    int64_t last_ms = 0;
    for (int i = 0; i < 3; i++) {
        noted[0] = '\0';
        weir_context *context = create_with_queue(&options, &queue);
        assert_int_equal(weir_start(context), WEIR_OK);
        push(queue, 7);
        assert_int_equal(weir_stop(context, true), WEIR_OK);
        int64_t time_ms = strtoll(noted, NULL, 10);
        assert_non_null(strstr(noted, ":[7] "));
        assert_true(time_ms > last_ms);
        assert_int_equal(time_ms % 100, 0);
        assert_true(time_ms <= clock_wall_ms() + 1);
        last_ms = time_ms;
        weir_context_free(context);
    }
}

typedef struct gate {
    _Atomic bool is_reached;
    _Atomic bool is_open;
} gate;
static gate gate_in_batch;

static weir_status wait_at_gate(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)in;
    (void)time_ms;
    (void)arg;
    gate_in_batch.is_reached = true;
    while (!gate_in_batch.is_open) clock_sleep_ms(1);
    return WEIR_OK;
}
WEIR_FOREACH(wait_at_gate)

static void *advance(void *context)
{
    return weir_advance(context, 5000) == WEIR_OK ? context : NULL;
}

static void *stop_gracefully(void *context)
{
    return weir_stop(context, true) == WEIR_OK ? context : NULL;
}

static void *stop_now(void *context)
{
    return weir_stop(context, false) == WEIR_OK ? context : NULL;
}

static void *await(void *context)
{
    return weir_await_termination(context, -1) == WEIR_OK ? context : NULL;
}

static weir_context *create_with_gate(weir_stream **queue)
{
    gate_in_batch = (gate){0};
    weir_context *context = create_with_queue(&manual, queue);
    weir_foreach_rdd(*queue, &weir_fn_wait_at_gate, weir_null());
    assert_int_equal(weir_start(context), WEIR_OK);
    return context;
}

static pthread_t run(void *(*call)(void *), weir_context *context)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, call, context), 0);
    return thread;
}

static void join_well(pthread_t thread)
{
    void *answer = NULL;
    pthread_join(thread, &answer);
    assert_non_null(answer);
}

/* Until the stop has come so far that batches are dropped, however late its thread gets to run. */
static void await_dropping(weir_context *context)
{
    enum { MOST_MS = 60 * 1000 };
    int64_t end_us = clock_monotonic_us() + MOST_MS * 1000;
    while (!context->runner.drops && clock_monotonic_us() < end_us) clock_sleep_ms(1);
    assert_true(context->runner.drops);
}

/* The batch that runs is completed, those behind it are dropped. */
static void a_stop_meets_an_advance(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = create_with_gate(&queue);
    pthread_t waiter = run(await, context);
    pthread_t mover = run(advance, context);
    while (!gate_in_batch.is_reached) clock_sleep_ms(1);
    pthread_t stopper = run(stop_now, context);
    await_dropping(context);
    assert_int_equal(weir_get_state(context), WEIR_ACTIVE); /* C-23 */
    gate_in_batch.is_open = true;
    join_well(stopper);
    join_well(mover);
    join_well(waiter);
    assert_int_equal(weir_get_state(context), WEIR_STOPPED);
    assert_string_equal(noted, "1000:[] ");
    weir_context_free(context);
}

/* A second stop that is not graceful ends the first one's patience. */
static void a_hard_stop_hurries_a_graceful_one(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = create_with_gate(&queue);
    for (int i = 1; i <= 8; i++) push(queue, i);
    pthread_t first = run(stop_gracefully, context);
    while (!gate_in_batch.is_reached) clock_sleep_ms(1);
    pthread_t second = run(stop_now, context);
    await_dropping(context);
    gate_in_batch.is_open = true;
    join_well(first);
    join_well(second);
    assert_string_equal(noted, "1000:[1] ");
    weir_context_free(context);
}

static void *stop_too_late(void *context)
{
    return weir_stop(context, true) == WEIR_TIMEOUT &&
                strstr(weir_last_error(), "batches not computed: ")
        ? context
        : NULL;
}

/* Whoever stops is told that not everything was computed. */
static void a_graceful_stop_has_a_limit(void **state)
{
    (void)state;
    char said[1024] = "";
    gate_in_batch = (gate){0};
    weir_options options = manual;
    options.stop_timeout_ms = 30;
    weir_stream *queue;
    weir_context *context = create_with_queue(&options, &queue);
    weir_foreach_rdd(queue, &weir_fn_wait_at_gate, weir_null());
    assert_int_equal(weir_start(context), WEIR_OK);
    for (int i = 1; i <= 8; i++) push(queue, i);
    weir_set_log(quiet, said, WEIR_WARNING);
    pthread_t mover = run(advance, context);
    while (!gate_in_batch.is_reached) clock_sleep_ms(1);
    pthread_t stopper = run(stop_too_late, context);
    await_dropping(context);
    gate_in_batch.is_open = true;
    join_well(stopper);
    join_well(mover);
    assert_non_null(strstr(said, "cut short"));
    assert_string_equal(noted, "1000:[1] ");
    weir_context_free(context);
}

/* --- A receiver that does not stop ----------------------------------------------------------- */

static struct {
    _Atomic bool has_stored, is_stopping, may_return, has_returned;
    _Atomic int stored; /* what storing was answered then */
    bool blocks_start;
} stuck;

static void hang(weir_receiver *receiver)
{
    stuck.is_stopping = true;
    while (!stuck.may_return) clock_sleep_ms(1);
    stuck.stored = weir_store(receiver, weir_absent(), weir_int(2));
    weir_receiver_report_error(receiver, "late");
}

static weir_status start_stuck(weir_receiver *receiver, void *user)
{
    (void)user;
    assert_int_equal(weir_store(receiver, weir_absent(), weir_int(1)), WEIR_OK);
    stuck.has_stored = true;
    if (stuck.blocks_start) hang(receiver);
    return WEIR_OK;
}

static void stop_stuck(weir_receiver *receiver, void *user)
{
    (void)user;
    if (!stuck.blocks_start) hang(receiver);
    stuck.has_returned = true;
}

static const weir_receiver_class stuck_class = {"stuck", start_stuck, stop_stuck};

/* The stop takes no longer than it may, and says which receiver it was. It goes on alone, and what
 * it then stores is refused, also when the context is gone. */
static void leave_behind(bool gracefully, bool blocks_start, bool is_freed_first)
{
    char said[1024] = "";
    weir_options options = manual;
    options.stop_timeout_ms = 30;
    memset(&stuck, 0, sizeof stuck);
    stuck.blocks_start = blocks_start;
    noted[0] = '\0';
    weir_context *context = create(&options);
    weir_stream *stream = weir_receiver_stream(context, &stuck_class, NULL);
    assert_int_equal(weir_foreach_rdd(stream, &weir_fn_note, weir_null()), WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_OK);
    while (!stuck.has_stored) clock_sleep_ms(1);
    while (!strstr(noted, "[1]")) {
        assert_int_equal(weir_advance(context, 1000), WEIR_OK);
        clock_sleep_ms(1);
    }
    weir_set_log(quiet, said, WEIR_ERROR);
    assert_int_equal(weir_stop(context, gracefully), WEIR_TIMEOUT);
    const char *which = blocks_start ? "stuck-0: its on_start does not return"
                                     : "stuck-0: its on_stop does not return";
    assert_non_null(strstr(weir_last_error(), which));
    assert_non_null(strstr(said, which));
    assert_int_equal(weir_get_state(context), WEIR_STOPPED);
    weir_set_log(quiet, NULL, WEIR_INFO);
    if (is_freed_first) weir_context_free(context);
    stuck.may_return = true;
    while (!stuck.has_returned) clock_sleep_ms(1);
    assert_int_equal(stuck.stored, WEIR_ILLEGAL_STATE);
    if (!is_freed_first) weir_context_free(context);
}

static void a_receiver_that_does_not_stop_is_left_behind(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) leave_behind(i & 1, i & 2, i & 4);
}

static void a_wait_may_end_before_the_context(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = create_with_queue(&manual, &queue);
    assert_int_equal(weir_await_termination(context, 0), WEIR_TIMEOUT);
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(weir_await_termination(context, 1), WEIR_TIMEOUT);
    assert_int_equal(weir_await_termination(context, 0), WEIR_TIMEOUT);
    weir_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_graceful_stop_computes_what_waits, setup),
        cmocka_unit_test_setup(another_stop_drops_it, setup),
        cmocka_unit_test_setup(a_graceful_stop_of_an_idle_context_is_prompt, setup),
        cmocka_unit_test_setup(a_graceful_stop_waits_for_the_time_of_its_last_batch, setup),
        cmocka_unit_test_setup(a_stop_meets_an_advance, setup),
        cmocka_unit_test_setup(a_hard_stop_hurries_a_graceful_one, setup),
        cmocka_unit_test_setup(a_graceful_stop_has_a_limit, setup),
        cmocka_unit_test_setup(a_receiver_that_does_not_stop_is_left_behind, setup),
        cmocka_unit_test_setup(a_wait_may_end_before_the_context, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
