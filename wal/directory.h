/* The segments in the directory of a log: `DIRECTORY/<number, 16 digits>.segment`, and what is
 * kept of damaged ones in `DIRECTORY/quarantine/`. Other names are left alone. */
#ifndef WAL_DIRECTORY_H
#define WAL_DIRECTORY_H

#include <stdint.h>

#include "wal/format.h"
#include "weir/status.h"

typedef struct wal_segment_list {
    uint64_t *numbers; /* rising */
    size_t count;
} wal_segment_list;

enum { WAL_SEGMENT_DIGITS = 16 };

/* The number that a name begins with, written as those of segments are, with `behind` behind it;
 * 0: it is no such name. */
uint64_t wal_directory_number(const char *name, const char *behind);

/* The path of a segment, given to the caller. */
char *wal_directory_segment(const char *directory, uint64_t number);

/* Is there a number behind that of the segment? WEIR_DAMAGED: it is the highest one, or higher. */
weir_status wal_directory_can_follow(const char *directory, uint64_t number);

/* Zero-initialised is empty; released by wal_segment_list_release. A directory that is missing has
 * none: a start makes it anew. */
weir_status wal_directory_list(const char *directory, wal_segment_list *list);
void wal_segment_list_release(wal_segment_list *list);

/* Keeps the segment, if it is there, for ever: a second name for the file, in quarantine, or a
 * copy of it where that cannot be. The first name goes on being a part of the log, since what is
 * whole in it is still needed, until it is dropped. */
weir_status wal_directory_quarantine(const char *directory, uint64_t number);
/* Keeps bytes that are about to be cut from a segment. */
weir_status wal_directory_quarantine_tail(const char *directory, wal_position from,
                                          const void *bytes, size_t size);

/* Deletes the segments before `number`, oldest first, but never the newest one. */
weir_status wal_directory_drop_before(const char *directory, uint64_t number);

#endif
