#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "context/machine.h"
#include "context/options.h"

typedef struct row {
    const char *text;
    int64_t number; /* -1: refused */
} row;

static void durations_are_read(void **state)
{
    (void)state;
    static const row rows[] = {
        {"250", 250},  {"250ms", 250}, {"1s", 1000}, {"1.5s", 1500}, {"2 s", 2000}, {"2m", 120000},
        {"1h", 3600000}, {"0", 0},     {"", -1},     {"-1", -1},     {"s", -1},     {"1x", -1},
        {"1s ", -1},   {"1e30s", -1},  {" 1", -1},   {"nan", -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t ms = -1;
        assert_int_equal(options_parse_duration(rows[i].text, &ms), rows[i].number >= 0);
        assert_int_equal(ms, rows[i].number);
    }
}

static void sizes_are_read(void **state)
{
    (void)state;
    static const row rows[] = {
        {"0", 0},        {"17", 17},          {"17b", 17},      {"1k", 1024}, {"1.5K", 1536},
        {"64M", 64 << 20}, {"64MiB", 64 << 20}, {"2g", 2LL << 30}, {"", -1},    {"M", -1},
        {"-1M", -1},     {"1T", -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t bytes = (size_t)-1;
        assert_int_equal(options_parse_bytes(rows[i].text, &bytes), rows[i].number >= 0);
        assert_int_equal((int64_t)bytes, rows[i].number);
    }
}

static void masters_are_read(void **state)
{
    (void)state;
    size_t workers = 0;
    assert_int_equal(options_workers("local", &workers), WEIR_OK);
    assert_int_equal(workers, 1);
    assert_int_equal(options_workers("local[3]", &workers), WEIR_OK);
    assert_int_equal(workers, 3);
    assert_int_equal(options_workers("local[*]", &workers), WEIR_OK);
    assert_int_equal(workers, machine_processors());
    static const char *const wrong[] = {"",           "local[0]",  "local[]",      "local[2",
                                        "local[2]x",  "local[-1]", "local[99999]", "yarn",
                                        "spark://h:1", "Local",    "local[1.5]",   "local[*"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(options_workers(wrong[i], &workers), WEIR_ILLEGAL_ARGUMENT);
}

static void defaults_are_filled_in(void **state)
{
    (void)state;
    weir_options options;
    assert_int_equal(options_complete(&(weir_options){.batch_interval_ms = 5000}, &options),
                     WEIR_OK);
    assert_string_equal(options.app_name, "weir");
    assert_string_equal(options.master, "local[*]");
    assert_int_equal(options.partitions, 8);
    assert_int_equal(options.block_interval_ms, 200);
    assert_int_equal(options.max_record_bytes, 64 << 20);
    assert_true(options.memory > 0 && options.memory <= machine_memory_bytes() / 16);
    assert_true(options.batch_memory >= options.memory * 8 - 8 &&
                options.batch_memory <= machine_memory_bytes() / 2);
    assert_int_equal(options.attempts, 2);
    assert_int_equal(options.stop_timeout_ms, 50000);
    options_release(&options);

    assert_int_equal(options_complete(&(weir_options){.batch_interval_ms = 10}, &options),
                     WEIR_OK);
    assert_int_equal(options.block_interval_ms, 10);
    assert_int_equal(options.stop_timeout_ms, 10000);
    options_release(&options);
    /* Memory for a batch is never less than for what waits. */
    weir_options large = {.batch_interval_ms = 10, .memory = machine_memory_bytes()};
    assert_int_equal(options_complete(&large, &options), WEIR_OK);
    assert_int_equal(options.batch_memory, large.memory);
    options_release(&options);
}

static void what_is_given_is_kept_and_copied(void **state)
{
    (void)state;
    char name[] = "mine";
    weir_options options;
    weir_options given = {.app_name = name, .batch_interval_ms = 1, .master = "local[2]",
                          .partitions = 3, .attempts = 1, .stop_timeout_ms = 7, .memory = 11};
    assert_int_equal(options_complete(&given, &options), WEIR_OK);
    name[0] = 'x';
    assert_string_equal(options.app_name, "mine");
    assert_int_equal(options.partitions, 3);
    assert_int_equal(options.attempts, 1);
    assert_int_equal(options.stop_timeout_ms, 7);
    assert_int_equal(options.batch_memory, 88);
    options_release(&options);
}

static void wrong_options_are_refused(void **state)
{
    (void)state;
    static const weir_options wrong[] = {
        {.batch_interval_ms = 0},
        {.batch_interval_ms = -1},
        {.batch_interval_ms = INT64_MAX},
        {.batch_interval_ms = 1, .master = "cluster"},
        {.batch_interval_ms = 1, .partitions = -1},
        {.batch_interval_ms = 1, .attempts = -1},
        {.batch_interval_ms = 1, .max_rate = -1},
        {.batch_interval_ms = 1, .block_interval_ms = -1},
        {.batch_interval_ms = 1, .stop_timeout_ms = -1},
        {.batch_interval_ms = 1, .stop_timeout_ms = INT64_MAX},
        {.batch_interval_ms = 1, .block_interval_ms = INT64_MAX},
        {.batch_interval_ms = 1, .max_record_bytes = (size_t)UINT32_MAX + 1},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        weir_options options;
        assert_int_equal(options_complete(&wrong[i], &options), WEIR_ILLEGAL_ARGUMENT);
    }
}

static void options_are_set_by_name(void **state)
{
    (void)state;
    weir_options options = {0};
    assert_int_equal(weir_option_set(&options, "batch-ms", "2s"), WEIR_OK);
    assert_int_equal(weir_option_set(&options, "name", "x y"), WEIR_OK);
    assert_int_equal(weir_option_set(&options, "partitions", "16"), WEIR_OK);
    assert_int_equal(weir_option_set(&options, "memory", "1G"), WEIR_OK);
    assert_int_equal(weir_option_set(&options, "max-rate", "100000"), WEIR_OK);
    assert_int_equal(weir_option_set(&options, "manual-clock", "Yes"), WEIR_OK);
    assert_int_equal(options.batch_interval_ms, 2000);
    assert_string_equal(options.app_name, "x y");
    assert_int_equal(options.partitions, 16);
    assert_int_equal(options.memory, 1 << 30);
    assert_int_equal(options.max_rate, 100000);
    assert_true(options.manual_clock);
    assert_int_equal(weir_option_set(&options, "manual-clock", "off"), WEIR_OK);
    assert_false(options.manual_clock);
}

static void wrong_texts_and_names_are_explained(void **state)
{
    (void)state;
    weir_options options = {.partitions = 5};
    assert_int_equal(weir_option_set(&options, "partitions", "many"), WEIR_ILLEGAL_ARGUMENT);
    assert_string_equal(weir_last_error(), "option partitions: \"many\" is not a number");
    assert_int_equal(weir_option_set(&options, "partitions", "3000000000"), WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(options.partitions, 5);
    assert_int_equal(weir_option_set(&options, "bach-ms", "1s"), WEIR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(weir_last_error(), "did you mean \"batch-ms\"?"));
}

static void every_option_says_what_it_is(void **state)
{
    (void)state;
    size_t count = 0;
    for (const weir_option *option; (option = weir_option_at(count)); count++) {
        assert_true(*option->name);
        assert_int_equal(option->about[strlen(option->about) - 1], '.');
        for (size_t i = 0; i < count; i++)
            assert_string_not_equal(weir_option_at(i)->name, option->name);
    }
    assert_int_equal(count, 13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_read),
        cmocka_unit_test(sizes_are_read),
        cmocka_unit_test(masters_are_read),
        cmocka_unit_test(defaults_are_filled_in),
        cmocka_unit_test(what_is_given_is_kept_and_copied),
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(options_are_set_by_name),
        cmocka_unit_test(wrong_texts_and_names_are_explained),
        cmocka_unit_test(every_option_says_what_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
