/* What the files of this room share of a store.
 *
 * Threads: the batch runner's thread calls begin, finish, undo, freeze; tasks call load and
 * load_all for the partition they have; one background thread at a time writes a checkpoint; the
 * warmer reads. `lock` guards what they share; tables belong to whoever has their partition. */
#ifndef STATE_STORE_INSIDE_H
#define STATE_STORE_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "state/database.h"
#include "state/files.h"
#include "state/frozen.h"
#include "state/pane_record.h"
#include "state/space_record.h"
#include "state/store.h"

/* Where the entries of a partition are, from its table's point of view. */
typedef enum warmth {
    COLD,    /* some only in the database */
    WARMING, /* so, and someone scans it */
    READY,   /* so, and all that was in the database at the time of the scan is in `shadow` */
    WARM     /* the table is complete */
} warmth;

/* Room for the frozen entries of a partition. It is kept for the next checkpoint: to get fresh
 * memory from the system takes longer than to copy the entries, and batches wait for both. Two are
 * kept: one checkpoint may be frozen while another is written. */
enum { FROZEN_SPARES = 2 };
typedef struct frozen_room {
    state_frozen_entry *entries; /* memory_alloc_large; NULL: none */
    size_t size;                 /* bytes, counted by the budget */
} frozen_room;

typedef struct rocks_partition {
    warmth warmth;      /* under the lock */
    state_table shadow; /* of the warmer while WARMING, of the table's owner when READY */
    size_t missed;      /* keys read one by one; of the table's owner */
    size_t trimmed;     /* entries that the last trim left; of the table's owner */
    frozen_room spares[FROZEN_SPARES]; /* of sets that were stored; under the lock */
} rocks_partition;

typedef struct rocks_space {
    state_space base;
    rocksdb_column_family_handle_t *family;
    rocks_partition *partitions;
    _Atomic uint64_t behind; /* about so many keys are in the database */
} rocks_space;

typedef struct rocks_panes {
    pane_set base;
    rocksdb_column_family_handle_t *family;
    size_t part_count;  /* of keyed panes; else 0 */
    int64_t dropped_ms; /* files up to there were; of whoever writes checkpoints */
} rocks_panes;

typedef struct rocks_store {
    state_store base;
    database *database;
    memory_budget budget; /* without the block cache */
    rocks_space **spaces;
    size_t count;
    rocks_panes **panes;
    size_t pane_count;
    space_record *records; /* what the database knew when it was opened */
    size_t record_count;
    pane_record *pane_records;
    size_t pane_record_count;
    uint64_t batch;
    uint64_t boundary; /* newest frozen */
    uint64_t opened_at;
    uint64_t applied;  /* newest stored boundary that tables know of */

    state_files known; /* hashes of tables; of whoever writes checkpoints */

    pthread_mutex_t lock;
    pthread_cond_t changed;
    state_frozen *frozen; /* not yet stored, oldest first */
    uint64_t stored;      /* newest boundary that is in the live database */
    bool is_writing;      /* someone puts frozen sets into the live database */
    bool has_warmer;
    bool stops_warming;
    bool has_given_up;    /* nobody waits for room on the disk any more */
    pthread_t warmer;

    _Atomic unsigned awaited; /* by how many: a checkpoint, or what takes its place */
    _Atomic uint64_t keys_read;
    _Atomic uint64_t keys_scanned;
    _Atomic uint64_t keys_forgotten;
    _Atomic uint64_t keys_ingested;
} rocks_store;

static inline rocks_store *rocks_store_of(state_store *store)
{
    return (rocks_store *)store;
}

/* Tells tables what has been stored. Batch runner's thread, between batches. */
void rocks_store_apply_stored(rocks_store *store);

/* Calls for every table of every open space. */
typedef void (*table_visitor)(rocks_store *store, rocks_space *space, size_t partition);
static inline void rocks_store_visit(rocks_store *store, table_visitor visit)
{
    for (size_t i = 0; i < store->count; i++)
        for (size_t j = 0; j < store->spaces[i]->base.partitions; j++)
            visit(store, store->spaces[i], j);
}

#endif
