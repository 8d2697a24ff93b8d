/* What a table keeps in memory, and what it gives up: freezing, compacting, sweeping, forgetting,
 * adopting. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "durability/state_table_arrays.h"

enum { FROZEN_AHEAD = 16, SAMPLES = 1024 };

/* --- what is behind the table -------------------------------------------------------------- */

static inline void freeze_entry(const state_entry *entry, state_frozen_entry *to)
{
    *to = (state_frozen_entry){entry->key, entry->value, entry->changed};
}

/* The time this takes is the pause of a checkpoint. When much is dirty, memory is read from end to
 * end rather than in the order of changes. */
static void copy_dirty(const state_table *table, state_frozen_entry *to)
{
    if (table->dirty_count > table->count / 4) {
        for (size_t i = 0; i < table->count; i++)
            if (state_entry_is_dirty(table, &table->entries[i]))
                freeze_entry(&table->entries[i], to++);
        return;
    }
    for (size_t i = 0; i < table->dirty_count; i++) {
        size_t ahead = i + FROZEN_AHEAD < table->dirty_count ? i + FROZEN_AHEAD : i;
        __builtin_prefetch(&table->entries[table->dirty[ahead]]);
        freeze_entry(&table->entries[table->dirty[i]], to++);
    }
}

void state_table_freeze(state_table *table, uint64_t boundary, state_frozen_entry *to)
{
    assert(table->touched_count == 0 && boundary >= table->boundary);
    if (to) copy_dirty(table, to);
    table->boundary = boundary;
    table->dirty_count = table->dirty_final = 0;
    if (++table->epoch != 0) return;
    table->epoch = 1; /* the numbers begin again: none of the old ones may mean dirty */
    for (size_t i = 0; i < table->count; i++) table->entries[i].epoch = 0;
}

void state_table_set_stored(state_table *table, uint64_t boundary)
{
    assert(boundary <= table->boundary);
    if (boundary <= table->stored) return;
    table->stored = boundary;
    size_t kept = 0;
    for (size_t i = 0; i < table->retired_count; i++) {
        if (table->retired[i].boundary <= boundary) arena_release(&table->retired[i].values);
        else table->retired[kept++] = table->retired[i];
    }
    table->retired_count = kept;
}

static bool is_same_behind(const state_table *table, const state_entry *entry)
{
    if (state_entry_is_dirty(table, entry)) return false;
    return entry->changed <= table->stored || entry->changed > table->boundary;
}

/* --- values -------------------------------------------------------------------------------- */

/* Gives the table other memory for values. The one it had goes at once, or when nothing frozen
 * refers to it any more. */
static void replace_values(state_table *table, arena fresh)
{
    if (table->stored == table->boundary) {
        arena_release(&table->values);
    } else {
        size_t size = (table->retired_count + 1) * sizeof *table->retired;
        table->retired = memory_resize(table->retired, size);
        table->retired[table->retired_count++] =
            (state_retired){table->values, table->boundary};
    }
    table->values = fresh;
    table->values_live = fresh.chunk_bytes;
}

/* Copies what the entry reaches. The old value matters only while the batch can be undone. */
static void move_values(const state_table *table, state_entry *entry, arena *to)
{
    bool is_same = value_is_same(entry->old, entry->value);
    entry->value = value_copy(entry->value, to);
    if (entry->changed != table->batch) entry->old = weir_absent();
    else entry->old = is_same ? entry->value : value_copy(entry->old, to);
}

void state_table_compact(state_table *table)
{
    arena fresh;
    arena_init(&fresh, table->values.budget);
    for (size_t i = 0; i < table->count; i++) {
        table->entries[i].key = value_copy(table->entries[i].key, &fresh);
        move_values(table, &table->entries[i], &fresh);
    }
    replace_values(table, fresh);
}

/* --- entries ------------------------------------------------------------------------------- */

static void renumber(uint32_t *list, size_t count, const uint32_t *moved)
{
    for (size_t i = 0; i < count; i++) list[i] = moved[list[i]];
}

/* None moves up: there is no time at which memory is needed twice. */
static void move_entries(state_table *table, const uint32_t *moved, size_t kept)
{
    for (size_t i = 0; i < table->count; i++)
        if (moved[i] != UINT32_MAX) table->entries[moved[i]] = table->entries[i];
    table->count = kept;
    state_table_fit_entries(table);
}

static void make_slots(state_table *table)
{
    state_table_free_slots(table);
    size_t slots = probe_slots_for(table->count, FIRST_SLOTS);
    table->slots = state_table_alloc_slots(table, slots);
    table->mask = slots - 1;
    probe_fill(state_table_probe(table), table->count);
}

void state_table_permute(state_table *table, const uint32_t *moved)
{
    table->moved++;
    state_entry *fresh = memory_alloc_large(table->capacity * sizeof *fresh);
    for (size_t i = 0; i < table->count; i++) fresh[moved[i]] = table->entries[i];
    memory_free_large(table->entries, table->capacity * sizeof *fresh);
    table->entries = fresh;
    uint32_t mask = (uint32_t)table->mask;
    for (size_t i = 0; i <= table->mask; i++) {
        table_slot *slot = &table->slots[i];
        if (*slot) *slot = (*slot & ~mask) | (moved[(*slot & mask) - 1] + 1);
    }
    renumber(table->dirty, table->dirty_count, moved);
    renumber(table->touched, table->touched_count, moved);
}

