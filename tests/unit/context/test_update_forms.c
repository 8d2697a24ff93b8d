/* updateStateByKey with the time of the batch, and over whole partitions of keys. */
#include "unit/context/harness.h"

#include "weir/library.h"

static const weir_options with_state = {.app_name = "test",
                                        .master = "local[2]",
                                        .batch_interval_ms = 1000,
                                        .manual_clock = true,
                                        .volatile_state = true,
                                        .attempts = 1};

typedef struct run {
    weir_context *context;
    weir_stream *queue;
} run;

/* A context whose updateStateByKey stream is noted, sorted. */
static run start(const weir_function *update, weir_value arg, weir_state_options options)
{
    run run = {.context = create(&with_state)};
    run.queue = weir_queue_stream(run.context, true, weir_absent());
    weir_stream *states = weir_update_state_by_key(run.queue, update, arg, &options);
    weir_foreach_rdd(weir_transform(states, &weir_fn_sort, weir_null()), &weir_fn_note,
                     weir_null());
    assert_int_equal(weir_start(run.context), WEIR_OK);
    return run;
}

/* One batch of `count` pairs (key, value), both ints. */
static weir_status batch(const run *run, const int64_t (*pairs)[2], size_t count)
{
    weir_value items[16];
    for (size_t i = 0; i < count; i++)
        items[i] = weir_pair(weir_int(pairs[i][0]), weir_int(pairs[i][1]));
    if (count > 0)
        assert_int_equal(weir_queue_push(run->queue, weir_list(items, count), 2), WEIR_OK);
    return weir_advance(run->context, 1000);
}
#define BATCH(run, ...)                                                                           \
    batch(run, (const int64_t[][2]){__VA_ARGS__},                                                 \
          sizeof((const int64_t[][2]){__VA_ARGS__}) / sizeof(int64_t[2]))

static void the_time_is_that_of_the_batch(void **state)
{
    (void)state;
    weir_value known = weir_pair(weir_int(9), weir_int(500));
    run run = start(&weir_fn_last_seen_update, weir_null(),
                    (weir_state_options){.initial = weir_list(&known, 1)});
    assert_int_equal(BATCH(&run, {1, 0}, {2, 0}, {1, 0}), WEIR_OK);
    assert_int_equal(BATCH(&run, {2, 0}), WEIR_OK);
    assert_int_equal(batch(&run, NULL, 0), WEIR_OK);
    assert_string_equal(noted, "1000:[(1,1000), (2,1000), (9,500)] "
                               "2000:[(1,1000), (2,2000), (9,500)] "
                               "3000:[(1,1000), (2,2000), (9,500)] ");
    weir_context_free(run.context);
}

/* The function is called for idle keys too, and may let them go by the time. */
static void idle_keys_go_by_the_time(void **state)
{
    (void)state;
    run run = start(&weir_fn_sum_until_idle_update, weir_int(1000), (weir_state_options){0});
    assert_int_equal(BATCH(&run, {1, 5}, {2, 5}), WEIR_OK);
    assert_int_equal(BATCH(&run, {2, 6}), WEIR_OK);
    assert_int_equal(batch(&run, NULL, 0), WEIR_OK);
    assert_int_equal(BATCH(&run, {1, 1}), WEIR_OK);
    assert_string_equal(noted, "1000:[(1,(1000,5)), (2,(1000,5))] "
                               "2000:[(1,(1000,5)), (2,(2000,11))] "
                               "3000:[(2,(2000,11))] "
                               "4000:[(1,(4000,1))] ");
    weir_context_free(run.context);
}

/* By the partition it is what it is by the key. */
static void a_partition_gives_what_its_keys_give(void **state)
{
    (void)state;
    static char by_key[sizeof noted];
    weir_value known[] = {weir_pair(weir_int(3), weir_int(100)),
                          weir_pair(weir_int(50), weir_int(7))};
    const weir_function *functions[] = {&weir_fn_sum_update, &weir_fn_sum_partition};
    for (int i = 0; i < 2; i++) {
        noted[0] = '\0';
        run run = start(functions[i], weir_null(),
                        (weir_state_options){.initial = weir_list(known, 2), .partitions = 3});
        for (int64_t at = 0; at < 6; at++)
            assert_int_equal(BATCH(&run, {at, 1}, {at * at, 2}, {3, at}, {at % 2, 1}), WEIR_OK);
        assert_int_equal(batch(&run, NULL, 0), WEIR_OK);
        weir_context_free(run.context);
        if (i == 0) memcpy(by_key, noted, sizeof noted);
    }
    assert_non_null(strstr(by_key, "(50,7)"));
    assert_string_equal(noted, by_key);
}

