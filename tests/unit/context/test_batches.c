/* Batches on a manual clock: order, failures, summaries, and who must not wait for whom. */
#include "unit/context/harness.h"
#include "weir/library.h"

static void every_due_batch_is_computed_in_order(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = create_with_queue(&manual, &queue);
    assert_int_equal(weir_start(context), WEIR_OK);
    for (int i = 1; i <= 4; i++) push(queue, i);
    assert_int_equal(weir_advance(context, 999), WEIR_OK);
    assert_string_equal(noted, "");
    assert_int_equal(weir_advance(context, 1), WEIR_OK);
    assert_string_equal(noted, "1000:[1] ");
    assert_int_equal(weir_advance(context, 3500), WEIR_OK);
    assert_string_equal(noted, "1000:[1] 2000:[2] 3000:[3] 4000:[4] ");
    weir_context_free(context);
}

static void a_long_way_is_taken_step_by_step(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_options options = manual;
    options.batch_interval_ms = 1;
    weir_context *context = create_with_queue(&options, &queue);
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(weir_advance(context, 500), WEIR_OK);
    assert_non_null(strstr(noted, " 500:[] "));
    assert_null(strstr(noted, "501:"));
    weir_context_free(context);
}

static void only_a_manual_clock_can_be_moved(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_options options = manual;
    options.manual_clock = false;
    options.batch_interval_ms = 3600 * 1000;
    weir_context *context = create_with_queue(&options, &queue);
    assert_int_equal(weir_advance(context, 1), WEIR_ILLEGAL_STATE);
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(weir_advance(context, 1), WEIR_ILLEGAL_STATE);
    assert_int_equal(weir_advance(context, -1), WEIR_ILLEGAL_ARGUMENT);
    weir_context_free(context);
}

/* C-30, C-31. */
static void a_failed_batch_is_reported_and_later_ones_run(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = create_with_queue(&manual, &queue);
    assert_int_equal(weir_start(context), WEIR_OK);
    push(queue, 1);
    push(queue, -1);
    push(queue, 3);
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    assert_int_equal(weir_await_termination(context, 0), WEIR_TIMEOUT);
    assert_int_equal(weir_advance(context, 1000), WEIR_RUNTIME);
    assert_non_null(strstr(weir_last_error(), "batch 2000 ms, output 0 (foreachRDD)"));
    assert_non_null(strstr(weir_last_error(), "met -1"));
    assert_int_equal(weir_await_termination(context, -1), WEIR_RUNTIME);
    assert_int_equal(weir_get_state(context), WEIR_ACTIVE);
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    assert_non_null(strstr(noted, "3000:[3] "));
    assert_int_equal(weir_await_termination(context, -1), WEIR_RUNTIME);
    assert_int_equal(weir_stop(context, true), WEIR_OK);
    assert_int_equal(weir_await_termination(context, -1), WEIR_RUNTIME);
    weir_context_free(context);
}

static void the_latest_error_is_kept(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = create_with_queue(&manual, &queue);
    assert_int_equal(weir_start(context), WEIR_OK);
    push(queue, -1);
    push(queue, -1);
    assert_int_equal(weir_advance(context, 2000), WEIR_RUNTIME);
    assert_non_null(strstr(weir_last_error(), "batch 1000 ms")); /* advance: the first */
    assert_int_equal(weir_await_termination(context, 0), WEIR_RUNTIME);
    assert_non_null(strstr(weir_last_error(), "batch 2000 ms"));
    weir_context_free(context);
}

static int calls;

static weir_status fail_at_first(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)in;
    (void)time_ms;
    return calls++ % weir_as_int(arg) + 1 < weir_as_int(arg) ? WEIR_IO : WEIR_OK;
}
WEIR_FOREACH(fail_at_first)

/* Outputs that succeeded are not repeated. */
static void an_output_is_tried_again(void **state)
{
    (void)state;
    calls = 0;
    weir_options options = manual;
    options.attempts = 3;
    weir_stream *queue;
    weir_context *context = create_with_queue(&options, &queue);
    weir_foreach_rdd(queue, &weir_fn_fail_at_first, weir_int(3));
    assert_int_equal(weir_start(context), WEIR_OK);
    push(queue, 1);
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    assert_int_equal(calls, 3);
    assert_string_equal(noted, "1000:[1] ");
    weir_context_free(context);
}

