#include "record/records.h"

enum { FIRST_CAPACITY = 32 };

static weir_value *grow(arena *arena, const weir_value *old, size_t count, size_t capacity)
{
    weir_value *grown = arena_alloc(arena, capacity * sizeof *grown);
    if (count) memcpy(grown, old, count * sizeof *grown);
    return grown;
}

void records_reserve(records *records, arena *arena, size_t more)
{
    size_t needed = records->count + more;
    if (needed <= records->capacity) return;
    size_t capacity = records->capacity ? records->capacity * 2 : FIRST_CAPACITY;
    if (capacity < needed) capacity = needed;
    records->values = grow(arena, records->values, records->count, capacity);
    if (records->keys) records->keys = grow(arena, records->keys, records->count, capacity);
    records->capacity = capacity;
}

/* From now on the records have keys; those so far have absent ones. */
static void make_keys(records *records, arena *arena)
{
    records->keys = arena_alloc(arena, records->capacity * sizeof *records->keys);
    memset(records->keys, 0, records->count * sizeof *records->keys);
}

/* All their kinds and flags at once. */
static uint64_t heads_of(const weir_value *values, size_t count)
{
    uint64_t heads = 0;
    for (size_t i = 0; i < count; i++) heads |= values[i].head;
    return heads;
}

static void copy_values(weir_value *to, arena *arena, const weir_value *from, size_t count,
                        uint64_t heads)
{
    memcpy(to, from, count * sizeof *to);
    if (!(heads & WEIR_OUTSIDE)) return;
    for (size_t i = 0; i < count; i++)
        if (value_is_outside(to[i])) to[i] = value_copy_outside(to[i], arena);
}

void records_append_vector(records *records, arena *arena, const weir_vector *vector)
{
    size_t count = vector->count;
    if (count == 0) return;
    records_reserve(records, arena, count);
    uint64_t heads = vector->keys ? heads_of(vector->keys, count) : 0;
    if (!records->keys && heads != 0) make_keys(records, arena);
    if (records->keys && vector->keys)
        copy_values(records->keys + records->count, arena, vector->keys, count, heads);
    else if (records->keys)
        memset(records->keys + records->count, 0, count * sizeof *records->keys);
    heads = heads_of(vector->values, count);
    copy_values(records->values + records->count, arena, vector->values, count, heads);
    records->count += count;
}

void records_append(records *records, arena *arena, weir_value key, weir_value value)
{
    records_append_shared(records, arena, value_copy(key, arena), value_copy(value, arena));
}

void records_append_shared(records *records, arena *arena, weir_value key, weir_value value)
{
    records_reserve(records, arena, 1);
    if (!records->keys && !weir_is_absent(key)) make_keys(records, arena);
    if (records->keys) records->keys[records->count] = key;
    records->values[records->count++] = value;
}
