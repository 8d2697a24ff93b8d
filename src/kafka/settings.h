/* The options of weir/kafka.h as data: checked, copied, and as a value for the lineage. */
#ifndef KAFKA_SETTINGS_H
#define KAFKA_SETTINGS_H

#include <regex.h>

#include "base/arena.h"
#include "weir/kafka.h"

enum { KAFKA_TOPIC_MAX = 249 }; /* bytes in the name of a topic, by Kafka's rule */

/* Whose options they are: the word is of job files. */
typedef enum settings_use { SETTINGS_DIRECT, SETTINGS_RECEIVER } settings_use;
const char *settings_word(settings_use use);

/* Is everything there, and nothing that contradicts? WEIR_ILLEGAL_ARGUMENT. */
weir_status settings_check(settings_use use, const weir_kafka_options *options);
weir_status settings_check_sink(const weir_kafka_sink_options *options);

/* Do the options name that partition? Of a topic by its name or the pattern every one. They were
 * checked. */
bool settings_wants(const weir_kafka_options *options, const char *topic, int partition);
/* Does the pattern match the whole name? Topics of Kafka's own are no one's. */
bool settings_matches(const regex_t *pattern, const char *topic);

/* A copy that reaches nothing outside the arena. */
weir_kafka_options settings_copy(const weir_kafka_options *options, arena *arena);
weir_kafka_sink_options settings_copy_sink(const weir_kafka_sink_options *options, arena *arena);

/* As a value in the current arena, and back: a list of pairs (name, what), of what is not the
 * default. Values of secret properties are left out: null. */
weir_value settings_value(const weir_kafka_options *options);
weir_kafka_options settings_read(weir_value value);
weir_value settings_sink_value(const weir_kafka_sink_options *options);
weir_kafka_sink_options settings_read_sink(weir_value value);

/* Does a property of that name hold a secret? */
bool settings_is_secret(const char *name);
/* The value of a property, read from the environment if it says so; NULL and the error set if
 * there is none. */
const char *settings_resolve(const weir_kafka_property *property);

#endif
