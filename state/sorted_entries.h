/* The frozen entries of a partition as a file takes them: encoded, by rising keys. */
#ifndef STATE_SORTED_ENTRIES_H
#define STATE_SORTED_ENTRIES_H

#include "base/buffer.h"
#include "state/frozen_inside.h"
#include "state/key_sort.h"

/* Zero-initialised is empty, and may be sorted again and again. */
typedef struct sorted_entries {
    const frozen_space *space;
    size_t partition;
    sort_key *order; /* [count] by rising keys */
    size_t count;
    size_t done;     /* entries of which there is nothing more to be done */
    buffer run;      /* the next ones, encoded, end to end: who reads from end to end waits for no
                      * memory. A run, not all: values may be as large as memory is */
    /* what it is made with */
    buffer keys;
    sort_key *spare;
    size_t room; /* of `order` and `spare` */
} sorted_entries;

typedef struct sorted_entry {
    const char *key, *value; /* value NULL: the key is removed */
    size_t key_size, value_size;
} sorted_entry;

/* WEIR_RUNTIME: a key is nested too deeply. */
weir_status sorted_entries_sort(sorted_entries *entries, const frozen_space *space,
                                size_t partition);
/* Encodes the next ones, one at least, and gives how many; 0: there are no more. WEIR_RUNTIME: a
 * state is nested too deeply. */
weir_status sorted_entries_encode(sorted_entries *entries, size_t *count);
void sorted_entries_release(sorted_entries *entries);

/* About so much memory they take, beside long keys. */
static inline size_t sorted_entries_memory(size_t count)
{
    enum { SHORT_KEY = 16 };
    return count * (2 * sizeof(sort_key) + SHORT_KEY);
}

/* Of the run, for each in turn, with *at = 0 before. */
static inline sorted_entry sorted_entries_next(sorted_entries *entries, size_t *at)
{
    const char *begin = entries->run.bytes + *at;
    const sort_key *key = &entries->order[entries->done++];
    sorted_entry entry = {.key = begin, .key_size = key->size, .value_size = key->word};
    if (key->word > 0) entry.value = begin + key->size;
    *at += entry.key_size + entry.value_size;
    return entry;
}

#endif
