/* State of a context over batches: kept when an output is tried again, taken back with a batch that
 * fails, and then nothing is computed behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs those before it */
#include <cmocka.h>

#include "weir/weir.h"

static int failures_left; /* of the output that fails */
static int64_t last_sum;
static int sums_seen;

static weir_status see_sum(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    weir_value record;
    size_t parts;
    (void)time_ms;
    (void)arg;
    weir_status status = weir_dataset_first(in, &record);
    if (status != WEIR_OK) return status;
    last_sum = weir_as_int(weir_items(record, &parts)[1]);
    sums_seen++;
    return WEIR_OK;
}
WEIR_FOREACH(see_sum)

static weir_status fail_some(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)in;
    (void)time_ms;
    (void)arg;
    if (failures_left == 0) return WEIR_OK;
    failures_left--;
    weir_fail("as the test wants it");
    return WEIR_RUNTIME;
}
WEIR_FOREACH(fail_some)

static weir_status look_away(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)in;
    (void)time_ms;
    (void)arg;
    return WEIR_OK;
}
WEIR_FOREACH(look_away)

static weir_value one_pair(void)
{
    weir_value pair = weir_pair(weir_text("key"), weir_int(1));
    return weir_list(&pair, 1);
}

/* A running sum by key over a queue; the first output sees it or not, the second fails at times. */
static weir_context *start(weir_stream **queue, const weir_function *first)
{
    weir_options options = {.batch_interval_ms = 1000, .manual_clock = true, .volatile_state = true,
                            .master = "local[2]", .attempts = 2};
    weir_context *context;
    assert_int_equal(weir_context_create(&context, &options), WEIR_OK);
    *queue = weir_queue_stream(context, true, weir_absent());
    weir_stream *sums = weir_update_state_by_key(*queue, &weir_fn_sum_update, weir_null(), NULL);
    weir_foreach_rdd(sums, first, weir_null());
    weir_foreach_rdd(*queue, &weir_fn_fail_some, weir_null());
    assert_int_equal(weir_start(context), WEIR_OK);
    last_sum = 0;
    sums_seen = 0;
    return context;
}

static void a_second_try_of_another_output_loses_nothing(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = start(&queue, &weir_fn_see_sum);
    for (int i = 1; i <= 4; i++) {
        failures_left = i % 2;
        weir_queue_push(queue, one_pair(), 1);
        assert_int_equal(weir_advance(context, 1000), WEIR_OK);
        assert_int_equal(last_sum, i);
    }
    weir_context_free(context);
}

static void state_goes_on_when_no_output_looks(void **state)
{
    (void)state;
    weir_stream *queue;
    failures_left = 0;
    weir_context *context = start(&queue, &weir_fn_look_away);
    for (int i = 1; i <= 3; i++) {
        weir_queue_push(queue, one_pair(), 1);
        assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    }
    weir_context_free(context);
}

static void nothing_is_computed_behind_a_failed_batch(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = start(&queue, &weir_fn_see_sum);
    failures_left = 2;
    weir_queue_push(queue, one_pair(), 1);
    assert_int_equal(weir_advance(context, 1000), WEIR_RUNTIME);
    assert_int_equal(sums_seen, 1); /* the first output is not repeated */
    weir_queue_push(queue, one_pair(), 1);
    weir_advance(context, 1000);
    assert_int_equal(sums_seen, 1);
    assert_int_equal(weir_get_state(context), WEIR_ACTIVE);
    assert_int_equal(weir_await_termination(context, 0), WEIR_RUNTIME);
    weir_context_free(context);
}

static void volatile_state_must_be_asked_for(void **state)
{
    (void)state;
    weir_options options = {.batch_interval_ms = 1000, .manual_clock = true};
    weir_context *context;
    assert_int_equal(weir_context_create(&context, &options), WEIR_OK);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_print(weir_update_state_by_key(queue, &weir_fn_sum_update, weir_null(), NULL), 1);
    assert_int_equal(weir_start(context), WEIR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(weir_last_error(), "checkpoint directory"));
    weir_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_try_of_another_output_loses_nothing),
        cmocka_unit_test(state_goes_on_when_no_output_looks),
        cmocka_unit_test(nothing_is_computed_behind_a_failed_batch),
        cmocka_unit_test(volatile_state_must_be_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