/* `moved`: the new index of each entry, in their order; UINT32_MAX: it is forgotten. */
static void keep(state_table *table, const uint32_t *moved, size_t kept)
{
    if (kept == table->count) return;
    size_t arranged = 0;
    for (size_t i = 0; i < table->arranged; i++) arranged += moved[i] != UINT32_MAX;
    table->arranged = arranged;
    state_table_forget_late(table);
    table->moved++;
    move_entries(table, moved, kept);
    make_slots(table);
    renumber(table->dirty, table->dirty_count, moved);
    renumber(table->touched, table->touched_count, moved);
    if (table->values.chunk_bytes > STATE_TABLE_SLACK / 16) state_table_compact(table);
}

void state_table_sweep(state_table *table)
{
    if (table->count - table->live <= table->live + FIRST_ENTRIES) return;
    assert(table->touched_count == 0);
    uint32_t *moved = memory_alloc(table->count * sizeof *moved);
    size_t kept = 0;
    for (size_t i = 0; i < table->count; i++) {
        const state_entry *entry = &table->entries[i];
        bool goes = weir_is_absent(entry->value) && is_same_behind(table, entry);
        moved[i] = goes ? UINT32_MAX : (uint32_t)kept++;
    }
    if (kept <= table->count - table->count / 8) keep(table, moved, kept);
    free(moved);
}

static int compare_batches(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* Such that about `count` of the entries that can be forgotten did not change after it. */
static uint64_t choose_age(const state_table *table, size_t count)
{
    uint64_t samples[SAMPLES];
    size_t taken = 0, step = table->count / SAMPLES + 1;
    for (size_t i = 0; i < table->count && taken < SAMPLES; i += step)
        if (is_same_behind(table, &table->entries[i]))
            samples[taken++] = table->entries[i].changed;
    if (taken == 0) return 0;
    qsort(samples, taken, sizeof *samples, compare_batches);
    size_t rank = count / step;
    return samples[rank < taken ? rank : taken - 1];
}

size_t state_table_forget(state_table *table, size_t count)
{
    if (table->count == 0 || count == 0) return 0;
    uint64_t age = choose_age(table, count);
    uint32_t *moved = memory_alloc(table->count * sizeof *moved);
    size_t kept = 0, states = 0;
    for (size_t i = 0; i < table->count; i++) {
        const state_entry *entry = &table->entries[i];
        bool is_old = entry->changed < age || (entry->changed == age && i - kept < count);
        bool goes = is_same_behind(table, entry) && (weir_is_absent(entry->value) || is_old);
        moved[i] = goes ? UINT32_MAX : (uint32_t)kept++;
        states += goes && !weir_is_absent(entry->value);
    }
    size_t forgotten = table->count - kept;
    table->live -= states;
    if (states > 0) table->is_complete = false;
    keep(table, moved, kept);
    free(moved);
    return forgotten;
}

/* --- adopting ------------------------------------------------------------------------------ */

static void put_over(const state_table *table, size_t from, size_t count, state_table *other,
                     uint32_t *moved)
{
    weir_value keys[WEIR_VECTOR_SIZE] = {{0}};
    for (size_t i = 0; i < count; i++) keys[i] = table->entries[from + i].key;
    state_table_find_or_add(other, keys, count, moved + from);
    for (size_t i = 0; i < count; i++) {
        state_entry *entry = &other->entries[moved[from + i]];
        weir_value key = entry->key;
        other->live -= !weir_is_absent(entry->value);
        *entry = table->entries[from + i];
        entry->key = key;
        move_values(table, entry, &other->values);
        other->live += !weir_is_absent(entry->value);
    }
}

void state_table_adopt(state_table *table, state_table *other)
{
    assert(other->dirty_count == 0 && other->values.budget == table->values.budget);
    uint32_t *moved = memory_alloc(table->count * sizeof *moved);
    table->moved++;
    for (size_t at = 0; at < table->count; at += WEIR_VECTOR_SIZE) {
        size_t left = table->count - at;
        put_over(table, at, left < WEIR_VECTOR_SIZE ? left : WEIR_VECTOR_SIZE, other, moved);
    }
    renumber(table->dirty, table->dirty_count, moved);
    renumber(table->touched, table->touched_count, moved);
    free(moved);
    state_table_free_slots(table);
    state_table_free_entries(table);
    state_table_forget_late(table);
    table->arranged = 0;
    replace_values(table, other->values);
    table->slots = other->slots;
    table->mask = other->mask;
    table->entries = other->entries;
    table->count = other->count;
    table->capacity = other->capacity;
    table->counted = other->counted;
    table->live = other->live;
    state_table_init(other, table->values.budget);
}
