#include "operators/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "operators/dataset.h"
#include "operators/state.h"
#include "operators/stream_table.h"
#include "operators/window.h"

/* A stream during a batch. */
typedef struct node {
    size_t uses;     /* by streams and outputs that an output reaches */
    bool is_inexact; /* see combine.h: remembered from batch to batch */
    bool is_planned;
    weir_dataset *dataset; /* NULL: none */
    split *const *splits;  /* a source's, this batch */
    size_t split_count;
    bool has_splits;
    state_space *space; /* of a stream with state */
    window *window;     /* of a windowed one */
    weir_dataset *upkeep; /* what is computed for it in each batch */
} node;

struct graph {
    const lineage *lineage;
    scope scope;
    node *nodes; /* one for each stream */
    state_store *store; /* NULL: no stream has state */
    state_times times;
    past *past; /* NULL: nothing is remembered */
    int64_t remember_ms;
    bool is_open; /* the store has changes of a batch that are not final */
    uint64_t records_before; /* by the tries of this batch before this one, at most */
    uint64_t refused_before;
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
    for (size_t i = 0; i < graph->lineage->stream_count; i++) window_free(graph->nodes[i].window);
    free(graph->nodes);
    free(graph);
}

static weir_status name_stream(const weir_stream *stream, weir_status status)
{
    if (stream->name) return error_prefix(status, "stream \"%s\"", stream->name);
    return error_prefix(status, "stream %u (%s)", stream->id, stream_kind_text(stream->kind));
}

static weir_status open_stream(graph *graph, state_store *store, const weir_stream *stream)
{
    node *node = &graph->nodes[stream->id];
    size_t partitions =
        stream->partitions ? (size_t)stream->partitions : graph->scope.keyed_partitions;
    bool is_window = stream_kind_is_window(stream->kind);
    if (is_window) partitions = window_partitions(stream, partitions);
    weir_status status = WEIR_OK;
    if (stream_has_space(stream))
        status = store->class->open_space(store, stream->space, partitions, &node->space);
    if (status != WEIR_OK || !is_window) return status;
    pane_set *panes;
    bool is_keyed = window_is_keyed(stream);
    status = store->class->open_panes(store, stream->space, is_keyed, is_keyed ? partitions : 0,
                                      &panes);
    if (status == WEIR_OK)
        node->window =
            window_create(stream, panes, node->space, partitions, graph->times.zero_ms);
    return status;
}

weir_status graph_open_state(graph *graph, state_store *store, int64_t zero_ms,
                             int64_t interval_ms)
{
    graph->times = (state_times){zero_ms, interval_ms};
    for (size_t i = 0; i < graph->lineage->stream_count; i++) {
        const weir_stream *stream = graph->lineage->streams[i];
        if (!stream_kind_has_state(stream->kind)) continue;
        weir_status status = open_stream(graph, store, stream);
        if (status != WEIR_OK) return name_stream(stream, status);
        graph->store = store;
    }
    return WEIR_OK;
}

static void begin_state(graph *graph)
{
    if (!graph->store) return;
    int64_t since_zero_ms = graph->scope.time_ms - graph->times.zero_ms;
    graph->store->class->begin(graph->store, (uint64_t)(since_zero_ms / graph->times.interval_ms));
    graph->is_open = true;
}

static void undo_state(graph *graph)
{
    if (!graph->is_open) return;
    for (size_t i = 0; i < graph->lineage->stream_count; i++)
        if (graph->nodes[i].window) window_undo(graph->nodes[i].window);
    graph->store->class->undo(graph->store);
    graph->is_open = false;
}

weir_status graph_finish(graph *graph)
{
    if (!graph->is_open) return WEIR_OK;
    graph->is_open = false;
    for (size_t i = 0; i < graph->lineage->stream_count; i++)
        if (graph->nodes[i].window) window_finish(graph->nodes[i].window);
    return graph->store->class->finish(graph->store);
}

static void forget_datasets(graph *graph)
{
    for (size_t i = 0; i < graph->lineage->stream_count; i++) {
        graph->nodes[i].is_planned = false;
        graph->nodes[i].dataset = NULL;
        graph->nodes[i].upkeep = NULL;
    }
    graph->scope.records_in = 0;
    graph->scope.refused = 0;
}

static uint64_t greater(uint64_t a, uint64_t b) { return a > b ? a : b; }

/* What outputs that are done have read is not read again. */
void graph_retry(graph *graph)
{
    graph->records_before = graph_records_in(graph);
    graph->refused_before = graph_refused(graph);
    undo_state(graph);
    forget_datasets(graph);
    scope_end(&graph->scope); /* or the first try's memory would count against the second */
    begin_state(graph);
}

void graph_begin(graph *graph, int64_t time_ms)
{
    forget_datasets(graph);
    graph->records_before = graph->refused_before = 0;
    for (size_t i = 0; i < graph->lineage->stream_count; i++) graph->nodes[i].has_splits = false;
    scope_begin(&graph->scope, time_ms);
    begin_state(graph);
}

void graph_set_source(graph *graph, const weir_stream *source, split *const *splits, size_t count)
{
    node *node = &graph->nodes[source->id];
    node->has_splits = true;
    node->splits = splits;
    node->split_count = count;
}

void graph_set_output(graph *graph, const weir_output_id *output)
{
    graph->scope.output = output;
}

void graph_end(graph *graph)
{
    undo_state(graph);
    forget_datasets(graph);
    scope_end(&graph->scope);
}

uint64_t graph_records_in(const graph *graph)
{
    return greater(graph->scope.records_in, graph->records_before);
}

