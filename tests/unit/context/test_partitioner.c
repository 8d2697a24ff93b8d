/* The keys of state lie where a partitioner says. */
#include "unit/context/harness.h"

#include "weir/library.h"

enum { PARTITIONS = 3 };

static const weir_options with_state = {.app_name = "test",
                                        .master = "local[2]",
                                        .batch_interval_ms = 1000,
                                        .manual_clock = true,
                                        .volatile_state = true,
                                        .attempts = 1};

/* Of a queue, one batch: pairs (key, 1), in two partitions. */
static weir_status batch(weir_context *context, weir_stream *queue, const int64_t *keys,
                         size_t count)
{
    weir_value items[16];
    for (size_t i = 0; i < count; i++) items[i] = weir_pair(weir_int(keys[i]), weir_int(1));
    if (count > 0)
        assert_int_equal(weir_queue_push(queue, weir_list(items, count), 2), WEIR_OK);
    return weir_advance(context, 1000);
}

/* Notes the partitions of a stream. */
static void note_partitions(weir_stream *stream)
{
    weir_stream *partitions = weir_glom(stream);
    assert_int_equal(weir_foreach_rdd(partitions, &weir_fn_note, weir_null()), WEIR_OK);
}

/* 9 and below, 10 to 19, 20 and above. */
static weir_state_options by_tens(void)
{
    weir_value bounds[] = {weir_int(10), weir_int(20)};
    return (weir_state_options){.partitions = PARTITIONS,
                                .partitioner = &weir_fn_by_bounds,
                                .partitioner_arg = weir_list(bounds, 2)};
}

static void keys_lie_where_it_says(void **state)
{
    (void)state;
    weir_value known[] = {weir_pair(weir_int(15), weir_int(100)),
                          weir_pair(weir_int(30), weir_int(100))};
    weir_context *context = create(&with_state);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_state_options options = by_tens();
    options.initial = weir_list(known, 2);
    note_partitions(weir_update_state_by_key(queue, &weir_fn_sum_update, weir_null(), &options));
    weir_stream *mapped =
        weir_map_with_state(queue, &weir_fn_running_sum_emit, weir_null(), &options);
    note_partitions(mapped);
    note_partitions(weir_state_snapshots(mapped));
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(batch(context, queue, (int64_t[]){15, 9, 20}, 3), WEIR_OK);
    assert_string_equal(noted, "1000:[[(9,1)], [(15,101)], [(20,1), (30,100)]] "
                               "1000:[[(9,1)], [(15,101)], [(20,1)]] "
                               "1000:[[(9,1)], [(15,101)], [(20,1), (30,100)]] ");
    noted[0] = '\0';
    assert_int_equal(batch(context, queue, (int64_t[]){30, -1}, 2), WEIR_OK);
    assert_string_equal(noted, "2000:[[(-1,1), (9,1)], [(15,101)], [(20,1), (30,101)]] "
                               "2000:[[(-1,1)], [], [(30,101)]] "
                               "2000:[[(-1,1), (9,1)], [(15,101)], [(20,1), (30,101)]] ");
    weir_context_free(context);
}

/* Each key becomes the next one. */
static void count_up(int64_t time_ms, weir_keys *keys, weir_value arg, weir_out *out)
{
    weir_value key, state;
    const weir_value *values;
    size_t count;
    (void)time_ms;
    (void)arg;
    while (weir_next_key(keys, &key, &values, &count, &state))
        weir_emit(out, weir_int(weir_as_int(key) + 1),
                  weir_int(weir_as_int(state) + (int64_t)count));
}
WEIR_UPDATE_PARTITION(count_up)

/* What a function over a partition emits for others moves to where they lie. */
static void emitted_keys_move_there(void **state)
{
    (void)state;
    weir_context *context = create(&with_state);
    weir_stream *queue = weir_queue_stream(context, true, weir_absent());
    weir_state_options options = by_tens();
    note_partitions(weir_update_state_by_key(queue, &weir_fn_count_up, weir_null(), &options));
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(batch(context, queue, (int64_t[]){18, 9}, 2), WEIR_OK);
    assert_int_equal(batch(context, queue, (int64_t[]){10, 19}, 2), WEIR_OK);
    assert_string_equal(noted, "1000:[[], [(19,1), (10,1)], []] "
                               "2000:[[], [(11,2)], [(20,2)]] ");
    weir_context_free(context);
}

