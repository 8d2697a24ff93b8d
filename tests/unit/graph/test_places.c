/* Where streams and outputs are defined is noted behind the calls of a program (C-39). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka needs those before it */
#include <cmocka.h>

#include "unit/graph/functions.h"
#include "weir/weir.h"

#include "graph/lineage.h"

static lineage lines;
static weir_stream *in;

static int set_up(void **state)
{
    (void)state;
    lineage_init(&lines, NULL, 1000);
    in = lineage_add_source(&lines, NULL, "queueStream");
    return in == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    lineage_release(&lines);
    return 0;
}

/* The place is of this file, at that line. */
static void assert_line(const char *place, int line)
{
    char end[64];
    snprintf(end, sizeof end, "test_places.c:%d", line);
    assert_non_null(place);
    assert_true(strlen(place) >= strlen(end));
    assert_string_equal(place + strlen(place) - strlen(end), end);
}

static weir_stream *doubled(weir_stream *stream)
{
    return weir_union(stream, stream);
}
enum { LINE_OF_DOUBLED = __LINE__ - 2 };

static void calls_note_their_line(void **state)
{
    (void)state;
    weir_stream *map = weir_map(in, &weir_fn_test_map, weir_null()); int line = __LINE__;
    assert_line(map->place, line);
    weir_status status = weir_print(weir_glom(doubled(map)), 10); line = __LINE__;
    assert_int_equal(status, WEIR_OK);
    assert_line(lines.outputs[0]->place, line); /* not that of the call in its argument */
    assert_line(lines.outputs[0]->in->place, line);
    assert_line(lines.outputs[0]->in->parents[0]->place, LINE_OF_DOUBLED);
    assert_ptr_equal(weir_cache(map), map);
    assert_line(map->place, line - 2);
    status = weir_count_output(map); line = __LINE__;
    status = status == WEIR_OK ? weir_count_output(map) : status;
    assert_int_equal(status, WEIR_OK);
    assert_line(lines.outputs[1]->place, line);
    assert_line(lines.outputs[2]->place, line + 1);
}

static void a_call_in_brackets_notes_nothing(void **state)
{
    (void)state;
    weir_stream *map = (weir_map)(in, &weir_fn_test_map, weir_null());
    assert_null(map->place);
    assert_int_equal((weir_print)(map, 10), WEIR_OK);
    assert_null(lines.outputs[0]->place);
    assert_ptr_equal(weir_place_stream(map, "job.json", 7, 5), map);
    assert_string_equal(map->place, "job.json:7:5");
    assert_int_equal(weir_place_output(WEIR_OK, map, "a.c", 3, 0), WEIR_OK);
    assert_string_equal(lines.outputs[0]->place, "a.c:3");
}

static void what_fails_stays_a_failure(void **state)
{
    (void)state;
    assert_null(weir_map(NULL, &weir_fn_test_map, weir_null()));
    assert_null(weir_repartition(in, -1));
    assert_int_equal(lines.status, WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(lines.stream_count, 1);
    lines.is_started = true;
    assert_int_equal(weir_print(in, 10), WEIR_ILLEGAL_STATE);
    weir_place_stream(in, "late.c", 1, 0);
    assert_null(in->place);
}

static void places_change_no_name(void **state)
{
    (void)state;
    weir_stream *map = (weir_map)(in, &weir_fn_test_map, weir_null());
    assert_int_equal((weir_foreach_rdd)(map, &weir_fn_test_foreach, weir_null()), WEIR_OK);
    assert_int_equal(lineage_name_outputs(&lines), WEIR_OK);
    const char *without = lines.outputs[0]->identity;
    lines.outputs[0]->identity = NULL;
    weir_place_stream(map, "a.c", 3, 0);
    weir_place_output(WEIR_OK, map, "a.c", 4, 0);
    assert_int_equal(lineage_name_outputs(&lines), WEIR_OK);
    assert_string_equal(lines.outputs[0]->identity, without);
}

static void they_are_a_last_column(void **state)
{
    (void)state;
    char long_name[101] = "";
    memset(long_name, 'x', 100);
    weir_stream *map = (weir_map)(in, &weir_fn_test_map, weir_null());
    weir_place_stream(in, "a.c", 3, 0);
    weir_place_stream(map, long_name, 7, 5);
    (weir_print)(map, 10);
    buffer text = {0};
    lineage_print(&lines, &text);
    buffer_append(&text, "", 1);
    assert_string_equal(text.bytes,
                        "#0        queueStream                   a.c:3\n"
                        "#1        map          test_map  <- #0  "
                        "...xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx:7:5\n"
                        "output 0  print        10        <- #1\n");
    buffer_release(&text);
}

static void assert_places(const char *error, const char *expected)
{
    buffer places = {0};
    lineage_find_places(lines.outputs[0], error, &places);
    buffer_append(&places, "", 1);
    assert_string_equal(places.bytes, expected);
    buffer_release(&places);
}

static void a_function_that_failed_is_found_above_its_output(void **state)
{
    (void)state;
    weir_stream *first = (weir_map)(in, &weir_fn_test_map, weir_null());
    weir_stream *second = (weir_map_values)(first, &weir_fn_test_map, weir_null());
    weir_stream *other = (weir_map)(in, &weir_fn_test_map, weir_null());
    (weir_print)(second, 10);
    (weir_print)(other, 10);
    assert_places("function test_map: it failed", "");
    weir_place_stream(first, "a.c", 3, 0);
    weir_place_stream(second, "a.c", 4, 0);
    weir_place_stream(other, "a.c", 5, 0);
    assert_places("function test_map: it failed", "a.c:3 or a.c:4");
    assert_places("function test_mapping: it failed", "");
    assert_places("in/closed: cannot open the file", "");
}

#define unit(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(calls_note_their_line),
        unit(a_call_in_brackets_notes_nothing),
        unit(what_fails_stays_a_failure),
        unit(places_change_no_name),
        unit(they_are_a_last_column),
        unit(a_function_that_failed_is_found_above_its_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
