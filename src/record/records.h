/* Records in memory: the content of one partition. Arrays grow in an arena; what the values reach
 * is copied there. */
#ifndef RECORD_RECORDS_H
#define RECORD_RECORDS_H

#include "record/value.h"

typedef struct records {
    weir_value *keys; /* NULL while every key is absent */
    weir_value *values;
    size_t count;
    size_t capacity;
} records;

/* Zero-initialised is empty. All calls on one `records` use the same arena. */
void records_reserve(records *records, arena *arena, size_t more);
/* Deep copies. */
void records_append_vector(records *records, arena *arena, const weir_vector *vector);
void records_append(records *records, arena *arena, weir_value key, weir_value value);
/* As it is: the value lives at least as long as the records. */
void records_append_shared(records *records, arena *arena, weir_value key, weir_value value);
static inline weir_vector records_vector(const records *records, size_t from, size_t count)
{
    return (weir_vector){records->keys
                         ? records->keys + from : NULL, records->values + from, count};
}
static inline weir_value records_key(const records *records, size_t at)
{
    return records->keys ? records->keys[at] : weir_absent();
}

#endif
