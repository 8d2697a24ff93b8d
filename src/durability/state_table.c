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
    if (counted > table->capacity) counted = table->capacity;
    memory_budget_add(table->values.budget, (counted - table->counted) * sizeof *table->entries);
    table->counted = counted;
}

static void resize_entries(state_table *table, size_t capacity)
{
    state_entry *grown = memory_alloc_large(capacity * sizeof *grown);
    if (table->entries) memcpy(grown, table->entries, table->count * sizeof *grown);
    state_table_free_entries(table);
    table->entries = grown;
    table->capacity = capacity;
}

/* An array that is far too large is exchanged for a smaller one: huge pages are kept whole. */
void state_table_fit_entries(state_table *table)
{
    size_t capacity = FIRST_ENTRIES, size = table->capacity * sizeof *table->entries;
    while (table->count > capacity) capacity *= 2;
    if (capacity <= table->capacity / 4) {
        resize_entries(table, capacity);
    } else {
        memory_trim_large(table->entries, size, table->count * sizeof *table->entries);
        memory_budget_take(table->values.budget, table->counted * sizeof *table->entries);
        table->counted = 0;
    }
    state_table_count_entries(table, table->count);
}

void state_table_release(state_table *table)
{
    state_table_free_slots(table);
    state_table_free_entries(table);
    memory_budget_take(table->values.budget, (table->dirty_capacity + table->touched_capacity) *
                                                 sizeof *table->dirty);
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
    state_table_free_slots(table);
    table->slots = state_table_alloc_slots(table, slots);
    table->mask = slots - 1;
    probe_fill(state_table_probe(table), table->count);
}

static void reserve(state_table *table, size_t more)
{
    size_t needed = table->count + more;
    assert(needed < UINT32_MAX / 2);
    size_t slots = probe_slots_for(needed, table->slots ? table->mask + 1 : FIRST_SLOTS);
    if (!table->slots || slots != table->mask + 1) grow_slots(table, slots);
    size_t capacity = table->entries ? table->capacity : FIRST_ENTRIES;
    while (needed > capacity) capacity *= 2;
    if (capacity != table->capacity) resize_entries(table, capacity);
    state_table_count_entries(table, needed);
}

void state_table_find(const state_table *table, const weir_value *keys, size_t count,
                      uint32_t *indexes)
{
    assert(count <= WEIR_VECTOR_SIZE);
    if (table->count == 0) {
        for (size_t i = 0; i < count; i++) indexes[i] = UINT32_MAX;
        return;
    }
    probe_vector(state_table_probe(table), keys, count, indexes, NULL, NULL);
}

static inline uint32_t add(void *owner, weir_value key)
{
    state_table *table = owner;
    table->entries[table->count] = (state_entry){.key = value_copy(key, &table->values)};
    return (uint32_t)table->count++;
}

void state_table_find_or_add(state_table *table, const weir_value *keys, size_t count,
                             uint32_t *indexes)
{
    assert(count <= WEIR_VECTOR_SIZE);
    reserve(table, count);
    probe_vector(state_table_probe(table), keys, count, indexes, add, table);
}

void state_table_insert(state_table *table, weir_value key, weir_value value, uint64_t changed)
{
    uint32_t hash = (uint32_t)value_hash(value_present(key));
    reserve(table, 1);
    probe probe = state_table_probe(table);
    table_slot *slot = &probe.slots[probe_find(probe, value_present(key), hash)];
    assert(*slot == 0);
    uint32_t index = add(table, value_present(key));
    *slot = probe_slot(probe, hash, index);
    table->entries[index].value = value_copy(value, &table->values);
    table->entries[index].changed = changed;
    table->live++;
}

/* --- changing -------------------------------------------------------------------------------- */

static void append(memory_budget *budget, uint32_t **list, size_t *count, size_t *capacity,
                   uint32_t index)
{
    if (*count == *capacity) {
        size_t grown = *capacity ? 2 * *capacity : 256;
        memory_budget_add(budget, (grown - *capacity) * sizeof **list);
        *list = memory_resize(*list, grown * sizeof **list);
        *capacity = grown;
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
        append(table->values.budget, &table->dirty, &table->dirty_count, &table->dirty_capacity,
               index);
    }
    append(table->values.budget, &table->touched, &table->touched_count, &table->touched_capacity,
           index);
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
