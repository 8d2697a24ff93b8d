/* Streams: the lineage of a computation (DStreams).
 *
 * Every call here appends one stream to the lineage of its context and returns it; nothing is
 * computed before the context starts. The first error of a context under construction is kept
 * (weir_error) and returned by weir_start; a call that fails returns NULL, and a NULL stream given
 * to a call gives NULL again, so errors are checked once. On a started or stopped context every
 * call fails with WEIR_ILLEGAL_STATE and changes nothing (spec C-10).
 *
 * Streams belong to their context: borrowed, valid until weir_context_free. Functions are borrowed
 * and live for ever; closure arguments, names and paths are copied. One thread builds a
 * context. */
#ifndef WEIR_STREAM_H
#define WEIR_STREAM_H

#include "weir/function.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct weir_context weir_context;
typedef struct weir_stream weir_stream;

/* --- Any stream ------------------------------------------------------------------------------ */

WEIR_API weir_stream *weir_map(weir_stream *in, const weir_function *map, weir_value arg);
WEIR_API weir_stream *weir_flat_map(weir_stream *in, const weir_function *flat_map,
                                    weir_value arg);
WEIR_API weir_stream *weir_filter(weir_stream *in, const weir_function *filter, weir_value arg);
/* The function sees each partition whole, empty ones too. */
WEIR_API weir_stream *weir_map_partitions(weir_stream *in, const weir_function *partition,
                                          weir_value arg);
/* One list for each partition. */
WEIR_API weir_stream *weir_glom(weir_stream *in);
/* Exactly `partitions` (> 0) partitions, records spread evenly. */
WEIR_API weir_stream *weir_repartition(weir_stream *in, int partitions);
/* All records of both; partitions of the first, then of the second. Same context, same slide
 * (C-61). */
WEIR_API weir_stream *weir_union(weir_stream *a, weir_stream *b);
/* The same for one or more. Without any stream no context can keep the error: only weir_last_error
 * tells it. */
WEIR_API weir_stream *weir_union_all(weir_stream *const *streams, size_t count);
/* One record a batch: how many records there were, 0 for an empty batch. */
WEIR_API weir_stream *weir_count(weir_stream *in);
/* One record a batch, none for an empty batch. */
WEIR_API weir_stream *weir_reduce(weir_stream *in, const weir_function *reduce, weir_value arg);
/* (record, count) for each distinct record. */
WEIR_API weir_stream *weir_count_by_value(weir_stream *in);
/* Whatever the function plans from the dataset of the batch. The function is called once a
 * batch. */
WEIR_API weir_stream *weir_transform(weir_stream *in, const weir_function *transform,
                                     weir_value arg);
WEIR_API weir_stream *weir_transform_with(weir_stream *left, weir_stream *right,
                                          const weir_function *transform_with, weir_value arg);
/* The same for one or more streams: the function gets a dataset of each. Without any stream no
 * context can keep the error: only weir_last_error tells it. */
WEIR_API weir_stream *weir_transform_all(weir_stream *const *streams, size_t count,
                                         const weir_function *transform_all, weir_value arg);
/* Hints that the stream is used again; a stream that two others use is computed once in any case
 * (spec O-09). On a started or stopped context the error is WEIR_UNSUPPORTED. */
WEIR_API weir_stream *weir_cache(weir_stream *in);
WEIR_API weir_stream *weir_persist(weir_stream *in);
/* The checkpoint interval of one stream (C-53..C-57): a multiple of its slide, else
 * WEIR_ILLEGAL_ARGUMENT. Of mapWithState, and of its snapshots, it is how often timeouts are
 * looked for, as weir_state_options.checkpoint_ms. Else it is a hint like weir_cache, as
 * checkpoints are taken of the whole context, by weir_durability.checkpoint_ms. The start then
 * wants a checkpoint directory, or volatile_state (C-53). On a started or stopped context the
 * error is WEIR_UNSUPPORTED. Returns `in`, or NULL. */
WEIR_API weir_stream *weir_checkpoint_every(weir_stream *in, int64_t interval_ms);
/* Names a stream: in dumps, and to find its state again when the program has changed. Unique in
 * the context. */
