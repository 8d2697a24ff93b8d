/* The durable log of a context: one sequence of segments behind two doors, the block log and the
 * batch journal. README.md has the recipe, the invariants and the crash table. */
#ifndef WAL_LOG_H
#define WAL_LOG_H

#include "durability/batch_journal.h"
#include "durability/block_log.h"
#include "wal/writer.h"

typedef struct wal_log wal_log;

/* Opens the log in `options->directory` for appending; makes the directory if it is not there.
 * `end` is what a reader that came to the end said, NULL: look for it, which reads the last
 * segments. Before anything is appended, a torn tail is cut and the cut is synced (W3), with a
 * line in the log of messages; so is what was found in the last segment, as it may never have
 * been. Nobody else may have the log open; what guards that is the lock of the context's
 * directory.
 *
 * WEIR_ILLEGAL_STATE: it is the log of another context; WEIR_UNSUPPORTED: of a newer format. */
weir_status wal_log_open(wal_log **log, const wal_options *options, const wal_end *end);
/* Ends the log after both doors are closed: answers everything, and seals it. */
void wal_log_close(wal_log *log);

/* The doors; borrowed. Closing one waits until what went through it was answered, no more. A block
 * that was stored knows its place (block.log_segment, block.log_offset). */
block_log *wal_log_blocks(wal_log *log);
batch_journal *wal_log_journal(wal_log *log);
/* Where blocks that were read without their bytes (wal_entry_block_stub) are read back from;
 * borrowed. */
const block_store *wal_log_store(const wal_log *log);

/* What the journal does, with the place of the entry. Waits until it is durable; while the disk is
 * full, that is until there is room. `kind`: one of a batch. */
weir_status wal_log_append_batch(wal_log *log, wal_kind kind, int64_t time_ms, const void *bytes,
                                 size_t size, wal_position *place);

/* No entry that is appended from now on stands before it; its segment is there. Any thread. */
wal_position wal_log_position(wal_log *log);
/* See wal_writer_newest: whoever does not find it later knows that something is missing. */
uint64_t wal_log_newest(wal_log *log);
/* See wal_writer_check_place. */
weir_status wal_log_check_place(const wal_log *log);
/* See wal_writer_sync: before anything durable refers to what is in the log. */
weir_status wal_log_sync(wal_log *log);
/* Deletes the segments of which nothing at `position` or after it is a part. Damaged ones were
 * given to quarantine, and stay there. Any thread. */
weir_status wal_log_drop_before(wal_log *log, wal_position position);
/* Keeps a damaged segment for ever; what is whole in it goes on being a part of the log. */
weir_status wal_log_quarantine(wal_log *log, uint64_t segment);

/* See wal_writer_give_up: for a stop that cannot wait for room. */
void wal_log_give_up(wal_log *log);
wal_statistics wal_log_statistics(wal_log *log); /* any thread */

#endif
