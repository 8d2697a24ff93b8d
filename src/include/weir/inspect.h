/* Looking into the directory of a context that lasts: what is in its checkpoints, its log and its
 * state, whether all of it is whole, and what a restart would do.
 *
 * Everything here only reads, and needs no context: the directory may be that of a context that
 * runs at the same time, which is not disturbed. Damage is told, and reading goes on behind it.
 * What a visitor is given is borrowed for the call; values live as long. A visitor that returns
 * false ends the visit, which is no failure. Any thread. */
#ifndef WEIR_INSPECT_H
#define WEIR_INSPECT_H

#include "weir/checkpoint.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WEIR_NEWEST = -1 }; /* as a time: of the newest checkpoint that is whole */

/* --- Checkpoints ----------------------------------------------------------------------------- */

typedef struct weir_checkpoint_facts {
    int64_t time_ms;        /* the batch boundary that it is of */
    weir_status status;     /* WEIR_OK: a restart can begin here, as its small files are whole and
                             * the others have their sizes; WEIR_IO: they may not be read */
    const char *error;      /* else why not; "" */
    int64_t published_ms;   /* wall clock */
    /* zero if its manifest cannot be read */
    const char *app_name;
    char context_id[33];    /* in hexadecimal */
    int64_t zero_ms;        /* of the context */
    int64_t first_start_ms; /* wall clock, of the context */
    int64_t interval_ms;
    int partitions;
    uint64_t batches;       /* up to it, from the zero time */
    uint64_t next_block;
    uint64_t log_segment;   /* the log is needed from there on */
    uint64_t log_offset;
    uint64_t files;         /* of its state */
    uint64_t bytes;         /* of these files, which checkpoints share */
} weir_checkpoint_facts;

/* All that are there, oldest first. */
typedef bool (*weir_checkpoint_visit)(const weir_checkpoint_facts *checkpoint, void *user);
WEIR_API weir_status weir_inspect_checkpoints(const char *directory, weir_checkpoint_visit visit,
                                              void *user);

/* --- Lineage --------------------------------------------------------------------------------- */

typedef struct weir_stream_facts {
    uint32_t id;
    const char *kind;      /* "reduceByKey" */
    const char *name;      /* or NULL, as all texts here but `kind` */
    const char *function;
    weir_value arg;        /* null: none */
    int64_t slide_ms;
    int partitions;        /* 0: the context's */
    bool cached;
    const char *space;     /* under which its state is kept */
    weir_value initial;    /* state; null: none */
    int64_t timeout_ms;
    int64_t timeout_scan_ms;
    const uint32_t *parents;
    size_t parent_count;
    const char *source;    /* "socketTextStream localhost:9999" */
    int64_t checkpoint_ms; /* asked for of this stream alone; 0: none */
    const char *partitioner; /* of its keys; NULL: by their hash */
    weir_value partitioner_arg; /* null: none */
    /* windows; of other streams zero, but for the filter */
    int64_t window_ms;
    const char *inverse;
    const char *filter;    /* of a directory: which files */
    weir_value filter_arg; /* null: none */
    bool drops_neutral;
    bool checks_inverse;
} weir_stream_facts;

typedef struct weir_output_facts {
    uint32_t id;
    const char *kind;      /* "print" */
    uint32_t stream;
    const char *function;
    weir_value arg;        /* null: none */
    int64_t count;
    const char *prefix;
    const char *suffix;
    const char *name;      /* given to it, or NULL */
} weir_output_facts;

/* Of a checkpoint: the streams, in the order of definition, then the outputs. WEIR_DAMAGED: it is
 * damaged; if the newest was asked for, the newest whole one was visited, if there is one. */
typedef bool (*weir_stream_visit)(const weir_stream_facts *stream, void *user);
typedef bool (*weir_output_visit)(const weir_output_facts *output, void *user);
WEIR_API weir_status weir_inspect_lineage(const char *directory, int64_t at_ms,
                                          weir_stream_visit streams, weir_output_visit outputs,
                                          void *user);

/* --- Log ------------------------------------------------------------------------------------- */

typedef enum weir_log_kind {
    WEIR_LOG_BLOCK = 1,  /* what a receiver took in at once */
    WEIR_LOG_BATCH = 2,  /* what a batch consists of */
    WEIR_LOG_DONE = 3,   /* a batch is done */
    WEIR_LOG_OTHER = 4,  /* an entry of a later weir, or one that cannot be understood */
    WEIR_LOG_DAMAGE = 5, /* no entry where one should be */
    WEIR_LOG_TORN = 6,   /* the end of the log was being written: never acknowledged, no damage */
    WEIR_LOG_RUN = 7,    /* what several batches consist of that were cut at once, for the time a
                          * context was down */
    WEIR_LOG_GIVEN_UP = 8, /* no start computes a batch any more that was recorded: not done, or
                            * done before (--skip-batch, --lose-batch) */
    WEIR_LOG_LOSS = 9 /* a start went on without what the log had lost by then (--lose-segment) */
} weir_log_kind;

