/* Which files of a directory belong to which batch, decided from names and times alone
 * (S-02..S-06).
 *
 * A file belongs to the batch of time t if its name does not begin with a dot, its modification
 * time is in (max(I, t - R), t], and no remembered batch took it. I is when the context was first
 * started, or 0 where old files count too. R, how far back a file may date, is at least
 * min_remember and a multiple of the batch interval. A batch is remembered for R: what it took
 * cannot be in time any more when it is forgotten, unless the file was replaced. */
#ifndef INGEST_DIRECTORY_SELECTION_H
#define INGEST_DIRECTORY_SELECTION_H

#include "ingest/path_set.h"

typedef enum file_verdict {
    FILE_TAKEN,
    FILE_TOO_NEW,  /* a later batch takes it */
    FILE_TOO_OLD,  /* refused for that alone, and not named yet */
    FILE_KNOWN_OLD /* the same, named before; or taken long ago */
} file_verdict;

typedef struct directory_selection {
    int64_t oldest_ms;   /* I */
    int64_t remember_ms; /* R */
    bool hidden_too;     /* names that begin with a dot are for others to refuse; false after init
                          */
    int64_t time_ms;     /* of the batch for which files are offered */
    path_set taken;      /* stamp: time of the batch */
    path_set known_old;  /* stamp: the last batch that saw it */
    uint64_t too_old;    /* how many were refused so far */
} directory_selection;

/* min_remember_ms > 0; oldest_ms: I. */
void directory_selection_init(directory_selection *selection, int64_t oldest_ms,
                              int64_t batch_interval_ms, int64_t min_remember_ms);
void directory_selection_release(directory_selection *selection);

/* A batch begins. */
void directory_selection_begin(directory_selection *selection, int64_t time_ms);
/* Need one look at the file at all? No if it is hidden, or taken by a remembered batch. `name` is
 * the last part of `path`. */
bool directory_selection_wants(const directory_selection *selection, const char *path,
                               const char *name);
/* Decides about a wanted file. FILE_TAKEN: this batch takes it, and it is remembered. */
file_verdict directory_selection_offer(directory_selection *selection, const char *path,
                                       int64_t modified_ms);
/* Takes back what FILE_TAKEN has given to this batch. */
void directory_selection_undo(directory_selection *selection);
/* The batch is over. `is_complete`: every file there is was offered, so that what is known of
 * others can be forgotten. */
void directory_selection_end(directory_selection *selection, bool is_complete);

#endif
