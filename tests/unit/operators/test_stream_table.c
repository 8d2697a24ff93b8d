/* Every operator: batches in, operation, batches out. One keyed partition, so that the order of
 * the results is fixed; run by one, two and three workers, which must not matter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "library/library.h"
#include "support/dry_run.h"
#include "support/literal.h"
#include "weir/library.h"

typedef weir_stream *(*builder)(weir_stream *a, weir_stream *b);

#define BUILD(name, expression)                                                                   \
    static weir_stream *name(weir_stream *a, weir_stream *b)                                      \
    {                                                                                             \
        (void)b;                                                                                  \
        return expression;                                                                        \
    }

BUILD(map, weir_map(a, &weir_fn_increment, weir_null()))
BUILD(map_to_pairs, weir_map(a, &weir_fn_pair_by_length, weir_null()))
BUILD(map_from_pairs, weir_map(a, &weir_fn_key, weir_null()))
BUILD(map_identity, weir_map(a, &weir_fn_identity, weir_null()))
BUILD(flat_map, weir_flat_map(a, &weir_fn_split_ws, weir_null()))
BUILD(flat_map_elements, weir_flat_map(a, &weir_fn_elements, weir_null()))
BUILD(filter, weir_filter(a, &weir_fn_is_even, weir_null()))
BUILD(map_partitions, weir_map_partitions(a, &weir_fn_part_sum, weir_null()))
BUILD(glom, weir_glom(a))
BUILD(glom_after_filter, weir_glom(weir_filter(a, &weir_fn_is_even, weir_null())))
BUILD(repartition_one, weir_repartition(a, 1))
BUILD(union_of_two, weir_union(a, b))
BUILD(union_with_itself, weir_union(a, a))
BUILD(count, weir_count(a))
BUILD(reduce, weir_reduce(a, &weir_fn_concat, weir_null()))
BUILD(reduce_pairs, weir_reduce(a, &weir_fn_sum_pairs, weir_null()))
BUILD(count_by_value, weir_count_by_value(a))
BUILD(transform, weir_transform(a, &weir_fn_sort_desc, weir_null()))
BUILD(transform_take, weir_transform(a, &weir_fn_take_2, weir_null()))
BUILD(transform_top, weir_transform(a, &weir_fn_top_3, weir_null()))
BUILD(transform_time, weir_transform(a, &weir_fn_with_time, weir_null()))
BUILD(transform_count, weir_transform(a, &weir_fn_count_rdd, weir_null()))
BUILD(transform_table, weir_transform(a, &weir_fn_left_join_static, literal("[{'k':1,'v':'x'}]")))
BUILD(intersection, weir_transform_with(a, b, &weir_fn_intersection, weir_null()))
BUILD(subtract, weir_transform_with(a, b, &weir_fn_subtract, weir_null()))
BUILD(subtract_by_key, weir_transform_with(a, b, &weir_fn_subtract_by_key, weir_null()))
BUILD(cartesian, weir_transform_with(a, b, &weir_fn_cartesian, weir_null()))
/* The greatest of each stream, in the order of the list, then what else the function is given. */
static weir_dataset *greatest_of_each(weir_dataset *const *in, size_t count, int64_t time_ms,
                                      weir_value arg)
{
    weir_dataset *all = NULL;
    for (size_t i = 0; i < count; i++) {
        weir_dataset *top = weir_dataset_top(in[i], 1, true);
        all = all ? weir_dataset_union(all, top) : top;
    }
    weir_value more[] = {weir_int((int64_t)count), weir_int(time_ms), arg};
    return weir_dataset_union(all, weir_dataset_from_list(in[0], weir_list(more, 3), 1));
}
WEIR_TRANSFORM_ALL(greatest_of_each)

