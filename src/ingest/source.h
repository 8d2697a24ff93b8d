/* A source: where the records of one source stream come from. It answers what a batch consists of,
 * as splits that any worker can read. Everything here is called on the loop thread unless it says
 * otherwise. */
#ifndef INGEST_SOURCE_H
#define INGEST_SOURCE_H

#include "graph/lineage.h"
#include "ingest/ingest.h"
#include "record/block.h"
#include "record/split.h"
#include "weir/context.h"

/* What one source gives to one batch: one split for each partition. `none`: no dataset at all
 * (O-01). */
typedef struct source_batch {
    split **splits; /* owned, with the array */
    size_t count;
    bool none;
    uint64_t refused; /* records refused while they were received since the batch before */
    uint64_t bytes;   /* of its blocks: given back to ingest->waiting when the batch is over */
} source_batch;
void source_batch_add(source_batch *batch, split *split); /* takes it */
void source_batch_release(source_batch *batch);

typedef struct source source;
typedef struct source_class {
    const char *name;
    /* Begins to receive. Failing stops the start of the context. NULL: nothing to do. */
    weir_status (*start)(source *source);
    /* Stops receiving, for good; everything received so far is still cut. May be asynchronous:
     * source->is_ended is set when it is complete. NULL: nothing to do. */
    void (*stop)(source *source);
    /* The stop waits no longer for it: it is left to itself, is_ended is set soon, and from now on
     * it touches nothing but its own memory. Says in `what` which it is and what does not return.
     * Not if it has just ended. NULL: it has to be waited for. */
    void (*leave)(source *source, char *what, size_t size);
    /* Chooses what the batch of `time_ms` consists of. A failure is a failure of the batch. */
    weir_status (*cut)(source *source, int64_t time_ms, source_batch *batch);
    /* A block interval has passed: cuts the open block. NULL: has none. */
    void (*tick)(source *source);
    /* Has it received something that no batch has yet (for a graceful stop)? NULL: no. */
    bool (*has_waiting)(source *source);
    /* Frees it, after stop or without a start. */
    void (*free)(source *source);

    /* --- for a restart; all values are made in the current arena -----------------------------
     * What the batch cut last consists of: enough to make it again. NULL: the source cannot be
     * recovered, and is refused where there is a checkpoint directory. */
    weir_value (*describe)(source *source, const source_batch *batch);
    /* Makes the batch of `time_ms` again from its description, and goes on behind it. */
    weir_status (*replay)(source *source, int64_t time_ms, weir_value what, source_batch *batch);
    /* The batch replayed last is given up, and will never be done. NULL: all the same to it. */
    void (*pass)(source *source, const source_batch *batch);
    /* On the first start of a context that lasts, before anything is logged: finds where it
     * begins, for `save`, as the moment of a later start must not decide that. Before start, or
     * without one; starting thread; may block. NULL: no moment decides where it begins. */
    weir_status (*begin)(source *source);
    /* Where it stands after the batch cut last. NULL: nowhere in particular. */
    weir_value (*save)(source *source);
    /* After start, before the first batch: stands there again. */
    weir_status (*restore)(source *source, weir_value saved);
    /* Takes a block of its own from the log that is in no batch: it goes into the next one, before
     * all others (so the newest is given first). Takes the reference. NULL: has no blocks. */
    void (*adopt)(source *source, block *block);
    /* The lowest place in the log of its stored blocks that no batch has; false: it has none. What
     * the log has not answered yet stands behind the end that the log had when it was asked for
     * that before. NULL: has no blocks. */
    bool (*oldest)(source *source, uint64_t *segment, uint64_t *offset);

    /* --- behind a batch ---------------------------------------------------------------------- */
    /* A batch is done, durably. Batch runner's thread; must not block. NULL: nothing to do. */
    void (*done)(source *source, const source_batch *batch);
    /* What reading it has shown, for its done mark: given back in ingest->read when the batch is
     * made again. A value in the current arena. Batch runner's thread. NULL: nothing. */
    weir_value (*read)(const source_batch *batch);
    /* Started, stopped, and no batch is computed any more: gives back what reading needed. The
     * stopping thread; may block for seconds. NULL: nothing to do. */
    void (*finish)(source *source);
} source_class;

/* What a source that receives last told of itself. One thread at a time: the source sees to that
 * with the mutex that it has, or by its thread. */
typedef struct source_report {
    bool is_active;
    int64_t error_ms; /* 0: no error yet */
    char error[256];
} source_report;

/* Embedded as the first member of each kind of source. */
struct source {
    const source_class *class;
    ingest *ingest;
    weir_stream *stream;
    uint32_t id;    /* among the sources: 0, 1, ... in order of creation */
    bool is_needed; /* an output reaches it; else it is neither started nor cut (C-74) */
    bool is_started;
    bool is_stopping; /* stop was called */
    bool is_ended;    /* stop is complete */
    bool is_live;     /* its records arrive in real time: cannot run beside a bounded source */
    bool is_bounded;  /* has a last batch: runs in virtual time */
    uint64_t batches; /* of a bounded source: how many */
    source_report report;
    struct block_intake *intake; /* of a source that receives blocks, else NULL */
};

/* Fills the head of a source made with memory_zero_alloc and appends it to the lineage and to the
 * context's ingest; gives the stream, or frees the source and gives NULL (error kept in the
 * lineage). Building thread. */
weir_stream *source_add(source *source, const source_class *class, weir_context *context,
                        const char *text);
/* Says how the source of a stream can be made again from the lineage alone: an operation of
 * source_spec.c and its arguments (copied). NULL stream: nothing. Gives the stream. */
weir_stream *source_describe_making(weir_stream *stream, const char *operation,
                                    const weir_value *arguments, size_t count);
/* Adds an operation that rooms above know how to make; `make` is given the arguments. Static
 * memory; again: nothing happens. Any thread. */
typedef weir_stream *(*source_maker)(weir_context *context, const weir_value *argument);
void source_register_making(const char *operation, size_t arguments, source_maker make);
/* Makes the source again. NULL: error in the lineage. */
weir_stream *source_make_again(weir_context *context, weir_value spec);
/* Tells who listens that a receiver of that name started, stopped or failed (S-45). `reason`: of
 * an error, else NULL. A stop of what has not started tells nothing. */
void source_tell(source *source, const char *name, weir_receiver_event_kind kind,
                 const char *reason);
/* Keeps this thread's error in the lineage of the context (NULL: of none) and gives NULL: for
 * arguments that are wrong. */
weir_stream *source_refuse(weir_context *context, weir_status status);

#endif
