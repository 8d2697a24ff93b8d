/* What is remembered of past batches, and how one looks at it: spec 01 C-38, C-72; 02 §2. */
#include "unit/context/harness.h"

#include "weir/library.h"
#include "weir/slice.h"

enum { BIG = 600 << 10 };

static weir_context *context;
static weir_stream *queue, *squares, *sums;

/* A queue, squares of it, and what these add up to; only the last has an output. */
static void create_sums(const weir_options *options, int64_t remember_ms)
{
    context = create(options);
    queue = weir_queue_stream(context, true, weir_absent());
    squares = weir_map(queue, &weir_fn_square, weir_null());
    sums = weir_reduce(squares, &weir_fn_sum, weir_null());
    assert_int_equal(weir_foreach_rdd(sums, &weir_fn_note, weir_null()), WEIR_OK);
    if (remember_ms) assert_int_equal(weir_remember(context, remember_ms), WEIR_OK);
}

static void push_two(int64_t a, int64_t b)
{
    weir_value items[] = {weir_int(a), weir_int(b)};
    assert_int_equal(weir_queue_push(queue, weir_list(items, 2), 2), WEIR_OK);
}

/* "TIME:a,b|c " for each dataset, its partitions divided by "|". */
static const char *slice(weir_stream *stream, int64_t from_ms, int64_t to_ms)
{
    static char text[4096];
    size_t length = 0;
    weir_slice_result *result;
    text[0] = '\0';
    if (weir_stream_slice(stream, from_ms, to_ms, &result) != WEIR_OK) return weir_last_error();
    for (size_t i = 0; i < weir_slice_count(result); i++) {
        length += (size_t)snprintf(text + length, sizeof text - length, "%lld:",
                                   (long long)weir_slice_time(result, i));
        for (size_t j = 0; j < weir_slice_partitions(result, i); j++) {
            weir_vector records = weir_slice_records(result, i, j);
            if (j > 0) text[length++] = '|';
            for (size_t k = 0; k < records.count; k++) {
                if (k > 0) text[length++] = ',';
                length += weir_format(records.values[k], text + length, sizeof text - length);
            }
        }
        text[length++] = ' ';
        text[length] = '\0';
    }
    weir_slice_free(result);
    return text;
}

static void run_five(void)
{
    assert_int_equal(weir_start(context), WEIR_OK);
    for (int64_t i = 1; i <= 5; i++) {
        push_two(i, 10 * i);
        assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    }
}

static void looks_back_as_far_as_is_remembered(void **state)
{
    (void)state;
    create_sums(&manual, 3000);
    run_five();
    assert_string_equal(slice(sums, 0, 100000), "3000:909 4000:1616 5000:2525 ");
    assert_string_equal(slice(sums, 4000, 5000), "4000:1616 5000:2525 "); /* both ends */
    assert_string_equal(slice(sums, 4000, 4000), "4000:1616 ");
    assert_string_equal(slice(sums, 1000, 2000), "");
    assert_string_equal(slice(sums, INT64_MIN, INT64_MAX), "3000:909 4000:1616 5000:2525 ");
    /* streams in between too, although no output asks for them alone */
    assert_string_equal(slice(squares, 5000, 5000), "5000:25|2500 ");
    assert_string_equal(slice(queue, 3000, 4000), "3000:3|30 4000:4|40 ");
    weir_context_free(context);
}

static void times_between_batches_mean_the_one_before(void **state)
{
    (void)state;
    char said[1024] = "";
    create_sums(&manual, 10000);
    run_five();
    weir_set_log(quiet, said, WEIR_WARNING);
    assert_string_equal(slice(sums, 2999, 3000), "2000:404 3000:909 ");
    assert_non_null(strstr(said, "no batch ends at 2999 ms (its beginning); the one of 2000 ms"));
    assert_string_equal(slice(sums, 4000, 4999), "4000:1616 ");
    assert_non_null(strstr(said, "4999 ms (its end)"));
    said[0] = '\0';
    assert_string_equal(slice(sums, -5000, 1000), "1000:101 ");
    assert_string_equal(said, "");
    weir_context_free(context);
}

static void one_slide_is_always_kept(void **state)
{
    (void)state;
    create_sums(&manual, 1);
    run_five();
    assert_string_equal(slice(sums, 0, 100000), "5000:2525 ");
    weir_context_free(context);
}

static void works_after_the_stop_and_beyond(void **state)
{
    (void)state;
    create_sums(&manual, 10000);
    run_five();
    assert_int_equal(weir_stop(context, false), WEIR_OK);
    assert_string_equal(slice(sums, 1000, 2000), "1000:101 2000:404 ");
    weir_slice_result *result;
    assert_int_equal(weir_stream_slice(sums, 2000, 3000, &result), WEIR_OK);
    weir_context_free(context);
    assert_int_equal(weir_slice_count(result), 2);
    assert_int_equal(weir_as_int(weir_slice_records(result, 1, 0).values[0]), 909);
    weir_slice_free(result);
    weir_slice_free(NULL);
}

