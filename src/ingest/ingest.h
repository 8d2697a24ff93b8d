/* The sources of one context, and what they share: the loop, the block log, the memory for blocks
 * that wait. */
#ifndef INGEST_INGEST_H
#define INGEST_INGEST_H

#include <stdatomic.h>
#include <uv.h>

#include "base/memory.h"
#include "durability/block_log.h"
#include "graph/lineage.h"
#include "record/block.h"
#include "weir/context.h"

typedef struct source source;
typedef struct source_batch source_batch;

typedef struct ingest {
    /* set by the context before the start, constant afterwards */
    lineage *lineage;
    uv_loop_t *loop;
    block_log *log;
    int64_t batch_interval_ms;
    int64_t block_interval_ms;
    int64_t max_rate; /* records a second for each receiver, 0: none */
    size_t max_record_bytes;
    int64_t first_start_ms; /* wall time of the first start of the context (S-03) */
    bool manual_clock;
    bool is_resumed;   /* a restart: a checkpoint says where the sources stand */
    bool wants_hashes; /* of files, as they are read: for done marks that last */
    int64_t (*now_ms)(void *user); /* the context's time: wall, manual or virtual. Any thread */
    void *now_user;
    /* How far the wall clock is ahead of that time right now: not 0 once it was set
     * (batch/cutter.h). Given `now_user`; loop thread */
    int64_t (*wall_ahead_ms)(void *user);
    /* who is told what receivers do; NULL: nobody. Any thread */
    void (*receiver_event)(void *user, const weir_receiver_event *event);
    void *receiver_event_user;
    /* a restart: the blocks of the log, for batches that are made again; until it goes on. NULL:
     * such a batch is made without its blocks */
    block *(*find_block)(void *user, uint64_t number); /* borrowed, or NULL */
    void *find_block_user;
    weir_value read; /* what the done mark of the batch that is made again says of the source;
                        null: nothing */
    bool skips_missing_files; /* a file that is gone or changed is left out, and said */
    /* building thread, then constant */
    source **sources;
    size_t count;
    /* any thread */
    memory_budget
        waiting; /* bytes of blocks that no completed batch has: over it, reading stops */
    _Atomic uint64_t next_block;
    /* loop thread */
    uv_timer_t tick; /* cuts open blocks every block interval */
    bool tick_is_open;
    int64_t
        restart_delay_ms; /* before a source starts again: ingest_init sets 2,000, tests less */
} ingest;

void ingest_init(ingest *ingest, lineage *lineage);
void ingest_release(ingest *ingest);
/* Marks the sources that outputs need (walks the lineage), checks that a bounded source is not
 * mixed with live ones. */
weir_status ingest_prepare(ingest *ingest);
/* Is there a bounded source, and after how many batches does it end? */
bool ingest_is_bounded(const ingest *ingest, uint64_t *batches);

/* Lets those needed sources find where they begin whose class has `begin`; *have_begun: there is
 * one. Starting thread; may block. */
weir_status ingest_find_beginnings(ingest *ingest, bool *have_begun);
/* Loop thread. Starts the needed sources; a failure stops those already started (run the loop
 * until ingest_is_stopped). */
weir_status ingest_start(ingest *ingest);
/* Loop thread. Begins to stop receiving; ingest_is_stopped tells when it is complete. */
void ingest_stop(ingest *ingest);
bool ingest_is_stopped(const ingest *ingest);
/* Loop thread. Names a source that has not stopped yet; "" if all have. */
void ingest_name_running(const ingest *ingest, char *name, size_t size);
/* Loop thread. Leaves to themselves those that have not stopped, as far as they can be, and says
 * which in `what`; "" if there is none. */
void ingest_leave(ingest *ingest, char *what, size_t size);
bool ingest_has_waiting(const ingest *ingest);
/* Batch runner's thread: the batch of these parts is done, durably. */
void ingest_done(const ingest *ingest, const source_batch *batches);
/* Stopping thread: the sources have stopped, and no batch is computed any more. Idempotent. */
void ingest_finish(ingest *ingest);
/* Loop thread (or the batch runner's in virtual time). What the batch consists of: batches[i] for
 * source i (`count` of them, zeroed by the caller; sources that are not needed become none). Every
 * source is cut, whatever happens to the others; the first failure is the result. */
weir_status ingest_cut(ingest *ingest, int64_t time_ms, source_batch *batches);

/* The ingest of a context: implemented by the context's room, so that sources can be added. */
ingest *context_ingest(weir_context *context);
lineage *context_lineage(weir_context *context);

#endif