static weir_stream *transform_all(weir_stream *a, weir_stream *b)
{
    weir_stream *streams[] = {a, b, a};
    return weir_transform_all(streams, 3, &weir_fn_greatest_of_each, weir_text("arg"));
}
static weir_stream *transform_union_all(weir_stream *a, weir_stream *b)
{
    weir_stream *streams[] = {b, a};
    return weir_transform_all(streams, 2, &weir_fn_union_all, weir_null());
}
BUILD(map_values, weir_map_values(a, &weir_fn_increment, weir_null()))
BUILD(map_pair_values, weir_map_values(a, &weir_fn_swap, weir_null()))
BUILD(flat_map_values, weir_flat_map_values(a, &weir_fn_up_to, weir_null()))
BUILD(flat_map_pair_values, weir_flat_map_values(a, &weir_fn_twice, weir_null()))
BUILD(group_by_key, weir_group_by_key(a, 0))
BUILD(reduce_by_key, weir_reduce_by_key(a, &weir_fn_sum, weir_null(), 0))
BUILD(reduce_by_key_last, weir_reduce_by_key(a, &weir_fn_last, weir_null(), 0))
BUILD(combine_by_key, weir_combine_by_key(a, &weir_fn_sum_count, weir_null(), 0))
BUILD(combine_to_list, weir_combine_by_key(a, &weir_fn_to_list, weir_null(), 0))
BUILD(join, weir_join(a, b, 0))
BUILD(left_outer_join, weir_left_outer_join(a, b, 0))
BUILD(right_outer_join, weir_right_outer_join(a, b, 0))
BUILD(full_outer_join, weir_full_outer_join(a, b, 0))
BUILD(cogroup, weir_cogroup(a, b, 0))

#define PAIRS_A "[{'k':1,'v':10},{'k':2,'v':20},{'k':1,'v':11},{'k':null,'v':5}]"
#define PAIRS_B "[{'k':3,'v':'c'},{'k':1,'v':'a'},{'k':1,'v':'b'}]"
#define NOTHING "[]"

