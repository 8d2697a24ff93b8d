#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "library/library.h"
#include "tools/job_file.h"
#include "weir/weir.h"

#define LINES "{\"id\":\"lines\",\"op\":\"queue\"}"
#define PRINT "{\"in\":\"a\",\"op\":\"print\"}"
/* A job with that graph; its second line holds the graph. */
#define GRAPH(graph) "{\"sources\":[" LINES "],\"graph\":[\n" graph "\n],\"outputs\":[" PRINT "]}"

static job *read_job(const char *text, problem *problem)
{
    job *job = job_parse("job.json", text, strlen(text), problem);
    if (!job || job_find_functions(job, problem)) return job;
    job_free(job);
    return NULL;
}

static job *read_right_job(const char *text)
{
    problem problem;
    job *job = read_job(text, &problem);
    if (!job) fail_msg("%s: %s", text, problem.text);
    return job;
}

/* --- Wrong jobs ------------------------------------------------------------------------------ */

static const struct {
    const char *text;
    const char *problem;
} wrong_jobs[] = {
    /* not JSON, or another shape */
    {"", "job.json:1:1: not JSON: '[' or '{' expected near end of file"},
    {"{\"sources\":[\n{]}", "job.json:2:2: not JSON: string or '}' expected near ']'"},
    {"{} x", "job.json:1:4: not JSON: end of file expected near 'x'"},
    {"[]", "job.json:1:1: a job is a JSON object: "
           "{\"sources\":[..],\"graph\":[..],\"outputs\":[..]}"},
    {"{\"a\":1,\"a\":2}", "job.json:1:10: not JSON: duplicate object key near '\"a\"'"},
    {"{\"sources\":[" LINES "]}", "job.json:1:1: the job has no \"outputs\"; give at least one"},
    {"{\"outputs\":[" PRINT "]}", "job.json:1:1: the job has no \"sources\"; give at least one"},
    {"{\"sources\":{}}", "job.json:1:12: \"sources\" must be an array of objects"},
    {"{\"sources\":[1],\"outputs\":[1]}",
     "job.json:1:13: sources[0]: must be an object such as {\"op\":..}"},
    /* settings */
    {"{\"bach_ms\":1}", "job.json:1:12: unknown field \"bach_ms\"; did you mean \"batch_ms\"?"},
    {"{\"source\":[]}", "job.json:1:11: unknown field \"source\"; did you mean \"sources\"?"},
    {"{\"batch_ms\":\"1\"}", "job.json:1:13: \"batch_ms\" must be a whole number"},
    {"{\"batch_ms\":0}", "job.json:1:13: \"batch_ms\" is 0; give 1 to 2147483647"},
    {"{\"batch_ms\":1.5}", "job.json:1:13: \"batch_ms\" must be a whole number"},
    {"{\"master\":\"yarn\"}",
     "job.json:1:11: \"master\" is \"yarn\"; give local, local[N] or local[*]"},
    {"{\"master\":2}", "job.json:1:11: \"master\" must be a string"},
    {"{\"library\":\"x.so\"}",
     "job.json:1:12: \"library\" is \"x.so\"; it must be an array of one or more strings"},
    /* operations and their fields */
    {GRAPH("{\"id\":\"a\",\"in\":\"lines\"}"),
     "job.json:2:1: graph[0] \"a\": the field \"op\" is missing"},
    {GRAPH("{\"id\":\"a\",\"op\":1,\"in\":\"lines\"}"),
     "job.json:2:16: graph[0] \"a\": \"op\" must be a string"},
    {GRAPH("{\"id\":\"a\",\"op\":\"reducByKey\",\"in\":\"lines\"}"),
     "job.json:2:16: graph[0] \"a\": unknown op \"reducByKey\" in \"graph\"; "
     "did you mean \"reduceByKey\"?"},
    {GRAPH("{\"id\":\"a\",\"op\":\"saveAsTextFiles\",\"in\":\"lines\"}"),
     "job.json:2:16: graph[0] \"a\": unknown op \"saveAsTextFiles\" in \"graph\"; "
     "it belongs into \"outputs\""},
    {GRAPH("{\"op\":\"glom\",\"in\":\"lines\"}"),
     "job.json:2:1: graph[0]: the field \"id\" is missing"},
    {GRAPH("{\"id\":\"\",\"op\":\"glom\",\"in\":\"lines\"}"),
     "job.json:2:7: graph[0] \"\": \"id\" is \"\"; it must be a string that is not empty"},
    {GRAPH("{\"id\":\"a\",\"op\":\"map\",\"in\":\"lines\"}"),
     "job.json:2:1: graph[0] \"a\": the field \"fn\" is missing"},
    {GRAPH("{\"id\":\"a\",\"op\":\"glom\",\"in\":\"lines\",\"fun\":1}"),
     "job.json:2:42: graph[0] \"a\": unknown field \"fun\""},
    {GRAPH("{\"id\":\"a\",\"op\":\"map\",\"in\":\"lines\",\"fnn\":\"key\"}"),
     "job.json:2:41: graph[0] \"a\": unknown field \"fnn\"; did you mean \"fn\"?"},
    {GRAPH("{\"id\":\"a\",\"op\":\"repartition\",\"in\":\"lines\",\"n\":0}"),
     "job.json:2:47: graph[0] \"a\": \"n\" is 0; it must be a whole number of 1 or more"},
    {GRAPH("{\"id\":\"a\",\"op\":\"glom\",\"in\":\"lines\",\"cache\":1}"),
     "job.json:2:44: graph[0] \"a\": \"cache\" is 1; it must be true or false"},
    {GRAPH("{\"id\":\"a\",\"op\":\"map\",\"in\":\"lines\",\"fn\":\"key\",\"arg\":{\"x\":1}}"),
     "job.json:2:52: graph[0] \"a\": \"arg\" is {\"x\":1}; it must be a record: null, a boolean, "
     "number, string or array, or {\"k\":..,\"v\":..}"},
    {GRAPH("{\"id\":\"a\",\"op\":\"transform\",\"in\":\"lines\",\"fn\":\"sort\",\"arg\":1,"
           "\"table\":[]}"),
     "job.json:2:69: graph[0] \"a\": \"arg\" and \"table\" are the same thing; give one of them"},
    /* functions */
    {GRAPH("{\"id\":\"a\",\"op\":\"reduceByKey\",\"in\":\"lines\",\"fn\":\"summ\"}"),
     "job.json:2:48: graph[0] \"a\": unknown function \"summ\" for reduceByKey; "
     "did you mean \"sum\"?"},
    {GRAPH("{\"id\":\"a\",\"op\":\"map\",\"in\":\"lines\",\"fn\":\"split_ws\"}"),
     "job.json:2:40: graph[0] \"a\": unknown function \"split_ws\" for map "
     "(it is a function for flatMap)"},
    {GRAPH("{\"id\":\"a\",\"op\":\"filter\",\"in\":\"lines\",\"fn\":\"zzzzzzzzzzzz\"}"),
     "job.json:2:43: graph[0] \"a\": unknown function \"zzzzzzzzzzzz\" for filter; "
     "`weir functions filter` lists them, \"library\" adds functions of your own"},
    /* windows */
    {GRAPH("{\"id\":\"a\",\"op\":\"windo\",\"in\":\"lines\",\"window_ms\":1000}"),
     "job.json:2:16: graph[0] \"a\": unknown op \"windo\" in \"graph\"; "
     "did you mean \"window\"?"},
    {GRAPH("{\"id\":\"a\",\"op\":\"window\",\"in\":\"lines\",\"slide_ms\":1000}"),
     "job.json:2:1: graph[0] \"a\": the field \"window_ms\" is missing"},
    {GRAPH("{\"id\":\"a\",\"op\":\"window\",\"in\":\"lines\",\"window_ms\":-1000}"),
     "job.json:2:50: graph[0] \"a\": \"window_ms\" is -1000; it must be a whole number of 1 or "
     "more"},
    {GRAPH("{\"id\":\"a\",\"op\":\"window\",\"in\":\"lines\",\"window_ms\":1000,\"slid_ms\":1}"),
     "job.json:2:65: graph[0] \"a\": unknown field \"slid_ms\"; did you mean \"slide_ms\"?"},
    {GRAPH("{\"id\":\"a\",\"op\":\"countByWindow\",\"in\":\"lines\",\"window_ms\":1000,"
           "\"inverse\":\"difference\"}"),
     "job.json:2:72: graph[0] \"a\": unknown field \"inverse\""},
    {GRAPH("{\"id\":\"a\",\"op\":\"reduceByKeyAndWindow\",\"in\":\"lines\",\"fn\":\"sum\","
           "\"inverse\":\"diference\",\"window_ms\":1000}"),
     "job.json:2:73: graph[0] \"a\": unknown function \"diference\" for inverse; "
     "did you mean \"difference\"?"},
    {GRAPH("{\"id\":\"a\",\"op\":\"reduceByWindow\",\"in\":\"lines\",\"fn\":\"sum\","
           "\"inverse\":\"difference\",\"filter\":\"swap\",\"window_ms\":1000}"),
     "job.json:2:89: graph[0] \"a\": unknown function \"swap\" for filter "
     "(it is a function for map)"},
    {GRAPH("{\"id\":\"a\",\"op\":\"reduceByWindow\",\"in\":\"lines\",\"fn\":\"sum\","
           "\"window_ms\":1000,\"drop_neutral\":1}"),
     "job.json:2:89: graph[0] \"a\": \"drop_neutral\" is 1; it must be true or false"},
    /* connections */
    {GRAPH("{\"id\":\"a\",\"op\":\"glom\",\"in\":\"line\"}"),
     "job.json:2:28: graph[0] \"a\": unknown input \"line\"; did you mean \"lines\"?"},
    {GRAPH("{\"id\":\"a\",\"op\":\"union\",\"in\":[\"lines\",\"b\"]}"),
     "job.json:2:38: graph[0] \"a\": unknown input \"b\""},
    {GRAPH("{\"id\":\"a\",\"op\":\"glom\",\"in\":[]}"),
     "job.json:2:28: graph[0] \"a\": \"in\" is []; it must be an id, or an array of ids"},
    {GRAPH("{\"id\":\"a\",\"op\":\"join\",\"in\":[\"lines\"]}"),
     "job.json:2:28: graph[0] \"a\": join takes 2 inputs, but \"in\" has 1"},
    {GRAPH("{\"id\":\"lines\",\"op\":\"glom\",\"in\":\"lines\"}"),
     "job.json:2:7: graph[0] \"lines\": the id \"lines\" is taken already, by sources[0]"},
    {GRAPH("{\"id\":\"a\",\"op\":\"glom\",\"in\":\"a\"}"),
     "job.json:2:28: graph[0] \"a\": the streams form a circle: a -> a"},
    {GRAPH("{\"id\":\"a\",\"op\":\"glom\",\"in\":\"b\"},{\"id\":\"b\",\"op\":\"union\","
           "\"in\":[\"lines\",\"c\"]},{\"id\":\"c\",\"op\":\"glom\",\"in\":\"a\"}"),
     "job.json:2:103: graph[2] \"c\": the streams form a circle: c -> b -> a -> c"},
    {"{\"sources\":[" LINES "],\"outputs\":[{\"in\":\"x\",\"op\":\"print\"}]}",
     "job.json:1:59: outputs[0]: unknown input \"x\""},
    {"{\"sources\":[" LINES "],\"outputs\":[{\"in\":\"lines\",\"op\":\"print\",\"num\":-1}]}",
     "job.json:1:86: outputs[0]: \"num\" is -1; it must be a whole number of 0 or more"},
    /* sources */
    {"{\"sources\":[{\"id\":\"a\",\"op\":\"textFiles\",\"paths\":[]}],\"outputs\":[" PRINT "]}",
     "job.json:1:48: sources[0] \"a\": \"paths\" is []; it must be an array of one or more "
     "strings"},
    {"{\"sources\":[{\"id\":\"a\",\"op\":\"socketTextStream\",\"host\":\"h\",\"port\":65536}],"
     "\"outputs\":[" PRINT "]}",
     "job.json:1:65: sources[0] \"a\": \"port\" is 65536; it must be a whole number from 1 to "
     "65535"},
    {"{\"sources\":[{\"id\":\"a\",\"op\":\"queue\",\"pushes\":[[1]]}],\"outputs\":[" PRINT "]}",
     "job.json:1:45: sources[0] \"a\": \"pushes\" is [[1]]; it must be an array that has, for "
     "each interval, an array of arrays of records"},
    {"{\"sources\":[{\"id\":\"a\",\"op\":\"textFiles\",\"paths\":[\"x\"]},{\"id\":\"b\",\"op\":"
     "\"textFileStream\",\"directory\":\"d\"}],\"outputs\":[" PRINT "]}",
     "job.json:1:28: sources[0] \"a\": textFiles cannot be mixed with a live source such as "
     "textFileStream; use one or the other"},
};

