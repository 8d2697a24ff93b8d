/* The panes of a store's windowed streams (durability/panes.h), in its database. */
#ifndef STATE_PANE_STORE_H
#define STATE_PANE_STORE_H

#include "state/store_inside.h"

/* open_panes of the store's class. */
weir_status pane_store_open(state_store *store, const char *name, bool is_keyed,
                            size_t part_count, pane_set **panes);
/* Forgets panes that are not open; none of that name is fine. */
weir_status pane_store_drop(rocks_store *store, const char *name);

/* Of all sets: see pane_set_set_stored, pane_set_finish, pane_set_undo, pane_set_trim. Batch
 * runner's thread. */
void pane_store_set_stored(rocks_store *store, uint64_t boundary);
void pane_store_finish(rocks_store *store);
void pane_store_undo(rocks_store *store);
void pane_store_trim(rocks_store *store);
void pane_store_close(rocks_store *store);

#endif