static void keys_that_are_not_emitted_go(void **state)
{
    (void)state;
    run run = start(&weir_fn_leader_partition, weir_null(), (weir_state_options){.partitions = 1});
    assert_int_equal(BATCH(&run, {1, 5}, {2, 7}, {3, 6}), WEIR_OK);
    assert_int_equal(BATCH(&run, {1, 5}, {3, 6}), WEIR_OK); /* they begin at 0 again */
    assert_int_equal(BATCH(&run, {3, 8}), WEIR_OK);
    assert_string_equal(noted, "1000:[(2,7)] 2000:[(2,7)] 3000:[(3,8)] ");
    weir_context_free(run.context);
}

/* Each key becomes another one, mostly of another partition, with a value that is too long to
 * stand in the value itself. */
static void rename_keys(int64_t time_ms, weir_keys *keys, weir_value step, weir_out *out)
{
    weir_value key, state;
    const weir_value *values;
    size_t count;
    (void)time_ms;
    while (weir_next_key(keys, &key, &values, &count, &state)) {
        char text[40];
        size_t length;
        const char *old = weir_bytes(&state, &length);
        snprintf(text, sizeof text, "%.*s%s%zu", (int)length, old ? old : "",
                 old ? "" : "long enough for outside ", count);
        weir_emit(out, weir_int(weir_as_int(key) + weir_as_int(step)), weir_text(text));
    }
}
WEIR_UPDATE_PARTITION(rename_keys)

/* A key of another partition moves there: the next batch finds it, together with its values. */
static void keys_of_other_partitions_move(void **state)
{
    (void)state;
    run run = start(&weir_fn_rename_keys, weir_int(1000), (weir_state_options){.partitions = 5});
    assert_int_equal(BATCH(&run, {1, 0}, {2, 0}, {3, 0}, {2, 0}), WEIR_OK);
    assert_int_equal(BATCH(&run, {1002, 0}, {7, 0}), WEIR_OK);
    assert_int_equal(batch(&run, NULL, 0), WEIR_OK);
    assert_string_equal(
        noted, "1000:[(1001,long enough for outside 1), (1002,long enough for outside 2), "
               "(1003,long enough for outside 1)] "
               "2000:[(1007,long enough for outside 1), (2001,long enough for outside 10), "
               "(2002,long enough for outside 21), (2003,long enough for outside 10)] "
               "3000:[(2007,long enough for outside 10), (3001,long enough for outside 100), "
               "(3002,long enough for outside 210), (3003,long enough for outside 100)] ");
    weir_context_free(run.context);
}

/* Emits the closure argument for each of its keys. */
static void emit_one_key(int64_t time_ms, weir_keys *keys, weir_value arg, weir_out *out)
{
    weir_value key, state;
    const weir_value *values;
    size_t count;
    (void)time_ms;
    while (weir_next_key(keys, &key, &values, &count, &state)) weir_emit(out, arg, weir_int(1));
}
WEIR_UPDATE_PARTITION(emit_one_key)

/* In one partition, and in several. */
static void a_key_emitted_twice_fails_the_batch(void **state)
{
    (void)state;
    for (int partitions = 1; partitions <= 5; partitions += 4) {
        run run = start(&weir_fn_emit_one_key, weir_int(77),
                        (weir_state_options){.partitions = partitions});
        assert_int_equal(BATCH(&run, {1, 0}), WEIR_OK);
        assert_int_equal(BATCH(&run, {1, 0}, {2, 0}, {3, 0}, {4, 0}, {5, 0}), WEIR_RUNTIME);
        assert_non_null(strstr(weir_last_error(), "emit_one_key emitted the key 77 twice"));
        weir_context_free(run.context);
    }
}

