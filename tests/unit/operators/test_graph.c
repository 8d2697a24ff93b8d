/* A graph over its batches: what is computed once, what fails and how it says so, counts,
 * memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "library/library.h"
#include "operators/dataset.h"
#include "record/value.h"
#include "support/dry_run.h"
#include "support/literal.h"
#include "weir/dataset.h"
#include "weir/library.h"

static _Atomic size_t mapped;
static _Atomic size_t planned;

static void count_map(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                      weir_value *out_value)
{
    (void)arg;
    mapped++;
    *out_key = key;
    *out_value = value;
}
WEIR_MAP(count_map)

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

typedef struct fixture {
    dry_run run;
    pool *pool;
    weir_stream *in;
} fixture;

static fixture test;

static int set_up(void **state)
{
    (void)state;
    dry_run_init(&test.run);
    test.pool = pool_create(2);
    test.in = dry_run_source(&test.run);
    arena_set_current(&test.run.results);
    mapped = planned = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_set_current(NULL);
    dry_run_release(&test.run);
    pool_free(test.pool);
    return 0;
}

static void begin(const char *records, int partitions)
{
    weir_value list = literal(records);
    dry_run_begin(&test.run, 1000, &list, &partitions);
}

static weir_value collect(const weir_stream *stream)
{
    weir_value got;
    if (dry_run_collect(&test.run, stream, &got) != WEIR_OK) fail_msg("%s", weir_last_error());
    return got;
}

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

/* --- Memory ---------------------------------------------------------------------------------- */

/* Strings that no two records share. */
static void many_long_strings(weir_value key, weir_value value, weir_value arg, weir_out *out)
{
    (void)key;
    (void)arg;
    char text[64];
    for (int64_t i = 0; i < weir_as_int(value); i++) {
        snprintf(text, sizeof text, "%063lld", (long long)i);
        weir_emit(out, weir_string(text, 63), weir_int(i));
    }
}
WEIR_FLAT_MAP(many_long_strings)

static void check_memory(weir_stream *stream, const char *word)
{
    enum { LIMIT = 4 << 20 };
    weir_value got;
    dry_run_need(&test.run, stream);
    dry_run_start(&test.run, test.pool, 2, LIMIT);
    begin("[200000]", 1);
    assert_int_equal(dry_run_collect(&test.run, stream, &got), WEIR_NO_MEMORY);
    if (!strstr(weir_last_error(), "batch_memory") || !strstr(weir_last_error(), word))
        fail_msg("%s", weir_last_error());
    dry_run_end(&test.run);
    begin("[20]", 1); /* a smaller one fits again */
    assert_int_equal(dry_run_collect(&test.run, stream, &got), WEIR_OK);
    dry_run_end(&test.run);
}

static void a_batch_has_a_limit(void **state)
{
    (void)state;
    check_memory(weir_flat_map(test.in, &weir_fn_many_long_strings, weir_null()),
                 "many_long_strings");
}

/* The operator is named, though no function runs. */
static void a_product_has_a_limit(void **state)
{
    (void)state;
    weir_stream *numbers = weir_flat_map(test.in, &weir_fn_up_to, weir_null());
    weir_stream *pairs = weir_transform_with(numbers, numbers, &weir_fn_cartesian, weir_null());
    check_memory(weir_transform_with(pairs, numbers, &weir_fn_cartesian, weir_null()),
                 "cartesian: ");
}

/* Each level doubles: 39 of them would take all memory there is. */
static void a_union_has_a_limit(void **state)
{
    (void)state;
    weir_stream *united = test.in;
    for (int i = 0; i < 39; i++) united = weir_union(united, united);
    weir_value got;
    dry_run_need(&test.run, united);
    dry_run_start(&test.run, test.pool, 2, 0);
    begin("[1]", 1);
    assert_int_equal(dry_run_collect(&test.run, united, &got), WEIR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(weir_last_error(), "stream 21 (union): "));
    assert_non_null(strstr(weir_last_error(), "2097152 partitions"));
    dry_run_end(&test.run);
}

static weir_dataset *unite_too_often(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)time_ms;
    (void)arg;
    for (int i = 0; i < 39 && in; i++) in = weir_dataset_union(in, in);
    return in;
}
WEIR_TRANSFORM(unite_too_often)

static void a_union_of_datasets_has_a_limit(void **state)
{
    (void)state;
    weir_stream *united = weir_transform(test.in, &weir_fn_unite_too_often, weir_null());
    weir_value got;
    dry_run_need(&test.run, united);
    dry_run_start(&test.run, test.pool, 2, 0);
    begin("[1]", 1);
    assert_int_equal(dry_run_collect(&test.run, united, &got), WEIR_RUNTIME);
    assert_non_null(strstr(weir_last_error(), "2097152 partitions"));
    dry_run_end(&test.run);
}

static void a_shuffle_has_a_limit(void **state)
{
    (void)state;
    weir_stream *many = weir_flat_map(test.in, &weir_fn_many_long_strings, weir_null());
    check_memory(weir_group_by_key(many, 0), "many_long_strings");
}