typedef struct weir_log_facts {
    weir_log_kind kind;
    uint64_t segment;
    uint64_t offset;        /* in the segment */
    uint64_t end;           /* of damage, or of a torn tail */
    uint64_t sequence;      /* of an entry */
    uint64_t size;          /* of its payload */
    int64_t time_ms;        /* of a batch; of the first of a run; of a loss: of the checkpoint
                             * that the start went on from */
    weir_value content;     /* of a batch: list of (source, what) pairs; of one that is done: list
                             * of the records that came in, a list of those of each output, and,
                             * but for early weirs, lists of its times in us (scheduling,
                             * processing) and of (source, checksums of its files) pairs; of a
                             * run: a list of (time of the first, interval, how many, their list of
                             * pairs), by rising time */
    uint64_t block;         /* its number */
    uint32_t source;        /* that received it: its position among the sources */
    uint64_t records;       /* of the block */
    uint64_t bytes;
    uint64_t missing;       /* entries that damage has cost, as far as their numbers tell */
    uint64_t first_missing; /* number of the first of them; 0: not known */
    const char *what;       /* of damage: in words */
} weir_log_facts;

/* All that is in the log, in its order. WEIR_DAMAGED: there was damage; everything was visited. */
typedef bool (*weir_log_visit)(const weir_log_facts *item, void *user);
WEIR_API weir_status weir_inspect_log(const char *directory, weir_log_visit visit, void *user);

typedef struct weir_batch_facts {
    int64_t time_ms;
    bool is_recorded;
    bool is_done;
    bool is_in_checkpoint; /* in the newest that is whole, so that it is never computed again */
    bool is_given_up;      /* it is never computed (--skip-batch), or, if it is done, never again,
                            * and what it did to the state is lost (--lose-batch) */
    bool is_missing;       /* it is done, its record is not there, and the oldest checkpoint
                            * that is whole could need it: damage. Older records may go */
    weir_value sources;    /* list of (source, what) pairs; null: not recorded, or damaged */
    uint64_t blocks;
    uint64_t block_records;
    weir_value result;     /* as weir_log_facts.content of a batch that is done; null: it is not */
} weir_batch_facts;

/* The batches that the log knows, by rising time. WEIR_DAMAGED as above. */
typedef bool (*weir_batch_visit)(const weir_batch_facts *batch, void *user);
WEIR_API weir_status weir_inspect_batches(const char *directory, weir_batch_visit visit,
                                          void *user);

/* --- State ----------------------------------------------------------------------------------- */

typedef struct weir_state_entry {
    const char *space;
    size_t partition;
    weir_value key;
    weir_value value;
    int64_t changed_ms; /* the batch that changed it last */
} weir_state_entry;

/* What is looked for. `at_ms` must be set; NULL members: all. */
typedef struct weir_state_query {
    int64_t at_ms;      /* of a checkpoint, or WEIR_NEWEST; 0 is checkpoint 0 */
    const char *space;  /* NULL: all */
    const char *prefix; /* NULL, or: only keys that are strings and begin so */
} weir_state_query;

typedef struct weir_state_visitor {
    /* Any of them may be NULL. */
    void (*begins)(int64_t time_ms, void *user); /* the checkpoint that is read */
    void (*space)(const char *space, size_t partitions, void *user);
    bool (*entry)(const weir_state_entry *entry, void *user);
    void (*damage)(const char *text, void *user);
    /* The newest checkpoint was asked for and is damaged, which the log lines of the process said:
     * the newest whole one is read. */
    void (*falls_back)(void *user);
} weir_state_visitor;

/* Space by space, in each by rising partition and key. WEIR_DAMAGED: some of it cannot be read;
 * the rest was visited. WEIR_NO_ELEMENT: there is no such space. */
WEIR_API weir_status weir_inspect_state(const char *directory, const weir_state_query *query,
                                        const weir_state_visitor *visitor, void *user);

/* --- Panes ----------------------------------------------------------------------------------- */

/* What one batch added to a window. */
typedef struct weir_pane_facts {
    const char *space;  /* of the windowed stream */
    int64_t time_ms;
    size_t partitions;
    uint64_t records;   /* keyed panes: of as many keys */
    uint64_t bytes;     /* stored */
} weir_pane_facts;

typedef struct weir_pane_entry {
    const char *space;
    int64_t time_ms;    /* of the pane */
    size_t partition;
    weir_value key;     /* absent: it has none */
    weir_value value;
} weir_pane_entry;

typedef struct weir_pane_visitor {
    /* Any of them may be NULL. */
    void (*begins)(int64_t time_ms, void *user); /* the checkpoint that is read */
    /* `partitions`: of keyed panes; else 0 */
    void (*window)(const char *space, size_t partitions, void *user);
    bool (*pane)(const weir_pane_facts *pane, void *user);
    bool (*entry)(const weir_pane_entry *entry, void *user);
    void (*damage)(const char *text, void *user);
    /* The newest checkpoint was asked for and is damaged, which the log lines of the process said:
     * the newest whole one is read. */
    void (*falls_back)(void *user);
} weir_pane_visitor;

