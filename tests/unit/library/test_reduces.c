/* Reduces, their inverses, and combinations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "record/value.h"
#include "support/literal.h"
#include "support/random_values.h"
#include "weir/library.h"

static const struct {
    const weir_function *function;
    const char *a;
    const char *b;
    const char *out;
} rows[] = {
    {&weir_fn_sum, "1", "2", "3"},
    {&weir_fn_sum, "9223372036854775807", "1", "-9223372036854775808"},
    {&weir_fn_sum, "1", "0.5", "1.5"},
    {&weir_fn_sum, "0.25", "0.5", "0.75"},
    {&weir_fn_sum, "1", "'2'", "null"},
    {&weir_fn_sum, "null", "2", "null"},
    {&weir_fn_sum, "true", "2", "null"},
    {&weir_fn_product, "3", "-4", "-12"},
    {&weir_fn_product, "4294967296", "4294967296", "0"},
    {&weir_fn_product, "3", "4.0", "null"},
    {&weir_fn_max, "1", "'a'", "'a'"},
    {&weir_fn_max, "1", "1.0", "1"},
    {&weir_fn_max, "1.0", "1", "1.0"},
    {&weir_fn_max, "[1]", "{'k':0,'v':0}", "{'k':0,'v':0}"},
    {&weir_fn_min, "1", "null", "null"},
    {&weir_fn_min, "1.0", "1", "1.0"},
    {&weir_fn_min, "'ab'", "'a'", "'a'"},
    {&weir_fn_xor, "6", "3", "5"},
    {&weir_fn_xor, "6", "null", "null"},
    {&weir_fn_concat, "'ab'", "'c'", "'abc'"},
    {&weir_fn_concat, "'longer than '", "'fourteen'", "'longer than fourteen'"},
    {&weir_fn_concat, "'ab'", "1", "null"},
    {&weir_fn_concat_sorted, "'zb\u00e9'", "'\u20aca'", "'abz\u00e9\u20ac'"},
    {&weir_fn_concat_sorted, "''", "''", "''"},
    {&weir_fn_concat_sorted, "'a\\u0000'", "'\\u0001'", "'\\u0000\\u0001a'"},
    {&weir_fn_concat_sorted, "'a'", "['b']", "null"},
    {&weir_fn_list_concat, "[1]", "[2,[3]]", "[1,2,[3]]"},
    {&weir_fn_list_concat, "[]", "[]", "[]"},
    {&weir_fn_list_concat, "[1]", "2", "null"},
    {&weir_fn_first, "1", "2", "1"},
    {&weir_fn_last, "1", "2", "2"},
    {&weir_fn_sum_pairs, "{'k':1,'v':2}", "{'k':3,'v':0.5}", "{'k':4,'v':2.5}"},
    {&weir_fn_sum_pairs, "{'k':1,'v':2}", "{'k':'x','v':1}", "{'k':null,'v':3}"},
    {&weir_fn_sum_pairs, "{'k':1,'v':2}", "[3,4]", "null"},

    {&weir_fn_difference, "3", "5", "-2"},
    {&weir_fn_difference, "-9223372036854775808", "1", "9223372036854775807"},
    {&weir_fn_difference, "1", "0.5", "0.5"},
    {&weir_fn_difference, "'a'", "0.5", "null"},
    {&weir_fn_strip_prefix, "'abc'", "'ab'", "'c'"},
    {&weir_fn_strip_prefix, "'abc'", "'b'", "'abc'"},
    {&weir_fn_strip_prefix, "'ab'", "'abc'", "'ab'"},
    {&weir_fn_strip_prefix, "'a string longer than fourteen'", "'a string '",
     "'longer than fourteen'"},
    {&weir_fn_strip_prefix, "'ab'", "1", "null"},
    {&weir_fn_list_minus, "[1,2,1,3,1]", "[1,3,1,7]", "[2,1]"},
    {&weir_fn_list_minus, "[1,1.0,'1']", "['1',1.0]", "[1]"},
    {&weir_fn_list_minus, "[[1],{'k':1,'v':2}]", "[{'k':1,'v':2}]", "[[1]]"},
    {&weir_fn_list_minus, "[]", "[1]", "[]"},
    {&weir_fn_list_minus, "[1]", "1", "null"},
    {&weir_fn_difference_pairs, "{'k':4,'v':2.5}", "{'k':3,'v':0.5}", "{'k':1,'v':2.0}"},
    {&weir_fn_difference_pairs, "4", "{'k':3,'v':0.5}", "null"},
};

static void reduces_give_what_they_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char what[200];
        snprintf(what, sizeof what, "%s of %s, %s", rows[i].function->name, rows[i].a, rows[i].b);
        weir_value got =
            rows[i].function->call.reduce(literal(rows[i].a), literal(rows[i].b), weir_null());
        check_value(what, got, literal(rows[i].out));
    }
}

/* --- What the flags promise ------------------------------------------------------------------ */

