/* A task: one partition being computed by one worker. It holds the worker's memory and knows
 * whether it failed.
 *
 * Two arenas: `scratch` for what functions make (reset when the task is over) and `kept` for what
 * the batch keeps (reset when the batch is over). Values that travel in vectors may reach into
 * scratch or into a reader's buffer: whoever keeps them beyond the push copies them into
 * `kept`. */
#ifndef RECORD_TASK_H
#define RECORD_TASK_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/log_line.h"
#include "weir/function.h"
#include "weir/output.h"

typedef struct task {
    size_t worker;          /* 0 .. workers - 1 */
    size_t partition;       /* of the dataset being computed */
    int64_t time_ms;        /* of the batch */
    arena scratch;
    arena *kept;            /* the worker's, for the batch */
    buffer block;           /* a reader's buffer, reused from task to task */
    memory_budget *budget;
    weir_status status;     /* the first failure; later work is dropped */
    char error[1024];
    const char *function;   /* what is running, for the error */
    const weir_output_id *output; /* while a function of an output runs; else NULL */
    uint64_t records_in;    /* records that sources gave */
    uint64_t refused;       /* records that sources refused */
    size_t max_record_bytes; /* 64 MiB unless set after task_init */
    log_damper refusals;
} task;

void task_init(task *task, size_t worker, arena *kept, memory_budget *budget);
void task_release(task *task);
/* Ready for the next partition: scratch is reset, the failure is forgotten, the counts of records
 * are zero. */
void task_begin(task *task, size_t partition, int64_t time_ms);

/* The task that runs on this thread, or NULL; its scratch is the current arena. Returns the one
 * before. */
task *task_set_current(task *task);
task *task_current(void);

/* Keeps the first failure and returns its status; a new one becomes the error of this thread
 * too. */
weir_status task_fail(task *task, weir_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Fails the task if the batch needs more memory than it may. */
void task_check_memory(task *task);
static inline bool task_is_failed(const task *task) { return task->status != WEIR_OK; }

#endif
