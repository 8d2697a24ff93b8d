/* Frozen sets into the live database: sorted, as one finished file for each space. */
#ifndef STATE_INGEST_H
#define STATE_INGEST_H

#include "state/frozen_inside.h"

/* Waits until it is the only one that puts sets into the database, then puts in all sets up to
 * `last`, oldest first. Keeps the right to write until ingest_end, also when it fails. */
weir_status ingest_begin(rocks_store *store, const state_frozen *last);
/* `is_stored`: the sets up to `last` are done with (and freed); else they are abandoned. */
void ingest_end(rocks_store *store, const state_frozen *last, bool is_stored);

#endif
