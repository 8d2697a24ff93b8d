/* The segment that is being written: one file, created with its room on the disk allocated,
 * appended to, and closed in one of two ways. One thread.
 *
 * It is written in whole blocks of the disk, from a stage of its own. So it can be written past
 * the cache of the system: the copy into memory that is cold there was three quarters of the log's
 * work. The last block that has something in it is written again by the next append,
 * with the same bytes and more: what of it was durable stays so, whatever becomes of the rest. */
#ifndef WAL_SEGMENT_H
#define WAL_SEGMENT_H

#include <sys/uio.h>

#include "wal/format.h"
#include "weir/status.h"

typedef struct wal_segment {
    char *path; /* NULL: none is open */
    char *directory;
    int file;
    bool is_named; /* its name in the directory is durable */
    uint64_t number;
    uint64_t capacity;
    uint64_t offset;  /* where the next entry goes */
    uint64_t durable; /* everything before that is */
    char *stage;      /* begins with what the last block has before `offset` */
} wal_segment;

/* Makes the file, with its header. If there is no room for four times `capacity` bytes it gets
 * less, but room for `least`; if there is not even that, there is no file. Nothing is durable
 * before wal_segment_sync. `past_cache`: where it can be done; for who syncs what is appended at
 * once. */
weir_status wal_segment_create(wal_segment *segment, const char *directory,
                               const wal_segment_header *header, uint64_t capacity,
                               uint64_t least, bool past_cache);
/* Writes the pieces, `size` bytes in all (a multiple of WAL_STEP), at `offset`. After a failure
 * nothing more can be appended. */
weir_status wal_segment_append(wal_segment *segment, const struct iovec *pieces, size_t count,
                               uint64_t size);
weir_status wal_segment_sync(wal_segment *segment);

/* Gives back the room that was not used and closes the file. What is not synced stays so. */
void wal_segment_close(wal_segment *segment);
/* After a write or a sync has failed, nobody knows what of the rest is on the disk: closes the
 * file for ever, cut to what is durable if that can be done. */
void wal_segment_abandon(wal_segment *segment);

#endif
