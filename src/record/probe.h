/* Looking keys up in a slot array over dense entries, a vector at once: what record/table.h,
 * record/key_numbers.h and the tables of state (durability/state_table.h) have in common. The
 * entries of a table are of one size and begin with their key.
 *
 * A look-up waits for memory above all, so little of it is touched: a slot has four bytes. The
 * lower ones, as many as number the slots, are the index of its entry plus one (0: free), the
 * others those of the hash of its key. The rest of the hash is where the slot stands, more or
 * less; so slots are put into another array by the keys of the entries.
 *
 * The slots of a vector and the entries behind them do not fit the first cache: they are got on
 * their way a little ahead of the probe, not all at once. */
#ifndef RECORD_PROBE_H
#define RECORD_PROBE_H

#include "record/value.h"

typedef uint32_t table_slot;

typedef struct probe {
    table_slot *slots; /* mask + 1 of them, a power of two */
    size_t mask;
    const void *entries;
    size_t entry_size; /* a constant where it is inlined */
} probe;

enum { PROBE_SLOTS_AHEAD = 48, PROBE_ENTRIES_AHEAD = 24 };
enum { PROBE_HASHES = WEIR_VECTOR_SIZE + PROBE_SLOTS_AHEAD };

/* So many slots, from `slots` on (a power of two), as `count` keys need. */
static inline size_t probe_slots_for(size_t count, size_t slots)
{
    while (count * 8 > slots * 5) slots *= 2;
    return slots;
}

static inline const weir_value *probe_key(probe probe, size_t index)
{
    return (const weir_value *)((const char *)probe.entries + index * probe.entry_size);
}

/* Of the entry, plus one; 0 where the slot is free. */
static inline uint32_t probe_index(probe probe, table_slot slot)
{
    return slot & (uint32_t)probe.mask;
}

static inline table_slot probe_slot(probe probe, uint32_t hash, uint32_t index)
{
    return (hash & ~(uint32_t)probe.mask) | (index + 1);
}

static inline void probe_fetch_slot(probe probe, uint32_t hash)
{
    __builtin_prefetch(&probe.slots[hash & probe.mask]);
}

static inline void probe_fetch_entry(probe probe, uint32_t hash)
{
    uint32_t index = probe_index(probe, probe.slots[hash & probe.mask]);
    __builtin_prefetch(probe_key(probe, index - (index != 0)), 1);
}

/* The place of the slot that holds the key, or of the free one where it would go. */
static inline size_t probe_find(probe probe, weir_value key, uint32_t hash)
{
    for (size_t at = hash & probe.mask;; at = (at + 1) & probe.mask) {
        table_slot slot = probe.slots[at];
        uint32_t index = probe_index(probe, slot);
        if (index == 0) return at;
        if (((slot ^ hash) & ~(uint32_t)probe.mask) == 0 &&
            value_equal(*probe_key(probe, index - 1), key))
            return at;
    }
}

/* The place of the slot of an entry that has one. */
static inline size_t probe_place_of(probe probe, uint32_t index, uint32_t hash)
{
    size_t at = hash & probe.mask;
    while (probe_index(probe, probe.slots[at]) != index + 1) at = (at + 1) & probe.mask;
    return at;
}

/* Adds an entry for a key that has none, and returns its index. It may not move entries. */
typedef uint32_t (*probe_add)(void *table, weir_value key);

/* indexes[i]: the entry of keys[i]; where there is none, what `add` returns, or UINT32_MAX without
 * one. `count` <= WEIR_VECTOR_SIZE; an absent key counts as null. To be called with constants as
 * `add` and entry_size: everything is inlined into the caller. */
static inline __attribute__((always_inline)) void
probe_vector(probe probe, const weir_value *keys, size_t count, uint32_t *indexes, probe_add add,
             void *table)
{
    uint32_t hashes[PROBE_HASHES];
    for (size_t i = 0; i < count; i++) hashes[i] = (uint32_t)value_hash(value_present(keys[i]));
    for (size_t i = 0; i < PROBE_SLOTS_AHEAD; i++) hashes[count + i] = 0; /* never probed */
    for (size_t i = 0; i < PROBE_SLOTS_AHEAD; i++) probe_fetch_slot(probe, hashes[i]);
    for (size_t i = 0; i < PROBE_ENTRIES_AHEAD; i++) probe_fetch_entry(probe, hashes[i]);
    for (size_t i = 0; i < count; i++) {
        probe_fetch_slot(probe, hashes[i + PROBE_SLOTS_AHEAD]);
        probe_fetch_entry(probe, hashes[i + PROBE_ENTRIES_AHEAD]);
        weir_value key = value_present(keys[i]);
        table_slot *slot = &probe.slots[probe_find(probe, key, hashes[i])];
        if (add && probe_index(probe, *slot) == 0)
            *slot = probe_slot(probe, hashes[i], add(table, key));
        indexes[i] = probe_index(probe, *slot) - 1;
    }
}

/* Gives the first `count` entries slots, in an array that has none of them; entries with an absent
 * key stay without. */
void probe_fill(probe probe, size_t count);

#endif
