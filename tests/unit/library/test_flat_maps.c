#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "record/text.h"
#include "record/value.h"
#include "support/emitted.h"
#include "support/literal.h"
#include "weir/library.h"

static emitted got;

typedef struct row {
    const weir_function *function;
    const char *in;
    const char *out; /* the list of what is emitted */
} row;

static const row rows[] = {
    {&weir_fn_split_ws, "' a  b\\tc\\nd\\re\\ff\\u000bg '", "['a','b','c','d','e','f','g']"},
    {&weir_fn_split_ws, "'one longerthanfourteen, two'", "['one','longerthanfourteen,','two']"},
    {&weir_fn_split_ws, "'fourteen bytes'", "['fourteen','bytes']"},
    {&weir_fn_split_ws, "'a\u00a0b'", "['a\u00a0b']"},
    {&weir_fn_split_ws, "'  '", "[]"},
    {&weir_fn_split_ws, "''", "[]"},
    {&weir_fn_split_ws, "['a b']", "[]"},
    {&weir_fn_split_ws, "{'k':'a b','v':'c d'}", "[]"},
    {&weir_fn_split_space, "'a b'", "['a','b']"},
    {&weir_fn_split_space, "' a  b  '", "['','a','','b']"},
    {&weir_fn_split_space, "'a\\tb c longer than fourteen'",
     "['a\\tb','c','longer','than','fourteen']"},
    {&weir_fn_split_space, "''", "['']"},
    {&weir_fn_split_space, "' '", "[]"},
    {&weir_fn_split_space, "1", "[]"},
    {&weir_fn_chars, "'a\u00e9\u20ac'", "['a','\u00e9','\u20ac']"},
    {&weir_fn_chars, "'abcdefghijklmnop'",
     "['a','b','c','d','e','f','g','h','i','j','k','l','m','n','o','p']"},
    {&weir_fn_chars, "''", "[]"},
    {&weir_fn_chars, "['a']", "[]"},
    {&weir_fn_twice, "null", "[null,null]"},
    {&weir_fn_twice, "{'k':1,'v':2}", "[{'k':1,'v':2},{'k':1,'v':2}]"},
    {&weir_fn_none, "1", "[]"},
    {&weir_fn_elements, "[1,[2],{'k':3,'v':4}]", "[1,[2],{'k':3,'v':4}]"},
    {&weir_fn_elements, "[]", "[]"},
    {&weir_fn_elements, "{'k':3,'v':4}", "[]"},
    {&weir_fn_elements, "'ab'", "[]"},
    {&weir_fn_up_to, "3", "[0,1,2]"},
    {&weir_fn_up_to, "0", "[]"},
    {&weir_fn_up_to, "-3", "[]"},
    {&weir_fn_up_to, "3.0", "[]"},
    {&weir_fn_parse_ints, "'1 x -2  +3 4.5 1234567890123456789 123456789012345678'",
     "[1,-2,3,123456789012345678]"},
    {&weir_fn_parse_ints, "7", "[]"},
    {&weir_fn_kv_pairs, "'a=1 b =2 longerthanfourteen=12'",
     "[{'k':'a','v':1},{'k':'b','v':null},{'k':'','v':2},{'k':'longerthanfourteen','v':12}]"},
    {&weir_fn_kv_pairs, "null", "[]"},
};

static void run_kernel(const weir_function *function, weir_value key, weir_value value)
{
    weir_vector in = {weir_is_absent(key) ? NULL : &key, &value, 1};
    function->kernel.flat_map(&in, weir_null(), emitted_begin(&got));
}

static void check_flat_map(const row *row, weir_value key, weir_value value)
{
    char what[200];
    snprintf(what, sizeof what, "%s of %s", row->function->name, row->in);
    row->function->call.flat_map(key, value, weir_null(), emitted_begin(&got));
    check_value(what, emitted_list(&got), literal(row->out));
    if (!row->function->kernel.flat_map) return;
    run_kernel(row->function, key, value);
    check_value(what, emitted_list(&got), literal(row->out));
}

static void flat_maps_give_what_they_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_value key, value, in = literal(rows[i].in);
        check_flat_map(&rows[i], weir_absent(), in);
        value_unbox(in, &key, &value);
        if (!weir_is_absent(key)) check_flat_map(&rows[i], key, value);
    }
}

static void up_to_stops_at_100(void **state)
{
    (void)state;
    weir_fn_up_to.call.flat_map(weir_absent(), weir_int(INT64_MAX), weir_null(),
                                emitted_begin(&got));
    (void)emitted_list(&got);
    assert_int_equal(got.count, 100);
    assert_int_equal(weir_as_int(got.records[99]), 99);
}

/* More words than any vector on the way holds, in order. */
static void many_words_pass(void **state)
{
    (void)state;
    char text[4000];
    size_t length = 0;
    for (int i = 0; i < 500; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%d ", i);
    weir_fn_parse_ints.call.flat_map(weir_absent(), weir_string(text, length), weir_null(),
                                     emitted_begin(&got));
    (void)emitted_list(&got);
    assert_int_equal(got.count, 500);
    for (int i = 0; i < 500; i++) assert_int_equal(weir_as_int(got.records[i]), i);
}

static void words_of_a_text_are_those_of_its_lines(void **state)
{
    (void)state;
    static const char text[160] = "one two\nthree\r\n\r\n four longerthanfourteenbytes\rsix\n";
    weir_fn_split_ws.text_kernel(text, strlen(text), weir_null(), emitted_begin(&got));
    check_value("text", emitted_list(&got),
                literal("['one','two','three','four','longerthanfourteenbytes','six']"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flat_maps_give_what_they_say),
        cmocka_unit_test(up_to_stops_at_100),
        cmocka_unit_test(many_words_pass),
        cmocka_unit_test(words_of_a_text_are_those_of_its_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
