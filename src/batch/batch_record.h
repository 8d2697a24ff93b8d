/* The record of a batch: what it consists of, self-contained. Whoever knows only the lineage and
 * the record can compute the batch. One value in the encoding of record/codec.h:
 *
 *   (1, time in ms, ((name of the source, what), ...))
 *
 * `what` is as the source describes it (ingest/source.h); null: no dataset. Sources that no output
 * needs do not stand in it. Batches that were cut at once, for the time a context was down, have
 * one record together:
 *
 *   (1, ((time of the first, interval, how many, ((name of the source, what), ...)), ...))
 *
 * where each part is a row of batches that consist of the same, mostly of nothing. The place where
 * the sources stand has the form of a record: (1, time, ((name, saved), ...)). */
#ifndef BATCH_BATCH_RECORD_H
#define BATCH_BATCH_RECORD_H

#include "base/buffer.h"
#include "batch/batch.h"

/* The name under which a source is found again: of its stream, else what it reads. */
const char *source_recovery_name(const source *source);

/* Appends the record of a batch that was just cut; or the place of the sources. Loop thread. */
void batch_record_encode(const ingest *ingest, const batch *batch, buffer *to);
void batch_place_encode(const ingest *ingest, int64_t time_ms, buffer *to);

/* What it says of a batch that was just cut: the list of (name, what) pairs in the current
 * arena. Loop thread. */
weir_value batch_record_describe(const ingest *ingest, const batch *batch);
/* Appends the record of a batch of which that is said. */
void batch_record_encode_list(int64_t time_ms, weir_value list, buffer *to);

enum { BATCH_RUN_MAX = 1 << 20 }; /* batches in one record */

/* The record of a run, as it is made. Zero-initialised is empty. */
typedef struct batch_run_part {
    int64_t first_ms;
    int64_t step_ms;
    uint64_t count;
    weir_value list;
} batch_run_part;
typedef struct batch_run {
    batch_run_part *parts;
    size_t count;
    size_t capacity;
} batch_run;
/* Adds the batch that follows; `list` is copied to `arena` if it is needed. */
void batch_run_add(batch_run *run, int64_t time_ms, weir_value list, arena *arena);
void batch_run_release(batch_run *run);
/* Both with the current arena. Decoding gives WEIR_DAMAGED or WEIR_UNSUPPORTED and an empty run
 * for anything that is not right; there are at most BATCH_RUN_MAX batches in it. */
void batch_run_encode(const batch_run *run, buffer *to);
weir_status batch_run_decode(const char *bytes, size_t size, batch_run *run);

/* Reads a record or a place: the time, and the list of (name, value) pairs in the current arena.
 * WEIR_DAMAGED. */
weir_status batch_record_decode(const char *bytes, size_t size, int64_t *time_ms,
                                weir_value *list);
/* Makes the batch again. A source that the record does not name gives no dataset. `read`: what its
 * done mark says was read (done_mark.h), null if it has none. */
weir_status batch_record_replay(ingest *ingest, weir_value list, weir_value read, batch *batch);
/* What reading the batch has shown: the list of (name, value) pairs in the current arena. Batch
 * runner's thread. */
weir_value batch_record_read(const ingest *ingest, const batch *batch);
/* Moves the sources past a batch that is given up: what it has does not come again. */
void batch_record_pass(ingest *ingest, weir_value list, int64_t time_ms);
/* Tells of every block that the record names. */
typedef void (*batch_record_visit)(void *user, uint64_t number);
void batch_record_blocks(const ingest *ingest, weir_value list, batch_record_visit visit,
                         void *user);
/* Puts the sources where the place says. */
weir_status batch_place_restore(const ingest *ingest, weir_value list);

#endif
