/* The state of a batch boundary, frozen: what changed since the boundary before, copied in the
 * pause between two batches and written in the background.
 *
 *     frozen -> being written -> stored (and freed)
 *                     |  ^
 *                     v  |
 *                  abandoned   written together with the next one
 *
 * Nothing newer than a frozen boundary may enter the live database until that boundary is stored
 * or abandoned: the links of a checkpoint would else hold a mixture (S1). */
#ifndef STATE_FROZEN_H
#define STATE_FROZEN_H

#include "base/pool.h"
#include "durability/state_store.h"

typedef struct state_frozen state_frozen;

/* Freezes all spaces after batch `boundary` is final and before the next begins. The partitions
 * are copied by the workers of the pool (NULL: by the caller). The store keeps the set; the caller
 * hands it to state_checkpoint_write or to state_frozen_abandon, from whatever thread. Where the
 * copies would not fit into the memory of state, what changed is written into the database first
 * (which takes as long as that does, and waits for a checkpoint that is being written); if that
 * fails it is copied all the same. Batch runner's thread. */
state_frozen *state_freeze(state_store *store, uint64_t boundary, pool *pool);

/* Gives up the checkpoint, not the changes: they go into the next one. Before a newer set is
 * handed to state_checkpoint_write, which may free this one. */
void state_frozen_abandon(state_store *store, state_frozen *frozen);

uint64_t state_frozen_boundary(const state_frozen *frozen);
size_t state_frozen_count(const state_frozen *frozen); /* entries */

#endif
