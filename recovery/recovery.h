/* What makes a context last: opens a directory, decides what a restart does, takes checkpoints.
 * The one place that knows log, state and engine. README.md has the recipe,
 * docs/RECOVERY.md the crash table.
 *
 *   open     lock, newest good checkpoint, live state from it, facts of the log, plan, doors
 *   resume   sources stand where they stood, batches of the plan are queued, loose blocks adopted
 *   cut      a batch was recorded: notes what a checkpoint at its boundary would need
 *   done     the batch is done: freezes the state if a checkpoint is due, hands it on
 *   finish   a last checkpoint, if all was computed */
#ifndef RECOVERY_RECOVERY_H
#define RECOVERY_RECOVERY_H

#include "batch/durable.h"
#include "context/context.h"
#include "recovery/checkpointer.h"
#include "recovery/control.h"
#include "recovery/directory.h"
#include "recovery/facts.h"
#include "recovery/lineage_codec.h"
#include "recovery/lost_sources.h"
#include "recovery/stored_checkpoint.h"
#include "state/store.h"
#include "wal/log.h"
#include "weir/checkpoint.h"

typedef struct checkpoint_listener {
    weir_checkpoint_listener call;
    void *user;
} checkpoint_listener;

typedef struct recovery {
    durable base;
    weir_durability options; /* complete; strings in the arena */
    arena arena;
    directory directory;
    bool is_looking; /* a start that is only tried (inspect_program.c): files are as they are, and
                      * may be another's */
    /* the checkpoint it goes on from */
    bool is_resumed;
    int64_t before_ms;       /* from that one on they were found damaged; INT64_MAX: none
                              * was */
    bool has_passed;         /* others were found that cannot be used, and it was said why */
    int64_t passed_ms;       /* the oldest of them */
    manifest manifest;       /* of that, or of checkpoint 0 */
    stored_lineage lineage;  /* of that */
    /* filled before the start */
    checkpoint_listener *listeners;
    size_t listener_count;
    /* from open to close */
    facts facts;
    plan plan;
    wal_log *log;
    state_store *store;
    checkpointer checkpointer;
    weir_context *context;
    weir_resumption resumption;
    requests requests;
    control control;
    /* loop and batch runner's thread */
    _Atomic size_t places; /* bytes of those that wait in batches */
    _Atomic int64_t failed_ms; /* the first batch that failed; 0: none has */
    /* batch runner's thread */
    uint64_t taken; /* the newest request that a checkpoint is on its way for */
    uint64_t done;  /* batches of this run; the stopping thread's behind the last one */
    /* the same; set before the first batch is queued */
    bool is_catching_up;
    int64_t caught_up_ms; /* once the batch of that time is done */
    int64_t began_us;     /* the start, monotonic */
    /* loop thread */
    log_damper damper;
} recovery;

extern const durable_class recovery_class;

static inline recovery *recovery_of(durable *durable)
{
    return (recovery *)durable;
}

/* What batch->place begins with; the place of the sources follows. */
typedef struct place_head {
    wal_position position; /* the log is needed from here on by batches to come */
    uint64_t next_block;
    uint64_t request; /* as in checkpoint_job */
} place_head;

/* Puts into batch->place what a checkpoint behind the batch cut (or made again) last needs, if one
 * is due there. Loop thread. */
void recovery_note_place(recovery *recovery, batch *batch);
/* Tells the listeners; `user` is the recovery. For the checkpointer. */
void recovery_tell_published(void *user, int64_t time_ms, bool is_due);
/* From where on the log is needed by batches to come: the oldest block that no batch has, else its
 * end. */
wal_position recovery_needed_from(const recovery *recovery, const ingest *ingest);

/* Intervals since the zero time. */
static inline uint64_t recovery_batch_index(const recovery *recovery, int64_t time_ms)
{
    const manifest *manifest = &recovery->manifest;
    return (uint64_t)((time_ms - manifest->zero_ms) / manifest->interval_ms);
}

/* The steps of a start (batch/durable.h). */
weir_status recovery_open(durable *durable, weir_context *context);
weir_status recovery_resume(durable *durable, weir_context *context);

/* What they decide before anything is touched, in their order; a start that is only tried asks the
 * same. Options that are not sound: WEIR_ILLEGAL_ARGUMENT; else they are complete in
 * recovery->options. */
weir_status recovery_complete_options(recovery *recovery, const weir_durability *given,
                                      int64_t interval_ms);
/* Does the state of the checkpoint fit the program, whose spaces have their names? Else
 * WEIR_INCOMPATIBLE. Asked when a context is made, and of every checkpoint that its start tries,
 * which may be another one. */
weir_status recovery_check_verdicts(const recovery *recovery, const lineage *lineage);
/* Reads the log from the checkpoint on, into recovery->facts, and decides, into recovery->plan.
 * Both are filled as far as could be, whatever is wrong. */
weir_status recovery_make_plan(recovery *recovery, const weir_context *context);
/* Then: is what the plan needs in the log, and has that lost nothing else? WEIR_DAMAGED, or
 * WEIR_ILLEGAL_ARGUMENT if nothing is lost of a segment that is to be given up. */
weir_status recovery_check_log(recovery *recovery, const weir_context *context);
/* Before anything else is asked of the checkpoint: has a source become of another kind under its
 * name? Its plan may make no sense for such a one, and its place none to it. WEIR_INCOMPATIBLE. */
weir_status recovery_check_changed(const recovery *recovery, const weir_context *context);
/* Behind the plan: WEIR_INCOMPATIBLE: the program lacks a source that is needed. What is given up
 * is said, and from then on recovery->options has the names of that alone. */
weir_status recovery_check_lost(recovery *recovery, const weir_context *context);
/* Before that: what becomes of the sources of the checkpoint; `lost` is to be released in any
 * case. */
weir_status recovery_judge_sources(const recovery *recovery, const weir_context *context,
                                   lost_sources *lost);
/* Then: could the sources stand where they stood, and each batch of the plan be made again? Blocks
 * of the log are not asked for. No source has been started, and none can be afterwards. */
weir_status recovery_try_replay(recovery *recovery, weir_context *context);

/* What is part of the meaning is the checkpoint's; a difference is said. */
void recovery_adopt_meaning(const manifest *manifest, weir_options *options);

/* The newest checkpoint whose small files verify and whose others are there at their sizes, or the
 * one of `from_ms` if that is not negative: into recovery->manifest and lineage. *found: there is
 * one. Older ones are taken with a line that says so; if none is good, WEIR_DAMAGED (C-34). */
weir_status recovery_choose(recovery *recovery, int64_t from_ms, bool *found);

#endif
