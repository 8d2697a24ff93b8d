#include "operators/reader.h"

bool weir_next(weir_reader *reader, weir_value *key, weir_value *value)
{
    if (reader->next >= reader->records->count) return false;
    *key = records_key(reader->records, reader->next);
    *value = reader->records->values[reader->next];
    reader->next++;
    return true;
}

bool weir_next_key(weir_keys *keys, weir_value *key, const weir_value **values, size_t *count,
                   weir_value *state)
{
    uint32_t index;
    while (state_walk_next(&keys->walk, &index)) {
        const state_entry *entry = &keys->walk.table->entries[index];
        *values = group_values_of(keys->grouped, index, count);
        if (*count == 0 && weir_is_absent(entry->value)) continue;
        *key = entry->key;
        *state = entry->value;
        return true;
    }
    return false;
}