static void a_reduction_has_a_limit(void **state)
{
    (void)state;
    weir_stream *many = weir_flat_map(test.in, &weir_fn_many_long_strings, weir_null());
    check_memory(weir_reduce_by_key(many, &weir_fn_sum, weir_null(), 0), "sum");
}

/* Of what a reduction makes on its way, one result is kept. */
static void a_growing_reduction_needs_little(void **state)
{
    (void)state;
    enum { LIMIT = 8 << 20, STRINGS = 4000 };
    weir_value many = weir_int(STRINGS);
    weir_value list = weir_list(&many, 1);
    int partitions = 1;
    weir_stream *strings = weir_flat_map(test.in, &weir_fn_many_long_strings, weir_null());
    weir_stream *keys = weir_map(strings, &weir_fn_key, weir_null());
    weir_stream *all = weir_reduce(keys, &weir_fn_concat, weir_null());
    dry_run_need(&test.run, all);
    dry_run_start(&test.run, test.pool, 2, LIMIT);
    dry_run_begin(&test.run, 1000, &list, &partitions);
    check_value("length", collect(weir_map(all, &weir_fn_length, weir_null())),
                literal("[[252000]]"));
    dry_run_end(&test.run);
}

/* A record that becomes millions does not fill the memory before that is seen. */
static void one_record_cannot_exceed_the_limit_by_much(void **state)
{
    (void)state;
    weir_stream *many = weir_flat_map(test.in, &weir_fn_many_long_strings, weir_null());
    check_memory(weir_map(many, &weir_fn_count_map, weir_null()), "count_map");
    assert_in_range(mapped, 1, 100000);
}

/* The room of a batch of many keys does not stay for ever. */
static void a_table_is_given_back(void **state)
{
    (void)state;
    enum { LARGE = 1 << 20 };
    weir_stream *many = weir_flat_map(test.in, &weir_fn_many_long_strings, weir_null());
    weir_stream *counts = weir_count_by_value(weir_map(many, &weir_fn_value, weir_null()));
    weir_stream *count = weir_count(counts);
    dry_run_need(&test.run, count);
    dry_run_start(&test.run, test.pool, 2, 1 << 30);
    weir_dataset *dataset;
    size_t used = 0, most = 0;
    for (int batch = 0; batch < 40; batch++) {
        begin(batch == 0 ? "[200000]" : "[20]", 1);
        collect(count);
        assert_int_equal(graph_dataset(test.run.graph, count, &dataset), WEIR_OK);
        used = atomic_load(&dataset->scope->budget.used);
        if (most < used) most = used;
        dry_run_end(&test.run);
    }
    assert_true(most > 10 * LARGE);
    assert_true(used < most / 2);
}

static void a_join_has_a_limit(void **state)
{
    (void)state;
    enum { RECORDS = 3000 };
    static weir_value items[RECORDS];
    for (int i = 0; i < RECORDS; i++) items[i] = weir_pair(weir_int(1), weir_int(i));
    weir_value list = weir_list(items, RECORDS), got;
    int partitions = 1;
    weir_stream *squares = weir_join(test.in, test.in, 0);
    dry_run_need(&test.run, squares);
    dry_run_start(&test.run, test.pool, 2, 4 << 20);
    dry_run_begin(&test.run, 1000, &list, &partitions);
    assert_int_equal(dry_run_collect(&test.run, squares, &got), WEIR_NO_MEMORY);
    weir_dataset *dataset;
    assert_int_equal(graph_dataset(test.run.graph, squares, &dataset), WEIR_OK);
    assert_in_range(atomic_load(&dataset->scope->budget.used), 4 << 20, 16 << 20);
    dry_run_end(&test.run);
}

/* Only the first records of a partition are kept, however many there are. */
static void the_top_of_many_needs_little(void **state)
{
    (void)state;
    enum { LIMIT = 4 << 20, RECORDS = 20000 };
    static weir_value items[RECORDS];
    for (int i = 0; i < RECORDS; i++) items[i] = weir_int(10);
    weir_value list = weir_list(items, RECORDS);
    int partitions = 2;
    weir_stream *many = weir_flat_map(test.in, &weir_fn_many_long_strings, weir_null());
    weir_stream *keys = weir_map(many, &weir_fn_key, weir_null());
    weir_stream *top = weir_transform(keys, &weir_fn_top_3, weir_null());
    dry_run_need(&test.run, top);
    dry_run_start(&test.run, test.pool, 2, LIMIT);
    dry_run_begin(&test.run, 1000, &list, &partitions);
    check_value("top", collect(top), literal("[['"
        "000000000000000000000000000000000000000000000000000000000000009','"
        "000000000000000000000000000000000000000000000000000000000000009','"
        "000000000000000000000000000000000000000000000000000000000000009']]"));
    dry_run_end(&test.run);
}

#define unit(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

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
        unit(a_batch_has_a_limit),
        unit(a_product_has_a_limit),
        unit(a_union_has_a_limit),
        unit(a_union_of_datasets_has_a_limit),
        unit(a_shuffle_has_a_limit),
        unit(a_reduction_has_a_limit),
        unit(a_growing_reduction_needs_little),
        unit(one_record_cannot_exceed_the_limit_by_much),
        unit(a_table_is_given_back),
        unit(a_join_has_a_limit),
        unit(the_top_of_many_needs_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
