/* The options of Kafka: checked, and the same again from a checkpoint but for secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "kafka/settings.h"

static const char *const topics[] = {"a", "b"};
static const weir_kafka_position positions[] = {{"a", 1, 7}, {"b", 0, 9}};
static const int threads[] = {2, 3};

static weir_kafka_options good(void)
{
    return (weir_kafka_options){.brokers = "x:1", .topics = topics, .topic_count = 2};
}

static void refuses(settings_use use, weir_kafka_options options, const char *text)
{
    assert_int_equal(settings_check(use, &options), WEIR_ILLEGAL_ARGUMENT);
    if (!strstr(error_text(), text)) fail_msg("\"%s\" is not in: %s", text, error_text());
}

static void checks_options(void **state)
{
    (void)state;
    weir_kafka_options options = good();
    assert_int_equal(settings_check(SETTINGS_DIRECT, &options), WEIR_OK);
    refuses(SETTINGS_RECEIVER, options, "group");
    options.group = "g";
    assert_int_equal(settings_check(SETTINGS_RECEIVER, &options), WEIR_OK);
    options.brokers = "";
    refuses(SETTINGS_DIRECT, options, "brokers");
    static const char *const repeated[] = {"a", "b", "a"};
    options = good();
    options.topics = repeated;
    options.topic_count = 3;
    refuses(SETTINGS_DIRECT, options, "topic a is in \"topics\" twice");
    options = good();
    options.pattern = "a.*";
    refuses(SETTINGS_DIRECT, options, "one of the three");
    options.topic_count = 0;
    assert_int_equal(settings_check(SETTINGS_DIRECT, &options), WEIR_OK);
    options.pattern = "a(";
    refuses(SETTINGS_DIRECT, options, "pattern");
    options = good();
    options.start = (weir_kafka_start)-1;
    refuses(SETTINGS_DIRECT, options, "start must be latest, earliest, committed or time");
    options.start = WEIR_KAFKA_COMMITTED;
    refuses(SETTINGS_DIRECT, options, "give the group");
    options = good();
    options.max_rate = -1;
    refuses(SETTINGS_DIRECT, options, "max_rate");
    weir_kafka_property own = {"group.id", "mine"};
    options = good();
    options.properties = &own;
    options.property_count = 1;
    refuses(SETTINGS_DIRECT, options, "group.id is weir's own affair");
    weir_kafka_position bad = {"a", -1, 0};
    options = good();
    options.offsets = &bad;
    options.offset_count = 1;
    refuses(SETTINGS_DIRECT, options, "below 0");
}

static void wants_time_and_start_together(void **state)
{
    (void)state;
    weir_kafka_options options = good();
    options.start = WEIR_KAFKA_AT_TIME;
    refuses(SETTINGS_DIRECT, options, "no startTime_ms is given");
    options.start_time_ms = 5;
    assert_int_equal(settings_check(SETTINGS_DIRECT, &options), WEIR_OK);
    options.start = WEIR_KAFKA_EARLIEST;
    refuses(SETTINGS_DIRECT, options, "startTime_ms (start_time_ms in C) is given");
}

static void refuses_offsets_of_what_is_not_read(void **state)
{
    (void)state;
    weir_kafka_position given[] = {{"a", 1, 7}, {"c", 0, 9}};
    weir_kafka_options options = good();
    options.offsets = given;
    options.offset_count = 2;
    refuses(SETTINGS_DIRECT, options, "topic c, partition 0, which the stream does not read");
    options.topic_count = 0;
    options.pattern = "a|b";
    refuses(SETTINGS_DIRECT, options, "it is not in \"pattern\"");
    options.pattern = "[a-c]";
    assert_int_equal(settings_check(SETTINGS_DIRECT, &options), WEIR_OK);
    options.pattern = NULL;
    options.assignment = positions;
    options.assignment_count = 2;
    refuses(SETTINGS_DIRECT, options, "it is not in \"assign\"");
    given[1] = (weir_kafka_position){"b", 1, 9}; /* the topic alone */
    refuses(SETTINGS_DIRECT, options, "topic b, partition 1, which the stream does not read");
    given[1].partition = 0;
    assert_int_equal(settings_check(SETTINGS_DIRECT, &options), WEIR_OK);
}