static weir_value reduce(const weir_function *function, weir_value a, weir_value b)
{
    return function->call.reduce(a, b, weir_null());
}

static void flags_hold(void **state)
{
    (void)state;
    static const weir_function *const functions[] = {&weir_fn_sum, &weir_fn_max, &weir_fn_min,
                                                     &weir_fn_product, &weir_fn_xor};
    random_source random = {1};
    for (int i = 0; i < 20000; i++) {
        const weir_function *f = functions[i % 5];
        weir_value v[3];
        for (int j = 0; j < 3; j++)
            v[j] = f->flags & WEIR_EXACT ? random_value(&random, 1)
                                         : weir_int((int64_t)random_next(&random));
        assert_true(f->flags & WEIR_COMMUTATIVE);
        check_value(f->name, reduce(f, v[0], v[1]), reduce(f, v[1], v[0]));
        check_value(f->name, reduce(f, reduce(f, v[0], v[1]), v[2]),
                    reduce(f, v[0], reduce(f, v[1], v[2])));
    }
}

/* --- Kernels --------------------------------------------------------------------------------- */

enum { ENTRIES = 8, VALUES = 64 };

/* The kernel against one call after the other. */
static void check_kernel(const weir_function *function, const weir_entry *start,
                         const weir_value *values, const uint32_t *slots)
{
    weir_entry by_kernel[ENTRIES], by_call[ENTRIES];
    memcpy(by_kernel, start, sizeof by_kernel);
    memcpy(by_call, start, sizeof by_call);
    bool only_ints = true;
    for (size_t i = 0; i < VALUES; i++) {
        weir_value *to = &by_call[slots[i]].value;
        only_ints &= weir_is_int(values[i]) && (weir_is_int(*to) || weir_is_absent(*to));
        *to = weir_is_absent(*to) ? values[i] : reduce(function, *to, values[i]);
    }
    bool done = function->kernel.reduce(by_kernel, slots, values, VALUES, weir_null());
    assert_int_equal(done, only_ints);
    assert_memory_equal(by_kernel, done ? by_call : start, sizeof by_kernel);
}

static void kernels_do_ints_or_nothing(void **state)
{
    (void)state;
    static const weir_function *const functions[] = {&weir_fn_sum, &weir_fn_max, &weir_fn_min};
    random_source random = {2};
    for (int i = 0; i < 3000; i++) {
        weir_entry start[ENTRIES];
        weir_value values[VALUES];
        uint32_t slots[VALUES];
        for (size_t j = 0; j < ENTRIES; j++)
            start[j] =
                (weir_entry){weir_int((int64_t)j), random_below(&random, 2)
                                                       ? weir_int((int64_t)random_next(&random))
                                                       : weir_absent()};
        for (size_t j = 0; j < VALUES; j++) {
            slots[j] = (uint32_t)random_below(&random, ENTRIES - 1);
            values[j] = weir_int((int64_t)random_next(&random));
        }
        size_t spoilt = random_below(&random, 4);
        weir_value spoiler = random_below(&random, 2) ? weir_double(0.5) : weir_null();
        if (spoilt == 1) values[random_below(&random, VALUES)] = spoiler;
        if (spoilt == 2) start[slots[random_below(&random, VALUES)]].value = spoiler;
        if (spoilt == 3) start[ENTRIES - 1].value = spoiler; /* no value goes there */
        check_kernel(functions[i % 3], start, values, slots);
    }
}

/* --- Combinations ---------------------------------------------------------------------------- */

static const struct {
    const weir_function *function;
    const char *values;
    const char *out;
} combines[] = {
    {&weir_fn_to_list, "[1]", "[1]"},
    {&weir_fn_to_list, "[1,[2],null]", "[1,[2],null]"},
    {&weir_fn_sum_count, "[1,2.5,3]", "{'k':6.5,'v':3}"},
    {&weir_fn_sum_count, "['a']", "{'k':'a','v':1}"},
    {&weir_fn_min_max, "[3,'a',null]", "{'k':null,'v':'a'}"},
    {&weir_fn_count, "[3,'a',null]", "3"},
};

static void combinations_give_what_they_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof combines / sizeof *combines; i++) {
        const weir_function *function = combines[i].function;
        size_t count;
        const weir_value *values = weir_items(literal(combines[i].values), &count);
        weir_value combined = function->create(values[0], weir_null());
        for (size_t j = 1; j < count; j++)
            combined = reduce(function, combined, function->create(values[j], weir_null()));
        check_value(function->name, combined, literal(combines[i].out));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reduces_give_what_they_say),
        cmocka_unit_test(flags_hold),
        cmocka_unit_test(kernels_do_ints_or_nothing),
        cmocka_unit_test(combinations_give_what_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
