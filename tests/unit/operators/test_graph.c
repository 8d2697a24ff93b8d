/* A graph over its batches: what is computed once, what fails and how it says so, counts. */
#include "unit/operators/graph_run.h"

static _Atomic size_t planned;

static weir_dataset *count_plan(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)time_ms;
    (void)arg;
    planned++;
    return in;
}
WEIR_TRANSFORM(count_plan)

static weir_dataset *give_nothing(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)in;
    (void)time_ms;
    (void)arg;
    return NULL;
}
WEIR_TRANSFORM(give_nothing)

static void fail_on_seven(weir_value key, weir_value value, weir_value arg, weir_out *out)
{
    (void)arg;
    if (weir_as_int(value) == 7) weir_fail("seven is not for me");
    weir_emit(out, key, value);
}
WEIR_FLAT_MAP(fail_on_seven)

static weir_value fail_reduce(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    (void)b;
    weir_fail("no reduction today");
    return a;
}
WEIR_REDUCE(fail_reduce, 0)

/* --- Once ------------------------------------------------------------------------------------ */

static void computes_a_stream_used_twice_once(void **state)
{
    (void)state;
    weir_stream *once = weir_map(test.in, &weir_fn_count_map, weir_null());
    weir_stream *joined = weir_union(once, weir_map(once, &weir_fn_increment, weir_null()));
    dry_run_need(&test.run, joined);
    dry_run_start(&test.run, test.pool, 2, 0);
    begin("[1,2,3]", 2);
    check_value("union", collect(joined), literal("[[1],[2,3],[2],[3,4]]"));
    assert_int_equal(mapped, 3);
    dry_run_end(&test.run);
}

static void computes_a_stream_of_two_outputs_once(void **state)
{
    (void)state;
    weir_stream *once = weir_map(test.in, &weir_fn_count_map, weir_null());
    weir_stream *count = weir_count(once);
    dry_run_need(&test.run, once);
    dry_run_need(&test.run, count);
    dry_run_start(&test.run, test.pool, 2, 0);
    begin("[1,2,3]", 2);
    check_value("count", collect(count), literal("[[3]]"));
    check_value("records", collect(once), literal("[[1],[2,3]]"));
    assert_int_equal(mapped, 3);
    dry_run_end(&test.run);
}

static void computes_a_stream_that_a_function_uses_twice_once(void **state)
{
    (void)state;
    weir_stream *once = weir_map(test.in, &weir_fn_count_map, weir_null());
    weir_stream *squared = weir_transform_with(once, once, &weir_fn_cartesian, weir_null());
    dry_run_need(&test.run, squared);
    dry_run_start(&test.run, test.pool, 2, 0);
    begin("[1,2]", 1);
    check_value("pairs", collect(squared),
                literal("[[{'k':1,'v':1},{'k':1,'v':2},{'k':2,'v':1},{'k':2,'v':2}]]"));
    assert_int_equal(mapped, 2);
    dry_run_end(&test.run);
}

static void plans_a_transform_once_a_batch(void **state)
{
    (void)state;
    weir_stream *planning = weir_transform(test.in, &weir_fn_count_plan, weir_null());
    weir_stream *left = weir_map(planning, &weir_fn_increment, weir_null());
    weir_stream *right = weir_map(planning, &weir_fn_negate, weir_null());
    dry_run_need(&test.run, left);
    dry_run_need(&test.run, right);
    dry_run_start(&test.run, test.pool, 2, 0);
    for (size_t batch = 1; batch <= 3; batch++) {
        begin("[1]", 1);
        check_value("left", collect(left), literal("[[2]]"));
        check_value("right", collect(right), literal("[[-1]]"));
        assert_int_equal(planned, batch);
        dry_run_end(&test.run);
    }
}

static void computes_again_when_it_is_tried_again(void **state)
{
    (void)state;
    weir_stream *once = weir_map(test.in, &weir_fn_count_map, weir_null());
    dry_run_need(&test.run, once);
    dry_run_start(&test.run, test.pool, 2, 0);
    begin("[1,2]", 1);
    collect(once);
    graph_retry(test.run.graph);
    check_value("records", collect(once), literal("[[1,2]]"));
    assert_int_equal(mapped, 4);
    assert_int_equal(graph_records_in(test.run.graph), 2);
    dry_run_end(&test.run);
}

static void counts_what_sources_gave(void **state)
{
    (void)state;
    weir_stream *kept = weir_filter(test.in, &weir_fn_never, weir_null());
    weir_stream *sums = weir_reduce_by_key(test.in, &weir_fn_sum, weir_null(), 0);
    dry_run_need(&test.run, kept);
    dry_run_need(&test.run, sums);
    dry_run_start(&test.run, test.pool, 2, 0);
    begin("[{'k':1,'v':1},{'k':1,'v':1.5},3]", 3); /* the sum is computed twice: it is not exact */
    collect(kept);
    collect(sums);
    assert_int_equal(graph_records_in(test.run.graph), 3);
    dry_run_end(&test.run);
}

