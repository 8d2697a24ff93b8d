/* One simulated run: a context that is crashed and opened again until its work is done, and the
 * comparison with a run without faults. */
#ifndef CRASH_SIMULATE_RUN_H
#define CRASH_SIMULATE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "crash/turns.h"

/* Errors that can be planted; each must be found. */
typedef enum planted {
    PLANTED_NOTHING,
    PLANTED_SKIPPED_SYNC,     /* the log answers as if it had synced */
    PLANTED_EARLY_ANSWER,     /* blocks are acknowledged before the sync */
    PLANTED_NAMES_NOT_SYNCED, /* directories are not synced */
    PLANTED_FILES_NOT_SYNCED, /* a checkpoint is published before its bytes are durable */
    PLANTED_MANIFEST_FIRST,   /* a checkpoint is published before its state is there */
    PLANTED_DROPS_TOO_MUCH,   /* one segment too many is deleted */
    PLANTED_FORGOTTEN_DONE,   /* some done marks are not written */
    PLANTED_UNHEARD_DAMAGE,   /* what is said of damage is not heard */
    PLANTED_GIVEN_UP_IN_VAIN, /* a start is not told which batch to give up */
    PLANTED_LATE_SYNC,        /* a log that is to be synced by time is not */
    PLANTED_LOST_SIGNAL,      /* some threads that wait are not woken; by turns only */
    PLANTED_KINDS
} planted;

extern const char *const planted_names[PLANTED_KINDS];

typedef struct simulation {
    uint64_t seed;
    planted planted;
    bool only_outcome; /* nothing is checked before the end */
    bool is_told;      /* what happens goes to standard error */
    bool has_threads;  /* real ones, and real time: not the same twice */
    /* results */
    int lives;
    int crashes;
    turns_facts facts;
    buffer why; /* empty: all is well */
} simulation;

/* Runs it, below the working directory. One at a time. */
void simulation_run(simulation *simulation);

#endif
