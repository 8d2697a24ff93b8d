/* The state of one partition of a space, in memory: entries by key, a cache line each. One task at
 * a time.
 *
 * What an entry was before the current batch stands beside what it is, so undoing a batch needs no
 * log. An entry whose value is absent is a key without state: it stays until the table is swept,
 * because a checkpoint must learn of the removal.
 *
 * Where there is something behind the table, an entry goes through
 *
 *     changed by a batch -> dirty -> frozen (state_table_freeze) -> stored -> may be forgotten
 *
 * It is dirty if its `epoch` is the table's: so freezing makes all entries clean without a visit.
 * It is frozen but not yet stored if it is not dirty and stored < changed <= boundary. What is
 * neither is the same behind the table. */
#ifndef DURABILITY_STATE_TABLE_H
#define DURABILITY_STATE_TABLE_H

#include "durability/state_due.h"
#include "record/table.h"

enum { STATE_TABLE_SLACK = 1 << 20, STATE_LATE_AHEAD = 12 };
#define STATE_BATCH_MAX (UINT64_MAX >> 16)

typedef struct state_entry {
    weir_value key;
    weir_value value; /* absent: no state */
    weir_value old;   /* the value before batch `changed` */
    uint64_t changed; /* index of the batch that changed or refreshed it last: (time - zero time) /
                       * interval; also what timeouts are measured from */
    uint64_t old_changed : 48;
    uint64_t epoch : 16; /* dirty if that of the table; 0: clean */
} state_entry;

/* An entry as it stands in the order of hashes. */
typedef struct state_place {
    uint32_t hash; /* of its key */
    uint32_t index;
} state_place;

/* Values that a table has moved away from, while something frozen still refers to them. */
typedef struct state_retired {
    arena values;
    uint64_t boundary; /* once this is stored nobody refers to them */
} state_retired;

typedef struct state_table state_table;
struct state_table {
    table_slot *slots;
    size_t mask;
    state_entry *entries; /* in order of insertion */
    size_t count;         /* entries, keys without state included */
    size_t capacity;
    size_t counted;       /* so many the budget knows of: room never used costs no memory */
    size_t live;          /* keys with state */
    bool is_complete;     /* a key without an entry has no state: a miss needs no load */
    uint64_t batch;       /* index of the current batch */
    uint64_t boundary;    /* index of the newest frozen checkpoint */
    uint64_t stored;      /* what was frozen up to here is stored; <= boundary */
    uint16_t epoch;       /* never 0 */
    uint32_t *dirty;      /* the entries changed since they were frozen or stored, each once, in
                           * order of the first change */
    size_t dirty_count;
    size_t dirty_final;   /* so many of them became dirty before the current batch */
    size_t dirty_capacity;
    uint32_t *touched;    /* the entries changed in the current batch, each once */
    size_t touched_count;
    size_t touched_capacity;
    size_t arranged;      /* so many of the first entries stand in the order of hashes */
    state_place *late;    /* the order of those behind them, as far as it is known */
    size_t late_count;
    size_t late_capacity;
    arena values;         /* what keys and values reach; see state_table_compact */
    size_t values_live;
    state_retired *retired;
    size_t retired_count;
    uint64_t moved;       /* how often entries moved, or changes were taken back */
    state_due due;        /* where somebody looks for timeouts */
};

static inline bool state_entry_is_dirty(const state_table *table, const state_entry *entry)
{
    return entry->epoch == table->epoch;
}

/* The budget counts all that the table takes. */
void state_table_init(state_table *table, memory_budget *budget);
void state_table_release(state_table *table);

/* Finds the entries of `count` (<= WEIR_VECTOR_SIZE) keys; UINT32_MAX where there is none. */
void state_table_find(const state_table *table, const weir_value *keys, size_t count,
                      uint32_t *indexes);
/* Finds or adds (value absent, changed 0). Entries may move. */
void state_table_find_or_add(state_table *table, const weir_value *keys, size_t count,
                             uint32_t *indexes);
/* Puts in what was stored behind the table: final, not dirty. The key must not be there. */
void state_table_insert(state_table *table, weir_value key, weir_value value, uint64_t changed);

