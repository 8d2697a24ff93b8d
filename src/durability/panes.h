/* Panes: what one batch adds to one window. Immutable once they are made.
 *
 * The panes of a windowed stream are a set behind the state door (state_store.h): the engine
 * adds the pane of a batch and expires those that no window to come can need; both are provisional
 * until the batch is final, as changes of state are. Behind the set may be storage: then a pane is
 * stored by the next checkpoint, and its data need not stay in memory.
 *
 *     added by a batch -> final -> frozen -> stored (may leave memory, is loaded again) -> expired
 *
 * Calls are per pane, or per part of a pane; never per record. */
#ifndef DURABILITY_PANES_H
#define DURABILITY_PANES_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/memory.h"
#include "record/records.h"

/* One partition of a pane. */
typedef struct pane_part {
    records records; /* keyed panes: every key at most once */
    arena memory;    /* the arrays, and what the values reach */
    bool is_here;    /* false: it stands behind the set and was not read yet */
    uint32_t *places; /* in `memory`, by record, or NULL: where its key stood in a table of whoever
                       * uses the pane; a hint */
} pane_part;

/* The data of a pane, as far as it is in memory. Counted: a set holds its panes, and so does
 * whoever writes them in the background. */
typedef struct pane {
    _Atomic size_t holders;
    int64_t time_ms; /* of the batch */
    size_t part_count;
    pane_part *parts;
    _Atomic uint64_t records_read; /* of the parts that were read from behind the set */
    _Atomic size_t parts_read;
} pane;

enum { PANE_PARTS_MAX = 1 << 16 };

/* Without records, held once. `is_here`: of all parts; memory is counted in `budget` (or NULL). */
pane *pane_create(int64_t time_ms, size_t part_count, bool is_here, memory_budget *budget);
pane *pane_hold(pane *pane);
/* NULL is fine. Any thread. */
void pane_release(pane *pane);
uint64_t pane_records(const pane *pane);

typedef struct pane_slot {
    int64_t time_ms;
    size_t part_count;
    uint64_t records; /* in all parts */
    pane *data;       /* NULL: not in memory */
    bool is_stored;   /* the same is behind the set */
    bool is_frozen;   /* being stored */
    uint64_t boundary; /* index of the batch that it was frozen after */
    bool is_unwanted; /* its data leaves memory as soon as it is stored */
} pane_slot;

typedef struct pane_set pane_set;
struct pane_set {
    struct state_store *store;
    char *name;     /* of the windowed stream's space */
    bool is_keyed;  /* parts are keyed partitions: stored in the order of keys; else in theirs */
    pane_slot *slots; /* ascending times */
    size_t count;
    size_t capacity;
    size_t final_count; /* slots before the current batch: those behind, one at most, are its */
    int64_t expired_ms; /* panes up to this time are expired when the batch is final */
    int64_t final_expired_ms; /* and up to this one they were before; what is not gone from storage
                               * is removed there by the next checkpoint */
    memory_budget *budget; /* or NULL */
    /* Reads one part of a stored pane into `part`, whose memory is ready. Tasks, for parts of
     * their own. NULL: nothing is behind the set. */
    weir_status (*load)(pane_set *set, int64_t time_ms, size_t part_index, pane_part *part);
};

/* --- for the engine: batch runner's thread, but pane_set_read -------------------------------- */

/* Adds the pane of the current batch (takes it), younger than all. */
void pane_set_add(pane_set *set, pane *pane);
/* The current batch is the last that needs panes up to `time_ms`. */
void pane_set_expire(pane_set *set, int64_t time_ms);
/* The first slot younger than `time_ms`; set->count if there is none. */
size_t pane_set_after(const pane_set *set, int64_t time_ms);
/* Makes ready that tasks read the pane. */
pane *pane_set_open(pane_set *set, size_t slot);
/* The records of a part of an open pane, in *found: read first if they are not in memory. One task
 * at a time for a part. Fails as `load` did (*found is NULL then), or with WEIR_DAMAGED if a pane
 * has not the records that it was stored with. Valid until the batch is over. */
weir_status pane_set_read(pane_set *set, size_t slot, size_t part, const records **found);
/* The engine has made of it what it needs: the data may leave memory once it is stored. */
void pane_set_is_unwanted(pane_set *set, size_t slot);

/* --- for stores ------------------------------------------------------------------------------ */

void pane_set_init(pane_set *set, struct state_store *store, const char *name, bool is_keyed,
                   memory_budget *budget);
void pane_set_release(pane_set *set);
/* A pane that is behind the set, younger than all. */
void pane_set_insert(pane_set *set, int64_t time_ms, size_t part_count, uint64_t records);
/* The batch is final: expired slots are gone. Or it is taken back. Data that tasks have read stays
 * until the next finish or undo. */
void pane_set_finish(pane_set *set);
void pane_set_undo(pane_set *set);
/* Holds the final panes that are neither stored nor frozen, the oldest first, in *panes: an array
 * for the caller to free (NULL: none), and panes to release. They are frozen from now on, until
 * what was frozen up to the index `boundary` is said to be stored. Between batches. */
size_t pane_set_freeze(pane_set *set, uint64_t boundary, pane ***panes);
void pane_set_set_stored(pane_set *set, uint64_t boundary);
/* Lets data of stored panes go from memory, the youngest first (they are needed last), until the
 * budget is kept; those that are unwanted in any case. Between batches. */
void pane_set_trim(pane_set *set);

#endif