/* The partitions of the result, each a list of its records. Sources are cut in two. */
static const struct row {
    const char *name;
    builder build;
    const char *a;
    const char *b;
    const char *expected; /* NULL: no dataset */
} rows[] = {
    {"map", map, "[1,2,3]", NOTHING, "[[2],[3,4]]"},
    {"map of nothing", map, NOTHING, NOTHING, "[[],[]]"},
    {"map to pairs", map_to_pairs, "['ab','c']", NOTHING,
     "[[{'k':2,'v':'ab'}],[{'k':1,'v':'c'}]]"},
    {"map from pairs", map_from_pairs, "[{'k':1,'v':2},3]", NOTHING, "[[1],[null]]"},
    {"mixed records", map_identity, "[{'k':1,'v':2},3,{'k':{'k':4,'v':5},'v':null}]", NOTHING,
     "[[{'k':1,'v':2}],[3,{'k':{'k':4,'v':5},'v':null}]]"},
    {"flatMap", flat_map, "['a b','',' c']", NOTHING, "[['a','b'],['c']]"},
    {"flatMap to pairs", flat_map_elements, "[[{'k':1,'v':2},3],[[4]]]", NOTHING,
     "[[{'k':1,'v':2},3],[[4]]]"},
    {"filter", filter, "[1,2,3,4]", NOTHING, "[[2],[4]]"},
    {"mapPartitions", map_partitions, "[1,2,3]", NOTHING, "[[1],[5]]"},
    {"mapPartitions of nothing", map_partitions, NOTHING, NOTHING, "[[0],[0]]"},
    {"glom", glom, "[1,{'k':2,'v':3},4]", NOTHING, "[[[1]],[[{'k':2,'v':3},4]]]"},
    {"glom of nothing", glom, NOTHING, NOTHING, "[[[]],[[]]]"},
    {"glom after filter", glom_after_filter, "[1,3,4,6]", NOTHING, "[[[]],[[4,6]]]"},
    {"repartition to one", repartition_one, "[1,2,{'k':3,'v':4}]", NOTHING,
     "[[1,2,{'k':3,'v':4}]]"},
    {"union", union_of_two, "[1,2]", "[3]", "[[1],[2],[],[3]]"},
    {"union with itself", union_with_itself, "[1,2]", NOTHING, "[[1],[2],[1],[2]]"},
    {"count", count, "[1,2,2]", NOTHING, "[[3]]"},
    {"count of nothing", count, NOTHING, NOTHING, "[[0]]"},
    {"reduce", reduce, "['a','b','c','d','e']", NOTHING, "[['abcde']]"},
    {"reduce to a long string", reduce, "['abcdefgh','ijklmnop','q']", NOTHING,
     "[['abcdefghijklmnopq']]"},
    {"reduce of nothing", reduce, NOTHING, NOTHING, "[[]]"},
    {"reduce of pairs", reduce_pairs, "[{'k':1,'v':2},{'k':3,'v':4.5}]", NOTHING,
     "[[{'k':4,'v':6.5}]]"},
    {"countByValue", count_by_value, "['b','a','b',null,1,1.0,{'k':1,'v':2}]", NOTHING,
     "[[{'k':'b','v':2},{'k':'a','v':1},{'k':null,'v':1},{'k':1,'v':1},{'k':1.0,'v':1},"
     "{'k':{'k':1,'v':2},'v':1}]]"},
    {"sort", transform, "[2,'x',null,3,true,1.5]", NOTHING, "[['x',3,2,1.5,true,null]]"},
    {"sort of equals", transform, "[1,1.0,2,1]", NOTHING, "[[2,1,1.0,1]]"},
    {"take", transform_take, "[1,2,3]", NOTHING, "[[1,2]]"},
    {"take of nothing", transform_take, NOTHING, NOTHING, "[[]]"},
    {"top", transform_top, "[3,1,4,1,5]", NOTHING, "[[5,4,3]]"},
    {"with time", transform_time, "['a']", NOTHING, "[[],[{'k':1000,'v':'a'}]]"},
    {"counted dataset", transform_count, "['a',1]", NOTHING, "[[2]]"},
    {"join with a table", transform_table, "[{'k':1,'v':2},{'k':2,'v':3}]", NOTHING,
     "[[{'k':1,'v':{'k':2,'v':'x'}},{'k':2,'v':{'k':3,'v':null}}]]"},
    {"transformAll", transform_all, "[1,5,3]", "[4,7]", "[[5],[7],[5],[3,1000,'arg']]"},
    {"transformAll of nothing", transform_all, NOTHING, NOTHING, "[[],[],[],[3,1000,'arg']]"},
    {"union_all", transform_union_all, "[1,2]", "[3,4]", "[[3],[4],[1],[2]]"},
    {"intersection", intersection, "[1,2,2,{'k':1,'v':1}]", "[{'k':1,'v':1},2]",
     "[[2,{'k':1,'v':1}]]"},
    {"subtract", subtract, "[1,2,1,3]", "[2]", "[[1,1,3]]"},
    {"subtractByKey", subtract_by_key, PAIRS_A, PAIRS_B, "[[{'k':2,'v':20},{'k':null,'v':5}]]"},
    {"cartesian", cartesian, "[1,2]", "['a','b']",
     "[[{'k':1,'v':'a'},{'k':1,'v':'b'}],[{'k':2,'v':'a'},{'k':2,'v':'b'}]]"},
    {"cartesian with nothing", cartesian, "[1,2]", NOTHING, "[[],[]]"},
    {"mapValues", map_values, "[{'k':'a','v':1},7]", NOTHING,
     "[[{'k':'a','v':2}],[{'k':null,'v':null}]]"},
    {"mapValues of pairs", map_pair_values, "[{'k':'a','v':{'k':1,'v':2}}]", NOTHING,
     "[[],[{'k':'a','v':{'k':2,'v':1}}]]"},
    {"flatMapValues", flat_map_values, "[{'k':'a','v':2},{'k':'b','v':0},{'k':'c','v':1}]",
     NOTHING, "[[{'k':'a','v':0},{'k':'a','v':1}],[{'k':'c','v':0}]]"},
    {"flatMapValues of pairs", flat_map_pair_values, "[{'k':'a','v':{'k':1,'v':2}}]", NOTHING,
     "[[],[{'k':'a','v':{'k':1,'v':2}},{'k':'a','v':{'k':1,'v':2}}]]"},
    {"groupByKey", group_by_key, PAIRS_A, NOTHING,
     "[[{'k':1,'v':[10,11]},{'k':2,'v':[20]},{'k':null,'v':[5]}]]"},
    {"groupByKey of plain records", group_by_key, "[1,{'k':null,'v':2}]", NOTHING,
     "[[{'k':null,'v':[null,2]}]]"},
    {"reduceByKey", reduce_by_key, PAIRS_A, NOTHING,
     "[[{'k':1,'v':21},{'k':2,'v':20},{'k':null,'v':5}]]"},
    {"reduceByKey of nothing", reduce_by_key, NOTHING, NOTHING, "[[]]"},
    {"reduceByKey of one value", reduce_by_key, "[{'k':1,'v':'not a number'}]", NOTHING,
     "[[{'k':1,'v':'not a number'}]]"},
    {"reduceByKey in order", reduce_by_key_last, PAIRS_A, NOTHING,
     "[[{'k':1,'v':11},{'k':2,'v':20},{'k':null,'v':5}]]"},
    {"combineByKey", combine_by_key, PAIRS_A, NOTHING,
     "[[{'k':1,'v':{'k':21,'v':2}},{'k':2,'v':{'k':20,'v':1}},{'k':null,'v':{'k':5,'v':1}}]]"},
    {"combineByKey to lists", combine_to_list, PAIRS_A, NOTHING,
     "[[{'k':1,'v':[10,11]},{'k':2,'v':[20]},{'k':null,'v':[5]}]]"},
    {"join", join, PAIRS_A, PAIRS_B,
     "[[{'k':1,'v':{'k':10,'v':'a'}},{'k':1,'v':{'k':10,'v':'b'}},{'k':1,'v':{'k':11,'v':'a'}},"
     "{'k':1,'v':{'k':11,'v':'b'}}]]"},
    {"join with nothing", join, PAIRS_A, NOTHING, "[[]]"},
    {"leftOuterJoin", left_outer_join, "[{'k':1,'v':10},{'k':2,'v':20}]", PAIRS_B,
     "[[{'k':1,'v':{'k':10,'v':'a'}},{'k':1,'v':{'k':10,'v':'b'}},"
     "{'k':2,'v':{'k':20,'v':null}}]]"},
    {"rightOuterJoin", right_outer_join, "[{'k':1,'v':10},{'k':2,'v':20}]", PAIRS_B,
     "[[{'k':1,'v':{'k':10,'v':'a'}},{'k':1,'v':{'k':10,'v':'b'}},"
     "{'k':3,'v':{'k':null,'v':'c'}}]]"},
    {"fullOuterJoin", full_outer_join, "[{'k':1,'v':10},{'k':2,'v':20}]", PAIRS_B,
     "[[{'k':1,'v':{'k':10,'v':'a'}},{'k':1,'v':{'k':10,'v':'b'}},"
     "{'k':2,'v':{'k':20,'v':null}},{'k':3,'v':{'k':null,'v':'c'}}]]"},
    {"cogroup", cogroup, PAIRS_A, PAIRS_B,
     "[[{'k':1,'v':{'k':[10,11],'v':['a','b']}},{'k':2,'v':{'k':[20],'v':[]}},"
     "{'k':null,'v':{'k':[5],'v':[]}},{'k':3,'v':{'k':[],'v':['c']}}]]"},
    {"no dataset", map, NULL, NOTHING, NULL},
    {"pairs of no dataset", group_by_key, NULL, NOTHING, NULL},
};

