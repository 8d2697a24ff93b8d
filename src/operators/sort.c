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
    size_t limit; /* how many are wanted; SIZE_MAX: all */
    bool descending;
} sort_sink;

typedef struct sort_stage {
    stage base;
    weir_dataset *dataset;
    sort_sink *sinks; /* one for each partition */
} sort_stage;

static void cut(sort_sink *sink, arena *kept)
{
    records_sort(&sink->all, sink->descending, kept);
    if (sink->all.count > sink->limit) sink->all.count = sink->limit;
}

static void sort_push(sink *base, task *task, const weir_vector *vector)
{
    sort_sink *sink = (sort_sink *)base;
    records_append_vector(&sink->all, task->kept, vector);
    if (sink->limit < SIZE_MAX / 4 && sink->all.count > 2 * sink->limit + 4 * WEIR_VECTOR_SIZE)
        cut(sink, task->kept);
}

static sink *sort_open(stage *base, task *task, size_t partition)
{
    (void)task;
    sort_stage *stage = (sort_stage *)base;
    sort_sink *sink = &stage->sinks[partition];
    *sink = (sort_sink){{sort_push, NULL}, {0}, stage->dataset->count, stage->dataset->descending};
    return &sink->base;
}

static void sort_close(stage *base, task *task, size_t partition, sink *sink)
{
    (void)base;
    (void)partition;
    cut((sort_sink *)sink, task->kept);
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

weir_status top_wide(weir_dataset *dataset)
{
    weir_dataset *in = dataset->parents[0];
    arena *plan = &dataset->scope->plan;
    sort_stage stage = {{sort_open, sort_close}, dataset,
                        arena_alloc(plan, in->partitions * sizeof(sort_sink))};
    weir_status status = dataset_run(in, &stage.base, 0, in->partitions);
    if (status != WEIR_OK) return status;
    dataset->results = dataset_make_results(dataset->scope, 1);
    /* neighbours first: equal records keep their order */
    for (size_t width = 1; width < in->partitions; width *= 2)
        for (size_t i = 0; i + width < in->partitions; i += 2 * width)
            stage.sinks[i].all = merge_two(&stage.sinks[i].all, &stage.sinks[i + width].all,
                                           dataset->descending, plan);
    if (in->partitions > 0) dataset->results[0] = stage.sinks[0].all;
    if (dataset->results[0].count > dataset->count) dataset->results[0].count = dataset->count;
    return WEIR_OK;
}

weir_status sort_wide(weir_dataset *dataset)
{
    dataset->count = SIZE_MAX;
    return top_wide(dataset);
}
