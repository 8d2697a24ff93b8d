/* foreachRDD, foreachPartition and count. */
#include <stdatomic.h>
#include <stdio.h>

#include "unit/context/harness.h"

static _Atomic int64_t sum;
static _Atomic int partitions_seen;

static weir_status add_up(weir_reader *records, size_t partition, int64_t time_ms, weir_value arg)
{
    assert_int_equal(time_ms, 1000);
    weir_value key;
    weir_value value;
    while (weir_next(records, &key, &value)) {
        if (weir_as_int(value) == -1) return WEIR_IO;
        sum += weir_as_int(value) * weir_as_int(arg);
    }
    partitions_seen |= 1 << partition;
    return WEIR_OK;
}
WEIR_FOREACH_PARTITION(add_up)

static weir_status run(weir_context *context, weir_stream *queue, const weir_value *items,
                       size_t count, int partitions)
{
    assert_int_equal(weir_start(context), WEIR_OK);
    weir_queue_push(queue, weir_list(items, count), partitions);
    weir_status status = weir_advance(context, 1000);
    weir_context_free(context);
    return status;
}

/* Those of the first output. */
static void keep_records(const weir_batch_summary *summary, void *user)
{
    *(uint64_t *)user = summary->output_records[0];
}

static void each_partition_is_consumed(void **state)
{
    (void)state;
    sum = 0;
    partitions_seen = 0;
    weir_context *context = create(&manual);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    assert_int_equal(weir_foreach_partition(queue, &weir_fn_add_up, weir_int(10)), WEIR_OK);
    uint64_t records = 0;
    weir_on_batch(context, keep_records, &records);
    weir_value items[] = {weir_int(1), weir_int(2), weir_int(3)};
    assert_int_equal(run(context, queue, items, 3, 4), WEIR_OK);
    assert_int_equal(sum, 60);
    assert_int_equal(partitions_seen, 15); /* empty ones too */
    assert_int_equal(records, 3);
}

static void a_partition_that_fails_fails_the_batch(void **state)
{
    (void)state;
    weir_context *context = create(&manual);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_foreach_partition(queue, &weir_fn_add_up, weir_int(1));
    weir_value items[] = {weir_int(1), weir_int(-1)};
    assert_int_equal(run(context, queue, items, 2, 2), WEIR_IO);
    assert_non_null(strstr(weir_last_error(), "add_up"));
}

static weir_status note_arg(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    uint64_t count;
    weir_status status = weir_dataset_count(in, &count);
    assert_int_equal(weir_dataset_time(in), time_ms);
    snprintf(noted, sizeof noted, "%lld %d %llu", (long long)time_ms, (int)weir_as_int(arg),
             (unsigned long long)count);
    return status;
}
WEIR_FOREACH(note_arg)

static void a_function_gets_dataset_time_and_argument(void **state)
{
    (void)state;
    weir_context *context = create(&manual);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_foreach_rdd(queue, &weir_fn_note_arg, weir_int(7));
    weir_value items[] = {weir_int(1), weir_int(2)};
    assert_int_equal(run(context, queue, items, 2, 2), WEIR_OK);
    assert_string_equal(noted, "1000 7 2");
}

static weir_status use_bad_action(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)time_ms;
    (void)arg;
    weir_value first;
    return weir_dataset_first(in, &first);
}
WEIR_FOREACH(use_bad_action)

/* The error of an action that the function hands on is the error of the batch. */
static void the_error_of_an_action_is_handed_on(void **state)
{
    (void)state;
    weir_context *context = create(&manual);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_foreach_rdd(queue, &weir_fn_use_bad_action, weir_null());
    assert_int_equal(run(context, queue, NULL, 0, 1), WEIR_NO_ELEMENT);
    assert_non_null(strstr(weir_last_error(), "function use_bad_action: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_partition_is_consumed, setup),
        cmocka_unit_test_setup(a_partition_that_fails_fails_the_batch, setup),
        cmocka_unit_test_setup(a_function_gets_dataset_time_and_argument, setup),
        cmocka_unit_test_setup(the_error_of_an_action_is_handed_on, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
