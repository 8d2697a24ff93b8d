/* What a batch may take: every operator stops at the limit, says who was over it, and gives back
 * what it had. */
#include "unit/operators/graph_run.h"

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

/* Buckets for each pair of partitions, nearly all of them empty. */
static void check_bookkeeping(weir_stream *stream, const char *word)
{
    enum { LIMIT = 16 << 20, PARTITIONS = 2000 };
    weir_value list = literal("[{'k':1,'v':1}]"), got;
    int partitions = PARTITIONS;
    dry_run_need(&test.run, stream);
    dry_run_start(&test.run, test.pool, 2, LIMIT);
    dry_run_begin(&test.run, 1000, &list, &partitions);
    assert_int_equal(dry_run_collect(&test.run, stream, &got), WEIR_NO_MEMORY);
    if (!strstr(weir_last_error(), "batch_memory") || !strstr(weir_last_error(), word))
        fail_msg("%s", weir_last_error());
    weir_dataset *dataset;
    assert_int_equal(graph_dataset(test.run.graph, stream, &dataset), WEIR_OK);
    assert_in_range(atomic_load(&dataset->scope->budget.used), 0, LIMIT);
    dry_run_end(&test.run);
}

static void many_partitions_have_a_limit_too(void **state)
{
    (void)state;
    check_bookkeeping(weir_group_by_key(test.in, 2000), "groupByKey: ");
}

static void distinct_records_of_many_partitions_have_a_limit(void **state)
{
    (void)state;
    check_bookkeeping(weir_transform(test.in, &weir_fn_distinct, weir_null()), "distinct: ");
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

int main(void)
{
    library_register();
    const struct CMUnitTest tests[] = {
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
        unit(many_partitions_have_a_limit_too),
        unit(distinct_records_of_many_partitions_have_a_limit),
        unit(the_top_of_many_needs_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
