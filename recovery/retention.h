/* What may be deleted: nothing that the oldest kept checkpoint can need (R3). */
#ifndef RECOVERY_RETENTION_H
#define RECOVERY_RETENTION_H

#include "recovery/directory.h"
#include "wal/log.h"

typedef struct retention {
    int keep;              /* of the newest ones; >= 2 */
    int64_t keep_every_ms; /* of older ones, one every so often: the first, and each that is so far
                              behind the one that is kept before it; 0: none */
} retention;

/* Deletes the checkpoints that are not kept, by their number, their time, or as a start has given
 * up state of them (given_up.h), then the segments of the log that the oldest kept one
 * does not need. Failures are said in the log: what is left over does no harm. */
void retention_apply(const directory *directory, wal_log *log, const retention *retention);

/* Deletes what a crash has left of checkpoints that were being written or deleted. At the start,
 * under the lock. */
void retention_clean(const directory *directory);

#endif
