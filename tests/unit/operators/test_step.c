/* Chains of steps over more records than a vector holds. */
#include "operators/step.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "library/library.h"
#include "support/dry_run.h"
#include "support/literal.h"
#include "weir/library.h"

enum { RECORDS = 3 * WEIR_VECTOR_SIZE + 100, COPIES = 700 };

/* More emissions than one vector holds, for each record. */
static void many(weir_value key, weir_value value, weir_value arg, weir_out *out)
{
    (void)arg;
    for (int64_t i = 0; i < COPIES; i++) {
        if (i % 2)
            weir_emit(out, weir_int(i), value);
        else
            weir_emit(out, key, value);
    }
}
WEIR_FLAT_MAP(many)

/* Pair values here and there: plain records and pairs in one vector. */
static void pair_of_odd(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                        weir_value *out_value)
{
    (void)key;
    (void)arg;
    (void)out_key;
    *out_value = weir_as_int(value) % 2 ? weir_pair(value, weir_int(-weir_as_int(value))) : value;
}
WEIR_MAP(pair_of_odd)

/* Leaves the value of even numbers away, that of others it says to be absent. */
static void no_value(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                     weir_value *out_value)
{
    (void)key;
    (void)arg;
    if (weir_as_int(value) % 2) *out_value = weir_pair(weir_int(1), weir_absent());
    else *out_key = weir_int(1);
}
WEIR_MAP(no_value)

static void emit_no_value(weir_value key, weir_value value, weir_value arg, weir_out *out)
{
    (void)value;
    (void)arg;
    weir_emit(out, key, weir_absent());
}
WEIR_FLAT_MAP(emit_no_value)

static bool is_keyed(weir_value key, weir_value value, weir_value arg)
{
    (void)value;
    (void)arg;
    return !weir_is_absent(key);
}
WEIR_FILTER(is_keyed)

static weir_value numbers(int64_t count)
{
    weir_value list;
    weir_value *items = value_make_list((size_t)count, &list);
    for (int64_t i = 0; i < count; i++) items[i] = weir_int(i);
    return list;
}

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

/* The records of the only partition. */
static const weir_value *compute(const weir_stream *stream, weir_value given, size_t *count)
{
    weir_value got;
    size_t partitions;
    dry_run_need(&test.run, (weir_stream *)(uintptr_t)stream);
    dry_run_start(&test.run, test.pool, 1, 0);
    dry_run_begin(&test.run, 1000, &given, (const int[]){1});
    if (dry_run_collect(&test.run, stream, &got) != WEIR_OK) fail_msg("%s", weir_last_error());
    dry_run_end(&test.run);
    const weir_value *lists = weir_items(got, &partitions);
    assert_int_equal(partitions, 1);
    return weir_items(lists[0], count);
}

static void passes_many_vectors_on(void **state)
{
    (void)state;
    size_t count;
    weir_stream *kept = weir_filter(weir_map(test.in, &weir_fn_increment, weir_null()),
                                    &weir_fn_is_even, weir_null());
    const weir_value *got = compute(kept, numbers(RECORDS), &count);
    assert_int_equal(count, RECORDS / 2);
    for (size_t i = 0; i < count; i++) assert_int_equal(weir_as_int(got[i]), 2 * i + 2);
}

static void emits_more_than_a_vector(void **state)
{
    (void)state;
    size_t count, two;
    weir_stream *more = weir_flat_map(test.in, &weir_fn_many, weir_null());
    const weir_value *got = compute(more, numbers(5), &count);
    assert_int_equal(count, 5 * COPIES);
    for (size_t i = 0; i < count; i++) {
        bool is_pair = i % COPIES % 2 == 1;
        assert_int_equal(weir_kind_of(got[i]), is_pair ? WEIR_PAIR : WEIR_INT);
        weir_value value = is_pair ? weir_items(got[i], &two)[1] : got[i];
        assert_int_equal(weir_as_int(value), i / COPIES);
        if (is_pair) assert_int_equal(weir_as_int(weir_items(got[i], &two)[0]), i % COPIES);
    }
}

static void emits_more_values_than_a_vector(void **state)
{
    (void)state;
    size_t count, two;
    weir_stream *pairs = weir_map(test.in, &weir_fn_pair_self, weir_null());
    weir_stream *more = weir_flat_map_values(pairs, &weir_fn_many, weir_null());
    const weir_value *got = compute(more, numbers(5), &count);
    assert_int_equal(count, 5 * COPIES);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(weir_kind_of(got[i]), WEIR_PAIR);
        const weir_value *pair = weir_items(got[i], &two);
        assert_int_equal(weir_as_int(pair[0]), i / COPIES);
        bool is_pair = i % COPIES % 2 == 1; /* what was emitted with a key is a pair value */
        assert_int_equal(weir_kind_of(pair[1]), is_pair ? WEIR_PAIR : WEIR_INT);
    }
}

