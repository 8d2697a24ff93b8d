#include "record/task.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"

enum { SCRATCH_KEEP = 1 << 20, RECORD_BYTES_MAX = 64 << 20 };

static _Thread_local task *current;

void task_init(task *task, size_t worker, arena *kept, memory_budget *budget)
{
    memset(task, 0, sizeof *task);
    task->worker = worker;
    task->kept = kept;
    task->budget = budget;
    task->max_record_bytes = RECORD_BYTES_MAX;
    arena_init(&task->scratch, budget);
}

void task_release(task *task)
{
    arena_release(&task->scratch);
    buffer_release(&task->block);
}

void task_begin(task *task, size_t partition, int64_t time_ms)
{
    arena_reset(&task->scratch, SCRATCH_KEEP);
    task->partition = partition;
    task->time_ms = time_ms;
    task->status = WEIR_OK;
    task->error[0] = '\0';
    task->function = NULL;
    task->records_in = 0;
    task->refused = 0;
}

task *task_set_current(task *task)
{
    struct task *before = current;
    current = task;
    arena_set_current(task ? &task->scratch : NULL);
    return before;
}

task *task_current(void)
{
    return current;
}

weir_status task_fail(task *task, weir_status status, const char *format, ...)
{
    if (task_is_failed(task)) return task->status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(task->error, sizeof task->error, format, arguments);
    va_end(arguments);
    task->status = status;
    return error_set(status, "%s", task->error);
}

void task_check_memory(task *task)
{
    if (memory_budget_is_over(task->budget))
        task_fail(task, WEIR_NO_MEMORY,
                  "%s: the batch needs more than batch_memory, %zu bytes; raise it or make "
                  "batches "
                  "smaller",
                  task->function ? task->function : "a batch", task->budget->limit);
}

weir_status weir_current_output(weir_output_id *id)
{
    task *task = current;
    if (!task || !task->output)
        return error_set(WEIR_ILLEGAL_STATE,
                         "weir_current_output: no output is running on this thread; call it in a "
                         "foreachRDD or foreachPartition function");
    if (!task->output->context_id)
        return error_set(WEIR_ILLEGAL_STATE,
                         "weir_current_output: a batch before this one failed, and is computed "
                         "when the context is started again; what counts batches once waits for "
                         "it");
    *id = *task->output;
    return WEIR_OK;
}

void weir_fail(const char *format, ...)
{
    task *task = current;
    if (!task || task_is_failed(task)) return;
    char reason[sizeof task->error];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    if (task->function) task_fail(task, WEIR_RUNTIME, "function %s: %s", task->function, reason);
    else task_fail(task, WEIR_RUNTIME, "%s", reason);
}
