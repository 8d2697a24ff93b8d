/* A pool of workers that run the tasks of one stage at a time. The caller is worker 0. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>

typedef struct pool pool;
typedef void (*pool_task)(void *job, size_t task, size_t worker);

/* `workers` >= 1, the caller of pool_run included; when the system refuses threads there are
 * fewer, and a warning. A pool is never shared between two callers of pool_run. */
pool *pool_create(size_t workers);
void pool_free(pool *pool);
size_t pool_workers(const pool *pool);

/* Runs task 0 .. tasks - 1, each once, claimed in ascending order by whichever worker is free;
 * returns when all are done. What the tasks wrote is visible to the caller. While somebody waits
 * for an answer (urgent.h), a worker offers its processor between two tasks to whoever is ready to
 * run there. */
void pool_run(pool *pool, size_t tasks, pool_task run, void *job);

#endif
