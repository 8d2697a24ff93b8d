#include "operators/value_array.h"

#include <string.h>

enum { FIRST_CAPACITY = 256, SLACK = 1 << 20 };

void value_array_init(value_array *array, memory_budget *budget)
{
    *array = (struct value_array){0};
    arena_init(&array->bytes, budget);
}

static void give_items(value_array *array)
{
    size_t bytes = array->capacity * sizeof *array->items;
    memory_budget_take(array->bytes.budget, bytes);
    memory_free_large(array->items, bytes);
}

void value_array_release(value_array *array)
{
    give_items(array);
    arena_release(&array->bytes);
    value_array_init(array, array->bytes.budget);
}

void value_array_clear(value_array *array)
{
    if (array->count) memset(array->items, 0, array->count * sizeof *array->items);
    array->count = 0;
    arena_reset(&array->bytes, 0);
    array->bytes_live = 0;
}

void value_array_reserve(value_array *array, size_t count)
{
    if (count <= array->count) return;
    if (count > array->capacity) {
        size_t capacity = array->capacity ? array->capacity : FIRST_CAPACITY;
        while (capacity < count) capacity *= 2;
        weir_value *grown = memory_alloc_large(capacity * sizeof *grown);
        if (array->count) memcpy(grown, array->items, array->count * sizeof *grown);
        give_items(array);
        memory_budget_add(array->bytes.budget, capacity * sizeof *grown);
        array->items = grown;
        array->capacity = capacity;
    }
    array->count = count; /* zeroed memory: absent */
}

void value_array_copy(value_array *array, const value_array *from)
{
    value_array_clear(array);
    value_array_reserve(array, from->count);
    if (from->count == 0) return;
    memcpy(array->items, from->items, from->count * sizeof *array->items);
    if (from->bytes.chunk_bytes == 0) return; /* nothing long */
    for (size_t i = 0; i < array->count; i++)
        array->items[i] = value_copy(array->items[i], &array->bytes);
    array->bytes_live = array->bytes.chunk_bytes;
}

static void compact(value_array *array)
{
    arena fresh;
    arena_init(&fresh, array->bytes.budget);
    for (size_t i = 0; i < array->count; i++)
        array->items[i] = value_copy(array->items[i], &fresh);
    arena_release(&array->bytes);
    array->bytes = fresh;
    array->bytes_live = fresh.chunk_bytes;
}

void value_array_set_outside(value_array *array, size_t at, weir_value value)
{
    array->items[at] = value_copy_outside(value, &array->bytes);
    if (array->bytes.chunk_bytes > 2 * array->bytes_live + SLACK) compact(array);
}
