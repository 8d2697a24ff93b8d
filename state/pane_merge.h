/* Many small files of panes become few. */
#ifndef STATE_PANE_MERGE_H
#define STATE_PANE_MERGE_H

#include "state/database.h"

/* Merges the youngest files of the panes of that name where many of them are small: they would be
 * as many as there are checkpoints in a window, each of them open, and linked by every checkpoint.
 * What is large stays as it is, and what is small is written again a few times at most, so that
 * the bytes of a checkpoint still follow what it adds. Where the disk has no room for that it is
 * left for later. false: it failed, which is logged; all that was there still is, but the database
 * may take in nothing more until it is opened again. */
bool pane_merge(database *database, const char *name, rocksdb_column_family_handle_t *family);

#endif