static void a_record_without_key_fails_the_batch(void **state)
{
    (void)state;
    run run = start(&weir_fn_emit_one_key, weir_absent(), (weir_state_options){0});
    assert_int_equal(BATCH(&run, {1, 0}), WEIR_RUNTIME);
    assert_non_null(strstr(weir_last_error(), "without a key"));
    weir_context_free(run.context);
}

/* One pair (partition's number of keys, time) a call: it is called for empty partitions too. */
static void count_keys(int64_t time_ms, weir_keys *keys, weir_value arg, weir_out *out)
{
    weir_value key, state;
    const weir_value *values;
    size_t count;
    int64_t known = 0;
    (void)arg;
    while (weir_next_key(keys, &key, &values, &count, &state)) known++;
    weir_emit(out, weir_pair(weir_int(known), weir_int(time_ms)), weir_null());
}
WEIR_UPDATE_PARTITION(count_keys)

static void empty_partitions_are_called(void **state)
{
    (void)state;
    run run = start(&weir_fn_count_keys, weir_null(), (weir_state_options){.partitions = 1});
    assert_int_equal(batch(&run, NULL, 0), WEIR_OK);
    assert_int_equal(BATCH(&run, {5, 5}), WEIR_OK);
    assert_string_equal(noted, "1000:[((0,1000),null)] 2000:[((2,2000),null)] ");
    weir_context_free(run.context);
}

static int tries;

static weir_status fail_first(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    uint64_t count;
    (void)time_ms;
    (void)arg;
    weir_status status = weir_dataset_count(in, &count);
    return tries++ == 0 ? WEIR_IO : status;
}
WEIR_FOREACH(fail_first)

/* What strays did is undone like everything else. */
static void another_try_finds_the_state_of_before(void **state)
{
    (void)state;
    tries = -1;
    weir_options options = with_state;
    options.attempts = 2;
    run run = {.context = create(&options)};
    run.queue = weir_queue_stream(run.context, true, weir_absent());
    weir_stream *states =
        weir_update_state_by_key(run.queue, &weir_fn_rename_keys, weir_int(10), NULL);
    weir_foreach_rdd(states, &weir_fn_fail_first, weir_null());
    weir_foreach_rdd(weir_transform(states, &weir_fn_sort, weir_null()), &weir_fn_note,
                     weir_null());
    assert_int_equal(weir_start(run.context), WEIR_OK);
    assert_int_equal(BATCH(&run, {1, 0}, {2, 0}), WEIR_OK);
    assert_int_equal(BATCH(&run, {11, 0}), WEIR_OK); /* the first output fails once */
    assert_int_equal(tries, 2);
    assert_string_equal(noted, "1000:[(11,long enough for outside 1), (12,long enough for "
                               "outside 1)] 2000:[(21,long enough for outside 11), "
                               "(22,long enough for outside 10)] ");
    weir_context_free(run.context);
}

static void a_function_of_another_kind_is_refused(void **state)
{
    (void)state;
    weir_context *context = create(&with_state);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    assert_null(weir_update_state_by_key(queue, &weir_fn_running_sum_emit, weir_null(), NULL));
    assert_non_null(strstr(weir_last_error(), "a updateStateByKey function is wanted here"));
    weir_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_time_is_that_of_the_batch, setup),
        cmocka_unit_test_setup(idle_keys_go_by_the_time, setup),
        cmocka_unit_test_setup(a_partition_gives_what_its_keys_give, setup),
        cmocka_unit_test_setup(keys_that_are_not_emitted_go, setup),
        cmocka_unit_test_setup(keys_of_other_partitions_move, setup),
        cmocka_unit_test_setup(a_key_emitted_twice_fails_the_batch, setup),
        cmocka_unit_test_setup(a_record_without_key_fails_the_batch, setup),
        cmocka_unit_test_setup(empty_partitions_are_called, setup),
        cmocka_unit_test_setup(another_try_finds_the_state_of_before, setup),
        cmocka_unit_test_setup(a_function_of_another_kind_is_refused, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
