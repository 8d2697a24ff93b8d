/* Frozen sets, for the files that make, write and free them. */
#ifndef STATE_FROZEN_INSIDE_H
#define STATE_FROZEN_INSIDE_H

#include "state/store_inside.h"

typedef struct frozen_partition {
    frozen_room room;
    size_t count; /* entries in it */
} frozen_partition;

typedef struct frozen_space {
    rocks_space *space;
    uint64_t begun;
    frozen_partition *partitions;
} frozen_space;

typedef struct frozen_panes {
    rocks_panes *panes;
    pane **items; /* held; by rising times */
    size_t count;
    int64_t expired_ms;
    bool is_in; /* the database has them: not a second time. Of whoever writes */
} frozen_panes;

struct state_frozen {
    state_frozen *newer;
    uint64_t boundary;
    bool is_abandoned; /* under the store's lock */
    frozen_space *spaces;
    size_t space_count;
    frozen_panes *panes; /* sets that were open, in the order of the store: so of a newer frozen
                          * set the first are the same */
    size_t pane_count;
    size_t count; /* entries */
};

/* Its room is kept, as long as there is memory. */
void state_frozen_free(rocks_store *store, state_frozen *frozen);
/* Gives up the room that is kept. */
void state_frozen_drop_spares(rocks_store *store);

#endif
