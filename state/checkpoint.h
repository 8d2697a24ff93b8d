/* The background part of a checkpoint: from a frozen set to a directory of files. */
#ifndef STATE_CHECKPOINT_H
#define STATE_CHECKPOINT_H

#include "state/files.h"
#include "state/frozen.h"

/* Writes the state of the frozen boundary to `directory` (which must not exist; its parent must),
 * synced, and lists its files (zero-initialised by the caller; released by state_files_release).
 *
 * Takes `frozen`: if this fails its changes go into the next checkpoint, as if abandoned; what was
 * made of the directory is removed. One call at a time; any thread, beside running batches. The
 * sets before it that were abandoned are written with it; one that was not must have been written
 * before. */
weir_status state_checkpoint_write(state_store *store, state_frozen *frozen, const char *directory,
                                   state_files *files);

/* Somebody waits for what is being written, or no longer: while so, two threads write it. `store`
 * may be NULL. Any thread. */
void state_checkpoint_await(state_store *store, bool waits);

/* Says what the files are that the database was made from, so that they need not be read for
 * their hashes again. Before the first checkpoint. */
void state_checkpoint_know(state_store *store, const state_files *files);

#endif
