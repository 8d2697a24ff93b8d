/* Frozen sets, for the files that make, write and free them. */
#ifndef STATE_FROZEN_INSIDE_H
#define STATE_FROZEN_INSIDE_H

#include "state/store_inside.h"

typedef struct frozen_partition {
    state_frozen_entry *entries; /* memory_alloc_large */
    size_t count;
} frozen_partition;

typedef struct frozen_space {
    rocks_space *space;
    uint64_t begun;
    frozen_partition *partitions;
} frozen_space;

struct state_frozen {
    state_frozen *newer;
    uint64_t boundary;
    bool is_abandoned; /* under the store's lock */
    frozen_space *spaces;
    size_t space_count;
    size_t count; /* entries */
};

void state_frozen_free(rocks_store *store, state_frozen *frozen);

#endif
