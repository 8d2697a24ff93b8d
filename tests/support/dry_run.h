/* A lineage that is computed batch by batch, without a context: no clock, no threads but the
 * workers'. Sources get the records that a test gives them. */
#ifndef SUPPORT_DRY_RUN_H
#define SUPPORT_DRY_RUN_H

#include "base/pool.h"
#include "graph/lineage.h"
#include "operators/graph.h"

enum { DRY_RUN_SOURCES_MAX = 8 };

typedef struct dry_run {
    lineage lineage;
    weir_stream *sources[DRY_RUN_SOURCES_MAX];
    size_t source_count;
    graph *graph; /* while it runs */
    arena batch;  /* what sources give in the batch */
    arena results; /* what was collected */
} dry_run;

/* Batches of 1,000 ms. What a test makes outside the batches may live in `results`. */
void dry_run_init(dry_run *run);
void dry_run_release(dry_run *run);
/* A source of the lineage. */
weir_stream *dry_run_source(dry_run *run);
/* Makes sure that the stream is computed: what an output does. */
void dry_run_need(dry_run *run, weir_stream *stream);

/* Makes the graph, once for each way to run it; the pool is borrowed. batch_memory 0: no limit. */
void dry_run_start(dry_run *run, pool *pool, size_t keyed_partitions, size_t batch_memory);
void dry_run_stop(dry_run *run);
/* Gives the streams of the graph that was started their state and panes; the store is borrowed,
 * and outlives the graph. */
weir_status dry_run_open_state(dry_run *run, state_store *store);
/* What the batch has changed is final; else dry_run_end takes it back. Before that. */
weir_status dry_run_finish(dry_run *run);

/* batches[i] is a list of records that source i gives, cut into partitions[i] pieces, or absent:
 * no dataset. */
void dry_run_begin(dry_run *run, int64_t time_ms, const weir_value *batches,
                   const int *partitions);
void dry_run_end(dry_run *run);
/* What the stream yields in the batch: a list for each partition, in a list that lives until the
 * run is released; absent if it yields nothing. */
weir_status dry_run_collect(dry_run *run, const weir_stream *stream, weir_value *partitions);

#endif
