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

static inline probe probe_of(const table *table)
{
    return (probe){table->slots, table->mask, table->entries, sizeof *table->entries};
}

/* Frees the slots of the entries one by one: cheaper than all when a few keys follow a table of
 * many. */
static void clear_slots_of_entries(table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        uint32_t hash = (uint32_t)value_hash(table->entries[i].key);
        table->slots[probe_place_of(probe_of(table), (uint32_t)i, hash)] = 0;
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
    give_room(table, table->slots, (table->mask + 1) * sizeof *table->slots);
    table->slots = take_room(table, slots * sizeof *table->slots);
    table->mask = slots - 1;
    probe_fill(probe_of(table), table->count);
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
    assert(needed < UINT32_MAX / 2);
    size_t slots = probe_slots_for(needed, table->slots ? table->mask + 1 : FIRST_SLOTS);
    if (!table->slots || slots != table->mask + 1) grow_slots(table, slots);
    size_t capacity = table->entries ? table->capacity : FIRST_ENTRIES;
    while (needed > capacity) capacity *= 2;
    if (capacity != table->capacity) grow_entries(table, capacity);
}

typedef struct adding {
    table *table;
    arena *keys_arena;
} adding;

static inline uint32_t add_entry(void *argument, weir_value key)
{
    adding *adding = argument;
    table *table = adding->table;
    weir_entry entry = {value_copy(key, adding->keys_arena), weir_absent()};
    table->entries[table->count] = entry;
    return (uint32_t)table->count++;
}

void table_find_or_add(table *table, arena *keys_arena, const weir_value *keys, size_t count,
                       uint32_t *indexes)
{
    assert(count <= WEIR_VECTOR_SIZE);
    reserve(table, count);
    adding adding = {table, keys_arena};
    probe_vector(probe_of(table), keys, count, indexes, add_entry, &adding);
}

void table_find(const table *table, const weir_value *keys, size_t count, uint32_t *indexes)
{
    assert(count <= WEIR_VECTOR_SIZE);
    if (table->count == 0) {
        for (size_t i = 0; i < count; i++) indexes[i] = UINT32_MAX;
        return;
    }
    probe_vector(probe_of(table), keys, count, indexes, NULL, NULL);
}
