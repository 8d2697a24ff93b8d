#include "durability/state_due.h"

#include <stdlib.h>

#include "durability/state_table.h"

/* One look. */
typedef struct looking {
    state_table *table;
    state_due *due;
    const state_due_times *times;
    uint64_t look;
    state_due_slot found;
} looking;

static void append(memory_budget *budget, state_due_slot *slot, uint32_t index)
{
    if (slot->count == slot->capacity) {
        size_t more = slot->capacity ? slot->capacity : 64;
        memory_budget_add(budget, more * sizeof *slot->entries);
        slot->capacity += more;
        slot->entries = memory_resize(slot->entries, slot->capacity * sizeof *slot->entries);
    }
    slot->entries[slot->count++] = index;
}

static void release_slot(memory_budget *budget, state_due_slot *slot)
{
    memory_budget_take(budget, slot->capacity * sizeof *slot->entries);
    free(slot->entries);
    *slot = (state_due_slot){0};
}

void state_due_release(state_table *table)
{
    for (size_t i = 0; i < STATE_DUE_RING; i++)
        release_slot(table->values.budget, &table->due.ring[i]);
    table->due = (state_due){0};
}

/* So wide that what was changed now is due within STATE_DUE_SLOTS slots. */
static uint64_t choose_width(const state_due_times *times)
{
    uint64_t looks = times->timeout_ms / times->scan_ms + 2;
    return looks / STATE_DUE_SLOTS + 1;
}

static void begin(looking *at)
{
    uint64_t width = choose_width(at->times);
    state_due *due = at->due;
    bool is_good = due->is_begun && due->moved == at->table->moved && due->width == width &&
                   due->known <= at->table->count && due->next <= at->look / width;
    if (is_good) return;
    state_due_release(at->table);
    due->is_begun = true;
    due->width = width;
    due->next = at->look / width;
    due->moved = at->table->moved;
}

/* Puts the entry where it could be due after a change in batch `changed`. */
static void put(looking *at, uint32_t index, uint64_t changed)
{
    uint64_t slot = state_due_first(at->times, changed) / at->due->width;
    append(at->table->values.budget, &at->due->ring[slot % STATE_DUE_RING], index);
}

static void visit(looking *at, uint32_t index)
{
    const state_entry *entry = &at->table->entries[index];
    at->due->visited++;
    bool is_over = state_due_first(at->times, entry->changed) <= at->look;
    bool is_due = is_over && !weir_is_absent(entry->value);
    if (is_due) append(at->table->values.budget, &at->found, index);
    /* Whatever is done to an entry that is over is a change in this batch or in a later one. */
    put(at, index, is_over ? at->table->batch : entry->changed);
}

/* Empties the slots before anything is put into them again: a slot to come may have the place of
 * one that is over. */
static state_due_slot take_slots(looking *at, uint64_t first, uint64_t last)
{
    memory_budget *budget = at->table->values.budget;
    state_due_slot taken = {0};
    for (uint64_t slot = first; slot <= last; slot++) {
        state_due_slot *from = &at->due->ring[slot % STATE_DUE_RING];
        if (taken.count == 0) {
            release_slot(budget, &taken);
            taken = *from;
            *from = (state_due_slot){0};
            continue;
        }
        for (size_t i = 0; i < from->count; i++) append(budget, &taken, from->entries[i]);
        release_slot(budget, from);
    }
    return taken;
}

static int by_index(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

uint32_t *state_due_take(state_table *table, const state_due_times *times, uint64_t look,
                         size_t *count)
{
    state_due *due = &table->due;
    looking at = {.table = table, .due = due, .times = times, .look = look};
    begin(&at);
    due->visited = 0;
    uint64_t last = look / due->width, first = due->next;
    /* After a gap, each place of the ring once. */
    if (last - first >= STATE_DUE_RING) first = last - STATE_DUE_RING + 1;
    state_due_slot taken = take_slots(&at, first, last);
    for (size_t i = 0; i < taken.count; i++) visit(&at, taken.entries[i]);
    release_slot(table->values.budget, &taken);
    for (; due->known < table->count; due->known++) visit(&at, (uint32_t)due->known);
    due->next = last;
    if (at.found.count > 1) qsort(at.found.entries, at.found.count, sizeof(uint32_t), by_index);
    memory_budget_take(table->values.budget, at.found.capacity * sizeof(uint32_t));
    *count = at.found.count;
    return at.found.entries;
}