static void takes_pair_values_for_pairs(void **state)
{
    (void)state;
    size_t count;
    weir_stream *mixed = weir_map(test.in, &weir_fn_pair_of_odd, weir_null());
    weir_stream *keyed = weir_filter(mixed, &weir_fn_is_keyed, weir_null());
    const weir_value *got = compute(keyed, numbers(RECORDS), &count);
    assert_int_equal(count, RECORDS / 2);
    for (size_t i = 0; i < count; i++) assert_int_equal(weir_kind_of(got[i]), WEIR_PAIR);
}

/* An absent value would be taken for none by whoever folds. */
static void an_absent_value_is_null(void **state)
{
    (void)state;
    weir_stream *nothing = weir_flat_map(test.in, &weir_fn_emit_no_value, weir_null());
    weir_stream *pairs = weir_map(test.in, &weir_fn_no_value, weir_null());
    weir_stream *again = weir_map_values(pairs, &weir_fn_no_value, weir_null());
    weir_stream *more = weir_flat_map_values(pairs, &weir_fn_emit_no_value, weir_null());
    weir_stream *all[] = {nothing, pairs, again, more};
    size_t count;
    weir_stream *counts = weir_count_by_value(weir_union_all(all, 4));
    const weir_value *got = compute(counts, numbers(4), &count);
    assert_int_equal(count, 3);
    weir_value null = weir_null(), pair = weir_pair(weir_int(1), weir_null());
    check_value("nothing", got[0], weir_pair(null, weir_int(4)));
    check_value("pairs", got[1], weir_pair(pair, weir_int(8)));
    check_value("again", got[2], weir_pair(weir_pair(weir_int(1), pair), weir_int(4)));
}

static void gathers_whole_partitions(void **state)
{
    (void)state;
    size_t count, size;
    weir_stream *glommed = weir_glom(weir_flat_map(test.in, &weir_fn_twice, weir_null()));
    const weir_value *got = compute(glommed, numbers(RECORDS), &count);
    assert_int_equal(count, 1);
    const weir_value *items = weir_items(got[0], &size);
    assert_int_equal(size, 2 * RECORDS);
    for (size_t i = 0; i < size; i++) assert_int_equal(weir_as_int(items[i]), i / 2);
}

static void chains_whole_partitions(void **state)
{
    (void)state;
    size_t count;
    weir_stream *same = weir_map_partitions(test.in, &weir_fn_part_identity, weir_null());
    weir_stream *again = weir_map(same, &weir_fn_increment, weir_null());
    weir_stream *sum = weir_map_partitions(again, &weir_fn_part_sum, weir_null());
    const weir_value *got = compute(sum, numbers(RECORDS), &count);
    assert_int_equal(count, 1);
    assert_int_equal(weir_as_int(got[0]), (int64_t)RECORDS * (RECORDS + 1) / 2);
}

static void takes_a_plain_vector_for_pairs(void **state)
{
    (void)state;
    weir_value values[] = {weir_int(1), weir_int(2)}, keys[] = {weir_absent(), weir_int(7)};
    weir_value room[2 * WEIR_VECTOR_SIZE];
    weir_vector plain = vector_as_pairs(&(weir_vector){NULL, values, 2}, room);
    assert_true(weir_is_null(plain.keys[0]) && weir_is_null(plain.values[1]));
    weir_vector mixed = vector_as_pairs(&(weir_vector){keys, values, 2}, room);
    assert_true(weir_is_null(mixed.keys[0]) && weir_is_null(mixed.values[0]));
    assert_int_equal(weir_as_int(mixed.keys[1]), 7);
    assert_int_equal(weir_as_int(mixed.values[1]), 2);
    weir_vector boxed = vector_boxed(&(weir_vector){keys, values, 2}, room);
    assert_null(boxed.keys);
    check_value("plain", boxed.values[0], weir_int(1));
    check_value("pair", boxed.values[1], weir_pair(weir_int(7), weir_int(2)));
}

#define unit(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    library_register();
    const struct CMUnitTest tests[] = {
        unit(passes_many_vectors_on),     unit(emits_more_than_a_vector),
        unit(emits_more_values_than_a_vector), unit(takes_pair_values_for_pairs),
        unit(gathers_whole_partitions),   unit(chains_whole_partitions),
        unit(takes_a_plain_vector_for_pairs), unit(an_absent_value_is_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
