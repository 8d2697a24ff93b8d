#include "model/operations.h"

#include "model/compute.h"

/* --- What weir is asked for ------------------------------------------------------------------ */

#define NAME(call, table)                                                                         \
    static const char *call(size_t function) { return table[function].name; }
NAME(map_name, map_functions)
NAME(flat_map_name, flat_map_functions)
NAME(filter_name, filter_functions)
NAME(partition_name, partition_functions)
NAME(reduce_name, reduce_functions)
NAME(combine_name, combine_functions)
NAME(transform_name, transforms)
NAME(transform_with_name, transforms_with)

static const char *failing_name(size_t function)
{
    return function ? NULL : "fail_on_negative";
}

#define FIND(kind, name) weir_find_function(WEIR_KIND_##kind, name(use->function))
#define BUILD(call, expression)                                                                   \
    static weir_stream *call(const use *use) { return expression; }

BUILD(build_map, weir_map(use->stream[0], FIND(MAP, map_name), weir_null()))
BUILD(build_failing_map, weir_map(use->stream[0], FIND(MAP, failing_name), weir_null()))
BUILD(build_flat_map, weir_flat_map(use->stream[0], FIND(FLAT_MAP, flat_map_name), weir_null()))
BUILD(build_filter, weir_filter(use->stream[0], FIND(FILTER, filter_name), weir_null()))
BUILD(build_map_partitions,
      weir_map_partitions(use->stream[0], FIND(PARTITION, partition_name), weir_null()))
BUILD(build_glom, weir_glom(use->stream[0]))
BUILD(build_repartition, weir_repartition(use->stream[0], use->partitions + 1))
BUILD(build_union, weir_union(use->stream[0], use->stream[1]))
BUILD(build_count, weir_count(use->stream[0]))
BUILD(build_reduce, weir_reduce(use->stream[0], FIND(REDUCE, reduce_name), weir_null()))
BUILD(build_count_by_value, weir_count_by_value(use->stream[0]))
BUILD(build_map_values, weir_map_values(use->stream[0], FIND(MAP, map_name), weir_null()))
BUILD(build_flat_map_values,
      weir_flat_map_values(use->stream[0], FIND(FLAT_MAP, flat_map_name), weir_null()))
BUILD(build_group_by_key, weir_group_by_key(use->stream[0], use->partitions))
BUILD(build_reduce_by_key, weir_reduce_by_key(use->stream[0], FIND(REDUCE, reduce_name),
                                              weir_null(), use->partitions))
BUILD(build_combine_by_key, weir_combine_by_key(use->stream[0], FIND(COMBINE, combine_name),
                                                weir_null(), use->partitions))
BUILD(build_join, weir_join(use->stream[0], use->stream[1], use->partitions))
BUILD(build_left_outer_join,
      weir_left_outer_join(use->stream[0], use->stream[1], use->partitions))
BUILD(build_right_outer_join,
      weir_right_outer_join(use->stream[0], use->stream[1], use->partitions))
BUILD(build_full_outer_join,
      weir_full_outer_join(use->stream[0], use->stream[1], use->partitions))
BUILD(build_cogroup, weir_cogroup(use->stream[0], use->stream[1], use->partitions))
BUILD(build_transform, weir_transform(use->stream[0], FIND(TRANSFORM, transform_name),
                                      plain_to_value(use->table)))
BUILD(build_transform_with,
      weir_transform_with(use->stream[0], use->stream[1],
                          FIND(TRANSFORM_WITH, transform_with_name), weir_null()))

/* name, inputs, weight, needs all, takes loose, functions, model, weir, window, goes on */
const operation operations[] = {
    {"map", 1, 10, false, true, map_name, compute_map, build_map, false, false},
    {"map", 1, 1, false, false, failing_name, compute_failing_map,
     build_failing_map, false, false},
    {"flatMap", 1, 5, false, true, flat_map_name, compute_flat_map, build_flat_map, false, false},
    {"filter", 1, 4, false, true, filter_name, compute_filter, build_filter, false, false},
    {"mapPartitions", 1, 3, false, false, partition_name, compute_map_partitions,
     build_map_partitions, false, false},
    {"glom", 1, 1, false, false, NULL, compute_glom, build_glom, false, false},
    {"repartition", 1, 2, true, true, NULL, compute_repartition, build_repartition, false, false},
    {"union", 2, 3, true, true, NULL, compute_union, build_union, false, false},
    {"count", 1, 1, true, true, NULL, compute_count, build_count, false, false},
    {"reduce", 1, 3, false, false, reduce_name, compute_reduce, build_reduce, false, false},
    {"countByValue", 1, 2, false, false, NULL, compute_count_by_value,
     build_count_by_value, false, false},
    {"mapValues", 1, 5, false, true, map_name, compute_map_values, build_map_values, false, false},
    {"flatMapValues", 1, 3, false, true, flat_map_name, compute_flat_map_values,
     build_flat_map_values, false, false},
    {"groupByKey", 1, 3, false, false, NULL, compute_group_by_key,
     build_group_by_key, false, false},
    {"reduceByKey", 1, 6, false, false, reduce_name, compute_reduce_by_key,
     build_reduce_by_key, false, false},
    {"combineByKey", 1, 3, false, false, combine_name, compute_combine_by_key,
     build_combine_by_key, false, false},
    {"join", 2, 2, true, false, NULL, compute_join, build_join, false, false},
    {"leftOuterJoin", 2, 2, true, false, NULL, compute_left_outer_join,
     build_left_outer_join, false, false},
    {"rightOuterJoin", 2, 2, true, false, NULL, compute_right_outer_join,
     build_right_outer_join, false, false},
    {"fullOuterJoin", 2, 2, true, false, NULL, compute_full_outer_join,
     build_full_outer_join, false, false},
    {"cogroup", 2, 2, true, false, NULL, compute_cogroup, build_cogroup, false, false},
    {"transform", 1, 6, true, false, transform_name, compute_transform,
     build_transform, false, false},
    {"transformWith", 2, 4, true, false, transform_with_name, compute_transform_with,
     build_transform_with, false, false},
};
const size_t operation_count = sizeof operations / sizeof operations[0];

size_t operation_functions(const operation *operation)
{
    size_t count = 0;
    while (operation->function_name && operation->function_name(count)) count++;
    return count;
}
