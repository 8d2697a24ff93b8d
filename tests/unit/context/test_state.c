/* State takes part in every batch, whatever outputs do with the streams that keep it; a batch that
 * fails takes its changes back, and then nothing is computed behind it. */
#include "unit/context/harness.h"

#include "weir/library.h"

static const weir_options with_state = {.app_name = "test",
                                        .master = "local[2]",
                                        .batch_interval_ms = 1000,
                                        .manual_clock = true,
                                        .volatile_state = true};

static int calls;

/* Fails at its first call. */
static weir_status fail_once(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)time_ms;
    (void)arg;
    uint64_t count;
    return calls++ == 0 ? WEIR_IO : weir_dataset_count(in, &count);
}
WEIR_FOREACH(fail_once)

/* Looks at its dataset in batches at multiples of the argument only. */
static weir_status look_now_and_then(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    return time_ms % weir_as_int(arg) ? WEIR_OK : note(in, time_ms, arg);
}
WEIR_FOREACH(look_now_and_then)

static weir_dataset *take_left(weir_dataset *left, weir_dataset *right, int64_t time_ms,
                               weir_value arg)
{
    (void)right;
    (void)time_ms;
    (void)arg;
    return left;
}
WEIR_TRANSFORM_WITH(take_left)

static void push_pair(weir_stream *queue, int64_t value)
{
    weir_value pair = weir_pair(weir_text("a"), weir_int(value));
    assert_int_equal(weir_queue_push(queue, weir_list(&pair, 1), 1), WEIR_OK);
}

static weir_stream *sums_of(weir_stream *queue)
{
    return weir_update_state_by_key(queue, &weir_fn_sum_update, weir_null(), NULL);
}

static uint64_t records;

static void keep_records(const weir_batch_summary *summary, void *user)
{
    (void)user;
    records = summary->records;
}

/* The batch is tried again from its beginning for the output that failed; what the outputs before
 * it made of the state is not lost with that. */
static void a_retry_of_one_output_keeps_the_state_of_another(void **state)
{
    (void)state;
    calls = 0;
    weir_context *context = create(&with_state);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_stream *other = weir_queue_stream(context, true, weir_absent());
    weir_foreach_rdd(sums_of(queue), &weir_fn_note, weir_null());
    weir_foreach_rdd(other, &weir_fn_fail_once, weir_null());
    weir_on_batch(context, keep_records, NULL);
    assert_int_equal(weir_start(context), WEIR_OK);
    for (int i = 0; i < 2; i++) {
        push_pair(queue, 1);
        push_pair(other, 1);
        assert_int_equal(weir_advance(context, 1000), WEIR_OK);
        assert_int_equal(records, 2);
    }
    assert_int_equal(calls, 3);
    assert_string_equal(noted, "1000:[(a,1)] 2000:[(a,2)] ");
    weir_context_free(context);
}

/* O-64: what it does not look at it discards, but the state has seen it. */
static void an_output_that_does_not_look_keeps_the_state(void **state)
{
    (void)state;
    weir_context *context = create(&with_state);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_foreach_rdd(sums_of(queue), &weir_fn_look_now_and_then, weir_int(3000));
    assert_int_equal(weir_start(context), WEIR_OK);
    for (int i = 1; i <= 3; i++) push_pair(queue, i);
    assert_int_equal(weir_advance(context, 3000), WEIR_OK);
    assert_string_equal(noted, "3000:[(a,6)] ");
    weir_context_free(context);
}

static void a_transform_that_drops_a_stream_keeps_its_state(void **state)
{
    (void)state;
    weir_context *context = create(&with_state);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_stream *sums = sums_of(queue);
    weir_stream *left = weir_queue_stream(context, true, weir_absent());
    weir_foreach_rdd(weir_transform_with(left, sums, &weir_fn_take_left, weir_null()),
                     &weir_fn_note, weir_null());
    weir_foreach_rdd(sums, &weir_fn_look_now_and_then, weir_int(2000));
    assert_int_equal(weir_start(context), WEIR_OK);
    for (int i = 1; i <= 2; i++) push_pair(queue, i);
    assert_int_equal(weir_advance(context, 2000), WEIR_OK);
    assert_string_equal(noted, "1000:[] 2000:[] 2000:[(a,3)] ");
    weir_context_free(context);
}

static weir_value refuse_nine(weir_value key, const weir_value *values, size_t count,
                              weir_value old, weir_value arg)
{
    (void)key;
    (void)old;
    (void)arg;
    for (size_t i = 0; i < count; i++)
        if (weir_as_int(values[i]) == 9) weir_fail("no nine");
    return weir_int((int64_t)count);
}
WEIR_UPDATE(refuse_nine)

/* Also if no output asks for the state that fails; and then nothing is computed any more. */
static void state_that_fails_fails_the_batch(void **state)
{
    (void)state;
    weir_context *context = create(&with_state);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_stream *counts = weir_update_state_by_key(queue, &weir_fn_refuse_nine, weir_null(), NULL);
    weir_foreach_rdd(counts, &weir_fn_look_now_and_then, weir_int(5000));
    assert_int_equal(weir_start(context), WEIR_OK);
    push_pair(queue, 9);
    assert_int_equal(weir_advance(context, 1000), WEIR_RUNTIME);
    assert_non_null(strstr(weir_last_error(), "batch 1000 ms"));
    assert_non_null(strstr(weir_last_error(), "refuse_nine: no nine"));
    weir_context_free(context);
}

static void nothing_is_computed_behind_a_failed_batch(void **state)
{
    (void)state;
    calls = 0;
    weir_options options = with_state;
    options.attempts = 1;
    weir_context *context = create(&options);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_foreach_rdd(sums_of(queue), &weir_fn_note, weir_null());
    weir_foreach_rdd(queue, &weir_fn_fail_once, weir_null());
    assert_int_equal(weir_start(context), WEIR_OK);
    push_pair(queue, 1);
    push_pair(queue, 1);
    assert_int_equal(weir_advance(context, 1000), WEIR_IO);
    assert_string_equal(noted, "1000:[(a,1)] "); /* the output before the one that failed */
    assert_int_equal(weir_advance(context, 1000), WEIR_IO);
    assert_non_null(strstr(weir_last_error(), "batch 1000 ms"));
    assert_string_equal(noted, "1000:[(a,1)] ");
    assert_int_equal(calls, 1);
    assert_int_equal(weir_get_state(context), WEIR_ACTIVE);
    assert_int_equal(weir_await_termination(context, 0), WEIR_IO);
    weir_context_free(context);
}

static void volatile_state_must_be_asked_for(void **state)
{
    (void)state;
    weir_context *context = create(&manual);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_print(sums_of(queue), 1);
    assert_int_equal(weir_start(context), WEIR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(weir_last_error(), "checkpoint directory"));
    weir_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_retry_of_one_output_keeps_the_state_of_another, setup),
        cmocka_unit_test_setup(an_output_that_does_not_look_keeps_the_state, setup),
        cmocka_unit_test_setup(a_transform_that_drops_a_stream_keeps_its_state, setup),
        cmocka_unit_test_setup(state_that_fails_fails_the_batch, setup),
        cmocka_unit_test_setup(nothing_is_computed_behind_a_failed_batch, setup),
        cmocka_unit_test_setup(volatile_state_must_be_asked_for, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
