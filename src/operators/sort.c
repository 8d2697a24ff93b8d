/* Sorting records, and the wide operators that need it. */
#include <string.h>

#include "operators/gather.h"

int record_compare(weir_value key_a, weir_value value_a, weir_value key_b, weir_value value_b)
{
    bool plain_a = weir_is_absent(key_a), plain_b = weir_is_absent(key_b);
    if (plain_a != plain_b) return plain_a ? -1 : 1;
    int by_key = plain_a ? 0 : weir_compare(key_a, key_b);
    return by_key ? by_key : weir_compare(value_a, value_b);
}

/* Merges the sorted runs [from, middle) and [middle, to) of `order` into `merged`. */
static void merge_runs(const records *records, bool descending, const uint32_t *order, size_t from,
                       size_t middle, size_t to, uint32_t *merged)
{
    size_t left = from, right = middle;
    for (size_t at = from; at < to; at++) {
        bool takes_left = right == to;
        if (!takes_left && left < middle) {
            uint32_t a = order[left], b = order[right];
            int compared = record_compare(records_key(records, a), records->values[a],
                                          records_key(records, b), records->values[b]);
            takes_left = descending ? compared >= 0 : compared <= 0;
        }
        merged[at] = takes_left ? order[left++] : order[right++];
    }
}

void records_sort(records *records, bool descending, arena *room)
{
    size_t count = records->count;
    uint32_t *order = arena_alloc(room, count * sizeof *order);
    uint32_t *merged = arena_alloc(room, count * sizeof *merged);
    for (size_t i = 0; i < count; i++) order[i] = (uint32_t)i;
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t from = 0; from < count; from += 2 * width) {
            size_t middle = from + width < count ? from + width : count;
            size_t to = middle + width < count ? middle + width : count;
            merge_runs(records, descending, order, from, middle, to, merged);
        }
        uint32_t *sorted = merged;
        merged = order;
        order = sorted;
    }
    struct records result = {.count = count, .capacity = count};
    result.values = arena_alloc(room, count * sizeof *result.values);
    if (records->keys) result.keys = arena_alloc(room, count * sizeof *result.keys);
    for (size_t i = 0; i < count; i++) {
        result.values[i] = records->values[order[i]];
        if (result.keys) result.keys[i] = records->keys[order[i]];
    }
    *records = result;
}

/* --- partitions sorted (and cut) by the workers ---------------------------------------------- */

typedef struct sort_sink {
    sink base;
    records all;
    arena *arena; /* where they are: one of the sink's own, if not all records are wanted */
    size_t limit; /* how many are wanted */
    bool descending;
} sort_sink;

typedef struct sort_stage {
    stage base;
    weir_dataset *dataset;
    sort_sink *sinks; /* one for each partition, as are the arenas */
    arena *arenas;
} sort_stage;

static bool is_limited(size_t limit) { return limit < SIZE_MAX / 4; }

static records copy_records(const records *from, arena *arena)
{
    records copies = {0};
    for (size_t i = 0; i < from->count; i++)
        records_append(&copies, arena, records_key(from, i), from->values[i]);
    return copies;
}

/* Gives up what is not wanted, with its memory. */
static void cut(sort_sink *sink)
{
    records_sort(&sink->all, sink->descending, sink->arena);
    if (!is_limited(sink->limit)) return;
    if (sink->all.count > sink->limit) sink->all.count = sink->limit;
    arena fresh;
    arena_init(&fresh, sink->arena->budget);
    sink->all = copy_records(&sink->all, &fresh);
    arena_release(sink->arena);
    *sink->arena = fresh;
}

static void sort_push(sink *base, task *task, const weir_vector *vector)
{
    (void)task;
    sort_sink *sink = (sort_sink *)base;
    records_append_vector(&sink->all, sink->arena, vector);
    if (is_limited(sink->limit) && sink->all.count > 2 * sink->limit + 4 * WEIR_VECTOR_SIZE)
        cut(sink);
}

static sink *sort_open(stage *base, task *task, size_t partition)
{
    sort_stage *stage = (sort_stage *)base;
    sort_sink *sink = &stage->sinks[partition];
    size_t limit = stage->dataset->count;
    *sink = (sort_sink){{sort_push, NULL}, {0}, task->kept, limit, stage->dataset->descending};
    if (is_limited(limit)) sink->arena = &stage->arenas[partition];
    return &sink->base;
}

static void sort_close(stage *base, task *task, size_t partition, sink *sink)
{
    (void)base;
    (void)task;
    (void)partition;
    cut((sort_sink *)sink);
}

/* Two sorted runs into one, the left one's records first among equals. */
static records merge_two(const records *left, const records *right, bool descending, arena *arena)
{
    records merged = {0};
    records_reserve(&merged, arena, left->count + right->count);
    for (size_t i = 0, j = 0; i < left->count || j < right->count;) {
        bool takes_left = j == right->count;
        if (!takes_left && i < left->count) {
            int compared = record_compare(records_key(left, i), left->values[i],
                                          records_key(right, j), right->values[j]);
            takes_left = descending ? compared >= 0 : compared <= 0;
        }
        const records *from = takes_left ? left : right;
        size_t at = takes_left ? i++ : j++;
        records_append_shared(&merged, arena, records_key(from, at), from->values[at]);
    }
    return merged;
}

/* The partitions' runs into one: neighbours first, so that equal records keep their order. */
static records merge_all(const sort_stage *stage, size_t partitions)
{
    const weir_dataset *dataset = stage->dataset;
    arena *plan = &dataset->scope->plan;
    if (partitions == 0) return (records){0};
    for (size_t width = 1; width < partitions; width *= 2)
        for (size_t i = 0; i + width < partitions; i += 2 * width)
            stage->sinks[i].all =
                merge_two(&stage->sinks[i].all, &stage->sinks[i + width].all, dataset->descending,
                          plan);
    records merged = stage->sinks[0].all;
    if (merged.count > dataset->count) merged.count = dataset->count;
    return is_limited(dataset->count) ? copy_records(&merged, plan) : merged;
}

weir_status top_wide(weir_dataset *dataset)
{
    weir_dataset *in = dataset->parents[0];
    arena *plan = &dataset->scope->plan;
    sort_stage stage = {{sort_open, sort_close}, dataset,
                        arena_alloc(plan, in->partitions * sizeof(sort_sink)),
                        arena_alloc(plan, in->partitions * sizeof(arena))};
    for (size_t i = 0; i < in->partitions; i++)
        arena_init(&stage.arenas[i], &dataset->scope->budget);
    weir_status status = dataset_run(in, &stage.base, 0, in->partitions);
    dataset->results = dataset_make_results(dataset->scope, 1);
    if (status == WEIR_OK) dataset->results[0] = merge_all(&stage, in->partitions);
    for (size_t i = 0; i < in->partitions; i++) arena_release(&stage.arenas[i]);
    return status;
}

weir_status sort_wide(weir_dataset *dataset)
{
    dataset->count = SIZE_MAX;
    return top_wide(dataset);
}
