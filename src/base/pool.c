/* How a stage runs.
 *
 * pool_run opens a stage under the mutex (a new number in `stage`), wakes workers, and claims
 * tasks itself. A worker that wakes joins the stage under the mutex, if it is still open, and
 * leaves it under the mutex when no task is left to claim. pool_run closes the stage when nothing
 * is left to claim and waits for those who joined, so a worker that wakes late costs nothing and
 * never sees the members of a stage change while it works.
 *
 * Stages of short batches follow each other within microseconds, so whoever waits looks around for
 * SPIN_US before it sleeps.
 *
 * While something else keeps another processor busy, the scheduler may leave two workers on one
 * for a whole batch. Each looks between tasks whether it shares its processor, and goes elsewhere.
 *
 * A turn ends when the clock of the scheduler ticks: every 4 ms on many systems. Who waits for a
 * processor behind a worker and needs a tenth of that waits for all of it, unless the worker
 * offers the processor before: which it does between tasks, while somebody waits for an answer.
 * Who computes all the time would take it for a whole turn, each time: a worker that had to wait
 * for so long offers nothing for a while, so it gives away a twentieth at most. */
#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log_line.h"
#include "base/memory.h"
#include "base/named_thread.h"
#include "base/urgent.h"

enum { SPIN_US = 20 };
enum { LONG_US = 2000, REST = 20 }; /* a rest is so many times what was given away at once */

typedef struct pool_worker {
    pool *pool;
    size_t index;
    pthread_t thread;
} pool_worker;

typedef struct pool_rest { /* of a worker; each has a cache line of its own */
    int64_t until_us;      /* it offers its processor to nobody before */
    char apart[56];
} pool_rest;

enum { NOWHERE = -1 };

struct pool {
    size_t workers;
    pool_worker *threads; /* workers - 1 of them; threads[i] is worker i + 1 */
    bool spins;           /* there is a processor for each worker */
    pool_rest *rests;     /* by worker */
    atomic_int *places;   /* by worker: the processor where it was seen last; NOWHERE: at rest */

    pthread_mutex_t mutex;
    pthread_cond_t opened; /* a stage was opened, or the pool ends */
    pthread_cond_t left;   /* the last worker has left a closed stage */
    atomic_uint_fast64_t stage; /* number of the newest stage; written under the mutex */
    atomic_size_t joined;       /* workers inside the stage; written under the mutex */
    bool open;                  /* under the mutex */
    atomic_bool ends;           /* written under the mutex */

    /* The stage: set before it opens, constant until all who joined have left. */
    pool_task run;
    void *job;
    size_t tasks;
    char apart[64];     /* `next` is written all the time, what is above is read */
    atomic_size_t next; /* the next task to claim */
};

static void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* The scheduler moves a thread at once that may not stay where it is. */
static void leave_processor(int place)
{
    cpu_set_t all, others;
    if (sched_getaffinity(0, sizeof all, &all) != 0) return;
    others = all;
    CPU_CLR((size_t)place, &others);
    if (CPU_COUNT(&others) == 0) return;
    (void)sched_setaffinity(0, sizeof others, &others);
    (void)sched_setaffinity(0, sizeof all, &all);
}

static void look_around(pool *pool, size_t worker)
{
    int place = sched_getcpu();
    for (size_t i = 0; i < pool->workers; i++) {
        bool is_shared = atomic_load_explicit(&pool->places[i], memory_order_relaxed) == place;
        if (i == worker || !is_shared) continue;
        leave_processor(place);
        place = sched_getcpu();
        break;
    }
    atomic_store_explicit(&pool->places[worker], place, memory_order_relaxed);
}

static void give_way(pool *pool, size_t worker)
{
    if (!urgent_is()) return;
    pool_rest *rest = &pool->rests[worker];
    int64_t begin_us = clock_monotonic_us();
    if (begin_us < rest->until_us) return;
    sched_yield();
    int64_t took_us = clock_monotonic_us() - begin_us;
    if (took_us >= LONG_US) rest->until_us = begin_us + (REST + 1) * took_us;
}

static void claim_tasks(pool *pool, size_t worker)
{
    for (bool is_first = true;; is_first = false) {
        size_t task = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (task >= pool->tasks) break;
        if (pool->spins) look_around(pool, worker);
        if (!is_first) give_way(pool, worker);
        pool->run(pool->job, task, worker);
    }
    atomic_store_explicit(&pool->places[worker], NOWHERE, memory_order_relaxed);
}

/* Looks for a short while whether a stage newer than `seen` is there. */
static void spin_for_stage(pool *pool, uint64_t seen)
{
    if (!pool->spins) return;
    int64_t end_us = clock_monotonic_us() + SPIN_US;
    do {
        for (int i = 0; i < 16; i++) {
            if (atomic_load(&pool->stage) != seen || atomic_load(&pool->ends)) return;
            relax();
        }
    } while (clock_monotonic_us() < end_us);
}

