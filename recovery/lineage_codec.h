/* A lineage as a value, for checkpoints: plain data, functions by name. One value in the encoding
 * of record/codec.h:
 *
 *   (1, streams, outputs)
 *   stream  (id, kind, name, function, argument, slide in ms, partitions, cached, space, initial,
 *            timeout in ms, timeout scan in ms, parents' ids, what a source reads,
 *            how it is made)
 *   output  (id, kind, stream id, function, argument, count, prefix, suffix, name)
 *
 * More parts may stand behind these; outputs of earlier weirs lack the name.
 *
 * Kinds are the numbers of graph/lineage.h; what is not there is null. */
#ifndef RECOVERY_LINEAGE_CODEC_H
#define RECOVERY_LINEAGE_CODEC_H

#include "graph/lineage.h"

/* Appends the encoding. */
void lineage_encode(const lineage *lineage, buffer *to);

/* A stream as it was stored. Texts are borrowed from the value; NULL where there is none. */
typedef struct stored_stream {
    uint32_t id;
    stream_kind kind;
    const char *name;
    const char *function;
    const char *space;
    const char *source_text;
    int partitions;
} stored_stream;

typedef struct stored_lineage {
    weir_value whole; /* for those who print it */
    stored_stream *streams;
    size_t stream_count;
    size_t output_count;
} stored_lineage;

/* Reads a lineage into `arena`, on which everything lives. WEIR_DAMAGED, or WEIR_UNSUPPORTED for a
 * newer version. */
weir_status lineage_decode(const char *bytes, size_t size, arena *arena, stored_lineage *stored);

#endif
