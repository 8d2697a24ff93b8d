#include "ingest/file_filter.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

enum { SCRATCH_KEEP = 64 << 10 };

void file_filter_init(file_filter *filter, const weir_function *function, weir_value arg)
{
    filter->function = function;
    filter->arg = weir_is_absent(arg) ? weir_null() : arg;
    task_init(&filter->task, 0, NULL, NULL);
    filter->failed_path = NULL;
}

static void forget_failure(file_filter *filter)
{
    free(filter->failed_path);
    filter->failed_path = NULL;
}

void file_filter_release(file_filter *filter)
{
    forget_failure(filter);
    task_release(&filter->task);
}

void file_filter_begin(file_filter *filter, int64_t time_ms)
{
    forget_failure(filter);
    task_begin(&filter->task, 0, time_ms);
    filter->task.function = filter->function ? filter->function->name : NULL;
}

bool file_filter_accepts(file_filter *filter, const char *path)
{
    if (!filter->function) return true;
    if (task_is_failed(&filter->task)) return false;
    arena *room = arena_current();
    task *before = task_set_current(&filter->task);
    bool keeps = filter->function->call.filter(weir_absent(), weir_text(path), filter->arg);
    (void)task_set_current(before);
    arena_set_current(room);
    arena_reset(&filter->task.scratch, SCRATCH_KEEP); /* a directory may have a million files */
    if (!task_is_failed(&filter->task)) return keeps;
    filter->failed_path = memory_copy_text(path);
    return false;
}

weir_status file_filter_status(const file_filter *filter, const char *place, const char *source)
{
    if (!task_is_failed(&filter->task)) return WEIR_OK;
    return error_set(filter->task.status, "%s%s%s: %s, asked about %s", place ? place : "",
                     place ? ": " : "", source, filter->task.error, filter->failed_path);
}
