/* Blocks of the log that batches consist of: which of them are used, and whether those are there
 * that a batch to be computed again needs. Asked before any source starts: what a source receives
 * while a start is refused might never come again. */
#ifndef RECOVERY_NEEDED_BLOCKS_H
#define RECOVERY_NEEDED_BLOCKS_H

#include "recovery/recovery.h"

/* Counts the blocks that records behind the boundary name and that are not in the log, and notes
 * behind which number no record names any. Marks as used those that are there and that any record
 * names, so that they are not loose: whether the batch is in the checkpoint, is computed again, or
 * is given up. WEIR_DAMAGED: one that the plan needs is not there. */
weir_status needed_blocks_check(recovery *recovery, const weir_context *context);
/* Says that of a batch, and what can be done. */
weir_status needed_blocks_refuse(const char *directory, uint64_t number, const plan_record *batch);

#endif
