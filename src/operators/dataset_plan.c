/* The planning calls of weir/dataset.h. */
#include <stdlib.h>

#include "base/error.h"
#include "base/file.h"
#include "graph/lineage.h"
#include "graph/registry.h"
#include "operators/gather.h"
#include "operators/plan.h"

/* Fails the running function and gives NULL. */
#define REFUSE(...) (weir_fail(__VA_ARGS__), (weir_dataset *)NULL)

static bool fits(const weir_function *function, weir_function_kind kind, const char *call)
{
    if (function && function->kind == kind) return true;
    weir_fail("%s needs a %s function, %s is %s", call, function_kind_text(kind),
              function ? function->name : "NULL",
              function ? function_kind_text(function->kind) : "no function");
    return false;
}

static bool counts(int partitions, const char *call)
{
    if (partitions >= 0 && partitions <= LINEAGE_PARTITIONS_MAX) return true;
    weir_fail("%s: %d partitions; give 0 to %d", call, partitions, LINEAGE_PARTITIONS_MAX);
    return false;
}

weir_dataset *weir_dataset_from_list(weir_dataset *like, weir_value items, int partitions)
{
    if (!like || !counts(partitions, "weir_dataset_from_list")) return NULL;
    if (weir_kind_of(items) != WEIR_LIST)
        return REFUSE("weir_dataset_from_list: the records must be a list");
    arena *plan = &like->scope->plan;
    size_t count, pieces = partitions ? (size_t)partitions : 1;
    const weir_value *item = weir_items(value_copy(items, plan), &count);
    split **splits = arena_alloc(plan, pieces * sizeof *splits);
    records *pieces_of = dataset_make_results(like->scope, pieces);
    for (size_t i = 0; i < pieces; i++) {
        for (size_t at = i * count / pieces; at < (i + 1) * count / pieces; at++) {
            weir_value key, value;
            value_unbox(item[at], &key, &value);
            records_append_shared(&pieces_of[i], plan, key, value_present(value));
        }
        records_split *split = arena_alloc(plan, sizeof *split);
        *split = (records_split){{&records_split_class}, &pieces_of[i], false};
        splits[i] = &split->base;
    }
    return dataset_from_splits(like->scope, splits, pieces);
}

weir_dataset *weir_dataset_from_text_file(weir_dataset *like, const char *path)
{
    if (!like) return NULL;
    file_info info;
    if (file_stat(path, &info) != WEIR_OK) return REFUSE("%s", error_text());
    arena *plan = &like->scope->plan;
    size_t count = info.size == 0
        ? 1 : (size_t)((info.size + FILE_SPLIT_BYTES - 1) / FILE_SPLIT_BYTES);
    split **splits = arena_alloc(plan, count * sizeof *splits);
    char *name = arena_copy_text(plan, path);
    for (size_t i = 0; i < count; i++) {
        file_split *split = arena_alloc(plan, sizeof *split);
        int64_t from = (int64_t)i * FILE_SPLIT_BYTES, to = from + FILE_SPLIT_BYTES;
        *split = (file_split){.base = {&file_split_class},
                              .path = name,
                              .from = from,
                              .to = to < info.size ? to : info.size,
                              .chosen = info};
        splits[i] = &split->base;
    }
    return dataset_from_splits(like->scope, splits, count);
}

