#include "record/table.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"

enum { FIRST_SLOTS = 4096, FIRST_ENTRIES = 2048 };

void table_init(table *table)
{
    *table = (struct table){0};
}

static void *take_room(table *table, size_t bytes)
{
    memory_budget_add(table->budget, bytes);
    return memory_alloc_large(bytes);
}

static void give_room(table *table, void *room, size_t bytes)
{
    if (!room) return;
    memory_free_large(room, bytes);
    memory_budget_take(table->budget, bytes);
}

void table_release(table *table)
{
    give_room(table, table->slots, (table->mask + 1) * sizeof *table->slots);
    give_room(table, table->entries, table->capacity * sizeof *table->entries);
    *table = (struct table){.budget = table->budget};
}

/* Frees the slots of the entries one by one: cheaper than all when a few keys follow a table of
 * many. */
static void clear_slots_of_entries(table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        size_t at = (uint32_t)value_hash(table->entries[i].key) & table->mask;
        while (table->slots[at].index != i + 1) at = (at + 1) & table->mask;
        table->slots[at] = (table_slot){0, 0};
    }
}

void table_clear(table *table)
{
    if (table->count == 0) return;
    if (table->most < table->count) table->most = table->count;
    if (table->count * 16 < table->mask)
        clear_slots_of_entries(table);
    else
        memset(table->slots, 0, (table->mask + 1) * sizeof *table->slots);
    table->count = 0;
}

static void grow_slots(table *table, size_t slots)
{
    table_slot *grown = take_room(table, slots * sizeof *grown);
    size_t mask = slots - 1;
    if (table->slots) {
        for (size_t i = 0; i <= table->mask; i++) {
            table_slot slot = table->slots[i];
            if (slot.index == 0) continue;
            size_t at = slot.hash & mask;
            while (grown[at].index) at = (at + 1) & mask;
            grown[at] = slot;
        }
        give_room(table, table->slots, (table->mask + 1) * sizeof *table->slots);
    }
    table->slots = grown;
    table->mask = mask;
}

static void grow_entries(table *table, size_t capacity)
{
    weir_entry *grown = take_room(table, capacity * sizeof *grown);
    if (table->entries) {
        memcpy(grown, table->entries, table->count * sizeof *grown);
        give_room(table, table->entries, table->capacity * sizeof *table->entries);
    }
    table->entries = grown;
    table->capacity = capacity;
}

static void reserve(table *table, size_t more)
{
    size_t needed = table->count + more;
    assert(needed < UINT32_MAX);
    size_t slots = table->slots ? table->mask + 1 : FIRST_SLOTS;
    while (needed * 2 > slots) slots *= 2;
    if (!table->slots || slots != table->mask + 1) grow_slots(table, slots);
    size_t capacity = table->entries ? table->capacity : FIRST_ENTRIES;
    while (needed > capacity) capacity *= 2;
    if (capacity != table->capacity) grow_entries(table, capacity);
}

/* How far ahead of the probe slots and entries are got on their way to the cache. */
enum { SLOTS_AHEAD = 48, ENTRIES_AHEAD = 24 };

static void hash_keys(const weir_value *keys, size_t count, uint32_t *hashes)
{
    for (size_t i = 0; i < count; i++) hashes[i] = (uint32_t)value_hash(value_present(keys[i]));
    for (size_t i = 0; i < SLOTS_AHEAD; i++) hashes[count + i] = 0; /* prefetched, never probed */
}

static inline void prefetch_slot(const table *table, uint32_t hash)
{
    __builtin_prefetch(&table->slots[hash & table->mask]);
}

static inline void prefetch_entry(const table *table, uint32_t hash)
{
    uint32_t index = table->slots[hash & table->mask].index;
    __builtin_prefetch(&table->entries[index - (index != 0)], 1);
}

static void prefetch_first(const table *table, const uint32_t *hashes)
{
    for (size_t i = 0; i < SLOTS_AHEAD; i++) prefetch_slot(table, hashes[i]);
    for (size_t i = 0; i < ENTRIES_AHEAD; i++) prefetch_entry(table, hashes[i]);
}

/* The slot that holds the key, or the free one where it would go. */
static inline table_slot *probe(const table *table, weir_value key, uint32_t hash)
{
    for (size_t at = hash & table->mask;; at = (at + 1) & table->mask) {
        table_slot *slot = &table->slots[at];
        if (slot->index == 0) return slot;
        if (slot->hash == hash && value_equal(table->entries[slot->index - 1].key, key))
            return slot;
    }
}

void table_find_or_add(table *table, arena *keys_arena, const weir_value *keys, size_t count,
                       uint32_t *indexes)
{
    assert(count <= WEIR_VECTOR_SIZE);
    uint32_t hashes[WEIR_VECTOR_SIZE + SLOTS_AHEAD];
    reserve(table, count);
    hash_keys(keys, count, hashes);
    prefetch_first(table, hashes);
    for (size_t i = 0; i < count; i++) {
        prefetch_slot(table, hashes[i + SLOTS_AHEAD]);
        prefetch_entry(table, hashes[i + ENTRIES_AHEAD]);
        weir_value key = value_present(keys[i]);
        table_slot *slot = probe(table, key, hashes[i]);
        if (slot->index == 0) {
            table->entries[table->count] = (weir_entry){value_copy(key, keys_arena),
                                                        weir_absent()};
            *slot = (table_slot){hashes[i], (uint32_t)++table->count};
        }
        indexes[i] = slot->index - 1;
    }
}

void table_find(const table *table, const weir_value *keys, size_t count, uint32_t *indexes)
{
    assert(count <= WEIR_VECTOR_SIZE);
    if (table->count == 0) {
        for (size_t i = 0; i < count; i++) indexes[i] = UINT32_MAX;
        return;
    }
    uint32_t hashes[WEIR_VECTOR_SIZE + SLOTS_AHEAD];
    hash_keys(keys, count, hashes);
    prefetch_first(table, hashes);
    for (size_t i = 0; i < count; i++) {
        prefetch_slot(table, hashes[i + SLOTS_AHEAD]);
        prefetch_entry(table, hashes[i + ENTRIES_AHEAD]);
        uint32_t index = probe(table, value_present(keys[i]), hashes[i])->index;
        indexes[i] = index ? index - 1 : UINT32_MAX;
    }
}
