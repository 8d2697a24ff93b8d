/* An array of values by number, absent where there is none, with the memory of the long ones. */
#ifndef OPERATORS_VALUE_ARRAY_H
#define OPERATORS_VALUE_ARRAY_H

#include "base/arena.h"
#include "record/value.h"

typedef struct value_array {
    weir_value *items;
    size_t count;
    size_t capacity;
    arena bytes; /* what items reach, and garbage: given up when it is more than that */
    size_t bytes_live;
} value_array;

void value_array_init(value_array *array, memory_budget *budget);
void value_array_release(value_array *array);
/* All absent; keeps the room. */
void value_array_clear(value_array *array);
/* At least so many items; new ones are absent. */
void value_array_reserve(value_array *array, size_t count);
/* Holds the same as `from`: a deep copy. */
void value_array_copy(value_array *array, const value_array *from);

void value_array_set_outside(value_array *array, size_t at, weir_value value);
/* The value is copied. at < count. */
static inline void value_array_set(value_array *array, size_t at, weir_value value)
{
    if (!value_is_outside(value)) weir_put(&array->items[at], value);
    else if (!value_is_same(array->items[at], value)) value_array_set_outside(array, at, value);
}
static inline weir_value value_array_get(const value_array *array, size_t at)
{
    return at < array->count ? array->items[at] : weir_absent();
}

#endif
