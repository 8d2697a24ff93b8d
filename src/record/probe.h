/* Looking keys up in a slot array over dense entries, a vector at once: what record/table.h and
 * the tables of state (durability/state_table.h) have in common. The entries of a table are of one
 * size and begin with their key.
 *
 * The slots of a vector and the entries behind them do not fit the first cache, so they are got on
 * their way a little ahead of the probe, not all at once. */
#ifndef RECORD_PROBE_H
#define RECORD_PROBE_H

#include "record/value.h"

typedef struct table_slot {
    uint32_t hash;
    uint32_t index; /* of the entry, plus one; 0: free */
} table_slot;

typedef struct probe {
    table_slot *slots; /* mask + 1 of them, a power of two */
    size_t mask;
    const void *entries;
    size_t entry_size; /* a constant where it is inlined */
} probe;

enum { PROBE_SLOTS_AHEAD = 48, PROBE_ENTRIES_AHEAD = 24 };
enum { PROBE_HASHES = WEIR_VECTOR_SIZE + PROBE_SLOTS_AHEAD };

static inline const weir_value *probe_key(probe probe, uint32_t index)
{
    return (const weir_value *)((const char *)probe.entries + index * probe.entry_size);
}

/* `hashes`: room for PROBE_HASHES. An absent key counts as null. */
static inline void probe_hash(const weir_value *keys, size_t count, uint32_t *hashes)
{
    for (size_t i = 0; i < count; i++) hashes[i] = (uint32_t)value_hash(value_present(keys[i]));
    for (size_t i = 0; i < PROBE_SLOTS_AHEAD; i++) hashes[count + i] = 0; /* never probed */
}

static inline void probe_fetch_slot(probe probe, uint32_t hash)
{
    __builtin_prefetch(&probe.slots[hash & probe.mask]);
}

static inline void probe_fetch_entry(probe probe, uint32_t hash)
{
    uint32_t index = probe.slots[hash & probe.mask].index;
    __builtin_prefetch(probe_key(probe, index - (index != 0)), 1);
}

/* Before the first key; then, before each key, probe_ahead. */
static inline void probe_begin(probe probe, const uint32_t *hashes)
{
    for (size_t i = 0; i < PROBE_SLOTS_AHEAD; i++) probe_fetch_slot(probe, hashes[i]);
    for (size_t i = 0; i < PROBE_ENTRIES_AHEAD; i++) probe_fetch_entry(probe, hashes[i]);
}

static inline void probe_ahead(probe probe, const uint32_t *hashes, size_t at)
{
    probe_fetch_slot(probe, hashes[at + PROBE_SLOTS_AHEAD]);
    probe_fetch_entry(probe, hashes[at + PROBE_ENTRIES_AHEAD]);
}

/* The slot that holds the key, or the free one where it would go. */
static inline table_slot *probe_find(probe probe, weir_value key, uint32_t hash)
{
    for (size_t at = hash & probe.mask;; at = (at + 1) & probe.mask) {
        table_slot *slot = &probe.slots[at];
        if (slot->index == 0) return slot;
        if (slot->hash == hash && value_equal(*probe_key(probe, slot->index - 1), key))
            return slot;
    }
}

/* Puts the slots of one array into a larger, empty one. */
static inline void probe_move_slots(const table_slot *from, size_t from_mask, table_slot *to,
                                    size_t to_mask)
{
    for (size_t i = 0; i <= from_mask; i++) {
        if (from[i].index == 0) continue;
        size_t at = from[i].hash & to_mask;
        while (to[at].index) at = (at + 1) & to_mask;
        to[at] = from[i];
    }
}

#endif
