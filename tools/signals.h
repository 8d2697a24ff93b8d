/* SIGINT and SIGTERM: the first stops a run gracefully, the second ends the process at once;
 * before the run has begun the first one does. No handler runs: a thread waits for the signals,
 * another one stops. */
#ifndef TOOLS_SIGNALS_H
#define TOOLS_SIGNALS_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "tools/problem.h"
#include "tools/progress.h"
#include "weir/context.h"

typedef struct signals {
    weir_context *_Atomic context; /* NULL: there is none yet */
    progress *progress;
    pthread_t watcher;
    pthread_t stopper;
    sem_t wakes_stopper;
    atomic_bool is_over;
    atomic_bool is_stopping; /* whoever sets it is the one who stops */
    atomic_bool is_asked;    /* the stopper is to stop the context */
    weir_status status;      /* how the graceful stop ended, and its error */
    problem why;
} signals;

/* Before any thread is made: from now on the signals wait, also those that the parent had
 * ignored. */
void signals_block(void);
/* From now on a signal ends the process at once. */
bool signals_watch(signals *signals, problem *problem);
/* Before the context is started: once it is active, the first signal stops it gracefully. */
void signals_guard(signals *signals, weir_context *context, progress *progress);
/* The run is over: stops the context, at once unless a signal is stopping it gracefully, and ends
 * the threads. The status of a graceful stop, with its text in signals->why. Before the context is
 * freed; a second time it does nothing. */
weir_status signals_end(signals *signals);

#endif
