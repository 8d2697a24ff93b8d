/* An output of the program is told who it is; names are derived from what it is made of. */
#include "unit/context/harness.h"

#include "graph/lineage.h"
#include "weir/library.h"
#include "weir/output.h"

/* "OUTPUT@TIME/PARTITION#ATTEMPT " of each call; partition "-" for the whole batch. */
static char told[4096], contexts[2][33];

static void tell(void)
{
    weir_output_id id;
    char partition[24] = "-";
    size_t length = strlen(told);
    assert_int_equal(weir_current_output(&id), WEIR_OK);
    assert_int_equal(strlen(id.context_id), 32);
    assert_int_equal(id.owner, 1);
    snprintf(contexts[0], sizeof contexts[0], "%s", id.context_id);
    if (id.partition != WEIR_WHOLE_BATCH)
        snprintf(partition, sizeof partition, "%zu", id.partition);
    snprintf(told + length, sizeof told - length, "%s@%lld/%s#%d ", id.output,
             (long long)id.time_ms, partition, id.attempt);
}

static int failures;

static weir_status tell_batch(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    uint64_t count;
    (void)time_ms;
    (void)arg;
    tell();
    if (failures-- > 0) return WEIR_IO;
    return weir_dataset_count(in, &count);
}
WEIR_FOREACH(tell_batch)

static weir_status tell_partition(weir_reader *records, size_t partition, int64_t time_ms,
                                  weir_value arg)
{
    (void)records;
    (void)partition;
    (void)time_ms;
    (void)arg;
    tell();
    return WEIR_OK;
}
WEIR_FOREACH_PARTITION(tell_partition)

/* Both kinds in one. */
static weir_status tell_both(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)time_ms;
    (void)arg;
    weir_status status = weir_dataset_foreach_partition(in, &weir_fn_tell_partition, weir_null());
    tell();
    return status;
}
WEIR_FOREACH(tell_both)

static void not_here(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                     weir_value *out_value)
{
    weir_output_id id;
    (void)key;
    (void)arg;
    (void)out_key;
    assert_int_equal(weir_current_output(&id), WEIR_ILLEGAL_STATE);
    *out_value = value;
}
WEIR_MAP(not_here)

static weir_dataset *nor_here(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    weir_output_id id;
    (void)time_ms;
    (void)arg;
    assert_int_equal(weir_current_output(&id), WEIR_ILLEGAL_STATE);
    return in;
}
WEIR_TRANSFORM(nor_here)

/* One worker, so that calls come in order. */
static const weir_options one = {
    .app_name = "test", .master = "local[1]", .batch_interval_ms = 1000, .manual_clock = true};

static weir_context *begin(weir_stream **queue)
{
    weir_context *context = create(&one);
    *queue = weir_name(weir_queue_stream(context, true, weir_absent()), "numbers");
    return context;
}

static void run(weir_context *context, weir_stream *queue)
{
    weir_value items[] = {weir_int(1), weir_int(2)};
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(weir_queue_push(queue, weir_list(items, 2), 2), WEIR_OK);
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    weir_context_free(context);
}

static void names_do_not_shift_when_an_output_is_added(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        weir_stream *queue;
        weir_context *context = begin(&queue);
        told[0] = '\0';
        if (i == 1) weir_count_output(queue);
        weir_stream *mapped = weir_map(queue, &weir_fn_not_here, weir_null());
        if (i == 1) weir_foreach_rdd(queue, &weir_fn_note, weir_null());
        weir_foreach_rdd(weir_transform(mapped, &weir_fn_nor_here, weir_null()),
                         &weir_fn_tell_batch, weir_int(5));
        run(context, queue);
        assert_string_equal(told, "foreachRDD(tell_batch, 5) < transform(nor_here) < "
                                  "map(not_here) < numbers@1000/-#1 ");
        if (i == 0) memcpy(contexts[1], contexts[0], sizeof contexts[0]);
    }
    assert_string_not_equal(contexts[0], contexts[1]); /* they do not last */
}

static void the_name_is_the_users(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = begin(&queue);
    weir_foreach_rdd(queue, &weir_fn_tell_batch, weir_null());
    assert_int_equal(weir_name_output(queue, "first"), WEIR_OK);
    weir_foreach_partition(queue, &weir_fn_tell_partition, weir_null());
    assert_int_equal(weir_name_output(queue, "second"), WEIR_OK);
    run(context, queue);
    assert_string_equal(told, "first@1000/-#1 second@1000/0#1 second@1000/1#1 ");
}

static void partitions_inside_a_batch_are_told_too(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = begin(&queue);
    weir_foreach_rdd(queue, &weir_fn_tell_both, weir_null());
    weir_name_output(queue, "both");
    run(context, queue);
    assert_string_equal(told, "both@1000/0#1 both@1000/1#1 both@1000/-#1 ");
}

static void attempts_are_counted(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = begin(&queue);
    failures = 1;
    weir_foreach_rdd(queue, &weir_fn_tell_batch, weir_null());
    weir_name_output(queue, "numbers");
    run(context, queue);
    assert_string_equal(told, "numbers@1000/-#1 numbers@1000/-#2 ");
}

static void equal_names_are_refused(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        weir_stream *queue;
        weir_context *context = begin(&queue);
        weir_foreach_rdd(queue, &weir_fn_tell_batch, weir_null());
        if (i == 1) weir_name_output(queue, "mine");
        weir_foreach_rdd(queue, &weir_fn_tell_batch, i == 2 ? weir_int(1) : weir_null());
        if (i == 1) weir_name_output(queue, "mine");
        assert_int_equal(weir_start(context), i == 2 ? WEIR_OK : WEIR_ILLEGAL_ARGUMENT);
        if (i < 2) assert_non_null(strstr(weir_last_error(), "outputs 0 and 1 are both called"));
        if (i == 1) assert_non_null(strstr(weir_last_error(), "\"mine\""));
        weir_context_free(context);
    }
}

/* Who is told no name may have one twice. */
static void two_prints_need_no_names(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = begin(&queue);
    weir_count_output(queue);
    weir_count_output(queue);
    run(context, queue);
}

static void a_name_needs_an_output(void **state)
{
    (void)state;
    weir_stream *queue;
    weir_context *context = begin(&queue);
    assert_int_equal(weir_name_output(queue, "none"), WEIR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(weir_last_error(), "no output yet"));
    weir_context_free(context);
    context = begin(&queue);
    weir_count_output(queue);
    assert_int_equal(weir_name_output(queue, ""), WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(weir_start(context), WEIR_ILLEGAL_ARGUMENT);
    weir_context_free(context);
}

static void nobody_is_told_outside(void **state)
{
    (void)state;
    weir_output_id id;
    assert_int_equal(weir_current_output(&id), WEIR_ILLEGAL_STATE);
    assert_non_null(strstr(weir_last_error(), "foreachPartition"));
}

static int set_up(void **state)
{
    told[0] = '\0';
    failures = 0;
    return setup(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(names_do_not_shift_when_an_output_is_added, set_up),
        cmocka_unit_test_setup(the_name_is_the_users, set_up),
        cmocka_unit_test_setup(partitions_inside_a_batch_are_told_too, set_up),
        cmocka_unit_test_setup(attempts_are_counted, set_up),
        cmocka_unit_test_setup(equal_names_are_refused, set_up),
        cmocka_unit_test_setup(two_prints_need_no_names, set_up),
        cmocka_unit_test_setup(a_name_needs_an_output, set_up),
        cmocka_unit_test_setup(nobody_is_told_outside, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