WEIR_API weir_stream *weir_name(weir_stream *in, const char *name);

/* --- Streams of pairs. A plain record there has key null and value null. --------------------- */
/* `partitions` 0: the context's number of keyed partitions; < 0 is an error (C-62). */

WEIR_API weir_stream *weir_map_values(weir_stream *in, const weir_function *map, weir_value arg);
WEIR_API weir_stream *weir_flat_map_values(weir_stream *in, const weir_function *flat_map,
                                           weir_value arg);
/* (key, list of the key's values in this batch) */
WEIR_API weir_stream *weir_group_by_key(weir_stream *in, int partitions);
WEIR_API weir_stream *weir_reduce_by_key(weir_stream *in, const weir_function *reduce,
                                         weir_value arg, int partitions);
WEIR_API weir_stream *weir_combine_by_key(weir_stream *in, const weir_function *combine,
                                          weir_value arg, int partitions);
/* (key, (left, right)) for each combination within the batch; a missing side of an outer join is
 * null. */
WEIR_API weir_stream *weir_join(weir_stream *left, weir_stream *right, int partitions);
WEIR_API weir_stream *weir_left_outer_join(weir_stream *left, weir_stream *right, int partitions);
WEIR_API weir_stream *weir_right_outer_join(weir_stream *left, weir_stream *right, int partitions);
WEIR_API weir_stream *weir_full_outer_join(weir_stream *left, weir_stream *right, int partitions);
/* (key, (list of left values, list of right values)) */
WEIR_API weir_stream *weir_cogroup(weir_stream *left, weir_stream *right, int partitions);

/* --- State: needs a checkpoint directory, or the option volatile_state (C-53) ---------------- */

/* Zero is the default of every member. Everything is copied. */
typedef struct weir_state_options {
    const char *name;        /* of the state, to find it again in a changed program; derived if
                              * NULL */
    int partitions;          /* 0: the context's */
    weir_value initial;      /* list of (key, state) pairs: the state before the first batch */
    int64_t timeout_ms;      /* mapWithState: a key that is idle for longer is removed; 0: never */
    int64_t checkpoint_ms;   /* timeouts are looked for in batches whose time is a multiple of
                                this, counted from the zero time; 0: ten slides */
    int64_t timeout_scan_ms; /* the same, finer if wanted; 0: checkpoint_ms */
    const weir_function *partitioner; /* which partition a key lies in; NULL: by the hash of its
                                       * bytes */
    weir_value partitioner_arg;
} weir_state_options;

/* (key, state) for every key after each batch: the function is called for every key that has state
 * or new values (O-40..O-44). It is of one of the kinds WEIR_UPDATE (values, state),
 * WEIR_UPDATE_AT (with the time of the batch) and WEIR_UPDATE_PARTITION (a whole partition of keys
 * at once). Within a partition keys stand in the order of a hash, the same in every run. `options`
 * may be NULL. */
WEIR_API weir_stream *weir_update_state_by_key(weir_stream *in, const weir_function *update,
                                               weir_value arg, const weir_state_options *options);
/* What the function emits: it is called once for each record, in order, with the state of its key,
 * and for keys that time out (O-50..O-55). `options` may be NULL. */
WEIR_API weir_stream *weir_map_with_state(weir_stream *in, const weir_function *map_state,
                                          weir_value arg, const weir_state_options *options);
/* (key, state) for every key of a mapWithState stream after each batch (O-52). */
WEIR_API weir_stream *weir_state_snapshots(weir_stream *in);

/* --- Windows --------------------------------------------------------------------------------- */
/* A window of `window_ms` at time t has the batches of the parent in (t - window_ms, t]; the first
 * ones hold what there is. It yields in batches whose time is a multiple of `slide_ms`, counted
 * from the zero time; 0: the parent's slide. Both are multiples of the parent's slide (C-60). What
 * a slide costs follows from what changed and from what is given out, not from the length. */

