/* What streams yielded in batches that are over, kept for weir_stream_slice (C-38, C-70..C-72).
 *
 * A past holds whole copies, by stream and time, each in memory of its own and counted by
 * references: whoever has taken one may read it while the batch runner forgets it. Beyond a limit
 * of bytes the oldest are forgotten early, and that is said.
 *
 * Windows have nothing to do with this: they keep panes of their own. */
#ifndef OPERATORS_PAST_H
#define OPERATORS_PAST_H

#include "record/records.h"

typedef struct past past;
typedef struct past_dataset past_dataset;

/* For streams 0 .. streams - 1. `limit` in bytes, 0: none. */
past *past_create(size_t streams, size_t limit);
void past_free(past *past); /* NULL is fine. What was taken stays. */

/* Copies the partitions of a stream at a time later than any before: once for a batch, and nobody
 * sees it until the batch is settled. Batch runner's thread. */
void past_keep(past *past, size_t stream, int64_t time_ms, const records *partitions,
               size_t count);
/* What was kept since the last settling is remembered if the batch is good, else dropped. Batch
 * runner's thread. */
void past_settle(past *past, bool is_good);
/* Forgets what the stream yielded up to that time. Batch runner's thread. */
void past_forget(past *past, size_t stream, int64_t until_ms);

/* The times between which something of the stream is remembered; false: nothing is. Any thread. */
bool past_range(past *past, size_t stream, int64_t *first_ms, int64_t *last_ms);
/* One reference to what the stream yielded at that time; NULL: it is not remembered. Any
 * thread. */
past_dataset *past_take(past *past, size_t stream, int64_t time_ms);
void past_dataset_drop(past_dataset *dataset);
int64_t past_dataset_time(const past_dataset *dataset);
/* Its partitions, immutable, as long as the reference is held. */
const records *past_dataset_partitions(const past_dataset *dataset, size_t *count);

#endif
