/* Options as values, for the lineage. */
#include <string.h>

#include "kafka/settings.h"
#include "record/value.h"

enum { FIELDS_MAX = 20 };

/* The pairs while they are collected. */
typedef struct fields {
    weir_value pairs[FIELDS_MAX];
    size_t count;
} fields;

static void add(fields *fields, const char *name, weir_value value)
{
    fields->pairs[fields->count++] = weir_pair(weir_text(name), value);
}

static void add_text(fields *fields, const char *name, const char *text)
{
    if (text) add(fields, name, weir_text(text));
}

static void add_int(fields *fields, const char *name, int64_t number)
{
    if (number) add(fields, name, weir_int(number));
}

static void add_positions(fields *fields, const char *name, const weir_kafka_position *positions,
                          size_t count)
{
    if (count == 0) return;
    weir_value list;
    weir_value *items = value_make_list(count, &list);
    for (size_t i = 0; i < count; i++) {
        weir_value parts[] = {weir_text(positions[i].topic), weir_int(positions[i].partition),
                              weir_int(positions[i].offset)};
        items[i] = weir_list(parts, 3);
    }
    add(fields, name, list);
}

static void add_properties(fields *fields, const weir_kafka_property *properties, size_t count)
{
    if (count == 0) return;
    weir_value list;
    weir_value *items = value_make_list(count, &list);
    for (size_t i = 0; i < count; i++) {
        const char *value = properties[i].value;
        bool is_kept = value && (strncmp(value, "env:", 4) == 0 ||
                                 !settings_is_secret(properties[i].name));
        items[i] =
            weir_pair(weir_text(properties[i].name), is_kept ? weir_text(value) : weir_null());
    }
    add(fields, "properties", list);
}

static weir_value finish(const fields *fields)
{
    return weir_list(fields->pairs, fields->count);
}

weir_value settings_value(const weir_kafka_options *options)
{
    fields fields = {.count = 0};
    weir_value topics, threads;
    weir_value *topic = value_make_list(options->topic_count, &topics);
    for (size_t i = 0; i < options->topic_count; i++) topic[i] = weir_text(options->topics[i]);
    add_text(&fields, "brokers", options->brokers);
    if (options->topic_count) add(&fields, "topics", topics);
    add_text(&fields, "pattern", options->pattern);
    add_positions(&fields, "assignment", options->assignment, options->assignment_count);
    add_int(&fields, "start", options->start);
    add_int(&fields, "start_time_ms", options->start_time_ms);
    add_positions(&fields, "offsets", options->offsets, options->offset_count);
    add_int(&fields, "form", options->form);
    add_int(&fields, "bytes", options->bytes);
    add_int(&fields, "reset", options->reset);
    add_int(&fields, "max_rate", options->max_rate);
    add_text(&fields, "group", options->group);
    add_int(&fields, "discover_ms", options->discover_ms);
    add_int(&fields, "poll_ms", options->poll_ms);
    add_properties(&fields, options->properties, options->property_count);
    if (options->threads) {
        weir_value *thread = value_make_list(options->topic_count, &threads);
        for (size_t i = 0; i < options->topic_count; i++)
            thread[i] = weir_int(options->threads[i]);
        add(&fields, "threads", threads);
    }
    return finish(&fields);
}

weir_value settings_sink_value(const weir_kafka_sink_options *options)
{
    fields fields = {.count = 0};
    add_text(&fields, "brokers", options->brokers);
    add_text(&fields, "topic", options->topic);
    add_int(&fields, "plain", options->plain);
    add_int(&fields, "records", options->records);
    add_properties(&fields, options->properties, options->property_count);
    return finish(&fields);
}

/* --- back ------------------------------------------------------------------------------------ */

