/* Where partitions stand: a small table of (topic, partition) and offsets. One thread at a
 * time. */
#ifndef KAFKA_POSITIONS_H
#define KAFKA_POSITIONS_H

#include <stddef.h>
#include <stdint.h>

#include "weir/value.h"

typedef struct position {
    char *topic;
    int32_t partition;
    int64_t from; /* of what is collected: its first offset */
    int64_t next; /* behind the last one */
} position;

/* Zero-initialised is empty. */
typedef struct positions {
    position *items;
    size_t count;
} positions;

/* The one of that partition; NULL if there is none. */
position *positions_find(const positions *positions, const char *topic, size_t length,
                         int32_t partition);
/* The same, made if it is not there, with from and next as given. */
position *positions_get(positions *positions, const char *topic, size_t length, int32_t partition,
                        int64_t offset);
/* Puts `next` of every partition up to that of `other`, where that is further. */
void positions_raise(positions *to, const positions *other);
void positions_clear(positions *positions); /* empty, and frees all */

/* As a list of lists (topic, partition, from, next) in the current arena; and the other way:
 * raises the positions by what a list says. What is no such list is passed over. */
weir_value positions_value(const positions *positions);
void positions_raise_by_value(positions *positions, weir_value list);

#endif
