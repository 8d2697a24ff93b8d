#include "kafka/settings.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

const char *settings_word(settings_use use)
{
    return use == SETTINGS_DIRECT ? "kafkaDirectStream" : "kafkaStream";
}

/* --- what is to be read ---------------------------------------------------------------------- */

bool settings_matches(const regex_t *pattern, const char *topic)
{
    regmatch_t match;
    if (strncmp(topic, "__", 2) == 0) return false;
    return regexec(pattern, topic, 1, &match, 0) == 0 && match.rm_so == 0 &&
           (size_t)match.rm_eo == strlen(topic);
}

static bool matches_pattern(const char *text, const char *topic)
{
    regex_t pattern;
    if (regcomp(&pattern, text, REG_EXTENDED) != 0) return false;
    bool is_match = settings_matches(&pattern, topic);
    regfree(&pattern);
    return is_match;
}

bool settings_wants(const weir_kafka_options *options, const char *topic, int partition)
{
    if (options->pattern) return matches_pattern(options->pattern, topic);
    for (size_t i = 0; i < options->topic_count; i++)
        if (strcmp(options->topics[i], topic) == 0) return true;
    for (size_t i = 0; i < options->assignment_count; i++)
        if (options->assignment[i].partition == partition &&
            strcmp(options->assignment[i].topic, topic) == 0)
            return true;
    return false;
}

/* --- checks ---------------------------------------------------------------------------------- */

static weir_status check_topic(const char *word, const char *topic)
{
    if (topic && *topic && strlen(topic) <= KAFKA_TOPIC_MAX) return WEIR_OK;
    return error_set(WEIR_ILLEGAL_ARGUMENT, "%s: \"%s\" is no name for a topic; 1 to %d bytes",
                     word, topic ? topic : "", KAFKA_TOPIC_MAX);
}

/* What weir sets itself: another value would break what it promises. */
static weir_status check_properties(const char *word, const weir_kafka_property *properties,
                                    size_t count)
{
    static const char *const own[] = {
        "bootstrap.servers", "metadata.broker.list",     "group.id",
        "enable.auto.commit", "enable.auto.offset.store", "auto.offset.reset",
        "enable.partition.eof", "transactional.id",       "enable.idempotence",
        "delivery.report.only.error"};
    for (size_t i = 0; i < count; i++) {
        const char *name = properties[i].name;
        if (!name || !*name)
            return error_set(WEIR_ILLEGAL_ARGUMENT, "%s: property %zu has no name", word, i + 1);
        for (size_t j = 0; j < sizeof own / sizeof own[0]; j++)
            if (strcmp(name, own[j]) == 0)
                return error_set(WEIR_ILLEGAL_ARGUMENT,
                                 "%s: the property %s is weir's own affair; leave it out", word,
                                 name);
    }
    return WEIR_OK;
}

static weir_status refuse_twice(const char *word, const char *list,
                                const weir_kafka_position *position)
{
    return error_set(WEIR_ILLEGAL_ARGUMENT, "%s: topic %s, partition %d is in \"%s\" twice", word,
                     position->topic, position->partition, list);
}

/* `list`: its name in job files. */
static weir_status check_positions(const char *word, const char *list,
                                   const weir_kafka_position *positions, size_t count)
{
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < count && status == WEIR_OK; i++) {
        status = check_topic(word, positions[i].topic);
        if (status == WEIR_OK && (positions[i].partition < 0 || positions[i].offset < 0))
            status = error_set(WEIR_ILLEGAL_ARGUMENT,
                               "%s: topic %s, partition %d, offset %" PRId64
                               ": neither can be below 0",
                               word, positions[i].topic, positions[i].partition,
                               positions[i].offset);
        for (size_t j = 0; j < i && status == WEIR_OK; j++)
            if (positions[i].partition == positions[j].partition &&
                strcmp(positions[i].topic, positions[j].topic) == 0)
                status = refuse_twice(word, list, &positions[i]);
    }
    return status;
}

static weir_status check_topics(const char *word, const char *const *topics, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (check_topic(word, topics[i]) != WEIR_OK) return WEIR_ILLEGAL_ARGUMENT;
        for (size_t j = 0; j < i; j++)
            if (strcmp(topics[i], topics[j]) == 0)
                return error_set(WEIR_ILLEGAL_ARGUMENT, "%s: topic %s is in \"topics\" twice",
                                 word, topics[i]);
    }
    return WEIR_OK;
}

static weir_status check_pattern(const char *word, const char *pattern)
{
    regex_t compiled;
    int failure = regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB);
    if (failure == 0) {
        regfree(&compiled);
        return WEIR_OK;
    }
    char text[128];
    regerror(failure, &compiled, text, sizeof text);
    return error_set(WEIR_ILLEGAL_ARGUMENT, "%s: the pattern \"%s\": %s", word, pattern, text);
}

