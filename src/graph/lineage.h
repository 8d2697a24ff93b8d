/* Lineage: the streams of a context as plain data: kinds, function names, parameters, parents.
 * The runnable graph is made from nothing else, on a first start as after a restart. Functions
 * stand in it by descriptor; what is stored is the name. */
#ifndef GRAPH_LINEAGE_H
#define GRAPH_LINEAGE_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "weir/dataset.h"
#include "weir/stream.h"

enum {
    LINEAGE_PARTITIONS_MAX = 1 << 20, /* more is a slip of the pen: it would eat the machine */
    LINEAGE_DEPTH_MAX = 1000,         /* streams in a row: they are planned recursively */
    STREAM_LABEL_MAX = 16             /* room for "#" and the id */
};

/* Append-only: the numbers are part of the format. 0 is never valid. */
typedef enum stream_kind {
    STREAM_SOURCE = 1,
    STREAM_MAP = 2,
    STREAM_FLAT_MAP = 3,
    STREAM_FILTER = 4,
    STREAM_MAP_PARTITIONS = 5,
    STREAM_GLOM = 6,
    STREAM_REPARTITION = 7,
    STREAM_UNION = 8,
    STREAM_COUNT = 9,
    STREAM_REDUCE = 10,
    STREAM_COUNT_BY_VALUE = 11,
    STREAM_TRANSFORM = 12,
    STREAM_TRANSFORM_WITH = 13,
    STREAM_MAP_VALUES = 14,
    STREAM_FLAT_MAP_VALUES = 15,
    STREAM_GROUP_BY_KEY = 16,
    STREAM_REDUCE_BY_KEY = 17,
    STREAM_COMBINE_BY_KEY = 18,
    STREAM_JOIN = 19,
    STREAM_LEFT_OUTER_JOIN = 20,
    STREAM_RIGHT_OUTER_JOIN = 21,
    STREAM_FULL_OUTER_JOIN = 22,
    STREAM_COGROUP = 23,
    STREAM_UPDATE_STATE_BY_KEY = 24,
    STREAM_MAP_WITH_STATE = 25,
    STREAM_STATE_SNAPSHOTS = 26,
    STREAM_UPDATE_AT = 27,        /* updateStateByKey with another kind of function */
    STREAM_UPDATE_PARTITION = 28,
    STREAM_TRANSFORM_ALL = 29, /* transform over a list of streams */
    STREAM_WINDOW = 30,
    STREAM_GROUP_BY_KEY_AND_WINDOW = 31,
    STREAM_REDUCE_BY_KEY_AND_WINDOW = 32,
    STREAM_REDUCE_BY_WINDOW = 33,
    STREAM_COUNT_BY_WINDOW = 34,
    STREAM_COUNT_BY_VALUE_AND_WINDOW = 35,
    STREAM_KINDS
} stream_kind;

typedef enum output_kind {
    OUTPUT_PRINT = 1,
    OUTPUT_SAVE_TEXT = 2,
    OUTPUT_FOREACH = 3,
    OUTPUT_FOREACH_PARTITION = 4,
    OUTPUT_COUNT = 5,
    OUTPUT_SAVE_TO_KAFKA = 6,
    OUTPUT_KINDS
} output_kind;

typedef struct lineage lineage;

/* A stream. Everything is in the lineage's arena. */
struct weir_stream {
    lineage *lineage;
    uint32_t id; /* position in the lineage */
    stream_kind kind;
    char *name;  /* given by the user, or NULL */
    const char *place; /* where it is defined, for people: "words.c:12", or NULL. Not stored */
    const weir_function *function; /* or NULL */
    weir_value arg;
    int64_t slide_ms;
    int partitions; /* repartition, shuffles; 0: the context's */
    bool cached;
    int64_t checkpoint_ms; /* asked for of this stream alone; 0: none */
    /* streams with state */
    char *space;           /* the name of its space: given, or derived; unique in the lineage */
    weir_value initial;    /* list of pairs, or absent */
    int64_t timeout_ms;    /* mapWithState; 0: none */
    int64_t timeout_scan_ms;
    const weir_function *partitioner; /* of the keys of the space; NULL: by their hash */
    weir_value partitioner_arg;
    /* windows: their slide is slide_ms */
    int64_t window_ms;
    const weir_function *inverse; /* or NULL */
    const weir_function *filter;  /* or NULL; of directories too: which files */
    weir_value filter_arg;
    bool drops_neutral;
    bool checks_inverse;
    uint32_t depth; /* how many streams stand before it in a row */
    uint32_t parent_count;
    weir_stream **parents;
    /* sources only */
    void *source;            /* struct source of ingest, opaque here */
    const char *source_text; /* e.g. "socketTextStream localhost:9999" */
    /* (operation, arguments ...), from which it can be made again; absent: it cannot be */
    weir_value source_spec;
};

/* An output that holds a connection from the start of its context to the stop: what a room above
 * outputs does for it. */
struct output;
typedef struct connector {
    /* Before the first batch. `context_id`: 32 hex digits, of a context that lasts the same
     * after a restart. A failure is one of the start. Starting thread; may block. */
    weir_status (*start)(struct output *output, const char *context_id);
    /* As output_run (outputs/outputs.h). */
    weir_status (*run)(const struct output *output, weir_dataset *dataset, int64_t time_ms,
                       uint64_t *records);
    /* A stop has begun: what waits for others to answer gives up. Any thread. */
    void (*give_up)(struct output *output);
    /* No batch is computed any more. Stopping thread; also without a start, or again. */
    void (*finish)(struct output *output);
} connector;

