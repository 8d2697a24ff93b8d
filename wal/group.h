/* What one write of the log holds: requests in order, and the bytes that they become at their
 * place. Used by the writer's thread, but for one function. */
#ifndef WAL_GROUP_H
#define WAL_GROUP_H

#include <sys/uio.h>

#include "wal/writer.h"

typedef struct wal_group {
    wal_request *first;
    wal_request *last;
    size_t count;
    uint64_t bytes; /* that it takes in a segment; exact once it is prepared */
    struct iovec *pieces; /* PIECES_EACH for each entry */
} wal_group;

enum { WAL_PIECES_EACH = 4 }; /* header, head, bytes, zeros */

/* Zero-initialised is empty. */
void wal_group_add(wal_group *group, wal_request *request);
void wal_group_release(wal_group *group);

/* Makes the checksum of what will not be compressed. Of a request that is in no group yet: by the
 * thread that submits it, for which the bytes are at hand. */
void wal_group_check_payload(wal_request *request);
/* Compresses and makes checksums, as far as there is none: what does not depend on the place. */
void wal_group_prepare(wal_group *group, uint64_t first_sequence, bool compress);
/* Makes headers for entries from `place` on; returns the number of pieces, in `group->pieces`.
 * Nothing is copied. */
size_t wal_group_place(wal_group *group, wal_position place);

#endif
