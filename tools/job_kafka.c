#include "tools/job_kafka.h"

#include <stdlib.h>
#include <string.h>

#include "weir/kafka.h"

static const char *text_of(const job_call *call, const char *name)
{
    return json_string_value(json_object_get(call->object, name));
}

static int64_t integer_of(const job_call *call, const char *name)
{
    return json_integer_value(json_object_get(call->object, name));
}

/* The place of the word among those that are allowed; 0 if it is not given, -1 if it is another,
 * which the call refuses. */
static int choice_of(const job_call *call, const char *name, const char *const *words)
{
    const char *text = text_of(call, name);
    if (!text) return 0;
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], text) == 0) return i;
    return -1;
}

/* What an operation's options point to while it is built. */
typedef struct lists {
    const char **topics;
    int *threads;
    weir_kafka_position *assignment;
    weir_kafka_position *offsets;
    weir_kafka_property *properties;
    size_t topic_count, assignment_count, offset_count, property_count;
} lists;

static void *make_list(size_t count, size_t size)
{
    return calloc(count ? count : 1, size);
}

static bool read_positions(const json_t *array, weir_kafka_position **positions, size_t *count)
{
    *count = json_array_size(array);
    *positions = make_list(*count, sizeof **positions);
    for (size_t i = 0; *positions && i < *count; i++) {
        const json_t *parts = json_array_get(array, i);
        (*positions)[i] =
            (weir_kafka_position){json_string_value(json_array_get(parts, 0)),
                                  (int)json_integer_value(json_array_get(parts, 1)),
                                  json_integer_value(json_array_get(parts, 2))};
    }
    return *positions != NULL;
}

static bool read_properties(const json_t *object, lists *lists)
{
    const char *name;
    json_t *value;
    lists->properties = make_list(json_object_size(object), sizeof *lists->properties);
    if (!lists->properties) return false;
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
        lists->properties[lists->property_count++] =
            (weir_kafka_property){name, json_string_value(value)};
    return true;
}

/* An array of names, or an object of names and threads. */
static bool read_topics(const json_t *topics, lists *lists)
{
    const char *name;
    json_t *value;
    size_t count = json_is_array(topics) ? json_array_size(topics) : json_object_size(topics);
    lists->topics = make_list(count, sizeof *lists->topics);
    lists->threads = make_list(count, sizeof *lists->threads);
    if (!lists->topics || !lists->threads) return false;
    for (size_t i = 0; i < json_array_size(topics); i++)
        lists->topics[i] = json_string_value(json_array_get(topics, i));
    json_object_foreach((json_t *)(uintptr_t)topics, name, value) {
        lists->topics[lists->topic_count] = name;
        lists->threads[lists->topic_count++] = (int)json_integer_value(value);
    }
    lists->topic_count = count;
    return true;
}

static bool read_lists(const job_call *call, lists *lists)
{
    const json_t *object = call->object;
    return read_topics(json_object_get(object, "topics"), lists) &&
           read_positions(json_object_get(object, "assign"), &lists->assignment,
                          &lists->assignment_count) &&
           read_positions(json_object_get(object, "offsets"), &lists->offsets,
                          &lists->offset_count) &&
           read_properties(json_object_get(object, "properties"), lists);
}

static void release_lists(lists *lists)
{
    free(lists->topics);
    free(lists->threads);
    free(lists->assignment);
    free(lists->offsets);
    free(lists->properties);
}

static weir_kafka_options options_of(const job_call *call, const lists *lists)
{
    static const char *const starts[] = {"latest", "earliest", "committed", "time", NULL};
    static const char *const forms[] = {"value", "pair", "record", NULL};
    static const char *const resets[] = {"fail", "earliest", NULL};
    return (weir_kafka_options){
        .brokers = text_of(call, "brokers"),
        .topics = lists->topics,
        .topic_count = lists->topic_count,
        .pattern = text_of(call, "pattern"),
        .assignment = lists->assignment,
        .assignment_count = lists->assignment_count,
        .start = (weir_kafka_start)choice_of(call, "start", starts),
        .start_time_ms = integer_of(call, "startTime_ms"),
        .offsets = lists->offsets,
        .offset_count = lists->offset_count,
        .form = (weir_kafka_form)choice_of(call, "form", forms),
        .bytes = json_is_true(json_object_get(call->object, "bytes")),
        .reset = (weir_kafka_reset)choice_of(call, "reset", resets),
        .max_rate = integer_of(call, "maxRatePerPartition"),
        .group = text_of(call, "group"),
        .discover_ms = integer_of(call, "discover_ms"),
        .poll_ms = integer_of(call, "poll_ms"),
        .properties = lists->properties,
        .property_count = lists->property_count,
    };
}

weir_stream *job_kafka_direct(const job_call *call)
{
    lists lists = {0};
    weir_stream *stream = NULL;
    if (read_lists(call, &lists)) {
        weir_kafka_options options = options_of(call, &lists);
        stream = weir_kafka_direct_stream(call->context, &options);
    }
    release_lists(&lists);
    return stream;
}

weir_stream *job_kafka_receiver(const job_call *call)
{
    lists lists = {0};
    weir_stream *stream = NULL;
    if (read_lists(call, &lists)) {
        weir_kafka_options options = options_of(call, &lists);
        options.threads = lists.threads;
        stream = weir_kafka_stream(call->context, &options);
    }
    release_lists(&lists);
    return stream;
}

weir_status job_kafka_save(const job_call *call)
{
    lists lists = {0};
    weir_status status = WEIR_NO_MEMORY;
    if (read_properties(json_object_get(call->object, "properties"), &lists)) {
        weir_kafka_sink_options options = {
            .brokers = text_of(call, "brokers"),
            .topic = text_of(call, "topic"),
            .plain = json_is_false(json_object_get(call->object, "transactions")),
            .records = json_is_true(json_object_get(call->object, "records")),
            .properties = lists.properties,
            .property_count = lists.property_count,
        };
        status = weir_save_to_kafka(call->inputs[0], &options);
    }
    release_lists(&lists);
    return status;
}
