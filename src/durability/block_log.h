/* The door to the block log: received blocks go through it before they count as received
 * (invariant W1).
 *
 * The engine calls append from receiver threads and the loop thread; `stored` is called exactly
 * once for each append, from any thread, possibly before append returns, when the block is as safe
 * as the log can make it, or could not be stored. A block is computed from the memory it was
 * logged from. */
#ifndef DURABILITY_BLOCK_LOG_H
#define DURABILITY_BLOCK_LOG_H

#include "record/block.h"

/* A record is logged in a block, with what was received just before and behind it: a larger one
 * would be received whole, and lost. */
#define BLOCK_LOG_RECORD_MAX (UINT32_C(960) << 20)

typedef void (*block_log_stored)(void *user, block *block, weir_status status);

typedef struct block_log block_log;
typedef struct block_log_class {
    /* Borrows the block until `stored` is called. */
    void (*append)(block_log *log, block *block, block_log_stored stored, void *user);
    /* Waits until every append so far was answered. */
    void (*drain)(block_log *log);
    void (*close)(block_log *log); /* frees it */
} block_log_class;

struct block_log {
    const block_log_class *class;
};

/* Keeps nothing: a block is as safe as the memory it is in. For contexts without a directory. */
block_log *block_log_in_memory(void);

#endif
