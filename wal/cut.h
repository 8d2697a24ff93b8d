/* Finding the end of a log, and making it whole: what is done to a directory of segments before
 * anything is appended to it. */
#ifndef WAL_CUT_H
#define WAL_CUT_H

#include "wal/reader.h"

/* Looks for the end in as few segments as it takes. WEIR_ILLEGAL_STATE if the newest one belongs
 * to another context than `context_id`. */
weir_status wal_find_end(const char *directory, const uint8_t *context_id, wal_end *end);

/* Cuts what is behind `end` from the last segment, and syncs it; a segment of nothing but zeros is
 * removed. A cut can tell a torn group from damage only by what comes after: so valid entries in a
 * torn tail are kept in quarantine, and so is all that a segment has in which nothing is whole. */
weir_status wal_cut(const char *directory, const wal_end *end);

#endif
