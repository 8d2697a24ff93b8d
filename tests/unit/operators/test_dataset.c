/* The calls of weir/dataset.h as a foreachRDD function uses them: planning and actions. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "library/library.h"
#include "operators/scope.h"
#include "operators/dataset.h"
#include "support/dry_run.h"
#include "support/literal.h"
#include "weir/dataset.h"
#include "weir/library.h"

static _Atomic size_t seen;

static bool count_filter(weir_value key, weir_value value, weir_value arg)
{
    (void)key;
    (void)value;
    (void)arg;
    seen++;
    return true;
}
WEIR_FILTER(count_filter)

static weir_value longest(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    size_t left, right;
    weir_bytes(&a, &left);
    weir_bytes(&b, &right);
    return right > left ? b : a;
}
WEIR_REDUCE(longest, 0)

static _Atomic size_t partitions_seen;
static _Atomic int64_t sum_seen;

static weir_status see_partition(weir_reader *records, size_t partition, int64_t time_ms,
                                 weir_value arg)
{
    weir_value key, value;
    assert_true(partition < 3);
    assert_int_equal(time_ms, 1000);
    while (weir_next(records, &key, &value)) sum_seen += weir_as_int(value) * weir_as_int(arg);
    partitions_seen++;
    return WEIR_OK;
}
WEIR_FOREACH_PARTITION(see_partition)

static weir_status refuse_partition(weir_reader *records, size_t partition, int64_t time_ms,
                                    weir_value arg)
{
    (void)records;
    (void)time_ms;
    (void)arg;
    return partition == 1 ? WEIR_NO_SPACE : WEIR_OK;
}
WEIR_FOREACH_PARTITION(refuse_partition)

/* Meets an error, and goes on. */
static weir_status get_over_error(weir_reader *records, size_t partition, int64_t time_ms,
                                  weir_value arg)
{
    (void)records;
    (void)partition;
    (void)time_ms;
    (void)arg;
    error_set(WEIR_IO, "left over");
    return WEIR_OK;
}
WEIR_FOREACH_PARTITION(get_over_error)

static void make_and_pass(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                          weir_value *out_value)
{
    (void)arg;
    (void)weir_text("whatever a function makes that is called for a record");
    *out_key = key;
    *out_value = value;
}
WEIR_MAP(make_and_pass)

static weir_status make_text(weir_reader *records, size_t partition, int64_t time_ms,
                             weir_value arg)
{
    (void)records;
    (void)partition;
    (void)time_ms;
    (void)arg;
    (void)weir_text("whatever a function makes that is called for a partition");
    return WEIR_OK;
}
WEIR_FOREACH_PARTITION(make_text)

static int64_t int_of(weir_value pair, size_t which)
{
    size_t count;
    return weir_as_int(weir_items(pair, &count)[which]);
}

static weir_value add_to_pair(weir_value total, weir_value record, weir_value arg)
{
    (void)arg;
    return weir_pair(weir_int(int_of(total, 0) + weir_as_int(record)),
                     weir_int(int_of(total, 1) + 1));
}
WEIR_REDUCE(add_to_pair, 0)

static weir_value add_pairs(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    return weir_pair(weir_int(int_of(a, 0) + int_of(b, 0)),
                     weir_int(int_of(a, 1) + int_of(b, 1)));
}
WEIR_REDUCE(add_pairs, 0)

typedef struct fixture {
    dry_run run;
    pool *pool;
    weir_dataset *in;
    scope_driver before;
} fixture;

static fixture test;

/* The dataset of a batch, in the hands of a function of the driver. */
static weir_dataset *begin(const char *records, int partitions)
{
    weir_value list = literal(records);
    dry_run_begin(&test.run, 1000, &list, &partitions);
    assert_int_equal(graph_dataset(test.run.graph, test.run.sources[0], &test.in), WEIR_OK);
    test.before = scope_enter_driver(test.in->scope, "driver");
    return test.in;
}

static weir_status end(void)
{
    weir_status status = scope_leave_driver(test.in->scope, test.before);
    dry_run_end(&test.run);
    return status;
}

