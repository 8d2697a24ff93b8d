/* The context: one running application (StreamingContext). Spec 01. */
#ifndef WEIR_CONTEXT_H
#define WEIR_CONTEXT_H

#include "weir/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Zero is the default of every member. */
typedef struct weir_options {
    const char *app_name;          /* shown in messages; "weir" */
    const char *master;            /* local, local[N], local[*] (a worker per processor);
                                    * "local[*]" */
    int64_t batch_interval_ms;     /* > 0; there is no default (C-01) */
    int partitions;                /* keyed partitions; 8. Part of the meaning: fixed at the first
                                    * start */
    int64_t block_interval_ms;     /* a receiver's open block is cut this often; min(200, batch
                                    * interval) */
    int64_t max_rate;              /* records a second for each receiver; 0: no limit */
    size_t max_record_bytes;       /* a longer line or frame is refused and counted; 64 MiB */
    size_t memory;                 /* budget for blocks that wait, in bytes; a sixteenth of the
                                    * machine's or cgroup's */
    size_t batch_memory;           /* working set of one batch in bytes, beyond which it fails; 8
                                    * x memory, at most half the machine's, but not less than
                                    * memory */
    int attempts;                  /* how often an output of a batch is tried before the batch
                                    * fails; 2 */
    int64_t stop_timeout_ms;       /* limit of a graceful stop, and of the wait of any stop for
                                    * receivers; 10 x batch interval, at least 10 s (C-27) */
    bool volatile_state;           /* state lives in memory alone and is lost when the context
                                    * stops */
    bool manual_clock;             /* time stands still but for weir_advance; starts at 0 (C-46) */
} weir_options;

/* The members of weir_options by name, for command lines and files: "batch-ms", "master", ... */
typedef struct weir_option {
    const char *name;
    const char *fallback; /* what holds if it is not given, in words */
    const char *about;    /* one sentence */
} weir_option;

/* The options one after another, NULL behind the last. Static memory. */
WEIR_API const weir_option *weir_option_at(size_t at);
/* Sets the option of that name from text ("1s", "64M", "yes"). `text` is borrowed, as the member
 * is. WEIR_ILLEGAL_ARGUMENT if there is none, or if the text does not fit it. */
WEIR_API weir_status weir_option_set(weir_options *options, const char *name, const char *text);

typedef enum weir_context_state {
    WEIR_INITIALIZED = 0,
    WEIR_ACTIVE = 1,
    WEIR_STOPPED = 2
} weir_context_state;

/* Makes a context. Options and their strings are copied. *context is given to the caller, who
 * frees it. */
WEIR_API weir_status weir_context_create(weir_context **context, const weir_options *options);
/* Stops the context if need be, and frees it and all its streams. NULL is fine. */
WEIR_API void weir_context_free(weir_context *context);

/* The first error of the calls that build the graph; WEIR_OK if all is well. Sets
 * weir_last_error. */
WEIR_API weir_status weir_error(weir_context *context);
WEIR_API weir_context_state weir_get_state(const weir_context *context);
/* The application's name and the master it runs on, as they were given or their defaults (C-05).
 * Any thread; valid as long as the context. */
WEIR_API const char *weir_app_name(const weir_context *context);
WEIR_API const char *weir_master(const weir_context *context);
/* The started, not stopped, context of the process, or NULL (C-32). Borrowed. */
WEIR_API weir_context *weir_get_active(void);

/* What streams yield is kept at least that long, for weir_stream_slice (C-38, C-72). Once, before
 * the start; afterwards it is checked and changes nothing. Every stream that an output reaches is
 * then computed whole in each batch, and copied: that takes time and memory. Over the option
 * `memory` in all, the oldest are forgotten early, which is logged. What is remembered does not
 * outlive the process. */
WEIR_API weir_status weir_remember(weir_context *context, int64_t duration_ms);

/* Says what weir_start would say of the graph, and starts and changes nothing: WEIR_OK, or what is
 * wrong. `lasts`: whether it is to run in a checkpoint directory, which is not looked at. Before
 * the start only. */
WEIR_API weir_status weir_check(weir_context *context, bool lasts);
/* Checks the graph (C-50..C-63), starts sources and clock, and returns; batches run on threads of
 * the context. A start that fails leaves the context STOPPED, but for C-12 (another context is
 * active: it stays INITIALIZED). A started context: WEIR_OK and a warning. */
WEIR_API weir_status weir_start(weir_context *context);
/* Stops; gracefully: every record that was stored is in a batch that was computed (C-28), or
 * WEIR_TIMEOUT: the option stop_timeout_ms passed first, and batches were dropped; it has stopped
 * all the same. WEIR_TIMEOUT of either stop: receivers whose on_stop or on_start did not return
 * within that time were left behind; the error names them. WEIR_NO_CHECKPOINT: gracefully, in a
 * context that lasts, and the last checkpoint could not be written (a full disk). That a batch
 * failed meanwhile is no failure of the stop: weir_await_termination tells. Idempotent. Not from
 * inside a function or a listener: WEIR_RUNTIME (C-21). */