#define NARROW(call_name, step, kind_of)                                                          \
    weir_dataset *call_name(weir_dataset *in, const weir_function *function, weir_value arg)      \
    {                                                                                             \
        if (!in || !fits(function, kind_of, #call_name)) return NULL;                             \
        return dataset_narrow(in, &step, function, value_copy(arg, &in->scope->plan));            \
    }
NARROW(weir_dataset_map, step_map, WEIR_KIND_MAP)
NARROW(weir_dataset_flat_map, step_flat_map, WEIR_KIND_FLAT_MAP)
NARROW(weir_dataset_filter, step_filter, WEIR_KIND_FILTER)
NARROW(weir_dataset_map_partitions, step_map_partitions, WEIR_KIND_PARTITION)
NARROW(weir_dataset_map_values, step_map_values, WEIR_KIND_MAP)
NARROW(weir_dataset_flat_map_values, step_flat_map_values, WEIR_KIND_FLAT_MAP)

weir_dataset *weir_dataset_glom(weir_dataset *in)
{
    return in ? dataset_narrow(in, &step_glom, NULL, weir_null()) : NULL;
}

weir_dataset *weir_dataset_union(weir_dataset *a, weir_dataset *b)
{
    weir_dataset *parents[2] = {a, b};
    if (!a || !b) return NULL;
    if (a->partitions + b->partitions > LINEAGE_PARTITIONS_MAX)
        return REFUSE("weir_dataset_union: the union would have %zu partitions, at most %d can be "
                      "computed; repartition what it unites",
                      a->partitions + b->partitions, LINEAGE_PARTITIONS_MAX);
    return dataset_union(a->scope, parents, 2);
}

weir_dataset *weir_dataset_repartition(weir_dataset *in, int partitions)
{
    if (!in || !counts(partitions, "weir_dataset_repartition")) return NULL;
    if (partitions == 0)
        return REFUSE("weir_dataset_repartition: 0 partitions; give 1 or more");
    return plan_repartition(in, (size_t)partitions);
}

weir_dataset *weir_dataset_reduce_by_key(weir_dataset *in, const weir_function *reduce,
                                         weir_value arg, int partitions)
{
    if (!in || !counts(partitions, "reduceByKey") ||
        !fits(reduce, WEIR_KIND_REDUCE, "reduceByKey"))
        return NULL;
    return plan_combine(in, reduce, value_copy(arg, &in->scope->plan), (size_t)partitions);
}

weir_dataset *weir_dataset_combine_by_key(weir_dataset *in, const weir_function *combine,
                                          weir_value arg, int partitions)
{
    if (!in || !counts(partitions, "combineByKey") ||
        !fits(combine, WEIR_KIND_COMBINE, "combineByKey"))
        return NULL;
    return plan_combine(in, combine, value_copy(arg, &in->scope->plan), (size_t)partitions);
}

weir_dataset *weir_dataset_count_by_value_pairs(weir_dataset *in, int partitions)
{
    return in && counts(partitions, "countByValue")
        ? plan_count_by_value(in, (size_t)partitions) : NULL;
}

weir_dataset *weir_dataset_group_by_key(weir_dataset *in, int partitions)
{
    return in && counts(partitions, "groupByKey")
        ? plan_group(in, NULL, GROUP_BY_KEY, (size_t)partitions) : NULL;
}

#define JOIN(call_name, variant)                                                                  \
    weir_dataset *call_name(weir_dataset *left, weir_dataset *right, int partitions)              \
    {                                                                                             \
        if (!left || !right || !counts(partitions, #call_name)) return NULL;                      \
        return plan_group(left, right, variant, (size_t)partitions);                              \
    }
JOIN(weir_dataset_join, GROUP_JOIN)
JOIN(weir_dataset_left_outer_join, GROUP_LEFT_OUTER)
JOIN(weir_dataset_right_outer_join, GROUP_RIGHT_OUTER)
JOIN(weir_dataset_full_outer_join, GROUP_FULL_OUTER)
JOIN(weir_dataset_cogroup, GROUP_COGROUP)

weir_dataset *weir_dataset_distinct(weir_dataset *in)
{
    return in ? plan_distinct(in) : NULL;
}

#define SET(call_name, variant)                                                                   \
    weir_dataset *call_name(weir_dataset *a, weir_dataset *b)                                     \
    {                                                                                             \
        return a && b ? plan_group(a, b, variant, 0) : NULL;                                      \
    }
SET(weir_dataset_intersection, GROUP_INTERSECTION)
SET(weir_dataset_subtract, GROUP_SUBTRACT)
SET(weir_dataset_subtract_by_key, GROUP_SUBTRACT_KEY)

weir_dataset *weir_dataset_cartesian(weir_dataset *a, weir_dataset *b)
{
    weir_dataset *parents[2] = {a, b};
    return a && b ? dataset_wide_over(a->scope, "cartesian", cartesian_wide, parents, 2,
                                      a->partitions) : NULL;
}

static weir_dataset *ordered(weir_dataset *in, const char *name, dataset_wide wide, size_t count,
                             bool descending)
{
    if (!in) return NULL;
    weir_dataset *made = dataset_wide_over(in->scope, name, wide, &in, 1, 1);
    made->count = count;
    made->descending = descending;
    return made;
}

weir_dataset *weir_dataset_sort(weir_dataset *in, bool descending)
{
    return ordered(in, "sort", sort_wide, 0, descending);
}

weir_dataset *weir_dataset_top(weir_dataset *in, size_t count, bool descending)
{
    return ordered(in, "top", top_wide, count, descending);
}

weir_dataset *weir_dataset_limit(weir_dataset *in, size_t count)
{
    return ordered(in, "limit", limit_wide, count, false);
}