static inline state_place state_table_place(const state_table *table, uint32_t index)
{
    weir_value key = value_present(table->entries[index].key);
    return (state_place){(uint32_t)value_hash(key), index};
}
/* The order of two different keys of one hash. */
bool state_key_is_before(weir_value a, weir_value b);
/* Puts places of the table into the order of hashes; equal ones by key. */
void state_table_sort(const state_table *table, state_place *places, size_t count);

/* A walk through all entries in the order of hashes: the same for the same keys, whenever they
 * came and wherever they have been. Valid until the table gets keys, or entries move. */
typedef struct state_walk {
    const state_table *table;
    state_place arranged; /* the next of those that are arranged */
    size_t late;          /* the next of the others */
} state_walk;

state_walk state_table_walk(state_table *table);
/* Makes walks faster: entries are moved into that order, if many are not in it. */
void state_table_arrange(state_table *table);
bool state_walk_takes_late(const state_walk *walk);
/* The index of the next entry; false: that was all. */
static inline bool state_walk_next(state_walk *walk, uint32_t *index)
{
    const state_table *table = walk->table;
    bool has_arranged = walk->arranged.index < table->arranged;
    if (walk->late < table->late_count) {
        uint32_t hash = table->late[walk->late].hash;
        bool takes_late = !has_arranged || hash < walk->arranged.hash ||
                          (hash == walk->arranged.hash && state_walk_takes_late(walk));
        if (takes_late) {
            *index = table->late[walk->late++].index;
            if (walk->late + STATE_LATE_AHEAD < table->late_count)
                __builtin_prefetch(
                    &table->entries[table->late[walk->late + STATE_LATE_AHEAD].index], 1);
            return true;
        }
    } else if (has_arranged) {
        *index = walk->arranged.index++;
        return true;
    }
    if (!has_arranged) return false;
    *index = walk->arranged.index++;
    if (walk->arranged.index < table->arranged)
        walk->arranged = state_table_place(table, walk->arranged.index);
    return true;
}

/* Notes that the entry is about to change in the current batch: keeps what it was, once a
 * batch. */
void state_table_touch_first(state_table *table, uint32_t index);
static inline void state_table_touch(state_table *table, uint32_t index)
{
    if (table->entries[index].changed != table->batch) state_table_touch_first(table, index);
}
/* Changes the value (copied), of a touched entry; absent removes the state. */
void state_table_set(state_table *table, uint32_t index, weir_value value);
/* Long values that were replaced are garbage. When there is more of it than of what lives, and
 * nobody holds a value of the table, compact gives it up. */
static inline bool state_table_is_wasteful(const state_table *table)
{
    return table->values.chunk_bytes > 2 * table->values_live + STATE_TABLE_SLACK;
}
void state_table_compact(state_table *table);
/* The batch is final, or taken back. */
void state_table_finish(state_table *table);
void state_table_undo(state_table *table);

/* --- with something behind the table --------------------------------------------------------- */

/* An entry as it is frozen. What keys and values reach stays in the table's memory, and there
 * until state_table_set_stored. */
typedef struct state_frozen_entry {
    weir_value key;
    weir_value value; /* absent: removed */
    uint64_t changed;
} state_frozen_entry;

/* Copies the dirty entries to `to` (room for dirty_count) and makes them clean. Between batches.
 * `to` NULL: copies nothing. `boundary` is the index of the last batch: no entry was changed
 * later. */
void state_table_freeze(state_table *table, uint64_t boundary, state_frozen_entry *to);
/* What was frozen up to `boundary` is stored, and no longer looked at. */
void state_table_set_stored(state_table *table, uint64_t boundary);

/* Forgets the keys without state that are stored as such. Between batches; only looks if there are
 * more of them than keys with state. */
void state_table_sweep(state_table *table);
/* Forgets about `count` entries that are the same behind the table, those first that have not
 * changed for longest; none that the current batch has changed. Entries and values move. Returns
 * how many it was. */
size_t state_table_forget(state_table *table, size_t count);
/* Takes the entries of `other` for keys that have none here, and all its memory; `other` is empty
 * afterwards. `other` has never been changed (state_table_insert only). */
void state_table_adopt(state_table *table, state_table *other);

#endif
