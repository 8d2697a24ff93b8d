#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record/value.h"
#include "support/literal.h"
#include "weir/library.h"

/* Lists of what is kept and of what is not. */
static const struct {
    const weir_function *function;
    const char *kept;
    const char *dropped;
} rows[] = {
    {&weir_fn_always, "[null,0,'',{'k':1,'v':2}]", "[]"},
    {&weir_fn_never, "[]", "[null,0,'',{'k':1,'v':2}]"},
    {&weir_fn_is_even, "[0,-2,4]", "[1,-1,2.0,'2',null,true,{'k':2,'v':2}]"},
    {&weir_fn_is_odd, "[1,-1,-9223372036854775807]", "[0,2,1.0,'1',true,null,{'k':1,'v':1}]"},
    {&weir_fn_is_positive, "[1,0.5,9223372036854775807]",
     "[0,-1,0.0,-0.5,'1',true,null,[1],{'k':1,'v':1}]"},
    {&weir_fn_not_empty, "[null,0,'a','longer than fourteen',[0],{'k':'','v':''}]", "['',[]]"},
    {&weir_fn_not_null, "[0,'',[],false,{'k':null,'v':null}]", "[null]"},
    {&weir_fn_longer_than_3, "['abcd','\u00e9\u00e9\u00e9\u00e9',[1,2,3,4]]",
     "['abc','\u00e9\u00e9\u00e9',[1,2,3],12345,null,{'k':'abcd','v':'abcd'}]"},
    {&weir_fn_key_not_empty, "[{'k':'a','v':''},{'k':null,'v':''},5,'']",
     "[{'k':'','v':'a'},{'k':[],'v':'a'}]"},
    {&weir_fn_value_not_null, "[{'k':null,'v':0},{'k':1,'v':''}]", "[{'k':1,'v':null},5]"},
    {&weir_fn_value_not_zero, "[{'k':0,'v':1},{'k':0,'v':0.0},{'k':0,'v':null},{'k':0,'v':'0'},0]",
     "[{'k':1,'v':0}]"},
    {&weir_fn_value_positive, "[{'k':0,'v':1},{'k':0,'v':0.5}]",
     "[{'k':1,'v':0},{'k':1,'v':-1},{'k':1,'v':'1'},1]"},
    {&weir_fn_value_gt_1, "[{'k':0,'v':2}]", "[{'k':2,'v':1},{'k':2,'v':2.0},{'k':2,'v':'2'},2]"},
    {&weir_fn_value_is_even, "[{'k':1,'v':2},{'k':1,'v':0}]", "[{'k':2,'v':1},{'k':2,'v':2.0},2]"},
    {&weir_fn_value_not_empty, "[{'k':'','v':'a'},{'k':'','v':null},{'k':'','v':[0]},'']",
     "[{'k':'a','v':''},{'k':'a','v':[]}]"},
};

static void check_filter(const weir_function *function, weir_value record, weir_value key,
                         weir_value value, bool expected)
{
    char text[200];
    weir_format(record, text, sizeof text);
    if (function->call.filter(key, value, weir_null()) != expected)
        fail_msg("%s of %s is not %d", function->name, text, expected);
    /* The same by kernel. */
    weir_value keys[] = {key, key, key}, values[] = {value, value, value};
    uint32_t kept[3];
    weir_vector in = {weir_is_absent(key) ? NULL : keys, values, 3};
    size_t count = function->kernel.filter(&in, weir_null(), kept);
    assert_int_equal(count, expected ? 3 : 0);
    for (size_t i = 0; i < count; i++) assert_int_equal(kept[i], i);
}

static void check_records(const weir_function *function, const char *list, bool expected)
{
    size_t count;
    const weir_value *records = weir_items(literal(list), &count);
    for (size_t i = 0; i < count; i++) {
        weir_value key, value;
        check_filter(function, records[i], weir_absent(), records[i], expected);
        value_unbox(records[i], &key, &value);
        if (!weir_is_absent(key)) check_filter(function, records[i], key, value, expected);
    }
}

static void filters_keep_what_they_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_records(rows[i].function, rows[i].kept, true);
        check_records(rows[i].function, rows[i].dropped, false);
    }
}

static void kernels_list_positions(void **state)
{
    (void)state;
    size_t count;
    const weir_value *values = weir_items(literal("[1,2,3,4,null,6]"), &count);
    uint32_t kept[6];
    weir_vector in = {NULL, values, count};
    assert_int_equal(weir_fn_is_even.kernel.filter(&in, weir_null(), kept), 3);
    assert_int_equal(kept[0], 1);
    assert_int_equal(kept[1], 3);
    assert_int_equal(kept[2], 5);
}

static void a_glob_is_for_names_and_paths(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *text;
        bool matches;
    } cases[] = {
        {"*.csv", "in/a.csv", true},       {"*.csv", "in/.a.csv", false},
        {"*.csv", "/a/b/in/a.csv", true},  {"*.csv", "/a/b/.in/a.csv", true},
        {"*.csv", "a.csv", true},          {".*.csv", "in/.a.csv", true},
        {"*.csv", "in/a.csv.tmp", false},  {"*/part-?", "in/part-1", true},
        {"*/part-?", "in/part-12", false}, {"*/part-?", "a/in/part-1", false},
        {"*/*", "in/a", true},             {"*/*", "in/.a", false},
        {"", "", true},                    {"", "a", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (weir_fn_matches_glob.call.filter(weir_absent(), weir_text(cases[i].text),
                                             weir_text(cases[i].pattern)) != cases[i].matches)
            fail_msg("%s and %s", cases[i].pattern, cases[i].text);

    char long_text[1000];
    memset(long_text, 'x', sizeof long_text);
    weir_value values[] = {weir_string(long_text, sizeof long_text), weir_string("x\0y", 3),
                           weir_int(5), weir_null(), weir_text("xx")};
    weir_vector in = {NULL, values, 5};
    uint32_t kept[5];
    assert_int_equal(weir_fn_matches_glob.kernel.filter(&in, weir_text("x*"), kept), 2);
    assert_int_equal(kept[0], 0);
    assert_int_equal(kept[1], 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_keep_what_they_say),
        cmocka_unit_test(kernels_list_positions),
        cmocka_unit_test(a_glob_is_for_names_and_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