static void refuses_a_partition_that_is_there_twice(void **state)
{
    (void)state;
    const weir_kafka_position twice[] = {{"a", 1, 7}, {"a", 0, 7}, {"a", 1, 8}};
    weir_kafka_options options = good();
    options.offsets = twice;
    options.offset_count = 3;
    refuses(SETTINGS_DIRECT, options, "topic a, partition 1 is in \"offsets\" twice");
    options.offset_count = 2;
    assert_int_equal(settings_check(SETTINGS_DIRECT, &options), WEIR_OK);
    options = (weir_kafka_options){.brokers = "x:1", .assignment = twice, .assignment_count = 3};
    refuses(SETTINGS_DIRECT, options, "topic a, partition 1 is in \"assign\" twice");
}

static weir_kafka_options full(const weir_kafka_property *properties, size_t count)
{
    weir_kafka_options options = good();
    options.start = WEIR_KAFKA_AT_TIME;
    options.start_time_ms = 5;
    options.offsets = positions;
    options.offset_count = 2;
    options.form = WEIR_KAFKA_RECORD;
    options.bytes = true;
    options.reset = WEIR_KAFKA_GO_EARLIEST;
    options.max_rate = 6;
    options.group = "g";
    options.discover_ms = 8;
    options.poll_ms = 9;
    options.threads = threads;
    options.properties = properties;
    options.property_count = count;
    return options;
}

static void comes_back_from_a_value(void **state)
{
    (void)state;
    const weir_kafka_property properties[] = {{"fetch.min.bytes", "1"},
                                              {"sasl.password", "hush"},
                                              {"ssl.key.password", "env:KEY"}};
    weir_kafka_options options = full(properties, 3);
    weir_value value = settings_value(&options);
    weir_kafka_options back = settings_read(value);
    assert_string_equal(back.brokers, "x:1");
    assert_int_equal(back.topic_count, 2);
    assert_string_equal(back.topics[1], "b");
    assert_null(back.pattern);
    assert_int_equal(back.start, WEIR_KAFKA_AT_TIME);
    assert_int_equal(back.start_time_ms, 5);
    assert_int_equal(back.offset_count, 2);
    assert_string_equal(back.offsets[0].topic, "a");
    assert_int_equal(back.offsets[0].partition, 1);
    assert_int_equal(back.offsets[1].offset, 9);
    assert_int_equal(back.form, WEIR_KAFKA_RECORD);
    assert_true(back.bytes);
    assert_int_equal(back.reset, WEIR_KAFKA_GO_EARLIEST);
    assert_int_equal(back.max_rate, 6);
    assert_string_equal(back.group, "g");
    assert_int_equal(back.discover_ms, 8);
    assert_int_equal(back.poll_ms, 9);
    assert_int_equal(back.threads[1], 3);
    assert_int_equal(back.property_count, 3);
    assert_string_equal(back.properties[0].value, "1");
    assert_null(back.properties[1].value); /* a secret */
    assert_string_equal(back.properties[2].value, "env:KEY");
    char text[1024];
    assert_true(weir_format(value, text, sizeof text) < sizeof text);
    assert_null(strstr(text, "hush"));
}

static void reads_what_is_no_options(void **state)
{
    (void)state;
    weir_value junk[] = {weir_null(), weir_int(3), weir_list(NULL, 0),
                         weir_pair(weir_text("topics"), weir_int(1))};
    for (size_t i = 0; i < 4; i++) {
        weir_kafka_options options = settings_read(weir_list(&junk[i], 1));
        assert_int_equal(settings_check(SETTINGS_DIRECT, &options), WEIR_ILLEGAL_ARGUMENT);
    }
}

static void resolves_properties(void **state)
{
    (void)state;
    setenv("WEIR_TEST_SECRET", "found", 1);
    weir_kafka_property given = {"a", "env:WEIR_TEST_SECRET"};
    assert_string_equal(settings_resolve(&given), "found");
    given.value = "plain";
    assert_string_equal(settings_resolve(&given), "plain");
    given.value = "env:WEIR_TEST_NOTHING";
    assert_null(settings_resolve(&given));
    assert_non_null(strstr(error_text(), "WEIR_TEST_NOTHING"));
    given.value = NULL;
    assert_null(settings_resolve(&given));
    assert_non_null(strstr(error_text(), "not kept in checkpoints"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_options),
        cmocka_unit_test(wants_time_and_start_together),
        cmocka_unit_test(refuses_offsets_of_what_is_not_read),
        cmocka_unit_test(refuses_a_partition_that_is_there_twice),
        cmocka_unit_test(comes_back_from_a_value),
        cmocka_unit_test(reads_what_is_no_options),
        cmocka_unit_test(resolves_properties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