/* --- Failures -------------------------------------------------------------------------------- */

static void check_failure(const weir_stream *stream, const char *records, const char *const *words)
{
    weir_value got;
    dry_run_need(&test.run, (weir_stream *)(uintptr_t)stream);
    dry_run_start(&test.run, test.pool, 2, 0);
    for (int i = 0; i < 2; i++) { /* a failure leaves nothing behind */
        begin(records, 3);
        assert_int_equal(dry_run_collect(&test.run, stream, &got), WEIR_RUNTIME);
        for (const char *const *word = words; *word; word++)
            if (!strstr(weir_last_error(), *word))
                fail_msg("\"%s\" is not in: %s", *word, weir_last_error());
        dry_run_end(&test.run);
    }
    begin("[1]", 1);
    assert_int_equal(dry_run_collect(&test.run, stream, &got), WEIR_OK);
    dry_run_end(&test.run);
}

static void fails_with_a_function(void **state)
{
    (void)state;
    weir_stream *picky = weir_flat_map(test.in, &weir_fn_fail_on_seven, weir_null());
    check_failure(picky, "[1,2,7,3]",
                  (const char *const[]){"fail_on_seven", "seven is not for me", NULL});
}

static void fails_with_a_function_below_a_shuffle(void **state)
{
    (void)state;
    weir_stream *picky = weir_flat_map(test.in, &weir_fn_fail_on_seven, weir_null());
    weir_stream *counts = weir_count_by_value(weir_repartition(picky, 2));
    check_failure(counts, "[1,2,7,3]", (const char *const[]){"fail_on_seven", NULL});
}

static void fails_with_a_reduction(void **state)
{
    (void)state;
    weir_stream *pairs = weir_map(test.in, &weir_fn_pair_parity, weir_null());
    weir_stream *sums = weir_reduce_by_key(pairs, &weir_fn_fail_reduce, weir_null(), 0);
    check_failure(sums, "[1,3,5]", (const char *const[]){"fail_reduce", "no reduction", NULL});
}

static void fails_with_a_reduction_of_partitions(void **state)
{
    (void)state;
    weir_stream *sum = weir_reduce(test.in, &weir_fn_fail_reduce, weir_null());
    check_failure(sum, "[1,3,5]", (const char *const[]){"fail_reduce", "no reduction", NULL});
}

static void a_failing_function_of_a_library_fails_the_batch(void **state)
{
    (void)state;
    weir_stream *picky = weir_map(test.in, &weir_fn_fail_on_negative, weir_null());
    check_failure(picky, "[1,-1]", (const char *const[]){"fail_on_negative", NULL});
}

static void a_failing_action_fails_the_transform(void **state)
{
    (void)state;
    weir_stream *picky = weir_map(test.in, &weir_fn_fail_on_negative, weir_null());
    check_failure(weir_transform(picky, &weir_fn_count_rdd, weir_null()), "[1,-1]",
                  (const char *const[]){"count_rdd", "fail_on_negative", NULL});
}

static void a_transform_must_give_a_dataset(void **state)
{
    (void)state;
    weir_stream *nothing = weir_name(
        weir_transform(test.in, &weir_fn_give_nothing, weir_null()), "nothing");
    weir_value got;
    dry_run_need(&test.run, nothing);
    dry_run_start(&test.run, test.pool, 2, 0);
    begin("[1]", 1);
    assert_int_equal(dry_run_collect(&test.run, nothing, &got), WEIR_RUNTIME);
    assert_non_null(strstr(weir_last_error(), "give_nothing gave no dataset: it must not"));
    assert_non_null(strstr(weir_last_error(), "nothing"));
    dry_run_end(&test.run);
}

int main(void)
{
    library_register();
    const struct CMUnitTest tests[] = {
        unit(computes_a_stream_used_twice_once),
        unit(computes_a_stream_of_two_outputs_once),
        unit(computes_a_stream_that_a_function_uses_twice_once),
        unit(plans_a_transform_once_a_batch),
        unit(computes_again_when_it_is_tried_again),
        unit(counts_what_sources_gave),
        unit(fails_with_a_function),
        unit(fails_with_a_function_below_a_shuffle),
        unit(fails_with_a_reduction),
        unit(fails_with_a_reduction_of_partitions),
        unit(a_failing_function_of_a_library_fails_the_batch),
        unit(a_failing_action_fails_the_transform),
        unit(a_transform_must_give_a_dataset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
