/* The state of one partition of a space, in memory: entries by key, a cache line each. One task at
 * a time.
 *
 * What an entry was before the current batch stands beside what it is, so undoing a batch needs no
 * log. An entry whose value is absent is a key without state: it stays until the table is swept,
 * because a checkpoint must learn of the removal. */
#ifndef DURABILITY_STATE_TABLE_H
#define DURABILITY_STATE_TABLE_H

#include "record/table.h"

enum { STATE_TABLE_SLACK = 1 << 20 };

typedef struct state_entry {
    weir_value key;
    weir_value value; /* absent: no state */
    weir_value old;   /* the value before batch `changed` */
    uint64_t changed; /* index of the batch that changed or refreshed it last: (time - zero time) /
                       * interval; also what timeouts are measured from */
    uint64_t old_changed;
} state_entry;

typedef struct state_table {
    table_slot *slots;
    size_t mask;
    state_entry *entries; /* in order of insertion */
    size_t count;         /* entries, keys without state included */
    size_t capacity;
    size_t live;          /* keys with state */
    bool is_complete;     /* a key without an entry has no state: a miss needs no load */
    uint64_t batch;       /* index of the current batch */
    uint64_t boundary;    /* index of the newest frozen checkpoint: entries changed after it are
                           * dirty */
    uint32_t *dirty;      /* the entries changed after the boundary, each once, in order of the
                           * first change */
    size_t dirty_count;
    size_t dirty_capacity;
    uint32_t *touched;    /* the entries changed in the current batch, each once */
    size_t touched_count;
    size_t touched_capacity;
    arena values;         /* what keys and values reach; see state_table_compact */
    size_t values_live;
} state_table;

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
/* Forgets the keys without state that no checkpoint needs to learn of (changed up to the
 * boundary). Between batches. */
void state_table_sweep(state_table *table);

/* The batch is final, or taken back. */
void state_table_finish(state_table *table);
void state_table_undo(state_table *table);

#endif