static void a_status_without_a_text_gets_one(void **state)
{
    (void)state;
    calls = 0;
    weir_options options = manual;
    options.attempts = 1;
    weir_stream *queue;
    weir_context *context = create_with_queue(&options, &queue);
    weir_foreach_rdd(queue, &weir_fn_fail_at_first, weir_int(9));
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(weir_advance(context, 1000), WEIR_IO);
    assert_string_equal(weir_last_error(), "batch 1000 ms, output 1 (foreachRDD): function "
                                           "fail_at_first: input/output error");
    assert_int_equal(calls, 1);
    weir_context_free(context);
}

static weir_dataset *refuse(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)arg;
    if (time_ms == 1000) weir_fail("not yet");
    return in;
}
WEIR_TRANSFORM(refuse)

/* M-01. */
static void an_error_of_planning_runs_no_output(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = create_with_queue(&manual, &queue);
    weir_count_output(weir_transform(queue, &weir_fn_refuse, weir_null()));
    assert_int_equal(weir_start(context), WEIR_OK);
    push(queue, 1);
    push(queue, 2);
    assert_int_equal(weir_advance(context, 1000), WEIR_RUNTIME);
    assert_non_null(strstr(weir_last_error(), "not yet"));
    assert_string_equal(noted, "");
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    assert_string_equal(noted, "2000:[2] ");
    weir_context_free(context);
}

typedef struct heard {
    size_t count;
    weir_batch_summary last;
    uint64_t output_records[4];
    char error[256];
    weir_status stop;
    weir_context *context;
} heard;

static void hear(const weir_batch_summary *summary, void *user)
{
    heard *heard = user;
    heard->count++;
    heard->last = *summary;
    memcpy(heard->output_records, summary->output_records, summary->outputs * sizeof(uint64_t));
    snprintf(heard->error, sizeof heard->error, "%s", summary->error);
}

static void a_summary_tells_what_a_batch_did(void **state)
{
    (void)state;
    heard heard = {0};
    weir_context *context = create(&manual);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_count_output(queue);
    weir_foreach_rdd(queue, &weir_fn_note, weir_null());
    weir_count_output(weir_count(queue));
    assert_int_equal(weir_on_batch(context, hear, &heard), WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(weir_on_batch(context, hear, &heard), WEIR_ILLEGAL_STATE);
    weir_value items[] = {weir_int(1), weir_int(2), weir_int(3)};
    weir_queue_push(queue, weir_list(items, 3), 2);
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.last.time_ms, 1000);
    assert_int_equal(heard.last.records, 3);
    assert_int_equal(heard.last.outputs, 3);
    assert_int_equal(heard.output_records[0], 3);
    assert_int_equal(heard.output_records[2], 1);
    assert_int_equal(heard.last.status, WEIR_OK);
    assert_string_equal(heard.error, "");
    assert_true(heard.last.submitted_us > INT64_C(1600000000000000));
    assert_true(heard.last.scheduling_us >= 0 && heard.last.processing_us >= 0);

    push(queue, -1);
    assert_int_equal(weir_advance(context, 1000), WEIR_RUNTIME);
    assert_int_equal(heard.count, 2);
    assert_int_equal(heard.last.status, WEIR_RUNTIME);
    assert_non_null(strstr(heard.error, "met -1"));
    assert_int_equal(heard.output_records[0], 1); /* one output failed, the others did not */
    assert_int_equal(heard.output_records[2], 1);
    weir_context_free(context);
}

/* What two outputs read is counted once, also where the first one has to begin again: its sum
 * meets floats, for which the order matters. */
