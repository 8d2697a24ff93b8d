/* Checkpoints: contexts that last in a directory and go on after a crash. Spec 01 §5, 04.
 *
 * The directory holds a log of what was received and of what each batch consists of, and
 * checkpoints of the state at a batch boundary. A context that is made over a directory that was
 * used before goes on exactly where it stopped: state as if it had never stopped, and outputs
 * repeated for the batch in flight at most. */
#ifndef WEIR_CHECKPOINT_H
#define WEIR_CHECKPOINT_H

#include "weir/context.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a context lasts. Zero is the default of every member; strings are copied. */
typedef struct weir_durability {
    int64_t checkpoint_ms;       /* between checkpoints, a multiple of the batch interval; the
                                    least multiple that is at least 10 s */
    int keep;                    /* checkpoints that are kept, at least 2; 2 */
    int64_t keep_every_ms;       /* of older ones, the first and one every so often are kept, too,
                                    with the log since; 0: none */
    bool log_compress;           /* blocks in the log are compressed */
    int64_t log_sync_ms;         /* the log is synced that often only, and what was received in
                                    between is acknowledged before; 0: groups are synced first */
    bool log_no_sync;            /* the log is never synced: what the system has not written is
                                    lost with it */
    size_t state_memory;         /* bytes for tables of state and the database behind them; a
                                    quarter of the machine's or cgroup's */
    /* for one start alone */
    const char *const *drop_state; /* names of state to give up; "*": all */
    size_t drop_state_count;
    const char *const *drop_source; /* names of sources to give up, which the program lacks: what
                                    the log has of them is left out */
    size_t drop_source_count;
    const int64_t *skip_batches;   /* times of batches to give up */
    size_t skip_batch_count;
    const int64_t *lose_batches;   /* times of batches to give up although they are done: what they
                                      did to the state is lost */
    size_t lose_batch_count;
    const uint64_t *lose_segments; /* segments of the log to go on without what is lost of them */
    size_t lose_segment_count;
    bool skip_missing_files;       /* files that are gone or changed are left out of batches */
    bool skip_down_batches;        /* no batches for the time it was down */
    bool all_down_batches;         /* all of them, even if they are more than 100,000 */
    int64_t from_ms;               /* the checkpoint to go on from; 0: the newest good one */
    bool has_from;                 /* from_ms counts although it is 0: checkpoint 0 of a bounded
                                      run */
} weir_durability;

/* Builds the graph of a context: appends to its lineage, no more. The same on a first start and on
 * every restart. */
typedef weir_status (*weir_build)(weir_context *context, void *user);

/* Makes a context that lasts in `directory`, which is made if it is not there, and builds its
 * graph. Where a checkpoint is, the batch interval and the number of partitions are the
 * checkpoint's (a difference is said), and its state is adopted by the streams that keep state
 * under the same name; state that nobody adopts is an error that changes nothing, unless it is
 * dropped on purpose. The context still has to be started (C-36). `durability` may be NULL. */
WEIR_API weir_status weir_get_or_create(weir_context **context, const char *directory,
                                        const weir_options *options,
                                        const weir_durability *durability, weir_build build,
                                        void *user);
/* Makes a context from the checkpoint alone, program and all: every function must be registered,
 * and sources that only a program can make (receivers, converters) cannot be recovered so.
 * `options` (for the machine: master, memory; may be NULL). WEIR_ILLEGAL_ARGUMENT: there is no
 * checkpoint. */
WEIR_API weir_status weir_recover(weir_context **context, const char *directory,
                                  const weir_options *options, const weir_durability *durability);
/* The active context of the process (not the caller's to free), else weir_get_or_create (C-33). */
WEIR_API weir_status weir_get_active_or_create(weir_context **context, const char *directory,
                                               const weir_options *options,
                                               const weir_durability *durability, weir_build build,
                                               void *user);

/* How a started context came to be. */
typedef struct weir_resumption {
    bool is_resumed;         /* from a checkpoint; else it is a first start */
    int64_t checkpoint_ms;   /* its batch time */
    uint64_t replayed;       /* batches computed again, or for the first time, from the log */
    uint64_t replayed_done;  /* how many of them without their outputs */
    uint64_t down;           /* batches for the time it was down */
    bool is_finished;        /* a bounded run that had read everything before: it ends at once */
    int64_t took_us;         /* from the beginning of the start until batches could be computed */
} weir_resumption;
/* WEIR_ILLEGAL_STATE if the context does not last in a directory or was not started. */
WEIR_API weir_status weir_get_resumption(const weir_context *context, weir_resumption *resumption);
/* Asks for a checkpoint at the next batch boundary and waits until it is published. timeout_ms <
 * 0: without limit; passed: WEIR_TIMEOUT. WEIR_ILLEGAL_STATE without a directory, or if the
 * context stops first. Any thread but the context's own. */
WEIR_API weir_status weir_checkpoint_now(weir_context *context, int64_t timeout_ms);
/* Checkpoints that this context has published since its start. 0 without a directory. Any
 * thread. */
WEIR_API uint64_t weir_checkpoints(const weir_context *context);

/* Calls `listener` for each checkpoint that is published, in order: the first one in weir_start,
 * the last one of a stop in that, others on the thread that writes checkpoints, perhaps beside a
 * listener of batches. `is_due`: checkpoint_ms wanted it; else it is the first one or the last one
 * of a stop, or somebody asked for it. Before the start only: WEIR_ILLEGAL_STATE afterwards, or
 * without a directory. The listener must not stop the context (C-21), nor wait for a
 * checkpoint. */
typedef void (*weir_checkpoint_listener)(int64_t time_ms, bool is_due, void *user);
WEIR_API weir_status weir_on_checkpoint(weir_context *context, weir_checkpoint_listener listener,
                                        void *user);

#ifdef __cplusplus
}
#endif
#endif
