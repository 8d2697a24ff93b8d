/* Takes checkpoints: when one is due, what it consists of, and the thread that writes it.
 *
 * A checkpoint at boundary t is written beside running batches: state frozen at t -> state files
 * -> lineage -> MANIFEST, all in checkpoints/.tmp-<t>, synced, then renamed, then the directory
 * synced (C1). It refers only to durable things (C2). Then old ones are retired: R3. */
#ifndef RECOVERY_CHECKPOINTER_H
#define RECOVERY_CHECKPOINTER_H

#include <pthread.h>
#include <stdatomic.h>

#include "recovery/directory.h"
#include "recovery/requests.h"
#include "recovery/retention.h"
#include "state/checkpoint.h"
#include "wal/log.h"

/* One that is to be written. */
typedef struct checkpoint_job {
    manifest manifest; /* place borrowed from `place` */
    buffer place;
    state_frozen *frozen;
    uint64_t request; /* it answers requests up to that one; 0: none */
    uint64_t done;    /* batches of this run that are in it */
    bool is_due;      /* by the interval of checkpoints, whoever else wants it */
    bool may_rest;    /* until the next batch is over: nobody waits for it, and there is memory */
} checkpoint_job;

typedef struct checkpointer {
    const directory *directory;
    state_store *store;
    wal_log *log;
    buffer lineage; /* encoded */
    retention retention;
    bool keeps_all; /* state is damaged, which was said; of whoever writes */
    requests *requests; /* to be answered */
    /* Told what was published, on the writing thread; or NULL. Set before the first one. */
    void (*on_published)(void *user, int64_t time_ms, bool is_due);
    void *user;
    /* The batch behind a boundary bears the pause: it is not slowed down by the writing too. If
     * none comes, it is not waited for longer than that. Set before the first one. */
    int64_t rest_us;
    pthread_t thread;
    bool is_running;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    /* under the mutex */
    checkpoint_job *next; /* newest wins: one that waits is replaced */
    bool is_writing;
    bool is_ending;
    int64_t rests_until_us; /* the one that waits is not begun before; 0: at once */
    weir_status status; /* of the last one */
    char error[1024];
    _Atomic uint64_t published;
    _Atomic uint64_t covered; /* batches of this run that are in the newest one */
} checkpointer;

void checkpointer_init(checkpointer *checkpointer, const directory *directory, state_store *store,
                       wal_log *log, const retention *retention, requests *requests);
weir_status checkpointer_start(checkpointer *checkpointer);
/* Takes the job, which is written soon; one that still waits is given up for it. Batch runner's
 * thread. `waits`: returns only when nothing waits any more, so that none is given up. */
void checkpointer_put(checkpointer *checkpointer, checkpoint_job *job, bool waits);
/* A batch is over: one that rests is begun. Batch runner's thread. */
void checkpointer_begin(checkpointer *checkpointer);
/* Is one being written, or does one wait? */
bool checkpointer_is_busy(checkpointer *checkpointer);
/* Waits until all is written. */
void checkpointer_drain(checkpointer *checkpointer);
void checkpointer_release(checkpointer *checkpointer);

/* Writes one now, on this thread, for whom nothing else is to be done meanwhile. Takes the job. A
 * failure is the caller's to tell: no other one follows. */
weir_status checkpointer_write(checkpointer *checkpointer, checkpoint_job *job);

#endif
