#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "record/task.h"
#include "record/value.h"
#include "support/literal.h"
#include "weir/library.h"

typedef struct row {
    const weir_function *function;
    const char *in;
    const char *out;
} row;

static const row rows[] = {
    {&weir_fn_identity, "null", "null"},
    {&weir_fn_identity, "{'k':1,'v':2}", "{'k':1,'v':2}"},

    {&weir_fn_to_upper, "'abcxyz{`AZ09'", "'ABCXYZ{`AZ09'"},
    {&weir_fn_to_upper, "'a somewhat longer string, \u00e9t\u00e9 zZ'",
     "'A SOMEWHAT LONGER STRING, \u00e9T\u00e9 ZZ'"},
    {&weir_fn_to_upper, "['a']", "['a']"},
    {&weir_fn_to_upper, "{'k':'a','v':'b'}", "{'k':'a','v':'b'}"},
    {&weir_fn_to_lower, "'ABCXYZ[@az09'", "'abcxyz[@az09'"},
    {&weir_fn_to_lower, "'A Somewhat Longer String, \u00c9T\u00c9 ZZ'",
     "'a somewhat longer string, \u00c9t\u00c9 zz'"},
    {&weir_fn_to_lower, "7", "7"},

    {&weir_fn_length, "''", "0"},
    {&weir_fn_length, "'\u00e9t\u00e9'", "3"},
    {&weir_fn_length, "[1,2,[3,4]]", "3"},
    {&weir_fn_length, "5", "0"},
    {&weir_fn_length, "{'k':1,'v':2}", "0"},

    {&weir_fn_pair_with_one, "'a'", "{'k':'a','v':1}"},
    {&weir_fn_pair_with_one, "{'k':1,'v':2}", "{'k':{'k':1,'v':2},'v':1}"},
    {&weir_fn_pair_self, "'a'", "{'k':'a','v':'a'}"},
    {&weir_fn_pair_self, "{'k':1,'v':2}", "{'k':{'k':1,'v':2},'v':{'k':1,'v':2}}"},
    {&weir_fn_pair_with_arg, "'a'", "{'k':'ARG','v':'a'}"},
    {&weir_fn_pair_by_length, "'abc'", "{'k':3,'v':'abc'}"},
    {&weir_fn_pair_by_length, "null", "{'k':0,'v':null}"},
    {&weir_fn_pair_by_length, "{'k':'abc','v':2}", "{'k':0,'v':{'k':'abc','v':2}}"},
    {&weir_fn_pair_by_first, "'abc'", "{'k':'a','v':'abc'}"},
    {&weir_fn_pair_by_first, "'\u00e9t\u00e9'", "{'k':'\u00e9','v':'\u00e9t\u00e9'}"},
    {&weir_fn_pair_by_first, "''", "{'k':'','v':''}"},
    {&weir_fn_pair_by_first, "['abc']", "{'k':null,'v':['abc']}"},
    {&weir_fn_pair_by_first, "{'k':'abc','v':2}", "{'k':null,'v':{'k':'abc','v':2}}"},
    {&weir_fn_pair_mod3, "7", "{'k':1,'v':7}"},
    {&weir_fn_pair_mod3, "-1", "{'k':2,'v':-1}"},
    {&weir_fn_pair_mod3, "-9223372036854775808", "{'k':1,'v':-9223372036854775808}"},
    {&weir_fn_pair_mod3, "6.0", "{'k':null,'v':6.0}"},
    {&weir_fn_pair_parity, "-2", "{'k':true,'v':-2}"},
    {&weir_fn_pair_parity, "3", "{'k':false,'v':3}"},
    {&weir_fn_pair_parity, "2.0", "{'k':false,'v':2.0}"},
    {&weir_fn_pair_parity, "true", "{'k':false,'v':true}"},

    {&weir_fn_swap, "{'k':1,'v':'x'}", "{'k':'x','v':1}"},
    {&weir_fn_swap, "{'k':1,'v':null}", "{'k':null,'v':1}"},
    {&weir_fn_swap, "[1,2]", "[1,2]"},
    {&weir_fn_key, "{'k':1,'v':'x'}", "1"},
    {&weir_fn_key, "'x'", "null"},
    {&weir_fn_value, "{'k':1,'v':'x'}", "'x'"},
    {&weir_fn_value, "{'k':1,'v':{'k':2,'v':3}}", "{'k':2,'v':3}"},
    {&weir_fn_value, "'x'", "null"},

    {&weir_fn_parse_int, "'12'", "12"},
    {&weir_fn_parse_int, "'-000000000000000012'", "-12"},
    {&weir_fn_parse_int, "'1234567890123456789'", "null"},
    {&weir_fn_parse_int, "' 1'", "null"},
    {&weir_fn_parse_int, "''", "null"},
    {&weir_fn_parse_int, "1", "null"},

    {&weir_fn_parse_kv, "'a=1'", "{'k':'a','v':1}"},
    {&weir_fn_parse_kv, "'=1'", "{'k':'','v':1}"},
    {&weir_fn_parse_kv, "'a='", "{'k':'a','v':null}"},
    {&weir_fn_parse_kv, "'='", "{'k':'','v':null}"},
    {&weir_fn_parse_kv, "'a=-12'", "{'k':'a','v':-12}"},
    {&weir_fn_parse_kv, "'a=b'", "{'k':'a','v':null}"},
    {&weir_fn_parse_kv, "'a=1=2'", "{'k':'a','v':null}"},
    {&weir_fn_parse_kv, "'abcdefg=123456'", "{'k':'abcdefg','v':123456}"},
    {&weir_fn_parse_kv, "'abcdefgh=12345'", "{'k':'abcdefgh','v':12345}"},
    {&weir_fn_parse_kv, "'abcdefghi=1234'", "{'k':'abcdefghi','v':1234}"},
    {&weir_fn_parse_kv, "'abcdefghijklm='", "{'k':'abcdefghijklm','v':null}"},
    {&weir_fn_parse_kv, "'abc=1234567890'", "{'k':'abc','v':1234567890}"},
    {&weir_fn_parse_kv, "'a=12345678'", "{'k':'a','v':12345678}"},
    {&weir_fn_parse_kv, "'a=123456789'", "{'k':'a','v':123456789}"},
    {&weir_fn_parse_kv, "'a=1234567x'", "{'k':'a','v':null}"},
    {&weir_fn_parse_kv, "'abcdefghijklmn'", "{'k':'abcdefghijklmn','v':null}"},
    {&weir_fn_parse_kv, "'abcdefghijklmnopq'", "{'k':'abcdefghijklmnopq','v':null}"},
    {&weir_fn_parse_kv, "'abcdefghijklmnopq=18'", "{'k':'abcdefghijklmnopq','v':18}"},
    {&weir_fn_parse_kv, "'abcdef=-123456789012'", "{'k':'abcdef','v':-123456789012}"},
    {&weir_fn_parse_kv, "'a,b=1'", "{'k':'a,b','v':1}"},
    {&weir_fn_parse_kv, "''", "{'k':'','v':null}"},
    {&weir_fn_parse_kv, "1", "{'k':null,'v':null}"},
    {&weir_fn_parse_kv, "{'k':'a=1','v':'b=2'}", "{'k':null,'v':null}"},
    {&weir_fn_parse_csv_kv, "'user0000017,99'", "{'k':'user0000017','v':99}"},
    {&weir_fn_parse_csv_kv, "'user0000017,9999'", "{'k':'user0000017','v':9999}"},
    {&weir_fn_parse_csv_kv, "'a=1,2'", "{'k':'a=1','v':2}"},
    {&weir_fn_parse_csv_kv, "'a,1,2'", "{'k':'a','v':null}"},
    {&weir_fn_parse_csv_kv, "null", "{'k':null,'v':null}"},

    {&weir_fn_negate, "5", "-5"},
    {&weir_fn_negate, "-9223372036854775808", "-9223372036854775808"},
    {&weir_fn_negate, "1.5", "-1.5"},
    {&weir_fn_negate, "'5'", "null"},
    {&weir_fn_square, "-3", "9"},
    {&weir_fn_square, "4294967296", "0"},
    {&weir_fn_square, "1.5", "null"},
    {&weir_fn_increment, "9223372036854775807", "-9223372036854775808"},
    {&weir_fn_increment, "1.5", "null"},
    {&weir_fn_increment, "{'k':1,'v':2}", "null"},
    {&weir_fn_half, "3", "1.5"},
    {&weir_fn_half, "-3.0", "-1.5"},
    {&weir_fn_half, "true", "null"},
    {&weir_fn_to_string, "null", "'null'"},
    {&weir_fn_to_string, "true", "'true'"},
    {&weir_fn_to_string, "false", "'false'"},
    {&weir_fn_to_string, "-9223372036854775808", "'-9223372036854775808'"},
    {&weir_fn_to_string, "'a'", "'a'"},
    {&weir_fn_to_string, "1.5", "'?'"},
    {&weir_fn_to_string, "[1]", "'?'"},
    {&weir_fn_to_string, "{'k':'a','v':'b'}", "'?'"},
    {&weir_fn_is_even_flag, "4", "true"},
    {&weir_fn_is_even_flag, "-3", "false"},
    {&weir_fn_is_even_flag, "4.0", "false"},
    {&weir_fn_const_one, "{'k':1,'v':2}", "1"},
    {&weir_fn_fail_on_negative, "0", "0"},
    {&weir_fn_fail_on_negative, "-1.5", "-1.5"},
    {&weir_fn_fail_on_negative, "{'k':-1,'v':-2}", "{'k':-1,'v':-2}"},

    {&weir_fn_sum_list, "[1,2.5,'3',4]", "5"},
    {&weir_fn_sum_list, "[9223372036854775807,1]", "-9223372036854775808"},
    {&weir_fn_sum_list, "[]", "0"},
    {&weir_fn_sum_list, "{'k':1,'v':2}", "0"},
    {&weir_fn_max_list, "[1,'a',true]", "'a'"},
    {&weir_fn_max_list, "[1,1.0]", "1"},
    {&weir_fn_max_list, "[{'k':2,'v':1},[9]]", "{'k':2,'v':1}"},
    {&weir_fn_max_list, "[]", "null"},
    {&weir_fn_max_list, "{'k':1,'v':2}", "null"},
    {&weir_fn_sum_pair, "{'k':1,'v':2}", "3"},
    {&weir_fn_sum_pair, "{'k':1,'v':0.5}", "1.5"},
    {&weir_fn_sum_pair, "{'k':1,'v':null}", "null"},
    {&weir_fn_sum_pair, "[1,2]", "null"},
    {&weir_fn_sizes, "{'k':[1,2],'v':'abc'}", "{'k':2,'v':3}"},
    {&weir_fn_sizes, "'abc'", "{'k':0,'v':0}"},
    {&weir_fn_mean, "{'k':7,'v':2}", "3.5"},
    {&weir_fn_mean, "{'k':7.5,'v':-2}", "-3.75"},
    {&weir_fn_mean, "{'k':7,'v':0}", "null"},
    {&weir_fn_mean, "{'k':7,'v':2.0}", "null"},
    {&weir_fn_mean, "{'k':null,'v':2}", "null"},
    {&weir_fn_nulls_to_zero, "null", "0"},
    {&weir_fn_nulls_to_zero, "'a'", "'a'"},
    {&weir_fn_nulls_to_zero, "{'k':null,'v':null}", "{'k':0,'v':0}"},
    {&weir_fn_nulls_to_zero, "{'k':'a','v':[null]}", "{'k':'a','v':[null]}"},
    {&weir_fn_swap_key_into_value, "{'k':'a','v':{'k':'b','v':'c'}}",
     "{'k':'b','v':{'k':'a','v':'c'}}"},
    {&weir_fn_swap_key_into_value, "{'k':'a','v':'b'}", "{'k':'a','v':'b'}"},
    {&weir_fn_swap_key_into_value, "'a'", "'a'"},
};
enum { ROWS = sizeof rows / sizeof *rows };

