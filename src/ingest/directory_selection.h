/* Which files of a directory belong to which batch, decided from names and times alone
 * (S-02..S-06).
 *
 * A file belongs to the batch of time t if its name does not begin with a dot, its modification
 * time is in (max(I, t - R), t], and no remembered batch took it. I is when the context was first
 * started, or 0 where old files count too. R, how far back a file may date, is at least
 * min_remember and a multiple of the batch interval. A batch is remembered for R: what it took
 * cannot be in time any more when it is forgotten, unless the file was replaced.
 *
 * Files are dated by the wall clock, which may be set while batch times go on (batch/cutter.h).
 * So the time of a file is its modification time less how far the wall clock is ahead of batch
 * times; as a file may have been written before the clock was set, the last few of these spans
 * count, each up to its end. What is dated between, where the clock was set forward, was written
 * when it was set. After a step back old files would seem new, once more or at all: a file that
 * was refused, or taken and forgotten, stays refused as long as it has the modification time that
 * it had then.
 *
 * A restart has a mark of each of these (directory_selection_mark), as there can be many, until
 * its first listing finds them. */
#ifndef INGEST_DIRECTORY_SELECTION_H
#define INGEST_DIRECTORY_SELECTION_H

#include "ingest/path_set.h"

typedef enum file_verdict {
    FILE_TAKEN,
    FILE_TOO_NEW,   /* a later batch takes it */
    FILE_FAR_AHEAD, /* the same, but by more than an interval and a second; not named yet */
    FILE_TOO_OLD,   /* refused for that alone, and not named yet */
    FILE_KNOWN      /* refused or taken before */
} file_verdict;

/* While the wall clock was set alike. */
typedef struct clock_span {
    int64_t ahead_ms;   /* the wall clock less batch times */
    int64_t until_ms;   /* when it was seen to be over, in the time of batches; INT64_MAX: it
                         * lasts, or nobody saw it end */
    int64_t skipped_ms; /* it was set forward to here at the end; INT64_MIN: it was not */
} clock_span;
enum { CLOCK_SPANS = 4 };

typedef struct directory_selection {
    int64_t oldest_ms;   /* I */
    int64_t remember_ms; /* R */
    int64_t slack_ms;    /* files that are dated ahead by more are named */
    bool hidden_too;     /* names that begin with a dot are for others to refuse; false after init
                          */
    bool is_after_restart; /* no listing since a restart was complete */
    uint64_t *marks;       /* then: of known files, in order */
    size_t mark_count;
    int64_t time_ms; /* of the batch for which files are offered */
    int64_t now_ms;  /* when they had been listed, in the time of batches */
    clock_span clock[CLOCK_SPANS]; /* the newest first */
    size_t clock_count;            /* 1 or more */
    bool has_moved;                /* the newest begins with this batch */
    path_set taken;     /* stamp: time of the batch */
    path_set known_old; /* stamp: the last batch that saw it */
    path_set waiting;   /* likewise: named as far ahead */
    uint64_t too_old;   /* how many were refused so far */
} directory_selection;

/* min_remember_ms > 0; oldest_ms: I. */
void directory_selection_init(directory_selection *selection, int64_t oldest_ms,
                              int64_t batch_interval_ms, int64_t min_remember_ms);
void directory_selection_release(directory_selection *selection);

/* A file of that name and time, in 64 bits: a part of the format of checkpoints. */
uint64_t directory_selection_mark(const char *path, int64_t modified_ms);
/* After init: this is a restart, and these are marks of files that are known (takes the array,
 * made by memory_alloc, and sorts it; NULL: none). */
void directory_selection_resume(directory_selection *selection, uint64_t *marks, size_t count);
/* After that: the batch of `time_ms` before the restart took files that are added to `taken` now.
 * In the order of time. */
void directory_selection_replay(directory_selection *selection, int64_t time_ms);
/* And it, or one before it, saw the wall clock so far ahead; the span before was over at
 * `until_ms`. */
void directory_selection_was_ahead(directory_selection *selection, int64_t ahead_ms,
                                   int64_t until_ms);
/* How many of the spans behind the newest a restart has to know, as a file of theirs may come. */
size_t directory_selection_open_spans(const directory_selection *selection);

/* A batch begins; its files are listed. */
void directory_selection_begin(directory_selection *selection, int64_t time_ms);
/* Need one look at the file at all? No if it is hidden, or taken by a remembered batch. `name` is
 * the last part of `path`. */
bool directory_selection_wants(const directory_selection *selection, const char *path,
                               const char *name);
/* Was it refused, or taken and forgotten? Then there is nothing to decide. */
bool directory_selection_knows(directory_selection *selection, const char *path,
                               int64_t modified_ms);
/* The files are listed: a look at the wall clock, `ahead_ms` of the time of batches, and then at
 * that time, `now_ms`. In this order: a file that is dated by a clock that was not looked at would
 * seem old, and stay refused. */
void directory_selection_see_clock(directory_selection *selection, int64_t ahead_ms,
                                   int64_t now_ms);
/* Then: decides about a file. FILE_TAKEN: this batch takes it, and it is remembered. */
file_verdict directory_selection_offer(directory_selection *selection, const char *path,
                                       int64_t modified_ms);
/* The batch is over. `is_complete`: every file there is was offered, so that what is known of
 * others can be forgotten. */
void directory_selection_end(directory_selection *selection, bool is_complete);

#endif
