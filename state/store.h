/* The state store on RocksDB: the door of durability/state_store.h over a live database.
 *
 * The live database is scratch (README.md): it is made by state_restore or begins empty, and what
 * lasts are checkpoints. Tables are write-back caches of it: they are changed by batches, frozen
 * at a batch boundary (frozen.h), and what was frozen is written in the background
 * (checkpoint.h). */
#ifndef STATE_STORE_H
#define STATE_STORE_H

#include "durability/state_store.h"

typedef struct rocks_store_options {
    size_t memory; /* bytes for tables, frozen entries, panes and the block cache; 0: no limit */
} rocks_store_options;

/* Opens the database in that directory, or an empty one. WEIR_DAMAGED: the caller takes an older
 * checkpoint. The store is closed through its class. */
weir_status rocks_store_open(const char *live_directory, const rocks_store_options *options,
                             state_store **store);

/* Index of the batch whose boundary the database was opened at; 0: it is new. */
uint64_t rocks_store_boundary(const state_store *store);

/* What a space of the database was made with; false if there is none of that name. */
bool rocks_store_knows(const state_store *store, const char *space, size_t *partitions,
                       uint64_t *begun);
/* Forgets the spaces and the sets of panes that `keeps` answers false for, in the live database
 * and all later checkpoints: what no stream has would be linked by each of them, and be taken over
 * by the next stream of that name. Before anything is opened, else WEIR_ILLEGAL_STATE. */
typedef bool (*rocks_store_keeps)(void *user, const char *name, bool is_panes);
weir_status rocks_store_drop(state_store *store, rocks_store_keeps keeps, void *user);

/* Begins to read spaces into their tables in the background, those that are open now, as long as
 * they fit. Tables are not complete until then. At most once; close stops it. */
void rocks_store_warm(state_store *store);

/* Is half of the memory for state free? Then nothing waits for what is frozen to be written.
 * Batch runner's thread. */
bool rocks_store_has_room(state_store *store);

/* A stop has begun: what waits for room on a full disk, so that state which is over its memory can
 * be written out, waits no more, and nothing does from now on. Any thread. */
void rocks_store_give_up(state_store *store);

/* Has reading met state that is damaged? Then so are all checkpoints that share the file, and
 * those to come. Any thread. */
bool rocks_store_is_damaged(state_store *store);

/* For metrics. Any thread. */
typedef struct rocks_store_figures {
    size_t table_bytes;      /* tables, frozen entries and panes */
    size_t cache_bytes;      /* block cache */
    uint64_t keys_read;      /* one by one, after misses */
    uint64_t keys_scanned;
    uint64_t keys_forgotten; /* evicted from tables */
    uint64_t keys_ingested;
} rocks_store_figures;
rocks_store_figures rocks_store_measure(state_store *store);

#endif