/* Window by window, in each by rising time: the pane, then its records, by rising partition and
 * key (or in their order). Those that no window to come can need are not there. WEIR_DAMAGED: some
 * of it cannot be read; the rest was visited. WEIR_NO_ELEMENT: there is no such window. */
WEIR_API weir_status weir_inspect_panes(const char *directory, const weir_state_query *query,
                                        const weir_pane_visitor *visitor, void *user);

/* --- The whole ------------------------------------------------------------------------------- */

typedef struct weir_directory_facts {
    bool is_in_use;            /* by a context that runs, on this machine */
    char holder[256];          /* what the lock says of whoever has or had it: pid, host, boot
                                * id */
    uint64_t log_segments;
    uint64_t log_bytes;
    uint64_t quarantined;      /* files that are kept because of damage */
    uint64_t checkpoints;
    uint64_t checkpoint_bytes; /* on disk: what they share counts once */
    uint64_t live_bytes;       /* of the live state beyond that */
    uint64_t set_aside;        /* checkpoints that a start passed over for an older one; nobody
                                * deletes them */
    uint64_t set_aside_bytes;  /* on disk, beyond both */
} weir_directory_facts;
WEIR_API weir_status weir_inspect_directory(const char *directory, weir_directory_facts *facts);

/* The checkpoints that were set aside, by rising time: their names in
 * directory/checkpoints/quarantine, the time in ms, and where it was there before a number. */
typedef bool (*weir_set_aside_visit)(const char *name, void *user);
WEIR_API weir_status weir_inspect_set_aside(const char *directory, weir_set_aside_visit visit,
                                            void *user);

/* What a restart would do now. */
typedef struct weir_restart_facts {
    int64_t checkpoint_ms;  /* it goes on from; WEIR_NEWEST: none was found */
    uint64_t replayed;      /* batches computed again, or for the first time, from the log */
    uint64_t replayed_done; /* how many of them without their outputs */
    uint64_t loose_blocks;  /* that join the next batch */
    uint64_t down;          /* batches that fell due since */
    int64_t last_ms;        /* the last batch time that was given out */
    uint64_t damaged;       /* places of the log that it would have read */
} weir_restart_facts;
/* Of any program. WEIR_DAMAGED and others: the start would fail so, and of the facts only the
 * checkpoint is sure to be known. `durability` may be NULL. */
WEIR_API weir_status weir_inspect_restart(const char *directory,
                                          const weir_durability *durability,
                                          weir_restart_facts *facts);

/* What becomes of something that is stored, under a program that wants to go on with it. */
typedef struct weir_verdict {
    const char *what;    /* "state", "source" or "output" */
    const char *name;    /* of an output: by which a ledger knows it (weir/output.h) */
    const char *verdict; /* "kept", "new", "gone", "changed" or "dropped" */
    const char *how;     /* "" or what is different */
    bool is_refused;     /* a start with this program and these options would be; never for an
                          * output */
} weir_verdict;

typedef void (*weir_verdict_visit)(const weir_verdict *verdict, void *user);
/* Compares a program with the newest whole checkpoint (or that of durability->from_ms), and tries
 * its start as far as nothing is touched, nothing outside is asked but the files of batches that
 * are to be computed again, and no function is called. WEIR_INCOMPATIBLE: a verdict is a refusal;
 * any other failure is that of the build, or with which the start would end. WEIR_OK: `restart`,
 * which may be NULL, says what it would do. */
WEIR_API weir_status weir_inspect_program(const char *directory, const weir_options *options,
                                          const weir_durability *durability, weir_build build,
                                          void *user, weir_verdict_visit visit, void *visit_user,
                                          weir_restart_facts *restart);

/* --- Is it whole? ---------------------------------------------------------------------------- */

typedef struct weir_verifier {
    /* Either may be NULL. */
    void (*progress)(uint64_t done_bytes, uint64_t all_bytes, const char *what, void *user);
    /* `is_damage`: else something that is as it should be after a crash, or left over. */
    void (*found)(bool is_damage, const char *text, void *user);
} weir_verifier;

/* Reads everything: every checksum, every reference. WEIR_DAMAGED: something is damaged. */
WEIR_API weir_status weir_verify(const char *directory, const weir_verifier *verifier, void *user);

/* --- Beside a context that runs -------------------------------------------------------------- */

/* Asks the context that runs in the directory for a checkpoint at its next batch boundary, which
 * is up to an interval away, and waits until it is published: *time_ms is its boundary. timeout_ms
 * < 0: without limit. WEIR_NO_ELEMENT: none runs there; WEIR_TIMEOUT: passed, whatever the context
 * does and whoever else asks, and the checkpoint is taken nevertheless; WEIR_RUNTIME: too many
 * ask. */
WEIR_API weir_status weir_request_checkpoint(const char *directory, int64_t timeout_ms,
                                             int64_t *time_ms);

#ifdef __cplusplus
}
#endif
#endif