typedef struct output {
    uint32_t id; /* position among the outputs */
    output_kind kind;
    weir_stream *in;
    char *name;           /* given by the user, or NULL */
    const char *place;    /* as of a stream */
    const char *identity; /* the name, or one that is derived; from lineage_name_outputs on */
    const weir_function *function;
    weir_value arg;
    int count;    /* print */
    char *prefix; /* save; else NULL */
    char *suffix; /* save; NULL: none, never "" */
    const connector *connector; /* or NULL */
    void *connection;           /* the connector's own; lives as it likes */
    bool keeps_ledger; /* of the last batch that it wrote: it cannot write an older one later */
} output;

struct lineage {
    weir_context *context;
    arena arena;
    weir_stream **streams;
    size_t stream_count;
    output **outputs;
    size_t output_count;
    int64_t batch_interval_ms;
    bool is_started; /* set by the context: every call that would append is refused (C-10) */
    _Atomic bool is_stopped;
    weir_status status; /* the first error while it was built */
    char error[1024];
};

void lineage_init(lineage *lineage, weir_context *context, int64_t batch_interval_ms);
void lineage_release(lineage *lineage);

/* May anything be appended? WEIR_OK, or WEIR_ILLEGAL_STATE with a text that begins with `what`
 * and says "starting" or "stopping" (C-10). */
weir_status lineage_check_open(const lineage *lineage, const char *what);
/* Appends a source (for ingest): gives the stream. `text` is copied. NULL and the error is set
 * if the lineage is closed. */
weir_stream *lineage_add_source(lineage *lineage, void *source, const char *text);
/* Append without any check but the kinds; give what was appended, zero but for these members.
 * The parents are copied. */
weir_stream *lineage_append_stream(lineage *lineage, stream_kind kind, weir_stream *const *parents,
                                   size_t count);
output *lineage_append_output(lineage *lineage, output_kind kind, weir_stream *in);

/* How an output of a kind that a room above knows is made again: from its stream and argument.
 * Again: nothing happens. Any thread. */
typedef weir_status (*output_maker)(weir_stream *in, weir_value arg);
void lineage_register_output(output_kind kind, output_maker make);
output_maker lineage_output_maker(output_kind kind); /* or NULL */

/* Keeps the first error; returns status. The text is this thread's error text. A closed lineage
 * keeps none: a call that it refuses changes nothing. */
weir_status lineage_fail(lineage *lineage, weir_status status);
/* For the start: the error that was kept, else C-50 (no output: nothing to execute). Streams
 * that no output reaches are fine. The other rules were checked when the streams were made. */
weir_status lineage_validate(const lineage *lineage);

/* The words of the tables: "reduceByKey", "saveAsTextFiles". Static memory. */
const char *stream_kind_text(stream_kind kind);
const char *output_kind_text(output_kind kind);
/* The kind of function that such a stream or output is made with; 0: none. */
weir_function_kind stream_kind_function(stream_kind kind);
weir_function_kind output_kind_function(output_kind kind);
/* Does a stream of that kind fail when a parent yields no dataset (O-01), rather than yield
 * none itself? */
bool stream_kind_needs_all_parents(stream_kind kind);
/* Does a stream of that kind keep anything of its own from batch to batch: a space, panes? */
bool stream_kind_has_state(stream_kind kind);
bool stream_kind_is_window(stream_kind kind);
/* Is it an updateStateByKey, of whatever kind of function? */
bool stream_kind_updates(stream_kind kind);
/* Does it keep the state of keys, as a space? Of windows those that go on from their last result:
 * with an inverse function. */
bool stream_has_space(const weir_stream *stream);
/* Must it have a checkpoint directory (C-53)? */
bool stream_must_last(const weir_stream *stream);
/* The first stream that keeps anything, or NULL; and the first that must last. */
const weir_stream *lineage_find_state(const lineage *lineage);
const weir_stream *lineage_find_lasting(const lineage *lineage);
/* Marks the streams that an output needs: is_needed[id], room for all of them, zero before. */
void lineage_mark_needed(const lineage *lineage, bool *is_needed);
/* Says which streams keep state and are needed by no output: they are not computed. */
void lineage_warn_unneeded(const lineage *lineage);
/* Gives every stream with state the name of its space; equal names are an error. At the start. */
weir_status lineage_name_spaces(lineage *lineage);
/* Gives every output the name that its results stand under. Equal names are an error, unless both
 * are derived and one is of an output that needs none. At the start. */
weir_status lineage_name_outputs(lineage *lineage);
/* The name of a stream, or "#" and its id written into `room`. */
const char *stream_label(const weir_stream *stream, char room[STREAM_LABEL_MAX]);

/* Appends where the streams above an output are defined whose function failed with that error, of
 * many the first ones: "words.c:12 or words.c:14"; nothing if it is no failure of a function, or
 * if no place was noted. */
void lineage_find_places(const output *output, const char *error, buffer *to);

/* The lineage as text for people, appended. One line a stream in the order of definition, then
 * one line an output, in columns as wide as their widest cell:
 *
 *     lines     socketTextStream  localhost:9999
 *     words     flatMap           split_ws             <- lines
 *     #2        map               add_n(5), cached     <- words
 *     counts    reduceByKey       sum, 4 partitions    <- #2
 *     output 0  print             10                   <- counts
 *     output 1  saveAsTextFiles   out/counts-TIME.txt  <- counts
 *
 * label (stream_label; "output" and its id) · the word of the kind, of a source the first word
 * of its text · function, with its argument unless that is null or absent, a string in quotes;
 * then, if they are not the default, window, inverse, filter, partitions, partitioner, slide,
 * cached, checkpoint interval · parents · where it is defined, if that was noted; of a long one
 * its end. Control characters are escaped, cells longer than 48 characters are cut and end in
 * "...". No blanks at the end of a line. */
void lineage_print(const lineage *lineage, buffer *to);

#endif
