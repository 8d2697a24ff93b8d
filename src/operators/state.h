/* Streams with state: updateStateByKey, mapWithState, stateSnapshots. Spec 02 §5.
 *
 * Records are shuffled to the partition of their key; there one task works on the table of that
 * partition (durability/ state_store.h). What it changes is provisional until the batch is
 * final. */
#ifndef OPERATORS_STATE_H
#define OPERATORS_STATE_H

#include "durability/state_store.h"
#include "graph/lineage.h"
#include "operators/dataset.h"

/* The times of a context, in which tables keep batch indexes. */
typedef struct state_times {
    int64_t zero_ms;
    int64_t interval_ms;
} state_times;

/* Plans the dataset of a stream with state. `in` may be NULL: the parent yields none. NULL: the
 * stream yields none. */
weir_dataset *plan_state(scope *scope, const weir_stream *stream, state_space *space,
                         const state_times *times, weir_dataset *in);
/* `in`: the dataset of the mapWithState stream, which is computed first. */
weir_dataset *plan_snapshots(weir_dataset *in, state_space *space);

#endif
