/* The ceiling's hash table: 64-bit sums by keys of up to 16 bytes, open addressing in huge pages.
 * Everything is inline, since the loop that uses it is what is measured. */
#ifndef BENCH_CEILING_TABLE_H
#define BENCH_CEILING_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "bench/memory.h"

typedef struct key {
    uint64_t low, high; /* the bytes of the key, zero-padded; no key begins with a zero */
} key;

typedef struct cell {
    key key; /* low 0: the cell is free */
    int64_t sum;
} cell;

typedef struct table {
    cell *cells;
    uint64_t mask; /* how many cells there are, a power of two, less one */
    uint64_t used;
} table;

static inline void table_init(table *table, uint64_t cells)
{
    table->cells = memory_pages(cells * sizeof *table->cells);
    table->mask = cells - 1;
    table->used = 0;
}

static inline void table_release(table *table)
{
    memory_pages_free(table->cells, (table->mask + 1) * sizeof *table->cells);
}

static inline void table_clear(table *table)
{
    memset(table->cells, 0, (table->mask + 1) * sizeof *table->cells);
    table->used = 0;
}

/* The first `length` bytes at `text`, of which 16 may be read. */
static inline key key_read(const char *text, size_t length)
{
    key key;
    memcpy(&key, text, sizeof key);
    if (length < 8) {
        key.low &= ((uint64_t)1 << 8 * length) - 1;
        key.high = 0;
    } else if (length < 16) {
        key.high &= ((uint64_t)1 << 8 * (length - 8)) - 1;
    }
    return key;
}

static inline uint64_t key_hash(key key)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)(key.low ^ 0xa0761d6478bd642fu) * (key.high ^ 0xe7037ed1a0b428dbu);
    uint64_t hash = (uint64_t)(product >> 64) ^ (uint64_t)product;
    return hash ^ hash >> 32;
}

static inline bool key_is(const cell *cell, key key)
{
    return cell->key.low == key.low && cell->key.high == key.high;
}

/* Doubles the table. Out of line: it is rare. */
__attribute__((noinline)) static void table_grow(table *table)
{
    struct table old = *table;
    table_init(table, 2 * (old.mask + 1));
    for (uint64_t i = 0; i <= old.mask; i++) {
        if (!old.cells[i].key.low) continue;
        uint64_t at = key_hash(old.cells[i].key) & table->mask;
        while (table->cells[at].key.low) at = (at + 1) & table->mask;
        table->cells[at] = old.cells[i];
    }
    table->used = old.used;
    table_release(&old);
}

static inline void table_add(table *table, key key, uint64_t hash, int64_t number)
{
    uint64_t at = hash & table->mask;
    for (;; at = (at + 1) & table->mask) {
        cell *cell = &table->cells[at];
        if (key_is(cell, key)) {
            cell->sum += number;
            return;
        }
        if (cell->key.low) continue;
        cell->key = key;
        cell->sum = number;
        if (2 * ++table->used > table->mask) table_grow(table);
        return;
    }
}

/* Additions on their way: each asks for its cell, and takes place sixteen additions later, when
 * the cell has come. */
enum { RING_SIZE = 16 };

typedef struct addition {
    key key;
    uint64_t hash;
    int64_t number;
} addition;

typedef struct ring {
    addition additions[RING_SIZE];
    uint64_t count; /* so far */
    table *table;
} ring;

static inline void ring_add(ring *ring, key key, int64_t number)
{
    addition *addition = &ring->additions[ring->count % RING_SIZE];
    if (ring->count >= RING_SIZE)
        table_add(ring->table, addition->key, addition->hash, addition->number);
    uint64_t hash = key_hash(key);
    *addition = (struct addition){key, hash, number};
    __builtin_prefetch(&ring->table->cells[hash & ring->table->mask], 1);
    ring->count++;
}

static inline void ring_finish(ring *ring)
{
    uint64_t from = ring->count < RING_SIZE ? 0 : ring->count - RING_SIZE;
    for (; from < ring->count; from++) {
        const addition *addition = &ring->additions[from % RING_SIZE];
        table_add(ring->table, addition->key, addition->hash, addition->number);
    }
    ring->count = 0;
}

#endif
