/* The record of a batch: what it consists of, self-contained. Whoever knows only the lineage and
 * the record can compute the batch. One value in the encoding of record/codec.h:
 *
 *   (1, time in ms, ((name of the source, what), ...))
 *
 * `what` is as the source describes it (ingest/source.h); null: no dataset. Sources that no output
 * needs do not stand in it. The place where the sources stand has the same form: (1, time,
 * ((name, saved), ...)). */
#ifndef BATCH_BATCH_RECORD_H
#define BATCH_BATCH_RECORD_H

#include "base/buffer.h"
#include "batch/batch.h"

/* The name under which a source is found again: of its stream, else what it reads. */
const char *source_recovery_name(const source *source);

/* Appends the record of a batch that was just cut; or the place of the sources. Loop thread. */
void batch_record_encode(const ingest *ingest, const batch *batch, buffer *to);
void batch_place_encode(const ingest *ingest, int64_t time_ms, buffer *to);

/* Reads a record or a place: the time, and the list of (name, value) pairs in the current arena.
 * WEIR_DAMAGED. */
weir_status batch_record_decode(const char *bytes, size_t size, int64_t *time_ms,
                                weir_value *list);
/* Makes the batch again. A source that the record does not name gives no dataset. */
weir_status batch_record_replay(const ingest *ingest, weir_value list, batch *batch);
/* Tells of every block that the record names. */
typedef void (*batch_record_visit)(void *user, uint64_t number);
void batch_record_blocks(const ingest *ingest, weir_value list, batch_record_visit visit,
                         void *user);
/* Puts the sources where the place says. */
weir_status batch_place_restore(const ingest *ingest, weir_value list);

#endif
