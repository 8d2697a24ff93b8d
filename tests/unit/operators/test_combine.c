/* Combining shuffles: the same records in the same order for every number of workers, floats to
 * the last bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "library/library.h"
#include "record/value.h"
#include "support/dry_run.h"
#include "support/literal.h"
#include "support/random_values.h"
#include "weir/library.h"

enum { RECORDS = 6000, SOURCE_PARTITIONS = 7, WORKERS_MAX = 3 };

typedef struct shuffle_case {
    const char *name;
    weir_stream *(*build)(weir_stream *in);
    weir_value (*value)(random_source *random);
} shuffle_case;

/* --- Values ---------------------------------------------------------------------------------- */

static weir_value an_int(random_source *random)
{
    return weir_int((int64_t)random_next(random)); /* sums wrap */
}

/* Sums of these depend on the order in which they are added. */
static weir_value a_double(random_source *random)
{
    double number = (double)(int64_t)random_next(random);
    for (size_t i = random_below(random, 40); i > 0; i--) number /= 7;
    return weir_double(number);
}

/* Ints, then here and there a float: what is exact turns out not to be. */
static weir_value a_number(random_source *random)
{
    return random_below(random, 500) ? weir_int((int64_t)random_below(random, 100))
                                     : a_double(random);
}

static weir_value a_string(random_source *random)
{
    char text[] = "a string that is longer than fourteen bytes";
    size_t length = 1 + random_below(random, sizeof text - 1);
    text[random_below(random, length)] = (char)('a' + random_below(random, 26));
    return weir_string(text, length);
}

/* 1 and 1.0 are equal in order, but not the same. */
static weir_value a_small_number(random_source *random)
{
    size_t number = random_below(random, 3);
    return random_below(random, 2) ? weir_int((int64_t)number) : weir_double((double)number);
}

static weir_value anything(random_source *random)
{
    return random_value(random, 2);
}

/* --- Streams --------------------------------------------------------------------------------- */

#define BUILD(name, expression)                                                                   \
    static weir_stream *name(weir_stream *in) { return expression; }

BUILD(sum_by_key, weir_reduce_by_key(in, &weir_fn_sum, weir_null(), 5))
BUILD(sum_to_one, weir_reduce_by_key(in, &weir_fn_sum, weir_null(), 1))
BUILD(max_by_key, weir_reduce_by_key(in, &weir_fn_max, weir_null(), 5))
BUILD(min_by_key, weir_reduce_by_key(in, &weir_fn_min, weir_null(), 5))
BUILD(concat_by_key, weir_reduce_by_key(in, &weir_fn_concat, weir_null(), 5))
BUILD(last_by_key, weir_reduce_by_key(in, &weir_fn_last, weir_null(), 5))
BUILD(to_lists, weir_combine_by_key(in, &weir_fn_to_list, weir_null(), 5))
BUILD(sums_and_counts, weir_combine_by_key(in, &weir_fn_sum_count, weir_null(), 5))
BUILD(min_max, weir_combine_by_key(in, &weir_fn_min_max, weir_null(), 5))
BUILD(counts, weir_count_by_value(in))
BUILD(distinct_values, weir_transform(weir_map(in, &weir_fn_value, weir_null()), &weir_fn_distinct,
                                      weir_null()))
BUILD(groups, weir_group_by_key(in, 5))
BUILD(sum_of_all, weir_reduce(weir_map(in, &weir_fn_value, weir_null()), &weir_fn_sum,
                              weir_null()))
BUILD(concat_all, weir_reduce(weir_map(in, &weir_fn_value, weir_null()), &weir_fn_concat,
                              weir_null()))
BUILD(sorted, weir_transform(in, &weir_fn_sort, weir_null()))
BUILD(top, weir_transform(weir_map(in, &weir_fn_value, weir_null()), &weir_fn_top_3, weir_null()))
BUILD(evenly, weir_repartition(in, 4))
BUILD(joined, weir_join(weir_filter(in, &weir_fn_value_is_even, weir_null()),
                        weir_reduce_by_key(in, &weir_fn_sum, weir_null(), 3), 5))

static const shuffle_case cases[] = {
    {"sums of ints", sum_by_key, an_int},
    {"sums of floats", sum_by_key, a_double},
    {"sums of numbers", sum_by_key, a_number},
    {"sums of anything", sum_by_key, anything},
    {"sums in one partition", sum_to_one, an_int},
    {"sums of numbers in one partition", sum_to_one, a_number},
    {"greatest ints", max_by_key, an_int},
    {"greatest of equals", max_by_key, a_small_number},
    {"greatest of anything", max_by_key, anything},
    {"least of equals", min_by_key, a_small_number},
    {"least of anything", min_by_key, anything},
    {"strings", concat_by_key, a_string},
    {"last values", last_by_key, anything},
    {"lists", to_lists, anything},
    {"sums and counts", sums_and_counts, a_number},
    {"least and greatest of equals", min_max, a_small_number},
    {"counts of small numbers", counts, a_small_number},
    {"counts of anything", counts, anything},
    {"distinct values", distinct_values, anything},
    {"groups", groups, anything},
    {"one sum of floats", sum_of_all, a_double},
    {"one string", concat_all, a_string},
    {"sorted", sorted, a_small_number},
    {"the greatest three", top, a_small_number},
    {"spread evenly", evenly, anything},
    {"a stream joined with its sums", joined, an_int},
};

