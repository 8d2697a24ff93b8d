/* What the done mark of a batch says of it. One value in the encoding of record/codec.h:
 *
 *   (1, time in ms, records in, (records of each output, ...), (scheduling us, processing us),
 *    ((name of the source, what reading it has shown), ...))
 *
 * What was shown is as the source says (ingest/source.h, read). Early marks end behind the records
 * of the outputs. */
#ifndef BATCH_DONE_MARK_H
#define BATCH_DONE_MARK_H

#include "base/buffer.h"
#include "weir/value.h"

typedef struct done_mark {
    int64_t time_ms;
    uint64_t records;
    const uint64_t *output_records; /* borrowed */
    size_t outputs;
    int64_t scheduling_us;
    int64_t processing_us; /* up to the mark */
    weir_value read;       /* list of (name, value) pairs */
} done_mark;

void done_mark_encode(const done_mark *mark, buffer *to);
/* The last item, in the current arena; null if the mark has none, or cannot be read. */
weir_value done_mark_read(const char *bytes, size_t size);

#endif