static weir_value compute(const struct row *row, size_t workers, dry_run *run)
{
    const int partitions[] = {2, 2};
    dry_run_init(run);
    arena_set_current(&run->results);
    weir_stream *a = dry_run_source(run);
    weir_stream *b = dry_run_source(run);
    weir_stream *stream = row->build(a, b);
    dry_run_need(run, stream);
    pool *pool = pool_create(workers);
    dry_run_start(run, pool, 1, 0);
    weir_value got = weir_absent();
    for (int batch = 0; batch < 2; batch++) { /* twice: nothing is left over from the first */
        const weir_value batches[] = {literal(row->a), literal(row->b)};
        dry_run_begin(run, 1000, batches, partitions);
        weir_status status = dry_run_collect(run, stream, &got);
        if (status != WEIR_OK) fail_msg("%s: %s", row->name, weir_last_error());
        dry_run_end(run);
    }
    dry_run_stop(run);
    pool_free(pool);
    return got;
}

static void gives_what_is_expected(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t workers = 1; workers <= 3; workers++) {
            dry_run run;
            weir_value got = compute(&rows[i], workers, &run);
            check_value(rows[i].name, got, literal(rows[i].expected));
            arena_set_current(NULL);
            dry_run_release(&run);
        }
    }
}

BUILD(union_with_none, weir_union(a, b))

/* O-01: operators over several streams need the datasets of all of them. */
static void refuses_to_go_on_without_a_parent(void **state)
{
    (void)state;
    const builder needing[] = {union_with_none, join, cogroup, intersection, count, transform,
                               repartition_one};
    for (size_t i = 0; i < sizeof needing / sizeof needing[0]; i++) {
        dry_run run;
        dry_run_init(&run);
        weir_stream *a = dry_run_source(&run), *b = dry_run_source(&run);
        weir_stream *stream = weir_name(needing[i](a, b), "needy");
        dry_run_need(&run, stream);
        pool *pool = pool_create(1);
        dry_run_start(&run, pool, 2, 0);
        const weir_value batches[] = {weir_absent(), weir_list(NULL, 0)};
        dry_run_begin(&run, 1000, batches, (const int[]){1, 1});
        weir_value got;
        assert_int_equal(dry_run_collect(&run, stream, &got), WEIR_RUNTIME);
        assert_non_null(strstr(weir_last_error(), "needy"));
        dry_run_end(&run);
        dry_run_release(&run);
        pool_free(pool);
    }
}

int main(void)
{
    library_register();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_what_is_expected),
        cmocka_unit_test(refuses_to_go_on_without_a_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
