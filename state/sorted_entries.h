/* The frozen entries of a partition as a file takes them: encoded, by rising keys. */
#ifndef STATE_SORTED_ENTRIES_H
#define STATE_SORTED_ENTRIES_H

#include "base/buffer.h"
#include "state/frozen_inside.h"
#include "state/key_sort.h"

/* Zero-initialised is empty, and may be made again and again. */
typedef struct sorted_entries {
    sort_key *order; /* [count] by rising keys */
    size_t count;
    buffer bytes; /* of each in that order the key and, if it was not removed, the value: what is
                   * read from end to end waits for no memory */
    /* what it is made with */
    buffer keys;
    sort_key *spare;
    size_t room; /* of `order` and `spare` */
} sorted_entries;

/* WEIR_RUNTIME: a key or a state is nested too deeply. */
weir_status sorted_entries_make(sorted_entries *entries, const frozen_space *space,
                                size_t partition);
void sorted_entries_release(sorted_entries *entries);

/* About so much memory they take, beside long keys and values. */
static inline size_t sorted_entries_memory(size_t count)
{
    enum { TEXTS = 48 }; /* of a short key, twice, and a short value */
    return count * (2 * sizeof(sort_key) + TEXTS);
}

/* The entry that begins at `*at` in `bytes`, which moves behind it; `value` NULL: the key is
 * removed. For 0 to count - 1 in turn, with *at = 0 before. */
typedef struct sorted_entry {
    const char *key, *value;
    size_t key_size, value_size;
} sorted_entry;
static inline sorted_entry sorted_entries_next(const sorted_entries *entries, size_t i, size_t *at)
{
    const char *begin = entries->bytes.bytes + *at;
    const sort_key *key = &entries->order[i];
    sorted_entry entry = {.key = begin, .key_size = key->size, .value_size = key->word};
    if (key->word > 0) entry.value = begin + key->size;
    *at += entry.key_size + entry.value_size;
    return entry;
}

#endif