/* Zero is the default of every member. Everything is copied. */
typedef struct weir_window_options {
    const char *name;     /* of its panes and state, to find them again in a changed program;
                           * derived if NULL */
    int partitions;       /* 0: the context's */
    const weir_function *filter; /* with an inverse: only pairs that it keeps are given out; NULL:
                                  * all */
    weir_value filter_arg;
    bool drop_neutral;    /* with an inverse: a key goes when its last record has left; false: it
                           * stays with what the inverse left of it, as in Spark (O-33) */
    bool check_inverse;   /* with an inverse: fails the batch, naming the key, where taking out
                           * what was there before does not leave what was just put in */
} weir_window_options;

/* All records of the window, the oldest batch first. `options` may be NULL, here and below. */
WEIR_API weir_stream *weir_window(weir_stream *in, int64_t window_ms, int64_t slide_ms,
                                  const weir_window_options *options);
/* (key, list of the key's values in the window), the oldest first. */
WEIR_API weir_stream *weir_group_by_key_and_window(weir_stream *in, int64_t window_ms,
                                                   int64_t slide_ms,
                                                   const weir_window_options *options);
/* (key, all its values in the window reduced). `inverse` (a reduce function, or NULL) takes out of
 * the result before, its first argument, what has left, its second: inverse(reduce(x, y), x) = y.
 * The result then goes on from the one before, and so needs what state needs (C-53). Both
 * functions get `arg`. Without an inverse the window is as cheap; a reduce function that has its
 * own (weir_function.inverse) is undone by that where it is exact. */
WEIR_API weir_stream *weir_reduce_by_key_and_window(weir_stream *in, const weir_function *reduce,
                                                    const weir_function *inverse, weir_value arg,
                                                    int64_t window_ms, int64_t slide_ms,
                                                    const weir_window_options *options);
/* All records of the window reduced to one; none for an empty window, or, with an inverse, as long
 * as there never was a record. */
WEIR_API weir_stream *weir_reduce_by_window(weir_stream *in, const weir_function *reduce,
                                            const weir_function *inverse, weir_value arg,
                                            int64_t window_ms, int64_t slide_ms,
                                            const weir_window_options *options);
/* How many records the window has: none as long as there never was one (O-34). Needs a checkpoint
 * directory, or volatile_state. */
WEIR_API weir_stream *weir_count_by_window(weir_stream *in, int64_t window_ms, int64_t slide_ms,
                                           const weir_window_options *options);
/* (record, count) for each distinct record of the window. Needs a checkpoint directory, or
 * volatile_state. */
WEIR_API weir_stream *weir_count_by_value_and_window(weir_stream *in, int64_t window_ms,
                                                     int64_t slide_ms,
                                                     const weir_window_options *options);

/* --- Outputs, executed in the order of definition -------------------------------------------- */

/* The first `count` records (>= 0) of each batch on standard output, in the format of spec O-60,
 * flushed. */
WEIR_API weir_status weir_print(weir_stream *in, int count);
/* A directory PREFIX-TIME[.SUFFIX] a batch, with part-00000 ... and _SUCCESS (O-61..O-63); durable
 * when it appears. suffix NULL or "": none. */
WEIR_API weir_status weir_save_as_text_files(weir_stream *in, const char *prefix,
                                             const char *suffix);
/* Calls the function with the dataset and the time of each batch. */
WEIR_API weir_status weir_foreach_rdd(weir_stream *in, const weir_function *foreach,
                                      weir_value arg);
/* Calls the function for each partition of each batch, on workers. */
WEIR_API weir_status weir_foreach_partition(weir_stream *in,
                                            const weir_function *foreach_partition,
                                            weir_value arg);
/* Names the output that was defined last on that stream. The name is what an output of the program
 * is told (weir/output.h), and so what its results stand under: it must stay the same when the
 * program changes. Without one it is derived from the output and the streams before it, never from
 * a number. Unique in the context, also among the derived names of foreachRDD and
 * foreachPartition. */
WEIR_API weir_status weir_name_output(weir_stream *in, const char *name);
/* Computes the stream and counts its records; the count appears in the summary of the batch. */
WEIR_API weir_status weir_count_output(weir_stream *in);

/* The context of a stream. */
WEIR_API weir_context *weir_stream_context(const weir_stream *stream);

#ifdef __cplusplus
}
#endif
#endif
