/* The cutter of batches: when an interval ends it takes from every source what the batch consists
 * of, records that, and queues the batch for the runner. The only place of the engine that follows
 * the wall clock.
 *
 * Batch times follow the wall clock as it was at the start, counted on by the monotonic clock: a
 * wall clock that is set forward or back is reported, and changes no batch time. Sources may ask
 * how far the two are apart (ingest->wall_ahead_ms). */
#ifndef BATCH_CUTTER_H
#define BATCH_CUTTER_H

#include <stdatomic.h>
#include <uv.h>

#include "base/error.h"
#include "base/queue.h"
#include "batch/batch_clock.h"
#include "batch/durable.h"
#include "durability/batch_journal.h"
#include "ingest/ingest.h"

typedef enum cutter_mode {
    CUTTER_WALL,   /* when their time comes */
    CUTTER_MANUAL, /* when cutter_cut_due is called */
    CUTTER_VIRTUAL /* bounded sources: as soon as the runner has room; then closes the queue */
} cutter_mode;

typedef struct cutter {
    /* constant after cutter_init */
    cutter_mode mode;
    ingest *ingest;
    durable *durable; /* or NULL */
    batch_journal *journal;
    queue *batches;
    int64_t anchor_time_us; /* the time of the context, and when it was that */
    int64_t anchor_monotonic_us;
    /* loop thread */
    batch_clock clock;
    bool was_down; /* batches may have fallen due before the start: they are cut at once */
    uint64_t left; /* virtual: batches to come */
    bool is_started;
    weir_status failed; /* of a context that lasts: nothing more is recorded, and why */
    char why[ERROR_TEXT_MAX];
    int timer; /* wall: a timerfd; uv's timers know whole milliseconds, and a batch can be one */
    uv_poll_t timer_poll;
    uv_async_t wanted; /* virtual: the runner has room */
    int64_t wall_off_us; /* the wall clock less the context's time, when last looked at */
    /* any thread reads */
    _Atomic int64_t set_ms; /* the time, unless wall */
    _Atomic uint64_t cut;   /* batches queued so far */
    _Atomic bool hears;     /* virtual: `wanted` can be sent */
} cutter;

/* `bounded_batches`: of a virtual cutter. Pointers are borrowed. */
void cutter_init(cutter *cutter, cutter_mode mode, int64_t interval_ms, uint64_t bounded_batches,
                 ingest *ingest, batch_journal *journal, queue *batches);

/* Before the start, after a restart: goes on behind the batch of `last_ms`. */
void cutter_resume(cutter *cutter, int64_t zero_ms, int64_t last_ms);
/* Queues a batch that was made (takes it). Loop thread. */
void cutter_push(cutter *cutter, batch *batch);

/* Loop thread. */
weir_status cutter_start(cutter *cutter);
/* Loop thread: cuts no batch by itself any more. Also without a start, or again. */
void cutter_stop(cutter *cutter);
/* Loop thread: stops it and closes its handles; the runner has ended. */
void cutter_close(cutter *cutter);
/* Loop thread: cuts the next batch if its time has come; false: it has not. The first ones after
 * a restart all at once, with one record. */
bool cutter_cut_due(cutter *cutter);
/* Loop thread: cuts the next batch before its time, for the end of the context. */
void cutter_cut_now(cutter *cutter);

/* Manual only, any one thread. */
void cutter_advance(cutter *cutter, int64_t duration_ms);
/* Virtual only, any thread, between start and close: the runner took a batch. */
void cutter_want(cutter *cutter);
/* The time of the context. Any thread; the argument is a cutter. */
int64_t cutter_now_ms(void *cutter);
/* By how many ms the wall clock is ahead of that time; says so if it was set. Loop thread; the
 * argument is a cutter. */
int64_t cutter_wall_ahead_ms(void *cutter);

#endif
