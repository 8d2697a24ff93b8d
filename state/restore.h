/* The live database from a checkpoint. */
#ifndef STATE_RESTORE_H
#define STATE_RESTORE_H

#include "weir/status.h"

/* Makes `live_directory` (what is there goes; its parent must be there) the database that is in
 * `state_directory`, a checkpoint's: links to its tables, which nobody ever changes, and copies of
 * the rest. The checkpoint's directory is only read. Copies the tables too where links cannot be
 * made. */
weir_status state_restore(const char *state_directory, const char *live_directory);

#endif
