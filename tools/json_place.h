/* Where in a JSON text something stands, for messages: jansson forgets it. */
#ifndef TOOLS_JSON_PLACE_H
#define TOOLS_JSON_PLACE_H

#include <stdbool.h>
#include <stddef.h>

/* One step down: to the member `key` of an object or, if key is NULL, to item `index` of an
 * array. */
typedef struct json_step {
    const char *key;
    size_t index;
} json_step;

/* Lines and columns (in characters) count from 1. */
typedef struct json_place {
    size_t line;
    size_t column;
} json_place;

/* The place of what the steps lead to, or of the last thing on the way that is there. `text` is
 * valid JSON. */
json_place json_place_find(const char *text, size_t length, const json_step *steps, size_t count);
/* The places of the items of the array that is the member `key` of the text's object, in one pass:
 * at most `size`; returns how many there are. */
size_t json_place_items(const char *text, size_t length, const char *key, json_place *places,
                        size_t size);

#endif