static weir_value records_of(const shuffle_case *test, uint64_t seed)
{
    random_source random = {seed};
    weir_value list;
    weir_value *items = value_make_list(RECORDS, &list);
    for (size_t i = 0; i < RECORDS; i++) {
        weir_value key = random_below(&random, 4) ? weir_int((int64_t)random_below(&random, 300))
                                                  : random_value(&random, 1);
        items[i] = weir_pair(key, test->value(&random));
    }
    return list;
}

static weir_value compute(dry_run *run, const weir_stream *stream, weir_value records,
                          size_t workers)
{
    pool *pool = pool_create(workers);
    dry_run_start(run, pool, 5, 0);
    weir_value got = weir_absent();
    for (int batch = 1; batch <= 2; batch++) { /* the second knows what the first one met */
        dry_run_begin(run, batch * 1000, &records, (const int[]){SOURCE_PARTITIONS});
        weir_status status = dry_run_collect(run, stream, &got);
        if (status != WEIR_OK) fail_msg("%s", weir_last_error());
        dry_run_end(run);
    }
    dry_run_stop(run);
    pool_free(pool);
    return got;
}

static void workers_do_not_matter(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dry_run run;
        dry_run_init(&run);
        arena_set_current(&run.results);
        weir_stream *stream = cases[i].build(dry_run_source(&run));
        dry_run_need(&run, stream);
        weir_value records = records_of(&cases[i], i + 1);
        weir_value alone = compute(&run, stream, records, 1);
        for (size_t workers = 2; workers <= WORKERS_MAX; workers++) {
            if (!weir_equal(compute(&run, stream, records, workers), alone))
                fail_msg("%s: %zu workers give something else than one", cases[i].name, workers);
        }
        arena_set_current(NULL);
        dry_run_release(&run);
    }
}

/* The order that is promised: keys as they occur, values by source partition, then position. */
static void keeps_the_order_of_occurrence(void **state)
{
    (void)state;
    dry_run run;
    dry_run_init(&run);
    arena_set_current(&run.results);
    weir_stream *stream = sum_to_one(dry_run_source(&run));
    dry_run_need(&run, stream);
    pool *pool = pool_create(3);
    dry_run_start(&run, pool, 1, 0);
    weir_value records =
        literal("[{'k':'d','v':1},{'k':'b','v':1},{'k':'d','v':1},{'k':'a','v':1},"
                                 "{'k':'b','v':1},{'k':'c','v':1}]");
    weir_value got;
    dry_run_begin(&run, 1000, &records, (const int[]){6});
    assert_int_equal(dry_run_collect(&run, stream, &got), WEIR_OK);
    check_value("sums", got, literal("[[{'k':'d','v':2},{'k':'b','v':2},{'k':'a','v':1},"
                                     "{'k':'c','v':1}]]"));
    dry_run_end(&run);
    arena_set_current(NULL);
    dry_run_release(&run);
    pool_free(pool);
}

/* Accumulators that grow for long are given up in between, and what lives is kept. */
static void grows_long_strings(void **state)
{
    (void)state;
    enum { PIECES = 1200, PIECE = 37 };
    dry_run run;
    dry_run_init(&run);
    arena_set_current(&run.results);
    weir_stream *stream = weir_reduce_by_key(dry_run_source(&run), &weir_fn_concat, weir_null(),
                                             1);
    dry_run_need(&run, stream);
    weir_value list;
    weir_value *items = value_make_list(2 * PIECES, &list);
    for (size_t i = 0; i < 2 * PIECES; i++) {
        char text[PIECE + 1];
        snprintf(text, sizeof text, "%0*zu", PIECE, i / 2);
        items[i] = weir_pair(weir_int((int64_t)(i % 2)), weir_string(text, PIECE));
    }
    weir_value got = compute(&run, stream, list, 2);
    size_t partitions, keys, length;
    const weir_value *pairs = weir_items(weir_items(got, &partitions)[0], &keys);
    assert_int_equal(keys, 2);
    for (size_t key = 0; key < 2; key++) {
        weir_value joined = weir_items(pairs[key], &partitions)[1];
        const char *text = weir_bytes(&joined, &length);
        assert_int_equal(length, PIECES * PIECE);
        for (size_t i = 0; i < PIECES; i++)
            assert_int_equal(strtoul(memcpy((char[PIECE + 1]){0}, text + i * PIECE, PIECE), NULL,
                                     10), i);
    }
    arena_set_current(NULL);
    dry_run_release(&run);
}

int main(void)
{
    library_register();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_do_not_matter),
        cmocka_unit_test(keeps_the_order_of_occurrence),
        cmocka_unit_test(grows_long_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