/* Runs a function's kernel on a vector of one record. */
static weir_value run_kernel(const weir_function *function, weir_value key, weir_value value)
{
    weir_value key_room, value_room;
    weir_vector in = {weir_is_absent(key) ? NULL : &key, &value, 1};
    weir_vector out = {NULL, NULL, 1};
    function->kernel.map(&in, weir_text("ARG"), &out, &key_room, &value_room);
    assert_int_equal(out.count, 1);
    return value_box(out.keys ? out.keys[0] : weir_absent(), out.values[0]);
}

static void check_map(const row *row, weir_value key, weir_value value)
{
    char what[200];
    snprintf(what, sizeof what, "%s of %s", row->function->name, row->in);
    weir_value out_key = weir_absent(), out_value = weir_absent();
    row->function->call.map(key, value, weir_text("ARG"), &out_key, &out_value);
    check_value(what, value_box(out_key, out_value), literal(row->out));
    if (row->function->kernel.map)
        check_value(what, run_kernel(row->function, key, value), literal(row->out));
}

/* A pair is the same thing as one value and as a record with a key. */
static void maps_give_what_they_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        weir_value key, value, in = literal(rows[i].in);
        check_map(&rows[i], weir_absent(), in);
        value_unbox(in, &key, &value);
        if (!weir_is_absent(key)) check_map(&rows[i], key, value);
    }
}

