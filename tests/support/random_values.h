/* Random numbers and values that are the same in every run. */
#ifndef SUPPORT_RANDOM_VALUES_H
#define SUPPORT_RANDOM_VALUES_H

#include <stdint.h>

#include "weir/value.h"

typedef struct random_source {
    uint64_t state;
} random_source;

uint64_t random_next(random_source *random);
/* 0 .. limit - 1 */
size_t random_below(random_source *random, size_t limit);
/* Of any kind but absent, at most `depth` lists and pairs deep; small numbers and short
 * strings, so that equal values and common beginnings are frequent. Made in the current arena. */
weir_value random_value(random_source *random, int depth);

#endif
