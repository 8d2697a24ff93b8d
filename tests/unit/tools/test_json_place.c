#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "tools/json_place.h"

static const char text[] = "{\n"
                           "  \"a\": [10, {\"b\\\"}\": \"]},{\", \"c\": [[1, 2], 3]}, 30],\n"
                           "  \"\xc3\xa4\": 5, \"e\":   {}\n"
                           "}\n";

static void expect(const json_step *steps, size_t count, size_t line, size_t column)
{
    json_place place = json_place_find(text, strlen(text), steps, count);
    assert_int_equal(place.line, line);
    assert_int_equal(place.column, column);
}

static void test_steps_lead_down(void **state)
{
    (void)state;
    const json_step steps[] = {{.key = "a"}, {.index = 1}, {.key = "c"}, {.index = 0},
                               {.index = 1}};
    expect(steps, 0, 1, 1);
    expect(steps, 1, 2, 8);
    expect(steps, 2, 2, 13);
    expect(steps, 3, 2, 35);
    expect(steps, 4, 2, 36);
    expect(steps, 5, 2, 40);
    expect((json_step[]){{.key = "a"}, {.index = 2}}, 2, 2, 49);
}

static void test_columns_count_characters(void **state)
{
    (void)state;
    expect((json_step[]){{.key = "\xc3\xa4"}}, 1, 3, 8);
    expect((json_step[]){{.key = "e"}}, 1, 3, 18);
}

static void test_what_is_missing_is_where_the_way_ended(void **state)
{
    (void)state;
    expect((json_step[]){{.key = "x"}}, 1, 1, 1);
    expect((json_step[]){{.key = "a"}, {.index = 3}}, 2, 2, 8);
    expect((json_step[]){{.key = "a"}, {.key = "b"}}, 2, 2, 8);
    expect((json_step[]){{.key = "e"}, {.key = "b"}}, 2, 3, 18);
    expect((json_step[]){{.index = 0}}, 1, 1, 1);
}

static void test_items_are_placed_in_one_pass(void **state)
{
    (void)state;
    static const char text[] = "{\"b\":[],\n \"a\":[ {\"x\":\"],[\"},\n\"\xc3\xa4\", [1,2],3]}";
    json_place places[4];
    assert_int_equal(json_place_items(text, sizeof text - 1, "a", places, 4), 4);
    static const json_place expected[] = {{2, 8}, {3, 1}, {3, 6}, {3, 12}};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(places[i].line, expected[i].line);
        assert_int_equal(places[i].column, expected[i].column);
    }
    assert_int_equal(json_place_items(text, sizeof text - 1, "a", places, 1), 4);
    assert_int_equal(json_place_items(text, sizeof text - 1, "b", places, 4), 0);
    assert_int_equal(json_place_items(text, sizeof text - 1, "c", places, 4), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_lead_down),
        cmocka_unit_test(test_columns_count_characters),
        cmocka_unit_test(test_items_are_placed_in_one_pass),
        cmocka_unit_test(test_what_is_missing_is_where_the_way_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
