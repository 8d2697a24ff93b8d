/* Keeping tables within the memory budget. */
#ifndef STATE_EVICTION_H
#define STATE_EVICTION_H

#include "state/store_inside.h"

/* After a batch is final: while tables take more than the budget, they forget what is in the
 * database; what is not gets there first, unless a frozen boundary must be linked before (S1).
 * Then it waits for that if someone is at it. On a full disk it waits for room, for as long as it
 * takes; WEIR_NO_SPACE: that wait was ended (room.h). Batch runner's thread. */
weir_status evict(rocks_store *store);

/* Before `bytes` of copies are made: where they would not fit, what is not in the database gets
 * there at once, so that there is nothing to copy. Batch runner's thread, between batches. */
void evict_to_freeze(rocks_store *store, size_t bytes);

/* Within a batch: forgets what is in the database of one table. The table's task. */
void evict_partition(rocks_store *store, rocks_space *space, size_t partition);

#endif