static weir_status check_what(const char *word, const weir_kafka_options *options)
{
    int ways = (options->topic_count > 0) + (options->pattern != NULL) +
               (options->assignment_count > 0);
    if (ways != 1)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "%s: give topics, or a pattern, or an assignment of partitions: one of "
                         "the three",
                         word);
    if (check_topics(word, options->topics, options->topic_count) != WEIR_OK)
        return WEIR_ILLEGAL_ARGUMENT;
    if (options->pattern) return check_pattern(word, options->pattern);
    return check_positions(word, "assign", options->assignment, options->assignment_count);
}

static weir_status check_offsets(const char *word, const weir_kafka_options *options)
{
    for (size_t i = 0; i < options->offset_count; i++) {
        const weir_kafka_position *given = &options->offsets[i];
        if (settings_wants(options, given->topic, given->partition)) continue;
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "%s: \"offsets\" has topic %s, partition %d, which the stream does not "
                         "read: it is not in \"%s\"",
                         word, given->topic, given->partition,
                         options->pattern       ? "pattern"
                         : options->topic_count ? "topics"
                                                : "assign");
    }
    return WEIR_OK;
}

static weir_status check_choices(const char *word, const weir_kafka_options *options)
{
    const struct {
        const char *name;
        int value, most;
        const char *words;
    } choices[] = {{"start", (int)options->start, WEIR_KAFKA_AT_TIME,
                    "latest, earliest, committed or time"},
                   {"form", (int)options->form, WEIR_KAFKA_RECORD, "value, pair or record"},
                   {"reset", (int)options->reset, WEIR_KAFKA_GO_EARLIEST, "fail or earliest"}};
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++)
        if (choices[i].value < 0 || choices[i].value > choices[i].most)
            return error_set(WEIR_ILLEGAL_ARGUMENT, "%s: %s must be %s", word, choices[i].name,
                             choices[i].words);
    return WEIR_OK;
}

static weir_status check_numbers(const char *word, const weir_kafka_options *options)
{
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {{"max_rate", options->max_rate},
                   {"discover_ms", options->discover_ms},
                   {"poll_ms", options->poll_ms},
                   {"start_time_ms", options->start_time_ms}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (numbers[i].value < 0 || numbers[i].value > INT64_MAX / 1000000)
            return error_set(WEIR_ILLEGAL_ARGUMENT, "%s: %s is %" PRId64 "; give 0 or more", word,
                             numbers[i].name, numbers[i].value);
    if (options->poll_ms > INT_MAX || options->discover_ms > INT_MAX)
        return error_set(WEIR_ILLEGAL_ARGUMENT, "%s: times of more than %d ms are too long", word,
                         INT_MAX);
    return WEIR_OK;
}

/* Either without the other would be passed over, or would mean everything. */
static weir_status check_time(const char *word, const weir_kafka_options *options)
{
    bool is_asked = options->start == WEIR_KAFKA_AT_TIME, is_given = options->start_time_ms > 0;
    if (is_asked == is_given) return WEIR_OK;
    return error_set(WEIR_ILLEGAL_ARGUMENT,
                     is_asked ? "%s: start is time, but no startTime_ms is given (start_time_ms "
                                "in C): say from when on, in ms since 1970"
                              : "%s: startTime_ms (start_time_ms in C) is given, but start is "
                                "not time: it would not be looked at",
                     word);
}

static weir_status check_receiver(const char *word, const weir_kafka_options *options)
{
    if (!options->group || !*options->group)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "%s: a receiver needs the name of a consumer group", word);
    if (options->assignment_count > 0 || options->offset_count > 0)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "%s: the group deals out partitions and knows where they stand; "
                         "assignments and offsets are for kafkaDirectStream",
                         word);
    if (options->start == WEIR_KAFKA_AT_TIME)
        return error_set(WEIR_ILLEGAL_ARGUMENT, "%s: begin at the earliest or the latest message",
                         word);
    for (size_t i = 0; options->threads && i < options->topic_count; i++)
        if (options->threads[i] < 1 || options->threads[i] > 1024)
            return error_set(WEIR_ILLEGAL_ARGUMENT, "%s: %d threads for %s; give 1 to 1024", word,
                             options->threads[i], options->topics[i]);
    return WEIR_OK;
}

