/* Where the blocks of one source go in: through the door of the log into the ledger, and from
 * there into batches (W1). Any thread; blocks that one thread submits keep their order. */
#ifndef INGEST_BLOCK_INTAKE_H
#define INGEST_BLOCK_INTAKE_H

#include <pthread.h>

#include "base/error.h"
#include "base/log_line.h"
#include "ingest/block_ledger.h"
#include "ingest/source.h"

enum { BLOCK_BYTES = 1 << 20 }; /* an open block of that size is cut */

typedef struct block_intake {
    const source *source;
    pthread_mutex_t mutex;
    pthread_cond_t answered;
    /* under the mutex */
    block_ledger ledger;
    size_t unanswered;
    uint64_t lost; /* records in blocks that could not be stored, since the batch before */
    log_damper losses;
} block_intake;

/* Becomes the intake of the source. */
void block_intake_init(block_intake *intake, source *source);
/* Waits for what the log has not answered yet, and gives up the blocks. Who waits for a receipt
 * may still do so. */
void block_intake_empty(block_intake *intake);
void block_intake_release(block_intake *intake);

/* Takes the reference. The block is in a later batch, or it is lost: then that is logged and
 * counted. NULL: nothing to do. */
void block_intake_submit(block_intake *intake, block *block);
/* The same in two steps, for a caller that waits until the block is safe: the first takes the
 * reference, the second returns the answer of the log. A failure is the caller's to report. */
typedef struct block_receipt {
    block_intake *intake;
    bool is_answered; /* under the mutex, likewise the others */
    weir_status status;
    char error[ERROR_TEXT_MAX];
} block_receipt;
void block_intake_submit_for(block_intake *intake, block *block, block_receipt *receipt);
weir_status block_intake_wait(block_receipt *receipt);
/* Moves the stored blocks into the batch, a split each. */
void block_intake_take(block_intake *intake, source_batch *batch);
bool block_intake_has_waiting(block_intake *intake);

/* For a restart (source.h), of any source with an intake: a batch of blocks is the list of their
 * numbers. */
weir_value block_intake_describe(source *source, const source_batch *batch);
weir_status block_intake_replay(source *source, int64_t time_ms, weir_value what,
                                source_batch *batch);
void block_intake_adopt(source *source, block *block);
bool block_intake_oldest(source *source, uint64_t *segment, uint64_t *offset);

#endif
