/* What the calls of weir/stream.h have in common: the checks, and the appending. */
#ifndef GRAPH_BUILDER_H
#define GRAPH_BUILDER_H

#include "graph/lineage.h"
#include "record/codec.h"

/* What a call asks for. `parents` has at least one member, which may be NULL: the result of a
 * call that failed. */
typedef struct operation {
    stream_kind kind;
    weir_stream *const *parents;
    size_t parent_count;
    const weir_function *function; /* of stream_kind_function(kind), if that is one */
    weir_value arg;
    int partitions;
} operation;

/* Appends a stream, if the operation passes every check; else NULL, the error set and kept in
 * the lineage. */
weir_stream *builder_append(const operation *operation);
/* The same for one parent. */
weir_stream *builder_unary(stream_kind kind, weir_stream *in, const weir_function *function,
                           weir_value arg, int partitions);
/* The same for two. */
weir_stream *builder_binary(stream_kind kind, weir_stream *left, weir_stream *right,
                            const weir_function *function, weir_value arg, int partitions);

/* "reduceByKey on words", for the beginning of an error. */
enum { BUILDER_PLACE_MAX = 128 };
const char *builder_place(const char *word, const weir_stream *in, char room[BUILDER_PLACE_MAX]);

/* Is it a function of the kind wanted (0: none is), and registered, so that its name finds it
 * again after a restart? */
weir_status builder_check_function(const char *place, weir_function_kind wanted,
                                   const weir_function *function);
/* Can the argument be stored? In the lineage of a checkpoint it stands up to four lists deep
 * (recovery/lineage_codec.h). */
enum { BUILDER_ARG_LEVELS = CODEC_DEPTH_MAX - 4 };
weir_status builder_check_arg(const char *place, weir_value arg);

/* A name for the stream made from its operator, its function and its parents' names, in the
 * lineage's arena. `names`: those made so far, by id. For lineage_name_spaces and
 * lineage_name_outputs. */
const char *builder_derive_name(const weir_stream *stream, const char **names);
/* A text that ends in NUL as a name: a long one is cut and ends in the hash of the whole. */
char *builder_keep_name(lineage *lineage, const buffer *text);

#endif
