/* Results that come from memory and from a scan behind it, in the order in which tables are
 * walked: what is in memory is nobody's business. */
#include <stdlib.h>

#include "operators/state_inside.h"

typedef struct ordered {
    weir_value key;
    weir_value value;
    uint32_t hash;
} ordered;

static int compare(const void *a, const void *b)
{
    const ordered *left = a, *right = b;
    if (left->hash != right->hash) return left->hash < right->hash ? -1 : 1;
    return state_key_is_before(left->key, right->key) ? -1 : 1;
}

void state_sort_records(records *records)
{
    if (!records->keys) return;
    ordered *all = memory_alloc(records->count * sizeof *all);
    for (size_t i = 0; i < records->count; i++) {
        weir_value key = records->keys[i];
        all[i] = (ordered){key, records->values[i], (uint32_t)value_hash(value_present(key))};
    }
    qsort(all, records->count, sizeof *all, compare);
    for (size_t i = 0; i < records->count; i++) {
        records->keys[i] = all[i].key;
        records->values[i] = all[i].value;
    }
    free(all);
}
