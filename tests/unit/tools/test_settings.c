#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "tools/arguments.h"

static const setting *find(const char *option)
{
    for (size_t i = 0; i < SETTING_NUMBER; i++) {
        if (strcmp(setting_table[i].option, option) == 0) return &setting_table[i];
    }
    fail_msg("no setting %s", option);
    return NULL;
}

static bool set(const char *option, const char *text, run_settings *settings)
{
    problem problem;
    return setting_from_text(find(option), text, settings, &problem);
}

static void test_texts_become_members(void **state)
{
    (void)state;
    run_settings settings = {0};
    assert_true(set("master", "local[3]", &settings));
    assert_true(set("batch-ms", "250", &settings));
    assert_true(set("partitions", "16", &settings));
    assert_true(set("memory", "3M", &settings));
    assert_true(set("max-record-bytes", "7", &settings));
    assert_true(set("max-rate", "9223372036854775807", &settings));
    assert_true(set("name", "x", &settings));
    assert_string_equal(settings.options.master, "local[3]");
    assert_int_equal(settings.options.batch_interval_ms, 250);
    assert_int_equal(settings.options.partitions, 16);
    assert_int_equal(settings.options.memory, 3 << 20);
    assert_int_equal(settings.options.max_record_bytes, 7);
    assert_true(settings.options.max_rate == INT64_MAX);
    assert_string_equal(settings.options.app_name, "x");
}

static void test_wrong_texts_are_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"batch-ms", "0"}, {"batch-ms", "-1"}, {"batch-ms", ""}, {"batch-ms", " 1"},
        {"batch-ms", "1 "}, {"batch-ms", "1.5"}, {"batch-ms", "1K"}, {"batch-ms", "9999999999"},
        {"batch-ms", "99999999999999999999"}, {"partitions", "0"}, {"partitions", "x"},
        {"memory", "0"}, {"memory", "1T"}, {"memory", "1KB"}, {"memory", "K"},
        {"memory", "9223372036854775807G"}, {"master", "local[]"}, {"master", "local[0]"},
        {"master", "local[1"}, {"master", "local[1]x"}, {"master", "local[-1]"},
        {"master", "Local"}, {"master", "yarn"}, {"master", ""}, {"name", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        run_settings settings = {0}, untouched = {0};
        if (set(cases[i][0], cases[i][1], &settings))
            fail_msg("--%s=%s was taken", cases[i][0], cases[i][1]);
        assert_memory_equal(&settings, &untouched, sizeof settings);
    }
}

/* --- Command lines --------------------------------------------------------------------------- */

static const argument own_arguments[] = {{"help", ARGUMENT_HELP, NULL, ""},
                                         {NULL, ARGUMENT_HELP, NULL, NULL}};
static const command_line line = {.name = "test", .arguments = own_arguments, .has_settings = true,
                                  .most_operands = 1};

static void test_the_command_line_goes_over_the_file(void **state)
{
    (void)state;
    char name[] = "test", batch[] = "--batch-ms", value[] = "20", job[] = "job.json", *argv[] = {
        name, job, batch, value, NULL};
    arguments arguments;
    problem problem;
    assert_true(arguments_read(&line, 4, argv, &arguments, &problem));
    assert_int_equal(arguments.operand_count, 1);
    assert_string_equal(arguments.operands[0], "job.json");
    run_settings settings = {
        .options = {.batch_interval_ms = 1000, .partitions = 5, .master = "local"}};
    arguments_override(&arguments, &settings);
    assert_int_equal(settings.options.batch_interval_ms, 20);
    assert_int_equal(settings.options.partitions, 5);
    assert_string_equal(settings.options.master, "local");
}

static void test_wrong_command_lines(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"--bach-ms=1", "weir test has no option \"--bach-ms\"; did you mean \"--batch-ms\"?"},
        {"--master", "the option \"--master\" needs a value"},
        {"--batch-ms=x", "--batch-ms is \"x\"; give a whole number"},
        {"-x", "weir test has no option \"-x\""},
        {"--help=1", "the option \"--help\" takes no value"},
        {"--json", "weir test has no option \"--json\""},
        {"two", "weir test does not take \"two\" as well"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[] = "test", one[] = "one", given[64], *argv[] = {name, one, given, NULL};
        memccpy(given, cases[i][0], '\0', sizeof given);
        arguments arguments;
        problem problem;
        assert_false(arguments_read(&line, 3, argv, &arguments, &problem));
        assert_string_equal(problem.text, cases[i][1]);
    }
}

static void test_the_nearest_word(void **state)
{
    (void)state;
    static const char *const words[] = {"reduceByKey", "groupByKey", "map", "mapValues", "sum"};
    static const char *const cases[][2] = {
        {"redcueByKey", "reduceByKey"}, {"reducebykey", "reduceByKey"}, {"mp", "map"},
        {"mapValue", "mapValues"}, {"summ", "sum"}, {"frobnicate", NULL}, {"", NULL}, {"x", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        nearest nearest;
        nearest_init(&nearest, cases[i][0]);
        for (size_t j = 0; j < sizeof words / sizeof words[0]; j++)
            nearest_offer(&nearest, words[j]);
        if (!cases[i][1]) assert_null(nearest.word);
        else assert_string_equal(nearest.word, cases[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_become_members),
        cmocka_unit_test(test_wrong_texts_are_refused),
        cmocka_unit_test(test_the_command_line_goes_over_the_file),
        cmocka_unit_test(test_wrong_command_lines),
        cmocka_unit_test(test_the_nearest_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
