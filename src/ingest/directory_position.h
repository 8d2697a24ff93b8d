/* Where a directory stands, as records of batches and checkpoints have it (docs/FORMATS.md): its
 * files, what is known of the wall clock, and marks of files that are not to be taken again. Loop
 * thread, or the starting one; values are in the current arena. */
#ifndef INGEST_DIRECTORY_POSITION_H
#define INGEST_DIRECTORY_POSITION_H

#include "ingest/directory_selection.h"
#include "weir/status.h"
#include "weir/value.h"

/* What a record says of the batch that has just ended, which has these files. */
weir_value directory_position_record(const directory_selection *selection, weir_value files);
/* The batch of `time_ms` is made again: the files of its record. */
weir_value directory_position_replay(directory_selection *selection, int64_t time_ms,
                                     weir_value record);

/* Where it stands behind the last batch. */
weir_value directory_position_save(const directory_selection *selection);
/* Before the first batch. WEIR_DAMAGED: it is not whole. */
weir_status directory_position_restore(directory_selection *selection, weir_value saved);

#endif
