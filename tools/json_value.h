/* Records as JSON: null, booleans, integers, floats, strings, arrays as lists, and pairs as
 * {"k":K,"v":V}. What JSON cannot say is an object too: {"bytes":"00ff"} in hexadecimal,
 * {"float":"NaN"}, "Infinity", "-Infinity". */
#ifndef TOOLS_JSON_VALUE_H
#define TOOLS_JSON_VALUE_H

#include <jansson.h>

#include "weir/value.h"

/* Is it a record? */
bool json_is_record(const json_t *json);
/* The value of a record; false if it is none. The value lives as values do (weir/value.h). */
bool json_to_value(const json_t *json, weir_value *value);
/* The JSON of a value, given to the caller, who json_decrefs it; an absent value becomes null.
 * NULL: no memory. */
json_t *json_from_value(weir_value value);
/* A text from anywhere as a string, with U+FFFD for each byte that is not UTF-8: json_pack makes
 * nothing at all of such a text. NULL becomes null. Given to the caller; NULL: no memory. */
json_t *json_text(const char *text);
/* Writes it on standard output, as one line, and json_decrefs it. One that could not be made
 * (NULL) is told, and the process does not end with 0. */
void json_print_line(json_t *json);

#endif
