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
        probe_move_slots(table->slots, table->mask, grown, mask);
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

static inline probe probe_of(const table *table)
{
    return (probe){table->slots, table->mask, table->entries, sizeof *table->entries};
}

void table_find_or_add(table *table, arena *keys_arena, const weir_value *keys, size_t count,
                       uint32_t *indexes)
{
    assert(count <= WEIR_VECTOR_SIZE);
    uint32_t hashes[PROBE_HASHES];
    reserve(table, count);
    probe probe = probe_of(table);
    probe_hash(keys, count, hashes);
    probe_begin(probe, hashes);
    for (size_t i = 0; i < count; i++) {
        probe_ahead(probe, hashes, i);
        weir_value key = value_present(keys[i]);
        table_slot *slot = probe_find(probe, key, hashes[i]);
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
    uint32_t hashes[PROBE_HASHES];
    probe probe = probe_of(table);
    probe_hash(keys, count, hashes);
    probe_begin(probe, hashes);
    for (size_t i = 0; i < count; i++) {
        probe_ahead(probe, hashes, i);
        uint32_t index = probe_find(probe, value_present(keys[i]), hashes[i])->index;
        indexes[i] = index ? index - 1 : UINT32_MAX;
    }
}
