/* `weir run JOB --progress=json` in a process of its own, and what it says on standard error. What
 * it prints goes nowhere. */
#ifndef BENCH_WEIR_RUN_H
#define BENCH_WEIR_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

typedef struct weir_run {
    pid_t process;
    FILE *progress;
    char *line;
    size_t room;
    char *said; /* the last line that was a message, or no JSON */
    uint64_t replayed; /* batches that a restart computed again, once it has said so */
} weir_run;

/* The last line of a run. */
typedef struct run_summary {
    uint64_t batches, records;
    double seconds, cpu_seconds;
    int64_t max_rss_bytes;
    uint64_t output; /* records that reached the first output */
} run_summary;

/* Starts `weir` with `master` for the job file. A failure prints why. */
bool weir_run_start(weir_run *run, const char *weir, const char *job, const char *master);
/* The next object of the event "batch" or "summary", to be given back by json_decref; NULL at the
 * end. */
json_t *weir_run_next(weir_run *run);
/* Waits for the end. Anything but exit code 0 prints why; false. */
bool weir_run_wait(weir_run *run);
/* Asks it to stop, and waits. */
bool weir_run_stop(weir_run *run);
/* Ends it at once, and waits. */
void weir_run_kill(weir_run *run);
/* From start to end. A failure prints why. */
bool weir_run_whole(const char *weir, const char *job, const char *master, run_summary *summary);

#endif
