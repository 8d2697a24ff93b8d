/* The door to state: the keyed state of stateful streams, a space each, in keyed partitions.
 *
 * The engine works on tables in memory (state_table.h), a partition at a time; behind the door is
 * whatever the table is a cache of. Calls through the door are per vector of missing keys, per
 * partition or per batch, never per record.
 *
 * A batch's changes are provisional until state_store_finish, which makes them final, or
 * state_store_undo, which puts the old values back; the door decides nothing about that. One level
 * of undo is enough: batches are final in order. */
#ifndef DURABILITY_STATE_STORE_H
#define DURABILITY_STATE_STORE_H

#include "durability/panes.h"
#include "durability/state_table.h"

typedef struct state_store state_store;
typedef struct state_space state_space;

typedef struct state_store_class {
    /* The space of that name, made if it is not there. `partitions` must be what it was made with.
     * Borrowed, lives as long as the store. Building thread. */
    weir_status (*open_space)(state_store *store, const char *name, size_t partitions,
                              state_space **space);
    /* The panes of a windowed stream, a set made if it is not there: apart from any space of the
     * same name. `part_count` is that of keyed panes (they must have been made with it), 0 of
     * others. Borrowed, lives as long as the store. Building thread. */
    weir_status (*open_panes)(state_store *store, const char *name, bool is_keyed,
                              size_t part_count, pane_set **panes);
    /* The batch of `batch_index` begins: changes from now on are its changes. Batch runner's
     * thread, as all that follows. */
    void (*begin)(state_store *store, uint64_t batch_index);
    /* The changes of the batch are final; or are taken back. */
    weir_status (*finish)(state_store *store);
    void (*undo)(state_store *store);
    void (*close)(state_store *store); /* frees it */
} state_store_class;

struct state_store {
    const state_store_class *class;
};

/* Entries that are behind a table, a vector at a time; valid until it returns. It may change the
 * table. A failure ends the visit. */
typedef weir_status (*state_space_visit)(void *user, const weir_value *keys,
                                         const weir_value *values, const uint64_t *changed,
                                         size_t count);

/* A space as the operators see it. Everything here is for one partition, and called by the one
 * task that has it. */
struct state_space {
    state_store *store;
    char *name;
    size_t partitions;
    uint64_t begun; /* index of the batch in which the initial state was put in; 0: not yet */
    state_table *tables; /* one for each partition */
    /* Makes sure that the table has an entry for every one of these keys that has state behind the
     * table. The keys are those that the table did not know (`count` <= WEIR_VECTOR_SIZE), each
     * once. NULL: a table always knows all it has. */
    weir_status (*load)(state_space *space, size_t partition, const weir_value *keys,
                        size_t count);
    /* Makes the table complete: every key that has state has an entry. NULL: it always is. */
    weir_status (*load_all)(state_space *space, size_t partition);
    /* Is there memory for all of the partition? If not, whoever wants to see all keys scans
     * instead of loading; and from then on `load` adds entries, but moves none. NULL: there is. */
    bool (*has_room)(state_space *space, size_t partition);
    /* Visits every key that has state and no entry in the table, in bounded memory; after has_room
     * has said no. If the table is complete it visits nothing. NULL: nothing is behind it. */
    weir_status (*scan)(state_space *space, size_t partition, state_space_visit visit, void *user);
    /* Gives back memory if the store has too little: forgets entries of the table that are behind
     * it and that the current batch has not changed. Indexes and values of the table are void
     * afterwards: between vectors only. NULL: there is nothing behind it. */
    void (*trim)(state_space *space, size_t partition);
};

/* Keeps state in memory alone. For contexts without a directory, and for tests. */
state_store *state_store_in_memory(void);

#endif
