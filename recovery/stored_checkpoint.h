/* The small files of a checkpoint, read and checked. Only reads. */
#ifndef RECOVERY_STORED_CHECKPOINT_H
#define RECOVERY_STORED_CHECKPOINT_H

#include "base/error.h"
#include "recovery/directory.h"
#include "recovery/lineage_codec.h"
#include "weir/checkpoint.h"

/* The time of the checkpoint that a start is to go on from; negative: the newest good one. */
static inline int64_t durability_from(const weir_durability *durability)
{
    return durability->from_ms != 0 || durability->has_from ? durability->from_ms : -1;
}

typedef struct stored_checkpoint {
    manifest manifest;
    stored_lineage lineage;
    bool is_foreign; /* it reads well, but the log is of another context: that is damage, too */
    bool is_older; /* it was found in the place of a newer one that is damaged */
} stored_checkpoint;

/* Reads the checkpoint of that time into `arena`: manifest and lineage verify, its other files are
 * there at their sizes, the list of the state's files is the one that was written, and it is of
 * the context that the log is of. What was read before a failure stays. */
weir_status stored_checkpoint_read(const directory *directory, int64_t time_ms, arena *arena,
                                   stored_checkpoint *checkpoint);

/* What comes of a checkpoint that does not read well: is the one before tried? Not by a start that
 * finds a newer format, as it would compute what is done already (WEIR_UNSUPPORTED); nor if we may
 * not read it, as it may be whole. Directly behind that failure. */
static inline bool stored_checkpoint_is_passed(weir_status status, bool is_for_start)
{
    if (status == WEIR_IO && error_is_denied()) return false;
    return status != WEIR_OK && !(is_for_start && status == WEIR_UNSUPPORTED);
}

/* Of several, the newest that reads well; `at_ms` >= 0: that one alone. For those who look on
 * while checkpoints come and go: one that has vanished meanwhile is no failure. `is_for_start`:
 * the one that a start would take. */
weir_status stored_checkpoint_find(const directory *directory, int64_t at_ms, bool is_for_start,
                                   arena *arena, stored_checkpoint *checkpoint);

#endif