static int set_up(void **state)
{
    (void)state;
    dry_run_init(&test.run);
    test.pool = pool_create(2);
    dry_run_need(&test.run, dry_run_source(&test.run));
    dry_run_start(&test.run, test.pool, 2, 0);
    arena_set_current(&test.run.results);
    seen = partitions_seen = 0;
    sum_seen = 0;
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

static void check_collected(weir_dataset *dataset, const char *expected)
{
    weir_value list;
    if (weir_dataset_collect(dataset, &list) != WEIR_OK) fail_msg("%s", weir_last_error());
    check_value(expected, list, literal(expected));
}

/* --- Planning -------------------------------------------------------------------------------- */

static void plans_narrow_datasets(void **state)
{
    (void)state;
    weir_dataset *in = begin("[1,2,3]", 2);
    check_collected(weir_dataset_map(in, &weir_fn_increment, weir_null()), "[2,3,4]");
    check_collected(weir_dataset_flat_map(in, &weir_fn_twice, weir_null()), "[1,1,2,2,3,3]");
    check_collected(weir_dataset_filter(in, &weir_fn_is_odd, weir_null()), "[1,3]");
    check_collected(weir_dataset_map_partitions(in, &weir_fn_part_sum, weir_null()), "[1,5]");
    check_collected(weir_dataset_glom(in), "[[1],[2,3]]");
    check_collected(weir_dataset_union(in, in), "[1,2,3,1,2,3]");
    check_collected(weir_dataset_repartition(in, 1), "[1,2,3]");
    assert_int_equal(weir_dataset_partitions(weir_dataset_repartition(in, 7)), 7);
    assert_int_equal(weir_dataset_time(in), 1000);
    assert_int_equal(end(), WEIR_OK);
}

static void plans_datasets_of_pairs(void **state)
{
    (void)state;
    weir_dataset *in = begin("[{'k':1,'v':2},{'k':2,'v':3},{'k':1,'v':4}]", 2);
    weir_value pairs = literal("[{'k':1,'v':'x'},{'k':3,'v':'y'}]");
    weir_dataset *other = weir_dataset_from_list(in, pairs, 2);
    check_collected(weir_dataset_map_values(in, &weir_fn_negate, weir_null()),
                    "[{'k':1,'v':-2},{'k':2,'v':-3},{'k':1,'v':-4}]");
    check_collected(weir_dataset_flat_map_values(in, &weir_fn_none, weir_null()), "[]");
    check_collected(weir_dataset_group_by_key(in, 1), "[{'k':1,'v':[2,4]},{'k':2,'v':[3]}]");
    check_collected(weir_dataset_reduce_by_key(in, &weir_fn_sum, weir_null(), 1),
                    "[{'k':1,'v':6},{'k':2,'v':3}]");
    check_collected(weir_dataset_combine_by_key(in, &weir_fn_count, weir_null(), 1),
                    "[{'k':1,'v':2},{'k':2,'v':1}]");
    check_collected(weir_dataset_count_by_value_pairs(other, 1),
                    "[{'k':{'k':1,'v':'x'},'v':1},{'k':{'k':3,'v':'y'},'v':1}]");
    check_collected(weir_dataset_join(in, other, 1),
                    "[{'k':1,'v':{'k':2,'v':'x'}},{'k':1,'v':{'k':4,'v':'x'}}]");
    check_collected(weir_dataset_right_outer_join(in, other, 1),
                    "[{'k':1,'v':{'k':2,'v':'x'}},{'k':1,'v':{'k':4,'v':'x'}},"
                    "{'k':3,'v':{'k':null,'v':'y'}}]");
    check_collected(weir_dataset_cogroup(other, in, 1),
                    "[{'k':1,'v':{'k':['x'],'v':[2,4]}},{'k':3,'v':{'k':['y'],'v':[]}},"
                    "{'k':2,'v':{'k':[],'v':[3]}}]");
    assert_int_equal(end(), WEIR_OK);
}

static void plans_sets_and_orders(void **state)
{
    (void)state;
    weir_dataset *in = begin("[3,1,2,3,1]", 3);
    weir_dataset *other = weir_dataset_from_list(in, literal("[3,4]"), 0);
    check_collected(weir_dataset_sort(weir_dataset_distinct(in), false), "[1,2,3]");
    check_collected(weir_dataset_intersection(in, other), "[3]");
    check_collected(weir_dataset_sort(weir_dataset_subtract(in, other), false), "[1,1,2]");
    check_collected(weir_dataset_cartesian(other, other),
                    "[{'k':3,'v':3},{'k':3,'v':4},{'k':4,'v':3},{'k':4,'v':4}]");
    check_collected(weir_dataset_sort(in, true), "[3,3,2,1,1]");
    check_collected(weir_dataset_top(in, 2, true), "[3,3]");
    check_collected(weir_dataset_top(in, 2, false), "[1,1]");
    check_collected(weir_dataset_top(in, 0, false), "[]");
    check_collected(weir_dataset_top(in, SIZE_MAX, false), "[1,1,2,3,3]");
    check_collected(weir_dataset_limit(in, 4), "[3,1,2,3]");
    check_collected(weir_dataset_limit(in, 0), "[]");
    assert_int_equal(end(), WEIR_OK);
}

static void refuses_plans_that_make_no_sense(void **state)
{
    (void)state;
    assert_null(weir_dataset_map(begin("[1]", 1), &weir_fn_is_even, weir_null()));
    assert_int_equal(end(), WEIR_RUNTIME);
    assert_non_null(strstr(weir_last_error(), "is_even"));
    assert_null(weir_dataset_group_by_key(begin("[1]", 1), -1));
    assert_int_equal(end(), WEIR_RUNTIME);
    assert_null(weir_dataset_group_by_key(begin("[1]", 1), INT_MAX));
    assert_int_equal(end(), WEIR_RUNTIME);
    assert_null(weir_dataset_repartition(begin("[1]", 1), INT_MAX));
    assert_int_equal(end(), WEIR_RUNTIME);
    assert_null(weir_dataset_repartition(begin("[1]", 1), 0));
    assert_int_equal(end(), WEIR_RUNTIME);
    assert_null(weir_dataset_from_list(begin("[1]", 1), weir_int(1), 1));
    assert_int_equal(end(), WEIR_RUNTIME);
    assert_null(weir_dataset_from_text_file(begin("[1]", 1), "/there is/no such file"));
    assert_int_equal(end(), WEIR_RUNTIME);
    assert_non_null(strstr(weir_last_error(), "no such file"));
    begin("[1]", 1); /* nothing gives nothing */
    assert_null(weir_dataset_sort(weir_dataset_map(NULL, &weir_fn_key, weir_null()), true));
    uint64_t count;
    assert_int_equal(weir_dataset_count(NULL, &count), WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(end(), WEIR_OK);
}

/* --- Actions --------------------------------------------------------------------------------- */

static void counts_and_takes(void **state)
{
    (void)state;
    weir_dataset *in = begin("[1,2,{'k':3,'v':4}]", 2);
    uint64_t count;
    weir_value got;
    assert_int_equal(weir_dataset_count(in, &count), WEIR_OK);
    assert_int_equal(count, 3);
    assert_int_equal(weir_dataset_take(in, 2, &got), WEIR_OK);
    check_value("take", got, literal("[1,2]"));
    assert_int_equal(weir_dataset_take(in, 9, &got), WEIR_OK);
    check_value("take all", got, literal("[1,2,{'k':3,'v':4}]"));
    assert_int_equal(weir_dataset_first(in, &got), WEIR_OK);
    check_value("first", got, weir_int(1));
    weir_dataset *nothing = weir_dataset_filter(in, &weir_fn_never, weir_null());
    assert_int_equal(weir_dataset_first(nothing, &got), WEIR_NO_ELEMENT);
    assert_int_equal(end(), WEIR_OK);
}

static void takes_no_more_partitions_than_it_needs(void **state)
{
    (void)state;
    weir_dataset *in = begin("[1,2,3,4,5,6,7,8,9,10,11,12]", 12);
    weir_value got;
    weir_dataset *counted = weir_dataset_filter(in, &weir_fn_count_filter, weir_null());
    assert_int_equal(weir_dataset_take(counted, 1, &got), WEIR_OK);
    assert_int_equal(seen, 1);
    assert_int_equal(weir_dataset_take(counted, 3, &got), WEIR_OK);
    check_value("three", got, literal("[1,2,3]"));
    assert_true(seen <= 1 + 1 + 4);
    assert_int_equal(end(), WEIR_OK);
}

static void reduces_and_aggregates(void **state)
{
    (void)state;
    weir_dataset *in = begin("['a','a string of some length','abc']", 2);
    weir_value got;
    assert_int_equal(weir_dataset_reduce(in, &weir_fn_longest, weir_null(), &got), WEIR_OK);
    check_value("longest", got, weir_text("a string of some length"));
    assert_int_equal(weir_dataset_aggregate(in, weir_text("-"), &weir_fn_concat, &weir_fn_concat,
                                            weir_null(), &got), WEIR_OK);
    check_value("joined", got, weir_text("-a-a string of some lengthabc"));
    weir_dataset *nothing = weir_dataset_from_list(in, literal("[]"), 0);
    assert_int_equal(weir_dataset_reduce(nothing, &weir_fn_sum, weir_null(), &got),
                     WEIR_NO_ELEMENT);
    assert_int_equal(weir_dataset_aggregate(nothing, weir_int(7), &weir_fn_sum, &weir_fn_sum,
                                            weir_null(), &got), WEIR_OK);
    check_value("zero", got, weir_int(7));
    assert_int_equal(weir_dataset_reduce(in, &weir_fn_key, weir_null(), &got),
                     WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(end(), WEIR_OK);
}

static void visits_each_partition(void **state)
{
    (void)state;
    weir_dataset *in = begin("[1,2,3,4]", 3);
    assert_int_equal(weir_dataset_foreach_partition(in, &weir_fn_see_partition, weir_int(10)),
                     WEIR_OK);
    assert_int_equal(partitions_seen, 3);
    assert_int_equal(sum_seen, 100);
    assert_int_equal(weir_dataset_foreach_partition(in, &weir_fn_get_over_error, weir_null()),
                     WEIR_OK);
    assert_int_equal(weir_dataset_foreach_partition(in, &weir_fn_refuse_partition, weir_null()),
                     WEIR_NO_SPACE);
    assert_string_equal(weir_last_error(), "function refuse_partition: no space left");
    assert_int_equal(end(), WEIR_OK);
}

/* What is computed for one action is there for the next. */
static void collects_once(void **state)
{
    (void)state;
    weir_dataset *in = begin("[1,2,3]", 2);
    weir_dataset *counted = weir_dataset_filter(in, &weir_fn_count_filter, weir_null());
    uint64_t count;
    check_collected(counted, "[1,2,3]");
    check_collected(counted, "[1,2,3]");
    assert_int_equal(weir_dataset_count(counted, &count), WEIR_OK);
    assert_int_equal(count, 3);
    assert_int_equal(seen, 3);
    assert_int_equal(end(), WEIR_OK);
}

static void an_action_gives_the_failure_of_what_it_computes(void **state)
{
    (void)state;
    weir_dataset *in = begin("[1,-2,3]", 2);
    weir_dataset *picky = weir_dataset_map(in, &weir_fn_fail_on_negative, weir_null());
    weir_value got;
    uint64_t count;
    assert_int_equal(weir_dataset_collect(picky, &got), WEIR_RUNTIME);
    assert_non_null(strstr(weir_last_error(), "fail_on_negative"));
    assert_int_equal(weir_dataset_count(picky, &count), WEIR_RUNTIME);
    assert_int_equal(weir_dataset_collect(weir_dataset_sort(picky, true), &got), WEIR_RUNTIME);
    check_collected(in, "[1,-2,3]");
    assert_int_equal(end(), WEIR_OK); /* the driver may go on */
}

static void a_failure_after_an_action_is_that_of_the_function(void **state)
{
    (void)state;
    weir_dataset *in = begin("[1,2,3]", 2);
    weir_value sum;
    assert_int_equal(weir_dataset_reduce(in, &weir_fn_sum, weir_null(), &sum), WEIR_OK);
    weir_fail("enough");
    assert_int_equal(end(), WEIR_RUNTIME);
    assert_string_equal(weir_last_error(), "function driver: enough");
}

/* However many steps stand in a row, the stack does not grow with them. */
static void many_steps_need_no_more_stack(void **state)
{
    (void)state;
    enum { STEPS = 1000 };
    weir_dataset *last = begin("[{'k':1,'v':1},{'k':2,'v':5}]", 2);
    for (int i = 0; i < STEPS; i++)
        last = weir_dataset_map_values(last, &weir_fn_increment, weir_null());
    check_collected(last, "[{'k':1,'v':1001},{'k':2,'v':1005}]");
    assert_int_equal(end(), WEIR_OK);
}

static void endless_shuffles_are_refused(void **state)
{
    (void)state;
    weir_dataset *last = begin("[1,2]", 1);
    for (int i = 0; i < 2000; i++) last = weir_dataset_repartition(last, 1);
    assert_int_equal(end(), WEIR_RUNTIME);
    assert_non_null(strstr(weir_last_error(), "repartition: more than 1000"));
}

/* What a function made before an action is there after it, and after the next one. */
static void an_action_leaves_what_was_made_before(void **state)
{
    (void)state;
    static const char first[] = "a string that is longer than fourteen bytes";
    static const char second[] = "another one, which is as long as the first.";
    for (size_t workers = 1; workers <= 4; workers += 3) {
        pool *pool = pool_create(workers);
        dry_run_start(&test.run, pool, 2, 0);
        weir_dataset *in = begin("[1,2,3,4,5,6,7,8]", 8);
        weir_dataset *passed = weir_dataset_map(in, &weir_fn_make_and_pass, weir_null());
        uint64_t count;
        assert_int_equal(weir_dataset_count(passed, &count), WEIR_OK);
        weir_value made[3] = {weir_string(first, sizeof first - 1)};
        assert_int_equal(weir_dataset_foreach_partition(in, &weir_fn_make_text, weir_null()),
                         WEIR_OK);
        made[1] = weir_pair(weir_string(second, sizeof second - 1), weir_int(0));
        made[2] = weir_list(made, 2);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(weir_dataset_count(passed, &count), WEIR_OK);
            assert_int_equal(weir_dataset_foreach_partition(in, &weir_fn_make_text, weir_null()),
                             WEIR_OK);
        }
        check_value("made", made[2],
                    literal("['a string that is longer than fourteen bytes',"
                            "{'k':'another one, which is as long as the first.','v':0}]"));
        assert_int_equal(end(), WEIR_OK);
        dry_run_stop(&test.run);
        pool_free(pool);
    }
}

/* The zero that was made after one action is whole in the next. */
static void an_aggregate_begins_with_its_zero(void **state)
{
    (void)state;
    weir_dataset *in = weir_dataset_map(begin("[1,2,3,4,5,6,7,8]", 4), &weir_fn_make_and_pass,
                                        weir_null());
    uint64_t count;
    assert_int_equal(weir_dataset_count(in, &count), WEIR_OK);
    weir_value zero = weir_pair(weir_int(100), weir_int(1000)), got; /* of each partition */
    assert_int_equal(weir_dataset_aggregate(in, zero, &weir_fn_add_to_pair, &weir_fn_add_pairs,
                                            weir_null(), &got),
                     WEIR_OK);
    check_value("sum and count", got, literal("{'k':436,'v':4008}"));
    assert_int_equal(end(), WEIR_OK);
}

#define unit(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    library_register();
    const struct CMUnitTest tests[] = {
        unit(plans_narrow_datasets),
        unit(plans_datasets_of_pairs),
        unit(plans_sets_and_orders),
        unit(refuses_plans_that_make_no_sense),
        unit(counts_and_takes),
        unit(takes_no_more_partitions_than_it_needs),
        unit(reduces_and_aggregates),
        unit(visits_each_partition),
        unit(collects_once),
        unit(an_action_gives_the_failure_of_what_it_computes),
        unit(a_failure_after_an_action_is_that_of_the_function),
        unit(an_action_leaves_what_was_made_before),
        unit(an_aggregate_begins_with_its_zero),
        unit(many_steps_need_no_more_stack),
        unit(endless_shuffles_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
