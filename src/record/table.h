/* A hash table from keys to entries: a slot array (32 bits of hash, index) over dense entries in
 * order of insertion. A vector of keys is looked up at once: hashed, slots prefetched, entries
 * prefetched, then probed. One thread at a time. */
#ifndef RECORD_TABLE_H
#define RECORD_TABLE_H

#include "base/memory.h"
#include "record/probe.h"

typedef struct table {
    table_slot *slots; /* a power of two of them, mask + 1 */
    size_t mask;
    weir_entry *entries;
    size_t count;
    size_t capacity;
    size_t most;           /* entries that a clear found since somebody set it to 0 */
    memory_budget *budget; /* counts slots and entries, or NULL; set after table_init */
} table;

void table_init(table *table);
/* Forgets all entries, keeps the room. */
void table_clear(table *table);
/* Gives the room back too; the budget stays. */
void table_release(table *table);
static inline size_t table_bytes(const table *table)
{
    size_t slots = table->slots ? (table->mask + 1) * sizeof *table->slots : 0;
    return slots + table->capacity * sizeof *table->entries;
}

/* Finds the entries of `count` (<= WEIR_VECTOR_SIZE) keys, adding those that are not there:
 * indexes[i] is the entry of keys[i]. A new entry has its key copied into `keys_arena` and an
 * absent value. An absent key counts as null. Entries may move: take pointers afterwards. */
void table_find_or_add(table *table, arena *keys_arena, const weir_value *keys, size_t count,
                       uint32_t *indexes);
/* Finds only: indexes[i] is UINT32_MAX where there is none. */
void table_find(const table *table, const weir_value *keys, size_t count, uint32_t *indexes);

#endif
