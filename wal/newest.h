/* The newest segment, noted beside it: `DIRECTORY/newest.<number, 16 digits>`, an empty file,
 * which is renamed when the next segment is there to stay. So whoever opens the log knows of a
 * segment that is missing in its end, or has lost all it had: the segments before it say nothing
 * of it. */
#ifndef WAL_NEWEST_H
#define WAL_NEWEST_H

#include <stdint.h>

#include "weir/status.h"

/* A segment that was there, durably, with its header; 0: none is known, as in early logs, or the
 * directory cannot be listed. Of several the highest. Any thread, also beside who writes. */
uint64_t wal_newest_read(const char *directory);

/* By who writes the log: the segment is durable, and so is its name. `*noted` is what was noted
 * before it (0: nothing). What fails here costs that knowledge only: it is tried again with the
 * next segment. */
void wal_newest_note(const char *directory, uint64_t number, uint64_t *noted);

/* By who holds the directory, before all segments are removed: durable, as those of the same
 * numbers may be made anew. */
weir_status wal_newest_forget(const char *directory);

#endif
