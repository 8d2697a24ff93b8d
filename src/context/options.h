/* The options of a context: one table that names each, reads it from text, knows its default and
 * says what it is for. */
#ifndef CONTEXT_OPTIONS_H
#define CONTEXT_OPTIONS_H

#include "weir/context.h"

/* *to: a copy of `given` with its own strings and every default filled in, or the first thing that
 * is wrong with it. */
weir_status options_complete(const weir_options *given, weir_options *to);
void options_release(weir_options *options);

/* How many workers a master text asks for: local, local[N], local[*]. */
weir_status options_workers(const char *master, size_t *workers);

/* Text into numbers: "250", "250ms", "1.5s", "2m", "1h" into ms; "64M", "1GiB" into bytes. */
bool options_parse_duration(const char *text, int64_t *ms);
bool options_parse_bytes(const char *text, size_t *bytes);

#endif
