/* What a batch may take is exceeded for a moment, as while a worker beside moves its table to
 * another place: the batch fails then, or has all its records. */
#include <pthread.h>

#include "base/clock.h"
#include "unit/operators/graph_run.h"

enum { ROUNDS = 60, RECORDS = 500, KEYS = 40000, LIMIT = 1 << 30, OVER_US = 2, UNDER_US = 100 };

typedef struct neighbour {
    memory_budget *budget;
    _Atomic bool ends;
} neighbour;

static void wait_us(int64_t us)
{
    for (int64_t end_us = clock_monotonic_us() + us; clock_monotonic_us() < end_us;) continue;
}

static void *take_and_give_back(void *user)
{
    neighbour *self = user;
    while (!self->ends) {
        memory_budget_add(self->budget, 2 * (size_t)LIMIT);
        wait_us(OVER_US);
        memory_budget_take(self->budget, 2 * (size_t)LIMIT);
        wait_us(UNDER_US);
    }
    return NULL;
}

static weir_status collect_beside(weir_stream *stream, weir_value *got)
{
    weir_dataset *dataset;
    assert_int_equal(graph_dataset(test.run.graph, stream, &dataset), WEIR_OK);
    neighbour neighbour = {.budget = &dataset->scope->budget};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, take_and_give_back, &neighbour), 0);
    weir_status status = dry_run_collect(&test.run, stream, got);
    neighbour.ends = true;
    assert_int_equal(pthread_join(thread, NULL), 0);
    return status;
}

static void check_all_or_nothing(weir_stream *stream, weir_value records, const char *expected)
{
    weir_stream *count = weir_count(stream);
    int partitions = 1;
    dry_run_need(&test.run, count);
    dry_run_start(&test.run, test.pool, 1, LIMIT);
    for (int round = 0; round < ROUNDS; round++) {
        weir_value got;
        dry_run_begin(&test.run, 1000, &records, &partitions);
        weir_status status = collect_beside(count, &got);
        if (status == WEIR_OK) check_value("count", got, literal(expected));
        else assert_int_equal(status, WEIR_NO_MEMORY);
        dry_run_end(&test.run);
    }
}

static weir_value pairs(int64_t count, int64_t keys)
{
    weir_value list;
    weir_value *items = value_make_list((size_t)count, &list);
    for (int64_t i = 0; i < count; i++) items[i] = weir_pair(weir_int(i % keys), weir_int(i));
    return list;
}

static void a_join_loses_no_pairs(void **state)
{
    (void)state;
    check_all_or_nothing(weir_join(test.in, test.in, 0), pairs(RECORDS, 1), "[[250000]]");
}

static void a_group_loses_no_keys(void **state)
{
    (void)state;
    check_all_or_nothing(weir_group_by_key(test.in, 0), pairs(KEYS, KEYS), "[[40000]]");
}

static void a_product_loses_no_pairs(void **state)
{
    (void)state;
    weir_stream *product = weir_transform_with(test.in, test.in, &weir_fn_cartesian, weir_null());
    check_all_or_nothing(product, pairs(RECORDS, 1), "[[250000]]");
}

int main(void)
{
    library_register();
    const struct CMUnitTest tests[] = {
        unit(a_join_loses_no_pairs),
        unit(a_group_loses_no_keys),
        unit(a_product_loses_no_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
