/* A filter of the program's own for the files of a directory: asks its function about paths, and
 * knows whether that failed. One thread at a time. */
#ifndef INGEST_FILE_FILTER_H
#define INGEST_FILE_FILTER_H

#include "record/task.h"

/* Zero but for the task: accepts everything. */
typedef struct file_filter {
    const weir_function *function; /* WEIR_KIND_FILTER, or NULL */
    weir_value arg;                /* borrowed */
    task task;                     /* in which the function runs: its memory, its failure */
    char *failed_path;             /* what it was asked about when it failed, or NULL */
} file_filter;

void file_filter_init(file_filter *filter, const weir_function *function, weir_value arg);
void file_filter_release(file_filter *filter);

/* The batch of `time_ms` begins: a failure of the batch before is forgotten. */
void file_filter_begin(file_filter *filter, int64_t time_ms);
/* Does the function keep the path, as a plain string? false too once it has failed (weir_fail). */
bool file_filter_accepts(file_filter *filter, const char *path);
/* WEIR_OK, or why the function failed in this batch, and for which file; said with `place` (or
 * NULL) and `source` before it. */
weir_status file_filter_status(const file_filter *filter, const char *place, const char *source);

#endif
