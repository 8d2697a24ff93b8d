/* What the files of the operators with state share. Everything is called by the task that has the
 * partition. */
#ifndef OPERATORS_STATE_INSIDE_H
#define OPERATORS_STATE_INSIDE_H

#include "operators/group.h"
#include "operators/shuffle.h"
#include "operators/state.h"
#include "record/out.h"

enum { STATE_SCRATCH_KEEP = 1 << 20 };

/* What the dataset of a stream with state is computed from; in the plan arena. */
typedef struct state_plan {
    const weir_stream *stream;
    state_space *space;
    state_times times;
    placing placing;
} state_plan;

typedef struct state_work {
    work base;
    const state_plan *plan;
    scope *scope;
    uint64_t batch;
    int64_t time_ms;
    shuffle shuffle; /* 0 pieces: no data */
    records *results;
    records **strays; /* STREAM_UPDATE_PARTITION: see state_partitions.c */
    bool puts_initial;
} state_work;

/* The computations of a partition. */
void state_update_target(work *base, task *task, size_t target);    /* state_update.c */
void state_partition_target(work *base, task *task, size_t target); /* state_partitions.c */
/* After all partitions: keys that were emitted by another partition than theirs. */
weir_status state_settle_strays(state_work *work);

/* The entries of keys, with what is behind the table loaded first. */
weir_status state_find_entries(const state_work *work, const task *task, size_t target,
                               const weir_value *keys, size_t count, uint32_t *indexes);
/* Where state is larger than memory: gives some back. Between vectors. */
void state_trim(const state_work *work, size_t target);
weir_status state_load_all(state_space *space, size_t target);
/* Whoever sees all keys of a partition has them in the table, if there is room; what is behind it
 * then is visited by a scan, in bounded memory. */
weir_status state_load_if_room(state_space *space, size_t target);
weir_status state_scan_behind(state_space *space, size_t target, state_space_visit visit,
                              void *user);
/* What a scan finds goes into a result as it comes; this puts all of it into the order of walks
 * (state_table.h). Records of one partition, each key once. */
void state_sort_records(records *records);

/* Where the keys of a scan go. */
typedef struct state_showing {
    records *result;
    task *task;
} state_showing;

void state_put_initial(const state_work *work, task *task, size_t target);
/* Sets the state of an entry, absent: removes it; the same as before changes nothing. */
void state_change(state_table *table, uint32_t index, weir_value state);
/* For updateStateByKey: every key that has new values has an entry, and new values are grouped by
 * entry. So has every key that has state if there is room, or if `loads_all`. false: the task has
 * failed. */
bool state_group_values(const state_work *work, task *task, size_t target, bool loads_all,
                        grouped_values *grouped);

/* Takes what a function emits: copied into the result, pairs as keyed records. */
typedef struct state_out {
    out out;
    task *task;
    records *result;
    weir_value keys[WEIR_VECTOR_SIZE];
    weir_value values[WEIR_VECTOR_SIZE];
} state_out;

state_out *state_out_make(task *task, records *result);
void state_out_flush(out *base);

/* What functions made has been copied to where it stays. */
static inline void state_drop_scratch(task *task)
{
    if (task->scratch.chunk_bytes > STATE_SCRATCH_KEEP)
        arena_reset(&task->scratch, STATE_SCRATCH_KEEP);
}

#endif
