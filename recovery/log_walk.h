/* Reading a log from outside, while a context may be writing it and dropping its beginning: what
 * looks like damage then is looked at again. One thread. */
#ifndef RECOVERY_LOG_WALK_H
#define RECOVERY_LOG_WALK_H

#include "recovery/manifest.h"
#include "wal/reader.h"

/* How far a log reached at least: what checkpoints know of was durable when they were written, as
 * was the segment that the log itself names (wal/newest.h). */
typedef struct log_known {
    wal_position end;
    int64_t end_ms; /* of the checkpoint that knows of it */
    uint64_t newest; /* segment that was there; 0: none is known to be */
    int64_t newest_ms; /* of the checkpoint; negative: the log itself does */
} log_known;

/* The newest segment that was there; 0: none is known. */
uint64_t log_newest(const char *log_directory, const manifest *manifest);

typedef struct log_walk {
    const char *directory; /* of the log, borrowed */
    wal_reader *reader;
    const unsigned char *context_id; /* that the log is to be of, borrowed; NULL: any one */
    bool is_still; /* nobody writes it: damage is not looked at again */
    log_known known;
    bool is_segment_missing; /* the damage is that the log ends before a segment that is known */
    bool is_short_told;
    char what[128]; /* of that damage, or of a segment that is too short */
} log_walk;

weir_status log_walk_open(log_walk *walk, const char *directory, wal_position from);
void log_walk_close(log_walk *walk);
static inline void log_walk_is_still(log_walk *walk) { walk->is_still = true; }
/* After the walk was opened: segments of another context than that of the checkpoint, which is
 * borrowed, are damage. */
void log_walk_expect(log_walk *walk, const manifest *manifest);
/* Set after the walk was opened at the beginning: a log that ends before is damaged there, also
 * where it looks as if its end had been written in part, which is given instead. */
static inline void log_walk_know(log_walk *walk, const log_known *known) { walk->known = *known; }
/* As wal_reader_next. */
weir_status log_walk_next(log_walk *walk, wal_item *item);

/* Is the first segment all there is, with no entry in it, or not even that? So a first start
 * leaves it that ended before checkpoint 0 was published. */
weir_status log_is_unbegun(const char *log, bool *is_unbegun);

#endif