/* What stands under the name; absent if nothing does. */
static weir_value find(weir_value value, const char *name)
{
    size_t count, parts, length;
    const weir_value *pairs = weir_items(value, &count);
    for (size_t i = 0; i < count; i++) {
        const weir_value *pair = weir_items(pairs[i], &parts);
        if (parts != 2) continue;
        const char *text = weir_bytes(&pair[0], &length);
        if (text && length == strlen(name) && memcmp(text, name, length) == 0) return pair[1];
    }
    return weir_absent();
}

static const char *text_of(weir_value value)
{
    size_t length;
    const char *bytes = weir_bytes(&value, &length);
    if (!bytes) return NULL;
    char *text = arena_alloc(arena_current(), length + 1);
    memcpy(text, bytes, length);
    text[length] = '\0';
    return text;
}

static int64_t int_of(weir_value value, const char *name)
{
    return weir_as_int(find(value, name));
}

static const weir_kafka_position *read_positions(weir_value list, size_t *count)
{
    size_t parts;
    const weir_value *items = weir_items(list, count);
    weir_kafka_position *positions = arena_alloc(arena_current(), *count * sizeof *positions);
    for (size_t i = 0; i < *count; i++) {
        const weir_value *part = weir_items(items[i], &parts);
        positions[i] = (weir_kafka_position){0};
        if (parts != 3) continue; /* has no topic: the check refuses it */
        positions[i].topic = text_of(part[0]);
        positions[i].partition = (int)weir_as_int(part[1]);
        positions[i].offset = weir_as_int(part[2]);
    }
    return positions;
}

static const weir_kafka_property *read_properties(weir_value list, size_t *count)
{
    size_t parts;
    const weir_value *items = weir_items(list, count);
    weir_kafka_property *properties = arena_alloc(arena_current(), *count * sizeof *properties);
    for (size_t i = 0; i < *count; i++) {
        const weir_value *pair = weir_items(items[i], &parts);
        properties[i] = (weir_kafka_property){0};
        if (parts == 2) properties[i] = (weir_kafka_property){text_of(pair[0]), text_of(pair[1])};
    }
    return properties;
}

weir_kafka_options settings_read(weir_value value)
{
    weir_kafka_options options = {
        .brokers = text_of(find(value, "brokers")),
        .pattern = text_of(find(value, "pattern")),
        .group = text_of(find(value, "group")),
        .start = (weir_kafka_start)int_of(value, "start"),
        .start_time_ms = int_of(value, "start_time_ms"),
        .form = (weir_kafka_form)int_of(value, "form"),
        .bytes = int_of(value, "bytes") != 0,
        .reset = (weir_kafka_reset)int_of(value, "reset"),
        .max_rate = int_of(value, "max_rate"),
        .discover_ms = int_of(value, "discover_ms"),
        .poll_ms = int_of(value, "poll_ms"),
    };
    const weir_value *topic = weir_items(find(value, "topics"), &options.topic_count);
    const char **topics = arena_alloc(arena_current(), options.topic_count * sizeof *topics);
    for (size_t i = 0; i < options.topic_count; i++) topics[i] = text_of(topic[i]);
    options.topics = topics;
    options.assignment = read_positions(find(value, "assignment"), &options.assignment_count);
    options.offsets = read_positions(find(value, "offsets"), &options.offset_count);
    options.properties = read_properties(find(value, "properties"), &options.property_count);
    size_t count;
    const weir_value *thread = weir_items(find(value, "threads"), &count);
    if (count == 0 || count != options.topic_count) return options;
    int *threads = arena_alloc(arena_current(), count * sizeof *threads);
    for (size_t i = 0; i < count; i++) threads[i] = (int)weir_as_int(thread[i]);
    options.threads = threads;
    return options;
}

weir_kafka_sink_options settings_read_sink(weir_value value)
{
    weir_kafka_sink_options options = {
        .brokers = text_of(find(value, "brokers")),
        .topic = text_of(find(value, "topic")),
        .plain = int_of(value, "plain") != 0,
        .records = int_of(value, "records") != 0,
    };
    options.properties = read_properties(find(value, "properties"), &options.property_count);
    return options;
}
