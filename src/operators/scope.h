/* A scope: everything that lives as long as one batch is computed: the workers' memory, the
 * datasets planned, the counts. One scope serves the batches of a context one after another. Batch
 * runner's thread; tasks get their worker's part. */
#ifndef OPERATORS_SCOPE_H
#define OPERATORS_SCOPE_H

#include "base/pool.h"
#include "record/table.h"
#include "record/task.h"

struct step;

/* What one worker owns. */
typedef struct scope_worker {
    arena kept; /* what the batch keeps */
    size_t recent; /* bytes that the batches of late kept: so much stays for the next one */
    size_t recent_keys;        /* the same for the entries of the table */
    arena fold; /* outside values of the accumulators being folded; see fold.h */
    size_t fold_live;
    arena fold_room;           /* what a reduce function makes while it runs */
    arena *retired;            /* fold arenas whose values are results now; released with the
                                * batch */
    size_t retired_count;
    task task;
    table table;               /* for combining and grouping, reused from stage to stage */
    struct step *free_steps;   /* reused from chain to chain */
} scope_worker;

typedef struct scope {
    pool *pool; /* borrowed */
    size_t workers;
    scope_worker *worker;
    arena plan;  /* datasets, and what the runner's thread makes */
    task driver; /* the runner's thread while it runs transform and foreach functions */
    memory_budget budget;
    size_t keyed_partitions;
    int64_t time_ms;
    const weir_output_id *output; /* the one that runs; NULL: none */
    /* counts of the batch */
    uint64_t records_in;
    uint64_t refused;
} scope;

void scope_init(scope *scope, pool *pool, size_t keyed_partitions, size_t batch_memory,
                size_t max_record_bytes);
void scope_release(scope *scope);
void scope_begin(scope *scope, int64_t time_ms);
/* Everything made for the batch is gone. */
void scope_end(scope *scope);

/* May the batch take so many bytes at once, be there nothing else? For what grows with the product
 * of two numbers of partitions, before it is there; else WEIR_NO_MEMORY, which names the
 * operator. */
weir_status scope_check_bytes(const scope *scope, const char *name, size_t bytes);

/* The runner's thread begins to plan or to run a driver function: values are made in the plan
 * arena, failures are kept in scope->driver. Calls nest: leave gives back what enter found. */
typedef struct scope_driver {
    task *task_before;
    arena *arena_before;
    const char *function_before;
} scope_driver;
scope_driver scope_enter_driver(scope *scope, const char *function);
/* WEIR_OK or the failure of the function, as this thread's error. */
weir_status scope_leave_driver(scope *scope, scope_driver before);

#endif
