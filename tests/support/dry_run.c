#include "support/dry_run.h"

#include <assert.h>

#include "operators/dataset.h"
#include "record/value.h"

void dry_run_init(dry_run *run)
{
    memset(run, 0, sizeof *run);
    lineage_init(&run->lineage, NULL, 1000);
    arena_init(&run->batch, NULL);
    arena_init(&run->results, NULL);
}

void dry_run_release(dry_run *run)
{
    dry_run_stop(run);
    lineage_release(&run->lineage);
    arena_release(&run->batch);
    arena_release(&run->results);
}

weir_stream *dry_run_source(dry_run *run)
{
    assert(run->source_count < DRY_RUN_SOURCES_MAX);
    weir_stream *source = lineage_add_source(&run->lineage, NULL, "records");
    run->sources[run->source_count++] = source;
    return source;
}

void dry_run_need(dry_run *run, weir_stream *stream)
{
    assert(stream);
    lineage_append_output(&run->lineage, OUTPUT_COUNT, stream);
}

void dry_run_start(dry_run *run, pool *pool, size_t keyed_partitions, size_t batch_memory)
{
    enum { RECORD_MAX = 1 << 20 };
    dry_run_stop(run);
    run->graph = graph_create(&run->lineage, pool, keyed_partitions, batch_memory, RECORD_MAX);
}

void dry_run_stop(dry_run *run)
{
    graph_free(run->graph);
    run->graph = NULL;
}

weir_status dry_run_open_state(dry_run *run, state_store *store)
{
    weir_status status = lineage_name_spaces(&run->lineage);
    return status == WEIR_OK ? graph_open_state(run->graph, store, 0, 1000) : status;
}

weir_status dry_run_finish(dry_run *run)
{
    weir_status status = graph_compute_state(run->graph);
    return status == WEIR_OK ? graph_finish(run->graph) : status;
}

/* One split for each piece. */
static split **cut(arena *arena, weir_value list, size_t pieces)
{
    size_t count;
    const weir_value *items = weir_items(list, &count);
    split **splits = arena_alloc(arena, pieces * sizeof *splits);
    records *records_of = arena_alloc(arena, pieces * sizeof *records_of);
    records_split *split_of = arena_alloc(arena, pieces * sizeof *split_of);
    memset(records_of, 0, pieces * sizeof *records_of);
    for (size_t i = 0; i < pieces; i++) {
        for (size_t at = i * count / pieces; at < (i + 1) * count / pieces; at++) {
            weir_value key, value;
            value_unbox(items[at], &key, &value);
            records_append_shared(&records_of[i], arena, key, value);
        }
        split_of[i] = (records_split){{&records_split_class}, &records_of[i], true};
        splits[i] = &split_of[i].base;
    }
    return splits;
}

void dry_run_begin(dry_run *run, int64_t time_ms, const weir_value *batches, const int *partitions)
{
    graph_begin(run->graph, time_ms);
    for (size_t i = 0; i < run->source_count; i++) {
        if (weir_is_absent(batches[i])) continue;
        size_t pieces = (size_t)partitions[i];
        graph_set_source(run->graph, run->sources[i], cut(&run->batch, batches[i], pieces),
                         pieces);
    }
}

void dry_run_end(dry_run *run)
{
    graph_end(run->graph);
    arena_reset(&run->batch, (size_t)1 << 20);
}

static weir_value list_of(const records *records)
{
    weir_value list;
    weir_value *items = value_make_list(records->count, &list);
    for (size_t i = 0; i < records->count; i++)
        items[i] = value_box(records_key(records, i), records->values[i]);
    return list;
}

weir_status dry_run_collect(dry_run *run, const weir_stream *stream, weir_value *partitions)
{
    weir_dataset *dataset;
    *partitions = weir_absent();
    weir_status status = graph_dataset(run->graph, stream, &dataset);
    if (status != WEIR_OK || !dataset) return status;
    status = dataset_compute(dataset);
    if (status != WEIR_OK) return status;
    arena *before = arena_set_current(&run->results);
    weir_value list;
    weir_value *items = value_make_list(dataset->partitions, &list);
    for (size_t i = 0; i < dataset->partitions; i++) items[i] = list_of(&dataset->results[i]);
    *partitions = value_copy(list, &run->results);
    arena_set_current(before);
    return WEIR_OK;
}
