/* What recovery decides to do: a function of the facts (R1). No I/O.
 *
 * Facts: the boundary of the checkpoint that is restored, and the marks of the log from its
 * position on. Batches up to the boundary are in the checkpoint: ignored. Of the others, those
 * with a done mark are computed again without their outputs, the rest with them, all in order of
 * time; sources only move past those that are given up. A block that no batch names is loose and
 * joins the next batch. */
#ifndef RECOVERY_PLAN_H
#define RECOVERY_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct plan_record {
    int64_t time_ms;
    size_t record; /* index of the fact that holds its bytes */
    bool is_done;
    bool is_given_up; /* never computed; but its sources have given what it has */
} plan_record;

typedef struct plan_facts {
    int64_t boundary_ms; /* of the checkpoint */
    int64_t now_ms;      /* wall clock, or the time that a manual clock begins at */
    int64_t interval_ms;
    /* batch records and done marks in the order of the log; times may repeat */
    const int64_t *record_times;
    size_t record_count;
    const int64_t *done_times;
    size_t done_count;
    const int64_t *skipped_times; /* batches that are given up (--skip-batch), now or before */
    size_t skipped_count;
    size_t lost_count; /* the first of them are given up although they are done (--lose-batch) */
    bool done_in_order; /* done marks may be missing, and one proves all before it: W5 */
} plan_facts;

typedef struct plan {
    plan_record *replay; /* in order of time, each time once */
    size_t count;
    size_t done;         /* how many of them are done */
    size_t proven;       /* of these, without a mark of their own: a later one says so */
    size_t given_up;     /* and how many given up */
    int64_t last_ms;     /* the last batch time that was given out */
    int64_t down;        /* batches between it and now: generated anew */
    bool is_done_without_record; /* a done mark whose record is not there: damage */
    int64_t damaged_ms;
} plan;

/* plan->replay is made by memory_alloc, freed by plan_release. */
void plan_make(const plan_facts *facts, plan *plan);
void plan_release(plan *plan);
/* The batch of that time, if it is one of the plan; or NULL. */
const plan_record *plan_find(const plan *plan, int64_t time_ms);
/* Is the batch of that time computed again, or for the first time? */
bool plan_replays(const plan *plan, int64_t time_ms);

#endif
