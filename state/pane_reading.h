/* Panes from the database. */
#ifndef STATE_PANE_READING_H
#define STATE_PANE_READING_H

#include "state/store_inside.h"

/* Gives the set a slot for each pane of the database that has not expired, from their headers. */
weir_status pane_reading_slots(rocks_store *store, rocks_panes *panes);

/* pane_set.load */
weir_status pane_reading_part(pane_set *set, int64_t time_ms, size_t part_index, pane_part *part);

#endif
