/* A context: options, lineage, sources, clock of batches, runner. Its life is in lifecycle.c.
 *
 *   INITIALIZED --weir_start--> ACTIVE --weir_stop, or a bounded run is over--> STOPPED
 *   INITIALIZED --weir_stop, or a failed weir_start--> STOPPED
 *
 * Threads: the loop (sources, clock), the batch runner with its workers, for bounded runs a closer
 * that stops the context after the last batch, and the program's, which call the public API. */
#ifndef CONTEXT_CONTEXT_H
#define CONTEXT_CONTEXT_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/pool.h"
#include "batch/cutter.h"
#include "batch/loop.h"
#include "batch/runner.h"
#include "context/options.h"
#include "monitor/listeners.h"
#include "operators/past.h"

struct weir_context {
    /* building thread, then constant */
    weir_options options;
    lineage lineage;
    ingest ingest;
    listeners listeners;
    receiver_events receiver_events;
    int64_t remember_ms; /* 0: not set */
    char context_id[33]; /* hexadecimal; from the start on */
    past *past;          /* from the start on, if it is set; else NULL. Outlives the stop */

    /* from start to stop */
    loop *loop;
    pool *pool;
    graph *graph;
    block_log *log;
    batch_journal *journal;
    state_store *store; /* NULL: no stream keeps state */
    durable *durable;   /* owned from its making on; NULL: no directory */
    queue *batches;
    cutter cutter;
    runner runner;
    pthread_t closer;
    bool has_closer; /* until it is joined, after the stop */

    pthread_mutex_t advancing; /* held while the manual clock is moved on */
    pthread_mutex_t mutex;     /* for all below */
    pthread_cond_t changed;    /* something below changed; waits by the monotonic clock */
    _Atomic int state;         /* weir_context_state; read without the mutex too */
    int64_t started_ms;
    bool is_stopping; /* by one thread; others wait for it */
    bool is_hurried;  /* a graceful stop shall not wait any longer */
    bool is_finished; /* the runner has ended */
    uint64_t over;    /* batches that are over */
    weir_status status; /* of the last failed batch (C-31); where none has, of the end */
    char error[ERROR_TEXT_MAX];
    weir_status advance_status; /* the first failure since weir_advance began */
    char advance_error[ERROR_TEXT_MAX];
};

/* Waits for a change, at most until that monotonic time (< 0: without limit). false: it has come.
 * The caller holds the mutex. */
bool context_wait(weir_context *context, int64_t until_us);
/* Is this thread one of the context's own, which cannot wait for it (C-21)? */
bool context_is_inside(weir_context *context);
weir_context_state context_state(const weir_context *context);
/* Gives it the id that it has for life. While it starts. */
void context_set_id(weir_context *context, const unsigned char id[16]);
/* By which clock it will run, once its sources are prepared; of a bounded run, for how many
 * batches. */
cutter_mode context_clock(const weir_context *context, uint64_t *batches);

/* --- check.c --------------------------------------------------------------------------------- */

/* C-53: is state kept where it may be? `lasts`: the context has a directory. */
weir_status context_check_state(const weir_context *context, bool lasts);
/* Can each needed source be made again after a restart (S-23), and logged if it receives? */
weir_status context_check_sources(const weir_context *context);

/* --- stop.c ---------------------------------------------------------------------------------- */

/* Stops everything that the context has running, as far as it was started; frees what lives from
 * start to stop. WEIR_TIMEOUT: gracefully, but not everything was computed in the time for it;
 * WEIR_NO_CHECKPOINT: all was, but is not in a checkpoint. One thread at a time, not one of the
 * context's own. */
weir_status context_shut_down(weir_context *context, bool gracefully);

#endif
