#include "operators/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "operators/dataset.h"
#include "operators/stream_table.h"

/* A stream during a batch. */
typedef struct node {
    size_t uses;     /* by streams and outputs that an output reaches */
    bool is_inexact; /* see combine.h: remembered from batch to batch */
    bool is_planned;
    weir_dataset *dataset; /* NULL: none */
    split *const *splits;  /* a source's, this batch */
    size_t split_count;
    bool has_splits;
} node;

struct graph {
    const lineage *lineage;
    scope scope;
    node *nodes; /* one for each stream */
};

static void count_use(graph *graph, const weir_stream *stream)
{
    node *node = &graph->nodes[stream->id];
    if (node->uses++ > 0) return;
    for (size_t i = 0; i < stream->parent_count; i++) count_use(graph, stream->parents[i]);
}

graph *graph_create(const lineage *lineage, pool *pool, size_t keyed_partitions,
                    size_t batch_memory, size_t max_record_bytes)
{
    graph *graph = memory_zero_alloc(1, sizeof *graph);
    graph->lineage = lineage;
    scope_init(&graph->scope, pool, keyed_partitions, batch_memory, max_record_bytes);
    graph->nodes = memory_zero_alloc(lineage->stream_count + 1, sizeof *graph->nodes);
    for (size_t i = 0; i < lineage->output_count; i++) count_use(graph, lineage->outputs[i]->in);
    return graph;
}

void graph_free(graph *graph)
{
    if (!graph) return;
    scope_release(&graph->scope);
    free(graph->nodes);
    free(graph);
}

void graph_retry(graph *graph)
{
    for (size_t i = 0; i < graph->lineage->stream_count; i++) {
        graph->nodes[i].is_planned = false;
        graph->nodes[i].dataset = NULL;
    }
    graph->scope.records_in = 0;
    graph->scope.refused = 0;
}

void graph_begin(graph *graph, int64_t time_ms)
{
    graph_retry(graph);
    for (size_t i = 0; i < graph->lineage->stream_count; i++) graph->nodes[i].has_splits = false;
    scope_begin(&graph->scope, time_ms);
}

void graph_set_source(graph *graph, const weir_stream *source, split *const *splits, size_t count)
{
    node *node = &graph->nodes[source->id];
    node->has_splits = true;
    node->splits = splits;
    node->split_count = count;
}

void graph_end(graph *graph)
{
    graph_retry(graph);
    scope_end(&graph->scope);
}

uint64_t graph_records_in(const graph *graph)
{
    return graph->scope.records_in;
}

uint64_t graph_refused(const graph *graph)
{
    return graph->scope.refused;
}

static weir_status name_stream(const weir_stream *stream, weir_status status)
{
    if (stream->name) return error_prefix(status, "stream \"%s\"", stream->name);
    return error_prefix(status, "stream %u (%s)", stream->id, stream_kind_text(stream->kind));
}

/* The datasets of the parents; *none if one of them yields none and the stream then yields none
 * too (O-01). */
static weir_status plan_parents(graph *graph, const weir_stream *stream, weir_dataset **parents,
                                bool *none)
{
    *none = false;
    for (size_t i = 0; i < stream->parent_count; i++) {
        weir_status status = graph_dataset(graph, stream->parents[i], &parents[i]);
        if (status != WEIR_OK) return status;
        if (parents[i]) continue;
        *none = true;
        if (!stream_kind_needs_all_parents(stream->kind)) continue;
        error_set(WEIR_RUNTIME, "a parent has no dataset for the batch of %lld ms",
                  (long long)graph->scope.time_ms);
        return name_stream(stream, WEIR_RUNTIME);
    }
    return WEIR_OK;
}

static weir_status plan(graph *graph, const weir_stream *stream, weir_dataset **made)
{
    node *node = &graph->nodes[stream->id];
    *made = NULL;
    if (stream->kind == STREAM_SOURCE) {
        if (node->has_splits)
            *made = dataset_from_splits(&graph->scope, node->splits, node->split_count);
        return WEIR_OK;
    }
    weir_dataset **parents = arena_alloc(&graph->scope.plan,
                                         stream->parent_count * sizeof *parents);
    bool none;
    weir_status status = plan_parents(graph, stream, parents, &none);
    if (status != WEIR_OK || none) return status;
    scope_driver before = scope_enter_driver(&graph->scope,
                                             stream->function ? stream->function->name : NULL);
    *made = stream_plan(stream, parents, graph->scope.time_ms);
    status = scope_leave_driver(&graph->scope, before);
    if (status == WEIR_OK && !*made)
        status = error_set(WEIR_RUNTIME, "function %s gave no dataset; it must not return null",
                           stream->function ? stream->function->name : "?");
    if (status != WEIR_OK) return name_stream(stream, status);
    (*made)->is_inexact = &node->is_inexact;
    return WEIR_OK;
}

weir_status graph_dataset(graph *graph, const weir_stream *stream, weir_dataset **dataset)
{
    node *node = &graph->nodes[stream->id];
    if (!node->is_planned) {
        weir_status status = plan(graph, stream, &node->dataset);
        if (status != WEIR_OK) return status;
        node->is_planned = true;
        if (node->dataset && node->uses > 1) node->dataset->is_shared = true;
    }
    *dataset = node->dataset;
    return WEIR_OK;
}
