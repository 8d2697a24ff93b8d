/* Shuffles: records on their way from the partitions of one dataset to the partitions of another.
 *
 * Every task of the first stage leaves a piece: one bucket for each target partition. The second
 * stage reads, for its target, the buckets of all pieces in the order of the source partitions; so
 * the result depends on data and partition counts alone. */
#ifndef OPERATORS_SHUFFLE_H
#define OPERATORS_SHUFFLE_H

#include "operators/dataset.h"
#include "operators/placing.h"

typedef enum shuffle_key {
    SHUFFLE_BY_KEY,    /* records as pairs, to the partition of the key */
    SHUFFLE_BY_RECORD, /* the boxed record becomes the key (value null) */
    SHUFFLE_EVENLY     /* records as they are, one partition after another */
} shuffle_key;

typedef struct shuffle {
    size_t pieces;    /* source partitions */
    size_t targets;
    records *buckets; /* buckets[piece * targets + target] */
} shuffle;

/* Shuffles a dataset, uncombined; by key to where `placing` (NULL: the hash) says. `name`: of the
 * operator, for errors. Memory: the workers' kept arenas. */
weir_status shuffle_run(weir_dataset *in, const char *name, shuffle_key by, const placing *placing,
                        size_t targets, shuffle *shuffle);

/* What the piece has for the target. By key or by record, what is in it has keys. */
static inline records *shuffle_bucket(const shuffle *shuffle, size_t piece, size_t target)
{
    return &shuffle->buckets[piece * shuffle->targets + target];
}

/* How many records the target gets. */
static inline size_t shuffle_count(const shuffle *shuffle, size_t target)
{
    size_t count = 0;
    for (size_t piece = 0; piece < shuffle->pieces; piece++)
        count += shuffle_bucket(shuffle, piece, target)->count;
    return count;
}

#endif