static void *worker_main(void *argument)
{
    pool_worker *self = argument;
    pool *pool = self->pool;
    uint64_t seen = 0;
    for (;;) {
        spin_for_stage(pool, seen);
        pthread_mutex_lock(&pool->mutex);
        while (atomic_load(&pool->stage) == seen && !atomic_load(&pool->ends))
            pthread_cond_wait(&pool->opened, &pool->mutex);
        bool ends = atomic_load(&pool->ends);
        bool joins = pool->open && !ends;
        seen = atomic_load(&pool->stage);
        if (joins) atomic_fetch_add(&pool->joined, 1);
        pthread_mutex_unlock(&pool->mutex);
        if (ends) return NULL;
        if (!joins) continue;

        claim_tasks(pool, self->index);
        pthread_mutex_lock(&pool->mutex);
        size_t were = atomic_fetch_sub(&pool->joined, 1);
        if (were == 1 && !pool->open) pthread_cond_signal(&pool->left);
        pthread_mutex_unlock(&pool->mutex);
    }
}

static bool worker_start(pool_worker *worker)
{
    char name[THREAD_NAME_MAX];
    snprintf(name, sizeof name, "weir-work-%u", (unsigned)(worker->index % 10000));
    int failure = named_thread_start(&worker->thread, name, worker_main, worker);
    if (failure)
        log_line(WEIR_WARNING, "cannot start worker %zu (%s); going on with %zu",
                 worker->index + 1, strerror(failure), worker->index);
    return failure == 0;
}

pool *pool_create(size_t workers)
{
    pool *pool = memory_zero_alloc(1, sizeof *pool);
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->opened, NULL);
    pthread_cond_init(&pool->left, NULL);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    pool->spins = processors > 1 && workers <= (size_t)processors;
    pool->threads = memory_zero_alloc(workers, sizeof *pool->threads);
    pool->places = memory_zero_alloc(workers, sizeof *pool->places);
    pool->rests = memory_zero_alloc(workers, sizeof *pool->rests);
    for (size_t i = 0; i < workers; i++) atomic_init(&pool->places[i], NOWHERE);
    pool->workers = 1;
    while (pool->workers < workers) {
        pool_worker *worker = &pool->threads[pool->workers - 1];
        worker->pool = pool;
        worker->index = pool->workers;
        if (!worker_start(worker)) break;
        pool->workers++;
    }
    return pool;
}

void pool_free(pool *pool)
{
    if (!pool) return;
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->ends, true);
    pthread_cond_broadcast(&pool->opened);
    pthread_mutex_unlock(&pool->mutex);
    for (size_t i = 0; i + 1 < pool->workers; i++) pthread_join(pool->threads[i].thread, NULL);
    pthread_cond_destroy(&pool->left);
    pthread_cond_destroy(&pool->opened);
    pthread_mutex_destroy(&pool->mutex);
    free(pool->threads);
    free(pool->rests);
    free(pool->places);
    free(pool);
}

size_t pool_workers(const pool *pool) { return pool->workers; }

static void open_stage(pool *pool, size_t tasks, pool_task run, void *job)
{
    pthread_mutex_lock(&pool->mutex);
    pool->run = run;
    pool->job = job;
    pool->tasks = tasks;
    atomic_store(&pool->next, 0);
    pool->open = true;
    atomic_fetch_add(&pool->stage, 1);
    if (tasks >= pool->workers) {
        pthread_cond_broadcast(&pool->opened);
    } else {
        for (size_t i = 1; i < tasks; i++) pthread_cond_signal(&pool->opened);
    }
    pthread_mutex_unlock(&pool->mutex);
}

static void close_stage(pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    pool->open = false;
    pthread_mutex_unlock(&pool->mutex);
    if (pool->spins) {
        int64_t end_us = clock_monotonic_us() + SPIN_US;
        while (atomic_load(&pool->joined) > 0 && clock_monotonic_us() < end_us) relax();
    }
    pthread_mutex_lock(&pool->mutex);
    while (atomic_load(&pool->joined) > 0) pthread_cond_wait(&pool->left, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
}

void pool_run(pool *pool, size_t tasks, pool_task run, void *job)
{
    if (tasks <= 1 || pool->workers == 1) {
        for (size_t task = 0; task < tasks; task++) {
            if (task > 0) give_way(pool, 0);
            run(job, task, 0);
        }
        return;
    }
    open_stage(pool, tasks, run, job);
    claim_tasks(pool, 0);
    close_stage(pool);
}
