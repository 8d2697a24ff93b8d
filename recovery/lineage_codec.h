/* A lineage as a value, for checkpoints: plain data, functions by name. One value in the encoding
 * of record/codec.h:
 *
 *   (1, streams, outputs)
 *   stream  (id, kind, name, function, argument, slide in ms, partitions, cached, space, initial,
 *            timeout in ms, timeout scan in ms, parents' ids, what a source reads,
 *            how it is made, window, checkpoint interval in ms,
 *            partitioner)
 *   window  (length in ms, inverse, filter, argument of the filter, are neutral keys dropped,
 *            is the inverse checked)
 *   partitioner (function, argument)
 *   output  (id, kind, stream id, function, argument, count, prefix, suffix, name,
 *            the name that its results stand under)
 *
 * More parts may stand behind these; outputs of earlier weirs lack the names, and streams the
 * partitioner, or the checkpoint interval too (0: none was asked for). How a source is made is
 * (operation, arguments ...); of a directory: directory, record length or 0, old files too,
 * minRemember in ms, and, only where there is one, filter and its argument.
 *
 * Kinds are the numbers of graph/lineage.h; what is not there is null. Streams of checkpoints from
 * before there were windows end without one. */
#ifndef RECOVERY_LINEAGE_CODEC_H
#define RECOVERY_LINEAGE_CODEC_H

#include "graph/lineage.h"

/* Appends the encoding. false (nothing appended): something in it is nested too deep; what the
 * calls of weir/stream.h let pass is not. */
bool lineage_encode(const lineage *lineage, buffer *to);

/* A stream as it was stored. Texts are borrowed from the value; NULL where there is none. */
typedef struct stored_stream {
    uint32_t id;
    stream_kind kind;
    const char *name;
    const char *function;
    const char *space;
    const char *source_text;
    const char *operation; /* by which a source is made again; NULL: only a program can */
    bool is_binary;        /* a directory of records of one length, not of text */
    int partitions;
    int64_t slide_ms;
    int64_t checkpoint_ms;  /* 0: none asked for */
    const char *partitioner;
    weir_value partitioner_arg; /* null: none */
    /* windows; of other streams zero, but that directories may have a filter */
    int64_t window_ms;
    int64_t pane_ms;        /* the slide of the stream that it is over */
    const char *over;       /* that stream's name, or NULL */
    weir_value arg;         /* of the function; null: none */
    const char *inverse;
    const char *filter;
    weir_value filter_arg;  /* null: none */
    bool drops_neutral;
    bool checks_inverse;
} stored_stream;

typedef struct stored_lineage {
    weir_value whole; /* for those who print it */
    stored_stream *streams;
    size_t stream_count;
    size_t output_count;
    const char **output_identities; /* NULL if one of them is not known, of an earlier weir */
} stored_lineage;

/* Of a source's spec alone (weir_stream.source_spec): `operation` and what follows from it, into
 * an otherwise empty stream. */
void lineage_read_making(weir_value spec, arena *arena, stored_stream *stream);

/* Does any stream of it keep state? */
bool stored_lineage_has_state(const stored_lineage *stored);

/* Reads a lineage into `arena`, on which everything lives. WEIR_DAMAGED, or WEIR_UNSUPPORTED for a
 * newer version. */
weir_status lineage_decode(const char *bytes, size_t size, arena *arena, stored_lineage *stored);

#endif
