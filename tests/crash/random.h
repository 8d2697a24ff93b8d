/* Numbers that follow from a seed. */
#ifndef CRASH_RANDOM_H
#define CRASH_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

typedef struct random_source {
    uint64_t state;
} random_source;

static inline uint64_t random_next(random_source *source)
{
    uint64_t mixed = source->state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

/* From 0 to `limit` - 1. */
static inline uint64_t random_below(random_source *source, uint64_t limit)
{
    return random_next(source) % limit;
}

/* True once in `times`. */
static inline bool random_once_in(random_source *source, uint64_t times)
{
    return random_below(source, times) == 0;
}

#endif