static void every_map_has_a_row(void **state)
{
    (void)state;
    size_t count = 0;
    for (size_t i = 0; i < ROWS; i++) count += i == 0 || rows[i].function != rows[i - 1].function;
    assert_int_equal(count, 32);
}

/* A whole vector: constants and rooms must be long enough, aliases right. */
static void kernels_take_whole_vectors(void **state)
{
    (void)state;
    static weir_value values[WEIR_VECTOR_SIZE], keys[WEIR_VECTOR_SIZE], other[WEIR_VECTOR_SIZE];
    for (size_t i = 0; i < WEIR_VECTOR_SIZE; i++) {
        char text[32];
        snprintf(text, sizeof text, "key%zu=%zu", i, i * i * i * i);
        values[i] = weir_text(text);
    }
    weir_vector in = {NULL, values, WEIR_VECTOR_SIZE}, out = {NULL, NULL, 0};
    weir_fn_pair_with_one.kernel.map(&in, weir_null(), &out, keys, other);
    assert_int_equal(out.count, WEIR_VECTOR_SIZE);
    for (size_t i = 0; i < WEIR_VECTOR_SIZE; i++) {
        assert_true(weir_equal(out.keys[i], values[i]));
        assert_true(weir_equal(out.values[i], weir_int(1)));
    }
    weir_fn_parse_kv.kernel.map(&in, weir_null(), &out, keys, other);
    for (size_t i = 0; i < WEIR_VECTOR_SIZE; i++) {
        weir_value key, value;
        weir_fn_parse_kv.call.map(weir_absent(), values[i], weir_null(), &key, &value);
        assert_true(weir_equal(out.keys[i], key));
        assert_true(weir_equal(out.values[i], value));
        assert_true(weir_equal(value, weir_int((int64_t)(i * i * i * i))));
    }
}

static void a_negative_record_fails_the_task(void **state)
{
    (void)state;
    task task;
    task_init(&task, 0, NULL, NULL);
    struct task *before = task_set_current(&task);
    weir_value key = weir_absent(), value = weir_absent();
    weir_fn_fail_on_negative.call.map(weir_absent(), weir_int(3), weir_null(), &key, &value);
    assert_false(task_is_failed(&task));
    weir_fn_fail_on_negative.call.map(weir_absent(), weir_int(-3), weir_null(), &key, &value);
    assert_true(task_is_failed(&task));
    assert_non_null(strstr(task.error, "-3"));
    task_set_current(before);
    task_release(&task);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_give_what_they_say),
        cmocka_unit_test(every_map_has_a_row),
        cmocka_unit_test(kernels_take_whole_vectors),
        cmocka_unit_test(a_negative_record_fails_the_task),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
