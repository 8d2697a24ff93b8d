/* The runnable graph: a lineage, computed batch by batch. Made from lineage and nothing else.
 * Batch runner's thread throughout; the work is done by the workers of the pool. */
#ifndef OPERATORS_GRAPH_H
#define OPERATORS_GRAPH_H

#include "durability/state_store.h"
#include "graph/lineage.h"
#include "operators/past.h"
#include "operators/scope.h"
#include "record/split.h"
#include "weir/dataset.h"

typedef struct graph graph;

/* `lineage` and `pool` are borrowed and outlive the graph. */
graph *graph_create(const lineage *lineage, pool *pool, size_t keyed_partitions,
                    size_t batch_memory, size_t max_record_bytes);
void graph_free(graph *graph);

/* Gives the streams with state their spaces in the store (borrowed, outlives the graph), before
 * the first batch. Batch indexes count intervals from the zero time. */
weir_status graph_open_state(graph *graph, state_store *store, int64_t zero_ms,
                             int64_t interval_ms);

/* From now on every stream that an output reaches is computed whole in each batch, and what it
 * yielded is kept in `past` (borrowed, outlives the graph) for at least so long. */
void graph_remember(graph *graph, past *past, int64_t duration_ms);

/* A batch begins. Its sources are then set, once each; a source that is not set yields none. The
 * splits are borrowed until graph_end. */
void graph_begin(graph *graph, int64_t time_ms);
void graph_set_source(graph *graph, const weir_stream *source, split *const *splits, size_t count);
/* What a stream yields for the batch: *dataset is NULL if none (O-01). Plans only. Failures are
 * failures of the batch. */
weir_status graph_dataset(graph *graph, const weir_stream *stream, weir_dataset **dataset);
/* The output that runs from now on; NULL: none does. Borrowed. */
void graph_set_output(graph *graph, const weir_output_id *output);
/* Computes what the streams with state need, and their state; nothing else. */
weir_status graph_compute_state(graph *graph);
/* Computes what is to be remembered, and copies it: before graph_finish, as results may be panes
 * and states that leave memory then. Once the batch is known to be good, or not, it is remembered
 * or dropped. Without graph_remember: nothing. */
weir_status graph_compute_remembered(graph *graph);
void graph_keep_remembered(graph *graph);
void graph_settle_remembered(graph *graph, bool is_good);
/* Makes the changes of state final: the batch is good. Else graph_end takes them back. */
weir_status graph_finish(graph *graph);
/* Forgets that anything was computed, keeps the sources: the batch is tried again. */
void graph_retry(graph *graph);
/* The batch is over: everything made for it is gone. */
void graph_end(graph *graph);

/* Since graph_begin: records read from sources (each source read once, as far as it was read), and
 * records refused. */
uint64_t graph_records_in(const graph *graph);
uint64_t graph_refused(const graph *graph);

#endif
