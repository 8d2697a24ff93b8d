/* Grouping shuffles: all values of a key meet, uncombined. groupByKey, cogroup, the joins, and the
 * set operations. */
#ifndef OPERATORS_GROUP_H
#define OPERATORS_GROUP_H

#include "operators/shuffle.h"

/* dataset->variant. The first needs one parent, the others two. */
typedef enum group_variant {
    GROUP_BY_KEY = 0,     /* (key, values) */
    GROUP_COGROUP,        /* (key, (left values, right values)) */
    GROUP_JOIN,           /* (key, (left, right)) for each combination */
    GROUP_LEFT_OUTER,
    GROUP_RIGHT_OUTER,
    GROUP_FULL_OUTER,
    GROUP_SUBTRACT_KEY,   /* left records whose key is not on the right */
    GROUP_SUBTRACT,       /* left records that are not on the right; (record, null) */
    GROUP_INTERSECTION    /* distinct records that are on both sides; (record, null) */
} group_variant;

/* Keys stand in the order of their first occurrence, left side first; values in the order (source
 * partition, position). */
weir_status group_wide(weir_dataset *dataset);

/* Values by entry: those of entry e stand at [begins[e], begins[e + 1]), in the order of the
 * records. */
typedef struct grouped_values {
    weir_value *values;
    uint32_t *begins;
} grouped_values;
static inline const weir_value *group_values_of(const grouped_values *grouped, size_t entry,
                                                size_t *count)
{
    *count = grouped->begins[entry + 1] - grouped->begins[entry];
    return grouped->values + grouped->begins[entry];
}
/* The values of the records of a target. indexes[i] is the entry (< entries) of the i-th of them,
 * counted through its buckets. */
void group_values(grouped_values *grouped, const shuffle *shuffle, size_t target,
                  const uint32_t *indexes, size_t entries, arena *kept);

#endif
