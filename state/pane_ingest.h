/* Frozen panes into the live database: sorted, in blocks, one finished file for each set. And what
 * has expired out of it. By the one thread that writes frozen sets. */
#ifndef STATE_PANE_INGEST_H
#define STATE_PANE_INGEST_H

#include "state/frozen_inside.h"

/* Puts in the panes that are younger than `expired_ms`; at once if they are in already. */
weir_status pane_ingest(rocks_store *store, frozen_panes *frozen, int64_t expired_ms);

/* Drops the files of panes that have expired. A file with one that has not is left: what is to be
 * ignored in it, the record of the panes tells. */
weir_status pane_expire(rocks_store *store, const frozen_panes *frozen);

#endif
