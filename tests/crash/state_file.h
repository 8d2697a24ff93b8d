/* State as one file, in the place of state/: what recovery/ calls of it, defined here for programs
 * that are linked without RocksDB. What it keeps is whole at every boundary; the file is read back
 * as a whole and its content verified. */
#ifndef CRASH_STATE_FILE_H
#define CRASH_STATE_FILE_H

#include <stdbool.h>

/* Planted: the state of a checkpoint is written only after the checkpoint was published. */
extern bool state_file_is_late;
/* Writes what is late. */
void state_file_catch_up(void);

#endif
