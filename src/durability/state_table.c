#include "durability/state_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "durability/state_table_arrays.h"

void state_table_init(state_table *table, memory_budget *budget)
{
    *table = (state_table){.is_complete = true, .epoch = 1};
    arena_init(&table->values, budget);
}

void *state_table_alloc_slots(state_table *table, size_t slots)
{
    memory_budget_add(table->values.budget, slots * sizeof(table_slot));
    return memory_alloc_large(slots * sizeof(table_slot));
}

void state_table_free_slots(state_table *table)
{
    if (!table->slots) return;
    memory_budget_take(table->values.budget, (table->mask + 1) * sizeof *table->slots);
    memory_free_large(table->slots, (table->mask + 1) * sizeof *table->slots);
}

void state_table_free_entries(state_table *table)
{
    if (!table->entries) return;
    memory_budget_take(table->values.budget, table->counted * sizeof *table->entries);
    memory_free_large(table->entries, table->capacity * sizeof *table->entries);
    table->counted = 0;
}

void state_table_count_entries(state_table *table, size_t needed)
{
    if (needed <= table->counted) return;
    size_t counted = (needed + COUNTING_STEP - 1) / COUNTING_STEP * COUNTING_STEP;
    memory_budget_add(table->values.budget, (counted - table->counted) * sizeof *table->entries);
    table->counted = counted;
}

void state_table_release(state_table *table)
{
    state_table_free_slots(table);
    state_table_free_entries(table);
    free(table->dirty);
    free(table->touched);
    state_table_forget_late(table);
    arena_release(&table->values);
    for (size_t i = 0; i < table->retired_count; i++) arena_release(&table->retired[i].values);
    free(table->retired);
    state_due_release(table);
}

/* --- finding --------------------------------------------------------------------------------- */

static void grow_slots(state_table *table, size_t slots)
{
    table_slot *grown = state_table_alloc_slots(table, slots);
    size_t mask = slots - 1;
    if (table->slots) probe_move_slots(table->slots, table->mask, grown, mask);
    state_table_free_slots(table);
    table->slots = grown;
    table->mask = mask;
}

static void grow_entries(state_table *table, size_t capacity)
{
    state_entry *grown = memory_alloc_large(capacity * sizeof *grown);
    if (table->entries) memcpy(grown, table->entries, table->count * sizeof *grown);
    state_table_free_entries(table);
    table->entries = grown;
    table->capacity = capacity;
}

static void reserve(state_table *table, size_t more)
{
    size_t needed = table->count + more;
    assert(needed < UINT32_MAX);
    size_t slots = table->slots ? table->mask + 1 : FIRST_SLOTS;
    while (needed * 2 > slots) slots *= 2;
    if (!table->slots || slots != table->mask + 1) grow_slots(table, slots);
    size_t capacity = table->entries ? table->capacity : FIRST_ENTRIES;
    while (needed > capacity) capacity *= 2;
    if (capacity != table->capacity) grow_entries(table, capacity);
    state_table_count_entries(table, needed);
}

void state_table_find(const state_table *table, const weir_value *keys, size_t count,
                      uint32_t *indexes)
{
    assert(count <= WEIR_VECTOR_SIZE);
    uint32_t hashes[PROBE_HASHES];
    for (size_t i = 0; i < count; i++) indexes[i] = UINT32_MAX;
    if (table->count == 0) return;
    probe probe = state_table_probe(table);
    probe_hash(keys, count, hashes);
    probe_begin(probe, hashes);
    for (size_t i = 0; i < count; i++) {
        probe_ahead(probe, hashes, i);
        uint32_t index = probe_find(probe, value_present(keys[i]), hashes[i])->index;
        if (index) indexes[i] = index - 1;
    }
}

static uint32_t add(state_table *table, table_slot *slot, weir_value key, uint32_t hash)
{
    uint32_t index = (uint32_t)table->count++;
    table->entries[index] = (state_entry){.key = value_copy(key, &table->values)};
    *slot = (table_slot){hash, index + 1};
    return index;
}

void state_table_find_or_add(state_table *table, const weir_value *keys, size_t count,
                             uint32_t *indexes)
{
    assert(count <= WEIR_VECTOR_SIZE);
    uint32_t hashes[PROBE_HASHES];
    reserve(table, count);
    probe probe = state_table_probe(table);
    probe_hash(keys, count, hashes);
    probe_begin(probe, hashes);
    for (size_t i = 0; i < count; i++) {
        probe_ahead(probe, hashes, i);
        weir_value key = value_present(keys[i]);
        table_slot *slot = probe_find(probe, key, hashes[i]);
        indexes[i] = slot->index ? slot->index - 1 : add(table, slot, key, hashes[i]);
    }
}

void state_table_insert(state_table *table, weir_value key, weir_value value, uint64_t changed)
{
    uint32_t hash = (uint32_t)value_hash(value_present(key));
    reserve(table, 1);
    table_slot *slot = probe_find(state_table_probe(table), value_present(key), hash);
    assert(slot->index == 0);
    state_entry *entry = &table->entries[add(table, slot, value_present(key), hash)];
    entry->value = value_copy(value, &table->values);
    entry->changed = changed;
    table->live++;
}

/* --- changing -------------------------------------------------------------------------------- */

static void append(uint32_t **list, size_t *count, size_t *capacity, uint32_t index)
{
    if (*count == *capacity) {
        *capacity = *capacity ? 2 * *capacity : 256;
        *list = memory_resize(*list, *capacity * sizeof **list);
    }
    (*list)[(*count)++] = index;
}

void state_table_touch_first(state_table *table, uint32_t index)
{
    state_entry *entry = &table->entries[index];
    entry->old = entry->value;
    entry->old_changed = entry->changed & STATE_BATCH_MAX;
    entry->changed = table->batch;
    if (!state_entry_is_dirty(table, entry)) {
        entry->epoch = table->epoch;
        append(&table->dirty, &table->dirty_count, &table->dirty_capacity, index);
    }
    append(&table->touched, &table->touched_count, &table->touched_capacity, index);
}

void state_table_set(state_table *table, uint32_t index, weir_value value)
{
    state_entry *entry = &table->entries[index];
    assert(entry->changed == table->batch);
    table->live += weir_is_absent(entry->value) && !weir_is_absent(value);
    table->live -= !weir_is_absent(entry->value) && weir_is_absent(value);
    if (!value_is_outside(value)) {
        weir_put(&entry->value, value);
        return;
    }
    entry->value = value_copy_outside(value, &table->values);
}

void state_table_finish(state_table *table)
{
    table->dirty_final = table->dirty_count;
    table->touched_count = 0;
}

void state_table_undo(state_table *table)
{
    table->moved++;
    for (size_t i = 0; i < table->touched_count; i++) {
        state_entry *entry = &table->entries[table->touched[i]];
        table->live += weir_is_absent(entry->value) && !weir_is_absent(entry->old);
        table->live -= !weir_is_absent(entry->value) && weir_is_absent(entry->old);
        entry->value = entry->old;
        entry->changed = entry->old_changed;
    }
    for (size_t i = table->dirty_final; i < table->dirty_count; i++)
        table->entries[table->dirty[i]].epoch = 0;
    table->dirty_count = table->dirty_final;
    table->touched_count = 0;
}