static void an_int_goes_by_its_remainder(void **state)
{
    (void)state;
    weir_value key = weir_text("text");
    const weir_partitioner_call find = weir_fn_by_modulus.call.partitioner;
    for (int64_t i = -9; i < 9; i++) assert_int_equal(find(weir_int(i), 3, key), (i + 9) % 3);
    assert_int_equal(find(key, 3, weir_null()), 0);
    assert_int_equal(find(weir_int(INT64_MIN), 1, weir_null()), 0);
}

/* More bounds than partitions, or fewer: the last partition has the rest, or the first all. */
static void bounds_need_not_fit(void **state)
{
    (void)state;
    weir_value bounds[] = {weir_int(1), weir_int(2), weir_int(3)};
    const weir_partitioner_call find = weir_fn_by_bounds.call.partitioner;
    assert_int_equal(find(weir_int(5), 2, weir_list(bounds, 3)), 1);
    assert_int_equal(find(weir_int(0), 2, weir_list(bounds, 3)), 0);
    assert_int_equal(find(weir_int(5), 8, weir_list(bounds, 3)), 3);
    assert_int_equal(find(weir_int(5), 8, weir_null()), 0);
}

static size_t behind_the_last(weir_value key, size_t partitions, weir_value arg)
{
    (void)arg;
    if (weir_as_int(key) == 7) weir_fail("no place for 7");
    return weir_as_int(key) == 8 ? partitions : 0;
}
WEIR_PARTITIONER(behind_the_last)

static void a_place_that_is_not_there_fails_the_batch(void **state)
{
    (void)state;
    static const struct {
        int64_t key;
        const char *said;
    } rows[] = {
        {8, "function behind_the_last places the key 8 in partition 3; the last of them is 2"},
        {7, "function behind_the_last: no place for 7"},
    };
    weir_value known = weir_pair(weir_int(1), weir_int(1));
    for (size_t i = 0; i < 2 * sizeof rows / sizeof rows[0]; i++) {
        bool is_initial = i % 2 == 1;
        weir_state_options options = {.partitions = PARTITIONS,
                                      .partitioner = &weir_fn_behind_the_last};
        if (is_initial) known = weir_pair(weir_int(rows[i / 2].key), weir_int(1));
        if (is_initial) options.initial = weir_list(&known, 1);
        weir_context *context = create(&with_state);
        weir_stream *queue = weir_queue_stream(context, true, weir_absent());
        note_partitions(
            weir_update_state_by_key(queue, &weir_fn_sum_update, weir_null(), &options));
        assert_int_equal(weir_start(context), WEIR_OK);
        int64_t key = is_initial ? 1 : rows[i / 2].key;
        assert_int_equal(batch(context, queue, &key, 1), WEIR_RUNTIME);
        if (!strstr(weir_last_error(), rows[i / 2].said))
            fail_msg("\"%s\" is not in \"%s\"", rows[i / 2].said, weir_last_error());
        assert_string_equal(noted, "");
        weir_context_free(context);
    }
}

static void what_is_no_partitioner_is_refused(void **state)
{
    (void)state;
    static const struct {
        const weir_function *partitioner;
        const char *said;
    } rows[] = {{&weir_fn_sum_update, "a partitioner function is wanted here"},
                {NULL, "there is an argument for a partitioner, but no partitioner; give it"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        weir_context *context = create(&with_state);
        weir_stream *queue = weir_queue_stream(context, true, weir_absent());
        weir_state_options options = {.partitioner = rows[i].partitioner,
                                      .partitioner_arg = weir_int(1)};
        assert_null(weir_map_with_state(queue, &weir_fn_peek_emit, weir_null(), &options));
        if (!strstr(weir_last_error(), rows[i].said))
            fail_msg("\"%s\" is not in \"%s\"", rows[i].said, weir_last_error());
        weir_context_free(context);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(keys_lie_where_it_says, setup),
        cmocka_unit_test_setup(emitted_keys_move_there, setup),
        cmocka_unit_test_setup(an_int_goes_by_its_remainder, setup),
        cmocka_unit_test_setup(bounds_need_not_fit, setup),
        cmocka_unit_test_setup(a_place_that_is_not_there_fails_the_batch, setup),
        cmocka_unit_test_setup(what_is_no_partitioner_is_refused, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