static void what_two_outputs_share_is_counted_once(void **state)
{
    (void)state;
    heard heard = {0};
    weir_value items[] = {weir_pair(weir_text("a"), weir_double(0.5)),
                          weir_pair(weir_text("b"), weir_double(1.5)),
                          weir_pair(weir_text("a"), weir_double(0.25))};
    weir_context *context = create(&manual);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_stream *sums = weir_reduce_by_key(queue, &weir_fn_sum, weir_null(), 1);
    weir_foreach_rdd(sums, &weir_fn_note, weir_null());
    weir_foreach_rdd(queue, &weir_fn_note, weir_null());
    weir_on_batch(context, hear, &heard);
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(weir_queue_push(queue, weir_list(items, 3), 2), WEIR_OK);
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    assert_string_equal(noted, "1000:[(a,0.75), (b,1.5)] 1000:[(a,0.5), (b,1.5), (a,0.25)] ");
    assert_int_equal(heard.last.records, 3);
    weir_context_free(context);
}

static void stop_here(const weir_batch_summary *summary, void *user)
{
    (void)summary;
    heard *heard = user;
    heard->stop = weir_stop(heard->context, false);
    if (weir_advance(heard->context, 1000) != WEIR_RUNTIME) heard->stop = WEIR_OK;
    if (weir_await_termination(heard->context, -1) != WEIR_RUNTIME) heard->stop = WEIR_OK;
    weir_context_free(heard->context);
    heard->count++;
}

/* C-21. */
static void a_listener_cannot_stop_its_context(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = create_with_queue(&manual, &queue);
    heard heard = {.context = context};
    weir_on_batch(context, stop_here, &heard);
    assert_int_equal(weir_start(context), WEIR_OK);
    push(queue, 1);
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    assert_int_equal(heard.stop, WEIR_RUNTIME);
    assert_int_equal(heard.count, 1);
    assert_int_equal(weir_get_state(context), WEIR_ACTIVE);
    weir_context_free(context);
}

static _Atomic int refusals;

static void stop_inside(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                        weir_value *out_value)
{
    (void)arg;
    if (weir_stop(weir_get_active(), true) == WEIR_RUNTIME) refusals++;
    *out_key = key;
    *out_value = value;
}
WEIR_MAP(stop_inside)

static void a_function_cannot_stop_its_context(void **state)
{
    (void)state;
    refusals = 0;
    weir_context *context = create(&manual);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_count_output(weir_map(queue, &weir_fn_stop_inside, weir_null()));
    assert_int_equal(weir_start(context), WEIR_OK);
    weir_value items[8];
    for (int i = 0; i < 8; i++) items[i] = weir_int(i);
    weir_queue_push(queue, weir_list(items, 8), 8);
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    assert_int_equal(refusals, 8);
    weir_context_free(context);
}

/* Spark would give 1, 2, 3: there a queue is read only when somebody needs the batch. */
static void a_queue_is_read_between_slides(void **state)
{
    (void)state;
    weir_context *context = create(&manual);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_stream *window = weir_window(queue, 1000, 2000, NULL);
    assert_int_equal(weir_foreach_rdd(window, &weir_fn_note, weir_null()), WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_OK);
    for (int64_t i = 1; i <= 6; i++) push(queue, i);
    for (int64_t i = 1; i <= 6; i++) assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    assert_string_equal(noted, "2000:[2] 4000:[4] 6000:[6] ");
    weir_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_due_batch_is_computed_in_order, setup),
        cmocka_unit_test_setup(a_long_way_is_taken_step_by_step, setup),
        cmocka_unit_test_setup(only_a_manual_clock_can_be_moved, setup),
        cmocka_unit_test_setup(a_failed_batch_is_reported_and_later_ones_run, setup),
        cmocka_unit_test_setup(the_latest_error_is_kept, setup),
        cmocka_unit_test_setup(an_output_is_tried_again, setup),
        cmocka_unit_test_setup(a_status_without_a_text_gets_one, setup),
        cmocka_unit_test_setup(an_error_of_planning_runs_no_output, setup),
        cmocka_unit_test_setup(a_summary_tells_what_a_batch_did, setup),
        cmocka_unit_test_setup(what_two_outputs_share_is_counted_once, setup),
        cmocka_unit_test_setup(a_listener_cannot_stop_its_context, setup),
        cmocka_unit_test_setup(a_function_cannot_stop_its_context, setup),
        cmocka_unit_test_setup(a_queue_is_read_between_slides, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