static void what_it_refuses(void **state)
{
    (void)state;
    weir_slice_result *result;
    create_sums(&manual, 10000);
    assert_int_equal(weir_stream_slice(sums, 0, 1000, &result), WEIR_RUNTIME);
    assert_non_null(strstr(weir_last_error(), "has not been initialized"));
    assert_null(result);
    run_five();
    assert_int_equal(weir_stream_slice(sums, 2000, 1000, &result), WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(weir_stream_slice(NULL, 0, 1000, &result), WEIR_ILLEGAL_ARGUMENT);
    weir_context_free(context);
    create_sums(&manual, 0);
    run_five();
    assert_int_equal(weir_stream_slice(sums, 0, 1000, &result), WEIR_RUNTIME);
    assert_non_null(strstr(weir_last_error(), "nothing is remembered"));
    weir_context_free(context);
}

static void failed_batches_and_other_streams_are_not_there(void **state)
{
    (void)state;
    create_sums(&manual, 10000);
    weir_stream *unused = weir_count(queue);
    weir_stream *checked = weir_map(queue, &weir_fn_fail_on_negative, weir_null());
    assert_int_equal(weir_print(checked, 0), WEIR_OK); /* fetches one record alone */
    assert_int_equal(weir_start(context), WEIR_OK);
    push_two(1, 2);
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    push_two(1, -2); /* is met, as what is remembered is computed whole */
    assert_int_not_equal(weir_advance(context, 1000), WEIR_OK);
    assert_non_null(strstr(weir_last_error(), "fail_on_negative"));
    push_two(3, 4);
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    assert_string_equal(slice(checked, 0, 100000), "1000:1|2 3000:3|4 ");
    assert_string_equal(slice(unused, 0, 100000), "");
    weir_context_free(context);
}

enum { PANES = 6, LONG_TEXTS = 50 };

static void push_long_texts(int64_t batch)
{
    weir_value texts[LONG_TEXTS];
    char text[80];
    for (int i = 0; i < LONG_TEXTS; i++) {
        snprintf(text, sizeof text, "too long to stand in the value itself, %lld/%d",
                 (long long)batch, i);
        texts[i] = weir_text(text);
    }
    assert_int_equal(weir_queue_push(queue, weir_list(texts, LONG_TEXTS), 1), WEIR_OK);
}

static bool has_text(weir_vector records, const char *text)
{
    for (size_t i = 0; i < records.count; i++) {
        char all[1 << 15];
        weir_format(records.values[i], all, sizeof all);
        if (strstr(all, text)) return true;
    }
    return false;
}

/* The records of a window may be its panes themselves, of which a batch lets the oldest go. */
static void windows_are_remembered_beyond_their_panes(void **state)
{
    (void)state;
    weir_slice_result *result;
    context = create(&manual);
    queue = weir_queue_stream(context, true, weir_absent());
    weir_stream *pairs = weir_map(queue, &weir_fn_pair_by_first, weir_null());
    weir_stream *window = weir_window(pairs, 3000, 3000, NULL);
    weir_stream *groups = weir_group_by_key_and_window(pairs, 3000, 3000, NULL);
    assert_int_equal(weir_count_output(window), WEIR_OK);
    assert_int_equal(weir_count_output(groups), WEIR_OK);
    assert_int_equal(weir_remember(context, 10000), WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_OK);
    for (int64_t i = 1; i <= PANES; i++) {
        push_long_texts(i);
        assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    }
    assert_int_equal(weir_stream_slice(window, 0, 10000, &result), WEIR_OK);
    assert_int_equal(weir_slice_count(result), 2);
    assert_int_equal(weir_slice_partitions(result, 1), 3);
    assert_int_equal(weir_slice_records(result, 1, 0).count, LONG_TEXTS);
    assert_true(has_text(weir_slice_records(result, 0, 0), "itself, 1/49"));
    assert_true(has_text(weir_slice_records(result, 1, 2), "itself, 6/0"));
    weir_slice_free(result);
    assert_int_equal(weir_stream_slice(groups, 6000, 6000, &result), WEIR_OK);
    bool is_there = false;
    for (size_t i = 0; i < weir_slice_partitions(result, 0); i++)
        is_there = is_there || has_text(weir_slice_records(result, 0, i), "itself, 4/7");
    assert_true(is_there);
    weir_slice_free(result);
    weir_context_free(context);
}

static void memory_is_limited(void **state)
{
    (void)state;
    char said[1024] = "";
    static char bytes[BIG];
    weir_options options = manual;
    options.memory = 2 << 20;
    options.batch_memory = 64 << 20;
    context = create(&options);
    queue = weir_queue_stream(context, true, weir_absent());
    assert_int_equal(weir_count_output(queue), WEIR_OK);
    assert_int_equal(weir_remember(context, 100000), WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_OK);
    weir_set_log(quiet, said, WEIR_WARNING);
    memset(bytes, 'x', sizeof bytes);
    for (int64_t i = 1; i <= 6; i++) {
        weir_value item = weir_string(bytes, sizeof bytes);
        assert_int_equal(weir_queue_push(queue, weir_list(&item, 1), 1), WEIR_OK);
        assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    }
    assert_non_null(strstr(said, "is forgotten early"));
    weir_slice_result *result;
    assert_int_equal(weir_stream_slice(queue, 0, 100000, &result), WEIR_OK);
    assert_in_range(weir_slice_count(result), 1, 3);
    assert_int_equal(weir_slice_time(result, weir_slice_count(result) - 1), 6000);
    weir_slice_free(result);
    weir_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(looks_back_as_far_as_is_remembered, setup),
        cmocka_unit_test_setup(times_between_batches_mean_the_one_before, setup),
        cmocka_unit_test_setup(one_slide_is_always_kept, setup),
        cmocka_unit_test_setup(works_after_the_stop_and_beyond, setup),
        cmocka_unit_test_setup(what_it_refuses, setup),
        cmocka_unit_test_setup(failed_batches_and_other_streams_are_not_there, setup),
        cmocka_unit_test_setup(windows_are_remembered_beyond_their_panes, setup),
        cmocka_unit_test_setup(memory_is_limited, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
