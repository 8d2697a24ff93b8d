#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/error.h"
#include "graph/lineage.h"
#include "unit/graph/functions.h"

static int set_up(void **state)
{
    static lineage lineage;
    lineage_init(&lineage, NULL, 1000);
    *state = &lineage;
    return 0;
}

static int tear_down(void **state)
{
    lineage_release(*state);
    return 0;
}

static void sources_take_the_interval(void **state)
{
    lineage *lineage = *state;
    char text[] = "textFileStream in";
    int source = 0;
    weir_stream *stream = lineage_add_source(lineage, &source, text);
    text[0] = '!';
    assert_int_equal(stream->kind, STREAM_SOURCE);
    assert_ptr_equal(stream->source, &source);
    assert_string_equal(stream->source_text, "textFileStream in");
    assert_int_equal(stream->slide_ms, 1000);
    assert_int_equal(stream->parent_count, 0);
    assert_ptr_equal(stream->lineage, lineage);
}

static void grows(void **state)
{
    lineage *lineage = *state;
    weir_stream *in = lineage_add_source(lineage, NULL, "queueStream");
    for (int i = 0; i < 1000; i++) {
        in = weir_map(in, &weir_fn_test_map, weir_int(i));
        assert_int_equal(weir_count_output(in), WEIR_OK);
    }
    assert_int_equal(lineage->stream_count, 1001);
    assert_int_equal(lineage->output_count, 1000);
    for (uint32_t i = 1; i <= 1000; i++) {
        assert_int_equal(lineage->streams[i]->id, i);
        assert_ptr_equal(lineage->streams[i]->parents[0], lineage->streams[i - 1]);
        assert_int_equal(weir_as_int(lineage->streams[i]->arg), i - 1);
        assert_int_equal(lineage->outputs[i - 1]->id, i - 1);
    }
}

static void validation(void **state)
{
    lineage *lineage = *state;
    weir_stream *in = lineage_add_source(lineage, NULL, "queueStream");
    weir_count(in); /* reached by no output */
    assert_int_equal(lineage_validate(lineage), WEIR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(error_text(), "nothing to execute"));
    assert_int_equal(lineage->status, WEIR_OK);
    weir_print(in, 10);
    assert_int_equal(lineage_validate(lineage), WEIR_OK);
    assert_int_equal(lineage_fail(lineage, error_set(WEIR_IO, "one")), WEIR_IO);
    assert_int_equal(lineage_fail(lineage, error_set(WEIR_RUNTIME, "two")), WEIR_RUNTIME);
    assert_int_equal(lineage_validate(lineage), WEIR_IO);
    assert_string_equal(error_text(), "one");
}

static void facts_about_kinds(void **state)
{
    (void)state;
    static const stream_kind strict[] = {
        STREAM_REPARTITION,      STREAM_UNION,           STREAM_COUNT,
        STREAM_TRANSFORM,        STREAM_TRANSFORM_WITH,  STREAM_JOIN,
        STREAM_LEFT_OUTER_JOIN,  STREAM_RIGHT_OUTER_JOIN, STREAM_FULL_OUTER_JOIN,
        STREAM_COGROUP,          STREAM_TRANSFORM_ALL,
    };
    size_t needs_all = 0;
    for (stream_kind kind = STREAM_SOURCE; kind < STREAM_KINDS; kind++) {
        assert_non_null(stream_kind_text(kind));
        needs_all += stream_kind_needs_all_parents(kind);
    }
    assert_int_equal(needs_all, sizeof strict / sizeof strict[0]);
    for (size_t i = 0; i < needs_all; i++) assert_true(stream_kind_needs_all_parents(strict[i]));
    for (output_kind kind = OUTPUT_PRINT; kind < OUTPUT_KINDS; kind++)
        assert_non_null(output_kind_text(kind));
    assert_int_equal(stream_kind_function(STREAM_FLAT_MAP_VALUES), WEIR_KIND_FLAT_MAP);
    assert_int_equal(stream_kind_function(STREAM_JOIN), 0);
    assert_int_equal(output_kind_function(OUTPUT_FOREACH), WEIR_KIND_FOREACH);
}

/* --- The text -------------------------------------------------------------------------------- */

static void assert_text(const lineage *lineage, const char *expected)
{
    buffer text = {0};
    lineage_print(lineage, &text);
    buffer_append(&text, "", 1);
    assert_string_equal(text.bytes, expected);
    buffer_release(&text);
}

static void prints_a_word_count(void **state)
{
    lineage *lineage = *state;
    weir_stream *lines = lineage_add_source(lineage, NULL, "socketTextStream localhost:9999");
    weir_name(lines, "lines");
    weir_stream *words = weir_flat_map(lines, &weir_fn_test_flat_map, weir_text(", \n"));
    weir_stream *ones = weir_map(words, &weir_fn_test_map, weir_int(5));
    weir_cache(weir_name(ones, "ones"));
    weir_stream *counts = weir_reduce_by_key(ones, &weir_fn_test_reduce, weir_null(), 4);
    weir_join(counts, ones, 1);
    weir_print(counts, 10);
    weir_save_as_text_files(counts, "out/counts", "txt");
    weir_foreach_rdd(lines, &weir_fn_test_foreach, weir_null());
    weir_count_output(ones);
    assert_text(lineage,
                "lines     socketTextStream  localhost:9999\n"
                "#1        flatMap           test_flat_map(\", \\n\")      <- lines\n"
                "ones      map               test_map(5), cached        <- #1\n"
                "#3        reduceByKey       test_reduce, 4 partitions  <- ones\n"
                "#4        join              1 partition                <- #3, ones\n"
                "output 0  print             10                         <- #3\n"
                "output 1  saveAsTextFiles   out/counts-TIME.txt        <- #3\n"
                "output 2  foreachRDD        test_foreach               <- lines\n"
                "output 3  count                                        <- ones\n");
}

static void leaves_out_empty_columns(void **state)
{
    lineage *lineage = *state;
    assert_text(lineage, "");
    weir_stream *in = lineage_add_source(lineage, NULL, NULL);
    weir_glom(in)->slide_ms = 1000;
    assert_text(lineage, "#0  source\n"
                         "#1  glom    <- #0\n");
    lineage->streams[1]->slide_ms = 2000;
    weir_save_as_text_files(in, "", NULL);
    assert_text(lineage, "#0        source\n"
                         "#1        glom             every 2000 ms  <- #0\n"
                         "output 0  saveAsTextFiles  TIME           <- #0\n");
}

static void keeps_one_line_a_stream(void **state)
{
    lineage *lineage = *state;
    weir_stream *in = lineage_add_source(lineage, NULL, "queueStream");
    weir_name(in, "gr\xc3\xbc\xc3\x9f" "e\n\x1b");
    weir_value numbers[100];
    for (int i = 0; i < 100; i++) numbers[i] = weir_int(i);
    weir_map(in, &weir_fn_test_map, weir_list(numbers, 100));
    assert_text(lineage, "gr\xc3\xbc\xc3\x9f" "e\\n\\x1b  queueStream\n"
                         "#1           map          test_map([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, "
                         "11, 12, 13, 1...)  <- gr\xc3\xbc\xc3\x9f" "e\\n\\x1b\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(sources_take_the_interval), TEST(grows),
        TEST(validation),                TEST(facts_about_kinds),
        TEST(prints_a_word_count),       TEST(leaves_out_empty_columns),
        TEST(keeps_one_line_a_stream),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
