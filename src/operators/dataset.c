#include "operators/dataset.h"

#include <string.h>

static weir_dataset *create(scope *scope, dataset_shape shape, const char *name)
{
    weir_dataset *dataset = arena_alloc(&scope->plan, sizeof *dataset);
    *dataset = (weir_dataset){.scope = scope, .shape = shape, .name = name};
    return dataset;
}

enum {
    CHAIN_MAX = 64,   /* steps fused: each calls the next, and some have much on the stack */
    LEVELS_MAX = 1000 /* what is computed computes first what is below it */
};

static void count_levels(weir_dataset *dataset)
{
    for (size_t i = 0; i < dataset->parent_count; i++) {
        weir_dataset *parent = dataset->parents[i];
        if (parent->chain >= CHAIN_MAX) parent->is_shared = true;
        bool is_computed = parent->shape == DATASET_WIDE || parent->is_shared;
        unsigned levels = parent->levels + is_computed, chain = is_computed ? 0 : parent->chain;
        if (dataset->levels < levels) dataset->levels = levels;
        if (dataset->chain <= chain) dataset->chain = chain + 1;
    }
    if (dataset->levels > LEVELS_MAX)
        weir_fail("%s: more than %d operations that move records stand one behind the other",
                  dataset->name, LEVELS_MAX);
}

/* A dataset that two others read is computed once. */
static void adopt_parents(weir_dataset *dataset, weir_dataset *const *parents, size_t count)
{
    dataset->parent_count = count;
    dataset->parents = arena_copy(&dataset->scope->plan, parents, count * sizeof(weir_dataset *));
    for (size_t i = 0; i < count; i++)
        if (++parents[i]->uses > 1) parents[i]->is_shared = true;
    count_levels(dataset);
}

weir_dataset *dataset_from_splits(scope *scope, split *const *splits, size_t count)
{
    weir_dataset *dataset = create(scope, DATASET_SPLITS, "source");
    dataset->splits = splits;
    dataset->partitions = count;
    return dataset;
}

weir_dataset *dataset_narrow(weir_dataset *in, const step_class *step,
                             const weir_function *function, weir_value arg)
{
    weir_dataset *dataset = create(in->scope, DATASET_NARROW, step->name);
    adopt_parents(dataset, &in, 1);
    dataset->step = step;
    dataset->function = function;
    dataset->arg = arg;
    dataset->partitions = in->partitions;
    return dataset;
}

weir_dataset *dataset_union(scope *scope, weir_dataset *const *parents, size_t count)
{
    weir_dataset *dataset = create(scope, DATASET_UNION, "union");
    adopt_parents(dataset, parents, count);
    for (size_t i = 0; i < count; i++) dataset->partitions += parents[i]->partitions;
    return dataset;
}

weir_dataset *dataset_wide_over(scope *scope, const char *name, dataset_wide wide,
                                weir_dataset *const *parents, size_t count, size_t partitions)
{
    weir_dataset *dataset = create(scope, DATASET_WIDE, name);
    adopt_parents(dataset, parents, count);
    dataset->wide = wide;
    dataset->partitions = partitions;
    return dataset;
}

records *dataset_make_results(scope *scope, size_t partitions)
{
    records *results = arena_alloc(&scope->plan, partitions * sizeof *results);
    if (partitions) memset(results, 0, partitions * sizeof *results);
    return results;
}

size_t weir_dataset_partitions(const weir_dataset *in)
{
    return in->partitions;
}

int64_t weir_dataset_time(const weir_dataset *in)
{
    return in->scope->time_ms;
}