static void test_wrong_jobs_say_what_and_where(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof wrong_jobs / sizeof wrong_jobs[0]; i++) {
        problem problem = {"taken for right"};
        job *job = read_job(wrong_jobs[i].text, &problem);
        job_free(job);
        if (!job && strcmp(problem.text, wrong_jobs[i].problem) == 0) continue;
        print_error("%s\n  gave:     %s\n  expected: %s\n", wrong_jobs[i].text, problem.text,
                    wrong_jobs[i].problem);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

/* A job that uses the operation, with `more` among its fields. */
static void write_job(const job_op *op, const char *more, char *text, size_t size)
{
    const char *in = op->least_inputs == 2 ? "[\"lines\",\"lines\"]" : "\"lines\"";
    char node[256];
    snprintf(node, sizeof node, "{\"op\":\"%s\"%s%s%s%s}", op->name,
             op->section == JOB_OUTPUTS ? "" : ",\"id\":\"a\"",
             op->section == JOB_SOURCES ? "" : ",\"in\":", op->section == JOB_SOURCES ? "" : in,
             more);
    bool is_source = op->section == JOB_SOURCES, is_graph = op->section == JOB_GRAPH;
    snprintf(text, size, "{\"sources\":[" LINES "%s%s],\"graph\":[%s],\"outputs\":[%s]}",
             is_source ? "," : "", is_source ? node : "", is_graph ? node : "",
             is_source || is_graph ? "{\"op\":\"count\",\"in\":\"lines\"}" : node);
}

static void test_every_operation_checks_its_fields(void **state)
{
    (void)state;
    const job_op *op;
    char text[1024];
    for (size_t i = 0; (op = job_op_at(i)); i++) {
        problem problem = {""};
        write_job(op, "", text, sizeof text);
        job *job = read_job(text, &problem);
        bool needs_more = op->function != 0;
        for (const job_field *field = op->fields; field->name; field++)
            needs_more = needs_more || field->is_required;
        if (needs_more == (job != NULL)) fail_msg("%s: %s", text, problem.text);
        if (!job) assert_non_null(strstr(problem.text, "is missing"));
        job_free(job);

        write_job(op, ",\"zzzzzzzz\":1", text, sizeof text);
        assert_null(read_job(text, &problem));
        assert_non_null(strstr(problem.text, "unknown field \"zzzzzzzz\""));
    }
}

static void test_long_offending_texts_are_cut(void **state)
{
    (void)state;
    char text[4096] = "{\"sources\":[{\"id\":1,\"op\":\"";
    memset(text + strlen(text), 'x', 3000);
    memccpy(text + strlen(text), "\"}],\"outputs\":[1]}", '\0', 64);
    problem problem;
    assert_null(read_job(text, &problem));
    assert_in_range(strlen(problem.text), 1, 300);
}

/* --- Right jobs ------------------------------------------------------------------------------ */

static char *lineage_of(const char *text)
{
    job *job = read_right_job(text);
    weir_options options = {.batch_interval_ms = 1000, .manual_clock = true};
    weir_context *context;
    problem problem;
    assert_int_equal(weir_context_create(&context, &options), WEIR_OK);
    if (!job_build(job, context, &problem)) fail_msg("%s", problem.text);
    char *lineage = weir_lineage_text(context);
    weir_context_free(context);
    job_free(job);
    return lineage;
}

static void test_windows_have_what_the_job_says(void **state)
{
    (void)state;
    static const char *const graph =
        GRAPH("{\"id\":\"w\",\"op\":\"window\",\"in\":\"lines\",\"window_ms\":4000,"
              "\"slide_ms\":2000},"
              "{\"id\":\"g\",\"op\":\"groupByKeyAndWindow\",\"in\":\"w\",\"window_ms\":8000,"
              "\"partitions\":3},"
              "{\"id\":\"a\",\"op\":\"reduceByKeyAndWindow\",\"in\":\"lines\",\"fn\":\"sum\","
              "\"inverse\":\"difference\",\"filter\":\"value_not_zero\",\"filter_arg\":7,"
              "\"window_ms\":60000,\"drop_neutral\":true,\"check_inverse\":true},"
              "{\"id\":\"m\",\"op\":\"reduceByWindow\",\"in\":\"lines\",\"fn\":\"max\","
              "\"window_ms\":3000},"
              "{\"id\":\"c\",\"op\":\"countByWindow\",\"in\":\"lines\",\"window_ms\":1000,"
              "\"slide_ms\":3000,\"drop_neutral\":true},"
              "{\"id\":\"v\",\"op\":\"countByValueAndWindow\",\"in\":\"lines\","
              "\"window_ms\":5000,\"partitions\":2}");
    static const char *const parts[] = {
        "window of 4000 ms, every 2000 ms", "<- lines  job.json:2:1\n",
        "window of 8000 ms, 3 partitions, every 2000 ms", "<- w      job.json:2:72\n",
        "sum, window of 60000 ms, inverse difference, filter value_not_zero(7)",
        ", neutral keys dropped, inverse checked",
        "max, window of 3000 ms",
        "window of 1000 ms, neutral keys dropped, every 3000 ms",
        "window of 5000 ms, 2 partitions",
    };
    char *lineage = lineage_of(graph);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (!strstr(lineage, parts[i])) fail_msg("no \"%s\" in\n%s", parts[i], lineage);
    free(lineage);
}

/* What only the library knows is said with the place of the node. */
static void test_windows_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"\"window\",\"window_ms\":2500",
         "window on lines: the window length is 2500 ms; give a multiple of the slide of the "
         "stream it is over, 1000 ms"},
        {"\"window\",\"window_ms\":2000,\"slide_ms\":1500",
         "window on lines: the slide is 1500 ms; give a multiple of the slide of the stream it is "
         "over, 1000 ms"},
        {"\"countByWindow\",\"window_ms\":9223372036854775000",
         "countByWindow on lines: the window length is 9223372036854775000 ms; give at most "
         "2305843009213693951 ms"},
        {"\"reduceByWindow\",\"fn\":\"max\",\"window_ms\":2000,\"drop_neutral\":true",
         "reduceByWindow on lines: a filter, drop_neutral and check_inverse go with an inverse "
         "function; filter the stream behind the window"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[1024], expected[512];
        weir_options options = {.batch_interval_ms = 1000, .manual_clock = true};
        weir_context *context;
        problem problem = {""};
        snprintf(text, sizeof text, GRAPH("{\"id\":\"a\",\"in\":\"lines\",\"op\":%s}"),
                 rows[i][0]);
        snprintf(expected, sizeof expected, "job.json:2:1: graph[0] \"a\": %s", rows[i][1]);
        job *job = read_right_job(text);
        assert_int_equal(weir_context_create(&context, &options), WEIR_OK);
        assert_false(job_build(job, context, &problem));
        assert_string_equal(problem.text, expected);
        weir_context_free(context);
        job_free(job);
    }
}

