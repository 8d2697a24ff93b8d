/* Frozen sets, for the files that make, write and free them. */
#ifndef STATE_FROZEN_INSIDE_H
#define STATE_FROZEN_INSIDE_H

#include "state/store_inside.h"

typedef struct frozen_partition {
    frozen_room room;
    const state_table *table; /* or NULL: its dirty entries, which were not copied */
    size_t count;
} frozen_partition;

static inline state_frozen_entry frozen_entry(const frozen_partition *partition, size_t at)
{
    if (!partition->table) return partition->room.entries[at];
    const state_entry *entry = &partition->table->entries[partition->table->dirty[at]];
    return (state_frozen_entry){entry->key, entry->value, entry->changed};
}

static inline void frozen_fetch_entry(const frozen_partition *partition, size_t at)
{
    const char *entry = partition->table
                            ? (const char *)&partition->table->entries[partition->table->dirty[at]]
                            : (const char *)&partition->room.entries[at];
    __builtin_prefetch(entry);
    __builtin_prefetch(entry + sizeof(state_frozen_entry) - 1);
}

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

/* Like state_freeze, for a caller that ingests the set before the next batch: it refers to the
 * tables, which stay dirty until let go. */
state_frozen *state_freeze_uncopied(rocks_store *store, uint64_t boundary);
/* Between ingest_begin and ingest_end. Not stored: the set keeps its panes alone. */
void state_frozen_let_go(state_frozen *frozen, bool is_stored);

/* Its room is kept, as long as there is memory. */
void state_frozen_free(rocks_store *store, state_frozen *frozen);
/* Gives up the room that is kept. */
void state_frozen_drop_spares(rocks_store *store);

#endif
