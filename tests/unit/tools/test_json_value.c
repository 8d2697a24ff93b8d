#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tools/command.h"
#include "tools/json_value.h"

static json_t *parse(const char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, JSON_DECODE_ANY, &error);
    if (!json) fail_msg("%s: %s", text, error.text);
    return json;
}

/* JSON to value and back gives the same text. */
static void test_records_survive_the_way_there_and_back(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "null", "true", "false", "0", "-1", "9223372036854775807", "-9223372036854775808", "1.0",
        "-0.5", "1e300", "\"\"", "\"a\"", "\"fourteen bytes\"", "\"fifteen bytes..\"",
        "\"gr\\u00fc\\u00dfe \\\" \\\\ \\n\"", "[]", "[1,[],[null,\"x\"]]", "{\"k\":1,\"v\":null}",
        "{\"k\":{\"k\":[1],\"v\":2.0},\"v\":[{\"k\":true,\"v\":false}]}", "{\"bytes\":\"\"}",
        "{\"bytes\":\"00ff7f0a\"}", "{\"float\":\"NaN\"}", "{\"float\":\"Infinity\"}",
        "{\"float\":\"-Infinity\"}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        json_t *json = parse(texts[i]), *again;
        weir_value value;
        assert_true(json_to_value(json, &value));
        again = json_from_value(value);
        assert_non_null(again);
        if (!json_equal(json, again)) fail_msg("%s has changed", texts[i]);
        json_decref(json);
        json_decref(again);
    }
}

static void test_kinds_are_those_of_the_text(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        weir_kind kind;
    } cases[] = {{"null", WEIR_NULL}, {"true", WEIR_BOOL}, {"1", WEIR_INT}, {"1.0", WEIR_DOUBLE},
                 {"1e0", WEIR_DOUBLE}, {"\"1\"", WEIR_STRING}, {"[1]", WEIR_LIST},
                 {"{\"v\":1,\"k\":2}", WEIR_PAIR}, {"{\"bytes\":\"01\"}", WEIR_BYTES},
                 {"{\"float\":\"NaN\"}", WEIR_DOUBLE}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *json = parse(cases[i].text);
        weir_value value;
        assert_true(json_to_value(json, &value));
        assert_int_equal(weir_kind_of(value), cases[i].kind);
        json_decref(json);
    }
}

static void test_other_objects_are_no_records(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}", "{\"k\":1}", "{\"v\":1}", "{\"k\":1,\"v\":2,\"w\":3}", "{\"k\":1,\"w\":2}",
        "[1,{}]", "{\"k\":{},\"v\":1}", "{\"k\":1,\"v\":[{\"a\":1}]}", "{\"bytes\":\"0\"}",
        "{\"bytes\":\"0G\"}", "{\"bytes\":\"AB\"}", "{\"bytes\":1}", "{\"float\":\"nan\"}",
        "{\"float\":1.5}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        json_t *json = parse(texts[i]);
        weir_value value = weir_int(7);
        if (json_to_value(json, &value)) fail_msg("%s was taken for a record", texts[i]);
        assert_int_equal(weir_as_int(value), 7);
        json_decref(json);
    }
    weir_value value;
    assert_false(json_to_value(NULL, &value));
}

static void test_what_json_cannot_say(void **state)
{
    (void)state;
    json_t *bad_text = json_from_value(weir_string("\xff\x41", 2));
    assert_string_equal(json_string_value(json_object_get(bad_text, "bytes")), "ff41");
    json_decref(bad_text);
    json_t *absent = json_from_value(weir_absent());
    assert_true(json_is_null(absent));
    json_decref(absent);
}

static void test_texts_that_are_no_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {{"", ""},
                 {"caf\xc3\xa9", "caf\xc3\xa9"},
                 {"caf\xe9.json", "caf\xef\xbf\xbd.json"},
                 {"\xe9", "\xef\xbf\xbd"},
                 {"cut \xe2\x82", "cut \xef\xbf\xbd\xef\xbf\xbd"},
                 {"\xe2\x82\xac\xff\xf0\x9f\x98\x80",
                  "\xe2\x82\xac\xef\xbf\xbd\xf0\x9f\x98\x80"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *json = json_text(cases[i].text);
        assert_string_equal(json_string_value(json), cases[i].expected);
        json_decref(json);
    }
    json_t *none = json_text(NULL);
    assert_true(json_is_null(none));
    json_decref(none);
}

static void test_a_line_that_cannot_be_made_is_no_success(void **state)
{
    (void)state;
    json_print_line(json_null());
    assert_int_equal(exit_after_output(), EXIT_OK);
    json_print_line(json_pack("{s:s}", "text", "\xe9"));
    assert_int_equal(exit_after_output(), EXIT_JOB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_survive_the_way_there_and_back),
        cmocka_unit_test(test_kinds_are_those_of_the_text),
        cmocka_unit_test(test_other_objects_are_no_records),
        cmocka_unit_test(test_what_json_cannot_say),
        cmocka_unit_test(test_texts_that_are_no_utf8),
        cmocka_unit_test(test_a_line_that_cannot_be_made_is_no_success),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
