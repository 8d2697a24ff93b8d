/* From the database into tables. */
#ifndef STATE_READING_H
#define STATE_READING_H

#include "state/store_inside.h"

/* Gives `table` entries for those of the keys (which it does not have, each once) that are in the
 * database. */
weir_status reading_keys(rocks_store *store, rocks_space *space, size_t partition,
                         const weir_value *keys, size_t count, state_table *table);

/* Gives `table` entries for all keys of the partition that it does not have. Asks now and then
 * whether to stop (NULL: never); WEIR_TIMEOUT if it did. */
typedef bool (*reading_stop)(rocks_store *store);
weir_status reading_partition(rocks_store *store, rocks_space *space, size_t partition,
                              state_table *table, reading_stop stop);

/* Visits the keys of the partition that `table`, which the visitor may change, does not have. */
weir_status reading_missing(rocks_store *store, rocks_space *space, size_t partition,
                            const state_table *table, state_space_visit visit, void *user);

/* Takes a stored value apart: what batch changed it, and its state (in `arena`). `bytes` must be
 * padded by 16. false on damage. */
bool reading_decode(const char *bytes, size_t size, arena *arena, uint64_t *changed,
                    weir_value *value);

#endif