static void test_nodes_may_stand_in_any_order(void **state)
{
    (void)state;
    char *lineage = lineage_of(
        GRAPH("{\"id\":\"a\",\"op\":\"join\",\"in\":[\"b\",\"c\"],\"partitions\":3},"
              "{\"id\":\"b\",\"op\":\"groupByKey\",\"in\":[\"c\"]},"
              "{\"id\":\"c\",\"op\":\"map\",\"in\":\"lines\",\"fn\":\"pair_self\","
              "\"cache\":true}"));
    const char *c = strstr(lineage, "\nc "), *b = strstr(lineage, "\nb "),
               *a = strstr(lineage, "\na ");
    assert_non_null(c);
    assert_true(c < b && b < a);
    assert_non_null(strstr(lineage, "cached"));
    assert_non_null(strstr(lineage, "3 partitions"));
    free(lineage);
}

static void test_a_name_goes_over_the_id(void **state)
{
    (void)state;
    char *lineage = lineage_of(
        GRAPH("{\"id\":\"a\",\"name\":\"glommed\",\"op\":\"glom\",\"in\":\"lines\"}"));
    assert_non_null(strstr(lineage, "glommed"));
    free(lineage);
}

static void test_the_error_of_a_call_has_its_place(void **state)
{
    (void)state;
    job *job = read_right_job(GRAPH("{\"id\":\"a\",\"op\":\"groupByKey\",\"in\":\"lines\","
                                    "\"partitions\":2147483647}"));
    weir_options options = {.batch_interval_ms = 1000, .manual_clock = true};
    weir_context *context;
    problem problem;
    assert_int_equal(weir_context_create(&context, &options), WEIR_OK);
    assert_false(job_build(job, context, &problem));
    assert_non_null(strstr(problem.text, "job.json:2:1: graph[0] \"a\": groupByKey on lines"));
    weir_context_free(context);
    job_free(job);
}

