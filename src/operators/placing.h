/* Which keyed partition a key lies in: by the hash of its bytes, or as a partitioner says
 * (O-05). */
#ifndef OPERATORS_PLACING_H
#define OPERATORS_PLACING_H

#include "record/task.h"
#include "record/value.h"

typedef struct placing {
    const weir_function *partitioner; /* NULL: by the hash */
    weir_value arg;
} placing;

/* Asks the partitioner. One that says a partition that is not there fails the task; the result is
 * then any that is. */
size_t placing_ask(const placing *placing, task *task, weir_value key, size_t partitions);

static inline size_t placing_find(const placing *placing, task *task, weir_value key,
                                  size_t partitions)
{
    return placing->partitioner ? placing_ask(placing, task, key, partitions)
                                : value_partition(key, partitions);
}

#endif
