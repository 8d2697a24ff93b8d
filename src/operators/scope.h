/* A scope: everything that lives as long as one batch is computed: the workers' memory, the datasets planned, the counts.
 * One scope serves the batches of a context one after another. Batch runner's thread; tasks get their worker's part. */
#ifndef OPERATORS_SCOPE_H
#define OPERATORS_SCOPE_H

#include "base/pool.h"
#include "record/table.h"
#include "record/task.h"

/* What one worker owns. */
typedef struct scope_worker {
    arena kept; /* what the batch keeps */
    task task;
    table table; /* for combining, reused from stage to stage */
} scope_worker;

typedef struct scope {
    pool *pool; /* borrowed */
    size_t workers;
    scope_worker *worker;
    arena plan; /* datasets and what the runner's thread makes */
    memory_budget budget;
    size_t keyed_partitions;
    size_t max_record_bytes;
    int64_t time_ms;
    /* counts of the batch */
    uint64_t records_in;
    uint64_t refused;
} scope;

void scope_init(scope *scope, pool *pool, size_t keyed_partitions, size_t batch_memory, size_t max_record_bytes);
void scope_release(scope *scope);
void scope_begin(scope *scope, int64_t time_ms);
/* Everything made for the batch is gone. */
void scope_end(scope *scope);

#endif