weir_status settings_check(settings_use use, const weir_kafka_options *options)
{
    const char *word = settings_word(use);
    if (!options || !options->brokers || !*options->brokers)
        return error_set(WEIR_ILLEGAL_ARGUMENT, "%s: give brokers, such as localhost:9092", word);
    weir_status status = check_what(word, options);
    if (status == WEIR_OK)
        status = check_positions(word, "offsets", options->offsets, options->offset_count);
    if (status == WEIR_OK && use == SETTINGS_DIRECT) status = check_offsets(word, options);
    if (status == WEIR_OK) status = check_choices(word, options);
    if (status == WEIR_OK) status = check_numbers(word, options);
    if (status == WEIR_OK)
        status = check_properties(word, options->properties, options->property_count);
    if (status == WEIR_OK && use == SETTINGS_RECEIVER) status = check_receiver(word, options);
    if (status == WEIR_OK) status = check_time(word, options);
    bool needs_group = options->start == WEIR_KAFKA_COMMITTED && use == SETTINGS_DIRECT;
    if (status == WEIR_OK && needs_group && !options->group)
        status = error_set(WEIR_ILLEGAL_ARGUMENT,
                           "%s: to begin where a group has committed, give the group", word);
    return status;
}

weir_status settings_check_sink(const weir_kafka_sink_options *options)
{
    const char *word = "saveToKafka";
    if (!options || !options->brokers || !*options->brokers)
        return error_set(WEIR_ILLEGAL_ARGUMENT, "%s: give brokers, such as localhost:9092", word);
    weir_status status = check_topic(word, options->topic);
    if (status == WEIR_OK)
        status = check_properties(word, options->properties, options->property_count);
    return status;
}

/* --- copies ---------------------------------------------------------------------------------- */

static const char *copy_text(const char *text, arena *arena)
{
    return text ? arena_copy_text(arena, text) : NULL;
}

static const weir_kafka_property *copy_properties(const weir_kafka_property *from, size_t count,
                                                  arena *arena)
{
    weir_kafka_property *to = arena_alloc(arena, count * sizeof *to);
    for (size_t i = 0; i < count; i++)
        to[i] = (weir_kafka_property){copy_text(from[i].name, arena),
                                      copy_text(from[i].value, arena)};
    return to;
}

static const weir_kafka_position *copy_positions(const weir_kafka_position *from, size_t count,
                                                 arena *arena)
{
    weir_kafka_position *to = arena_alloc(arena, count * sizeof *to);
    for (size_t i = 0; i < count; i++) {
        to[i] = from[i];
        to[i].topic = copy_text(from[i].topic, arena);
    }
    return to;
}

weir_kafka_options settings_copy(const weir_kafka_options *options, arena *arena)
{
    weir_kafka_options copy = *options;
    const char **topics = arena_alloc(arena, copy.topic_count * sizeof *topics);
    for (size_t i = 0; i < copy.topic_count; i++)
        topics[i] = copy_text(options->topics[i], arena);
    copy.topics = topics;
    copy.brokers = copy_text(copy.brokers, arena);
    copy.pattern = copy_text(copy.pattern, arena);
    copy.group = copy_text(copy.group, arena);
    copy.assignment = copy_positions(copy.assignment, copy.assignment_count, arena);
    copy.offsets = copy_positions(copy.offsets, copy.offset_count, arena);
    copy.properties = copy_properties(copy.properties, copy.property_count, arena);
    if (copy.threads)
        copy.threads = arena_copy(arena, copy.threads, copy.topic_count * sizeof *copy.threads);
    return copy;
}

weir_kafka_sink_options settings_copy_sink(const weir_kafka_sink_options *options, arena *arena)
{
    weir_kafka_sink_options copy = *options;
    copy.brokers = copy_text(copy.brokers, arena);
    copy.topic = copy_text(copy.topic, arena);
    copy.properties = copy_properties(copy.properties, copy.property_count, arena);
    return copy;
}

/* --- secrets --------------------------------------------------------------------------------- */

bool settings_is_secret(const char *name)
{
    static const char *const words[] = {"password", "secret", "key.pem", "oauthbearer.config",
                                        "jaas"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strstr(name, words[i])) return true;
    return false;
}

const char *settings_resolve(const weir_kafka_property *property)
{
    const char *value = property->value;
    if (!value) {
        (void)error_set(WEIR_ILLEGAL_ARGUMENT,
                        "the property %s has no value, as secrets are not kept in checkpoints; "
                        "give it as env:NAME",
                        property->name);
        return NULL;
    }
    if (strncmp(value, "env:", 4) != 0) return value;
    const char *found = getenv(value + 4);
    if (!found)
        (void)error_set(WEIR_ILLEGAL_ARGUMENT,
                        "the property %s is to be read from the environment, which has no %s",
                        property->name, value + 4);
    return found;
}