WEIR_API weir_status weir_stop(weir_context *context, bool gracefully);
/* Waits until the context has stopped: WEIR_OK, or the error of the last failed batch, as soon as
 * there is one (C-30, C-31); WEIR_NO_CHECKPOINT as weir_stop, also where a bounded run ended by
 * itself. timeout_ms < 0: without limit; passed: WEIR_TIMEOUT. Any thread. */
WEIR_API weir_status weir_await_termination(weir_context *context, int64_t timeout_ms);

/* Manual clock: moves the time on by that much and returns when every batch up to the new time is
 * over; the first error of them is returned (and kept for weir_await_termination). */
WEIR_API weir_status weir_advance(weir_context *context, int64_t duration_ms);

/* --- What a batch did ------------------------------------------------------------------------ */

typedef struct weir_batch_summary {
    int64_t time_ms;            /* the batch: its end time */
    uint64_t records;           /* records that the sources gave to the batch, as far as it was
                                 * computed */
    int64_t submitted_us;       /* wall time in microseconds since 1970: cut */
    int64_t scheduling_us;      /* waited for the batches before it */
    int64_t processing_us;      /* computed, outputs included */
    uint32_t outputs;           /* how many outputs there are */
    const uint64_t *output_records; /* records that reached each output, in order of definition: of
                                     * print those that it fetched, of foreachRDD 0; borrowed */
    uint64_t refused;           /* records refused in this batch: too long, unreadable */
    uint64_t waiting;           /* batches that wait behind this one */
    weir_status status;         /* WEIR_OK, or why the batch failed */
    const char *error;          /* its text, or ""; borrowed */
} weir_batch_summary;

/* Calls `listener` after each batch, in order, on the batch runner's thread; the summary is valid
 * during the call. Before the start only. The listener must not stop the context (C-21). */
typedef void (*weir_batch_listener)(const weir_batch_summary *summary, void *user);
WEIR_API weir_status weir_on_batch(weir_context *context, weir_batch_listener listener,
                                   void *user);

/* --- What receivers do (S-45) ---------------------------------------------------------------- */

typedef enum weir_receiver_event_kind {
    WEIR_RECEIVER_STARTED = 1, /* is about to start, for the first time or again */
    WEIR_RECEIVER_ERROR = 2,   /* reported an error or failed to start; why is in `error` */
    WEIR_RECEIVER_STOPPED = 3  /* has stopped: to start again, or for good with the context */
} weir_receiver_event_kind;

typedef struct weir_receiver_event {
    weir_receiver_event_kind kind;
    int stream_id;         /* of its source: 0, 1, ... in order of definition */
    const char *name;      /* "NAME-ID"; of a socket its source's text; borrowed */
    bool is_active;        /* between STARTED and STOPPED */
    const char *error;     /* the last error of this receiver, or ""; borrowed */
    int64_t error_ms;      /* when that was, in wall time; -1: never */
} weir_receiver_event;

/* Calls `listener` for what sockets and receivers of the program do, in order, on the batch
 * runner's thread before the next batch and behind it, so never beside another listener. Beyond
 * 1,000 that wait, events are dropped, which is logged. Before the start only. The listener must
 * not stop the context (C-21). */
typedef void (*weir_receiver_listener)(const weir_receiver_event *event, void *user);
WEIR_API weir_status weir_on_receiver(weir_context *context, weir_receiver_listener listener,
                                      void *user);

/* The lineage as text, one stream a line, in the order of definition. To be freed by free(). NULL:
 * no memory. */
WEIR_API char *weir_lineage_text(const weir_context *context);

/* Messages of weir go to `sink` instead of standard error; NULL: standard error again. Any thread;
 * the text is one line without end. */
typedef enum weir_level {
    WEIR_DEBUG = 0,
    WEIR_INFO = 1,
    WEIR_WARNING = 2,
    WEIR_ERROR = 3
} weir_level;
typedef void (*weir_log_sink)(weir_level level, const char *text, void *user);
WEIR_API void weir_set_log(weir_log_sink sink, void *user, weir_level least);

/* --- Job shared objects ---------------------------------------------------------------------- */

/* A shared object for `weir run` defines this: it builds the graph (append only), and may be
 * called again at a restart. */
typedef weir_status (*weir_job_main_call)(weir_context *context);
WEIR_API weir_status weir_job_main(weir_context *context);

#ifdef __cplusplus
}
#endif
#endif