static void test_settings_are_read(void **state)
{
    (void)state;
    job *job = read_right_job("{\"about\":\"x\",\"name\":\"n\",\"batch_ms\":7,\"partitions\":3,"
                              "\"memory\":\"2M\",\"max_record_bytes\":9,\"master\":\"local\","
                              "\"sources\":[{\"id\":\"a\",\"op\":\"queue\"}],\"outputs\":[" PRINT
                              "]}");
    assert_string_equal(job->settings.options.app_name, "n");
    assert_string_equal(job->settings.options.master, "local");
    assert_int_equal(job->settings.options.batch_interval_ms, 7);
    assert_int_equal(job->settings.options.partitions, 3);
    assert_int_equal(job->settings.options.memory, 2 << 20);
    assert_int_equal(job->settings.options.max_record_bytes, 9);
    job_free(job);
}

/* --- Queues: how many records each interval takes -------------------------------------------- */

typedef struct taken {
    uint64_t records[8];
    size_t count;
} taken;

static void note(const weir_batch_summary *summary, void *user)
{
    taken *taken = user;
    if (taken->count < 8) taken->records[taken->count++] = summary->output_records[0];
}

static void expect_queue(const char *fields, const uint64_t *expected, size_t count)
{
    char text[1024];
    snprintf(text, sizeof text, "{\"sources\":[{\"id\":\"q\",\"op\":\"queue\"%s}],"
             "\"outputs\":[{\"in\":\"q\",\"op\":\"count\"}]}", fields);
    job *job = read_right_job(text);
    weir_options options = {.batch_interval_ms = 1000, .manual_clock = true, .master = "local"};
    weir_context *context;
    problem problem;
    taken taken = {.count = 0};
    assert_int_equal(weir_context_create(&context, &options), WEIR_OK);
    assert_true(job_build(job, context, &problem));
    assert_int_equal(weir_on_batch(context, note, &taken), WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(weir_advance(context, 1000 * (int64_t)count), WEIR_OK);
    weir_context_free(context);
    job_free(job);
    assert_int_equal(taken.count, count);
    assert_memory_equal(taken.records, expected, count * sizeof *expected);
}

static void test_queues_are_played_through(void **state)
{
    (void)state;
    expect_queue("", (uint64_t[]){0, 0}, 2);
    expect_queue(",\"pushes\":[[[1,2],[3],[]],[],[],[],[[4,5,6]]]",
                 (uint64_t[]){2, 1, 0, 0, 3, 0}, 6);
    expect_queue(",\"pushes\":[[[1,2],[3],[]],[],[],[],[[4,5,6]]],\"one_at_a_time\":false",
                 (uint64_t[]){3, 0, 0, 0, 3, 0}, 6);
    expect_queue(",\"pushes\":[[],[[1]],[[],[2,3]]],\"default\":[7,8,9,10]",
                 (uint64_t[]){4, 1, 0, 2, 4}, 5);
}

static int make_library_known(void **state)
{
    (void)state;
    library_register();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_jobs_say_what_and_where),
        cmocka_unit_test(test_every_operation_checks_its_fields),
        cmocka_unit_test(test_long_offending_texts_are_cut),
        cmocka_unit_test(test_windows_have_what_the_job_says),
        cmocka_unit_test(test_windows_that_cannot_be_are_refused),
        cmocka_unit_test(test_nodes_may_stand_in_any_order),
        cmocka_unit_test(test_a_name_goes_over_the_id),
        cmocka_unit_test(test_the_error_of_a_call_has_its_place),
        cmocka_unit_test(test_settings_are_read),
        cmocka_unit_test(test_queues_are_played_through),
    };
    return cmocka_run_group_tests(tests, make_library_known, NULL);
}
