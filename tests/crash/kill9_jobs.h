/* The programs that kill9 kills: each is a whole process over the public API that reads from
 * DIR/in or a port, lasts in DIR/weir, and says in DIR/batches what every batch brought.
 *
 * A line of DIR/batches is `OUTPUT TIME COUNT TEXT .`, written by one call after the batch was
 * computed; `start` stands where a process began. A line without its dot was torn by a kill. */
#ifndef CRASH_KILL9_JOBS_H
#define CRASH_KILL9_JOBS_H

#include <stdint.h>

typedef enum kill9_job {
    JOB_FILES,     /* textFiles: sums by updateStateByKey, visits by mapWithState with timeouts,
                    * windows of all forms */
    JOB_RECEIVER,  /* a receiver that acknowledges: blocks of numbered records */
    JOB_SOCKET,    /* numbered lines from a server that never repeats one */
    JOB_DIRECTORY, /* files of numbered lines that appear in a directory */
    JOBS
} kill9_job;

extern const char *const kill9_job_names[JOBS];

enum {
    FILES = 30,            /* of JOB_FILES and JOB_DIRECTORY */
    NUMBERS = 1500,        /* records of the other jobs */
    FILES_INTERVAL = 1000, /* virtual ms */
    FILES_SLIDE = 2 * FILES_INTERVAL, /* of some windows of JOB_FILES */
    WINDOWS = 5,           /* of JOB_FILES */
    LIVE_INTERVAL = 20, STOP_MS = 50000,    /* ms */
    RECENT = 3             /* batches in a window of the other jobs, one behind the other */
};

/* What the windows of JOB_FILES tell as, and how many batches each of them slides by. */
extern const char *const kill9_window_names[WINDOWS];
extern const int kill9_window_slides[WINDOWS];

/* How that job writes its log with that seed, in words: into `words`, which it returns. */
const char *kill9_job_log(kill9_job job, uint64_t seed, char words[64]);
/* Runs to its end: 0, or 1 with a message on standard error. `port`: of the server. */
int kill9_job_run(kill9_job job, const char *directory, uint64_t seed, int port);

#endif
