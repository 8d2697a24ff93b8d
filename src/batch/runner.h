/* The batch runner: takes batches in order and carries out their outputs in order, one batch after
 * another. A batch that fails is reported; later batches run (C-31). */
#ifndef BATCH_RUNNER_H
#define BATCH_RUNNER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/log_line.h"
#include "base/queue.h"
#include "batch/batch.h"
#include "batch/durable.h"
#include "durability/batch_journal.h"
#include "monitor/listeners.h"
#include "monitor/receiver_events.h"
#include "operators/graph.h"

/* Called on the runner's thread. */
typedef struct runner_events {
    /* Something of a batch failed for good. A batch may fail in several outputs. */
    void (*failed)(void *user, weir_status status, const char *text);
    /* A batch is over, good or bad, and the listeners know; or it was dropped. */
    void (*over)(void *user);
    /* The queue was closed and is empty: the last call. */
    void (*ended)(void *user);
} runner_events;

typedef struct runner {
    /* set before the start, then constant; all borrowed */
    const lineage *lineage;
    graph *graph;
    const ingest *ingest;
    batch_journal *journal;
    durable *durable; /* or NULL */
    queue *batches;
    const listeners *listeners;
    const char *context_id; /* hexadecimal */
    receiver_events *receiver_events;
    int attempts;
    runner_events events;
    void *user;
    /* runner's thread */
    uint64_t *output_records;
    int64_t started_us; /* monotonic; of the batch that runs */
    weir_status status; /* of the batch: its first failure */
    char error[ERROR_TEXT_MAX];
    log_damper damper;
    uint64_t dropped; /* batches that were not computed */
    bool has_failed; /* a batch that comes again after a restart: no output has an identity behind
                      * it, as those take what comes later to be later */
    bool is_halted; /* a batch failed, and later ones must not be computed without it */
    /* any thread */
    _Atomic bool drops;
    /* starting thread */
    bool is_running;
    pthread_t thread;
} runner;

/* `owner`: of its thread. */
weir_status runner_start(runner *runner, const void *owner);
/* From now on queued batches are dropped; the one that runs is completed. Any thread. */
void runner_drop(runner *runner);
/* After the queue was closed: waits for the end. Also without a start. */
void runner_join(runner *runner);

#endif
