/* What must hold after a run, and of what is on the disk. */
#ifndef CRASH_SIMULATE_CHECK_H
#define CRASH_SIMULATE_CHECK_H

#include "crash/simulate_program.h"

typedef void (*complaint)(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What was handed over by the receiver, by number. */
typedef struct handed {
    int tried[MAX_NUMBERS];
    int64_t acked; /* all up to here were acknowledged */
    /* where the log is synced by time */
    int64_t safe;                /* all up to here were synced since, or are lost */
    bool is_risked[MAX_NUMBERS]; /* not synced yet when the disk crashed */
} handed;

/* O1: batches of an output follow each other; a life repeats at most the last, and says the
 * same. */
void check_order(const tellings *told, complaint complain);
/* Nothing acknowledged is missing, nothing comes more often than it was handed over. */
void check_handed(const tellings *told, const handed *handed, complaint complain);
/* Saved text is what the sums were. */
void check_saved(const tellings *told, const char *prefix, complaint complain);
/* R2: every batch as in the run without faults, state included. */
void check_equal(const tellings *wanted, const tellings *told, complaint complain);

/* Are the files in the manifest of the checkpoint at `path` there, at their sizes? */
bool check_listed_files(const char *path);
bool checkpoint_is_good(const char *directory, int64_t time_ms);
/* The least segment that a checkpoint of the directory needs; 0: cannot be told. */
uint64_t oldest_needed_segment(const char *directory);

#endif