uint64_t graph_refused(const graph *graph)
{
    return greater(graph->scope.refused, graph->refused_before);
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

/* NULL: the stream yields none. */
static weir_dataset *plan_stateful(graph *graph, const weir_stream *stream, weir_dataset *parent)
{
    if (stream->kind == STREAM_STATE_SNAPSHOTS)
        return plan_snapshots(parent, graph->nodes[stream->parents[0]->id].space);
    return plan_state(&graph->scope, stream, graph->nodes[stream->id].space, &graph->times,
                      parent);
}

/* The function gave NULL: perhaps as an action failed in it. */
static weir_status no_dataset(const weir_stream *stream)
{
    const char *why = *error_text() ? error_text() : "it must not return null";
    return error_set(WEIR_RUNTIME, "function %s gave no dataset: %s", stream->function->name, why);
}

/* Does a stream yield only at other times than that of the batch? */
static bool is_between_slides(const graph *graph, int64_t slide_ms)
{
    return graph->store && (graph->scope.time_ms - graph->times.zero_ms) % slide_ms != 0;
}

/* Streams that are united with themselves again and again double each time. */
static weir_status check_union(const weir_stream *stream, weir_dataset *const *parents)
{
    size_t partitions = 0;
    for (size_t i = 0; i < stream->parent_count; i++) partitions += parents[i]->partitions;
    if (stream->kind != STREAM_UNION || partitions <= LINEAGE_PARTITIONS_MAX) return WEIR_OK;
    error_set(WEIR_ILLEGAL_ARGUMENT,
              "the union would have %zu partitions, at most %d can be computed; repartition what "
              "it unites",
              partitions, LINEAGE_PARTITIONS_MAX);
    return name_stream(stream, WEIR_ILLEGAL_ARGUMENT);
}

static weir_status plan(graph *graph, const weir_stream *stream, weir_dataset **made)
{
    node *node = &graph->nodes[stream->id];
    *made = NULL;
    /* A window has work to do whenever its parent yields. */
    int64_t slide_ms = node->window ? stream->parents[0]->slide_ms : stream->slide_ms;
    if (is_between_slides(graph, slide_ms)) return WEIR_OK;
    if (stream->kind == STREAM_SOURCE) {
        if (node->has_splits)
            *made = dataset_from_splits(&graph->scope, node->splits, node->split_count);
        return WEIR_OK;
    }
    weir_dataset **parents = arena_alloc(&graph->scope.plan,
                                         stream->parent_count * sizeof *parents);
    bool none;
    weir_status status = plan_parents(graph, stream, parents, &none);
    bool has_state = stream_kind_has_state(stream->kind);
    if (status != WEIR_OK || (none && !has_state)) return status;
    if (!has_state) status = check_union(stream, parents);
    if (status != WEIR_OK) return status;
    if (node->window)
        return window_plan(node->window, &graph->scope, parents[0], &node->upkeep, made);
    if (has_state || stream->kind == STREAM_STATE_SNAPSHOTS) {
        *made = plan_stateful(graph, stream, parents[0]);
        return WEIR_OK;
    }
    scope_driver before = scope_enter_driver(&graph->scope,
                                             stream->function ? stream->function->name : NULL);
    error_set(WEIR_OK, "%s", "");
    *made = stream_plan(stream, parents, graph->scope.time_ms);
    status = scope_leave_driver(&graph->scope, before);
    if (status == WEIR_OK && !*made) status = no_dataset(stream);
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
        if (node->dataset && (node->uses > 1 || graph->past)) node->dataset->is_shared = true;
    }
    *dataset = node->dataset;
    return WEIR_OK;
}

/* --- what is remembered ---------------------------------------------------------------------- */

void graph_remember(graph *graph, past *past, int64_t duration_ms)
{
    graph->past = past;
    graph->remember_ms = duration_ms;
}

/* Most of it is there, as outputs have asked for it. */
weir_status graph_compute_remembered(graph *graph)
{
    for (size_t i = 0; graph->past && i < graph->lineage->stream_count; i++) {
        weir_dataset *dataset = NULL;
        if (graph->nodes[i].uses == 0) continue;
        weir_status status = graph_dataset(graph, graph->lineage->streams[i], &dataset);
        if (status == WEIR_OK && dataset) status = dataset_compute(dataset);
        if (status != WEIR_OK) return status;
    }
    return WEIR_OK;
}

void graph_keep_remembered(graph *graph)
{
    for (size_t i = 0; graph->past && i < graph->lineage->stream_count; i++) {
        const weir_dataset *dataset = graph->nodes[i].dataset;
        if (graph->nodes[i].uses > 0 && dataset)
            past_keep(graph->past, i, graph->scope.time_ms, dataset->results,
                      dataset->partitions);
    }
}

/* C-72. */
void graph_settle_remembered(graph *graph, bool is_good)
{
    if (!graph->past) return;
    past_settle(graph->past, is_good);
    for (size_t i = 0; is_good && i < graph->lineage->stream_count; i++) {
        int64_t slide_ms = graph->lineage->streams[i]->slide_ms;
        int64_t keep_ms = slide_ms > graph->remember_ms ? slide_ms : graph->remember_ms;
        past_forget(graph->past, i, graph->scope.time_ms - keep_ms);
    }
}

weir_status graph_compute_state(graph *graph)
{
    for (size_t i = 0; i < graph->lineage->stream_count; i++) {
        const weir_stream *stream = graph->lineage->streams[i];
        node *node = &graph->nodes[i];
        weir_dataset *dataset = NULL;
        if (!stream_kind_has_state(stream->kind) || node->uses == 0) continue;
        weir_status status = graph_dataset(graph, stream, &dataset);
        if (node->upkeep) dataset = node->upkeep;
        if (status == WEIR_OK && dataset) status = dataset_compute(dataset);
        if (status != WEIR_OK) return status;
    }
    return WEIR_OK;
}
