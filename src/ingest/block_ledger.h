/* The blocks of one source that no batch has yet, in the order of their arrival. A block can go
 * into a batch once the log has stored it, and none goes before an earlier one: the batch takes
 * all up to the first that is still unanswered. Pure: no clock, no lock, no I/O. */
#ifndef INGEST_BLOCK_LEDGER_H
#define INGEST_BLOCK_LEDGER_H

#include <stdbool.h>

#include "record/block.h"

typedef struct ledger_entry {
    block *block; /* holds a reference; NULL: could not be stored */
    bool is_stored;
} ledger_entry;

/* Zero-initialised is empty. */
typedef struct block_ledger {
    ledger_entry *entries; /* a ring */
    size_t capacity;       /* a power of two, or 0 */
    size_t first;
    size_t count;
} block_ledger;

/* Appends a block that waits for its answer; takes the reference. */
void block_ledger_add(block_ledger *ledger, block *block);
/* The answer for a block that was added: it is stored, or it is lost and dropped. */
void block_ledger_answer(block_ledger *ledger, const block *block, bool is_stored);
/* Puts a block that is stored before all others: one that came earlier than they did. Takes the
 * reference. */
void block_ledger_put_first(block_ledger *ledger, block *block);
/* Gives the next block that may go into a batch, with its reference; NULL if there is none. */
block *block_ledger_take(block_ledger *ledger);
/* The entry of that index, less than `count`: the next one to be taken has 0. */
const ledger_entry *block_ledger_entry(const block_ledger *ledger, size_t at);
void block_ledger_release(block_ledger *ledger);

#endif
