#include "operators/stream_table.h"

#include <assert.h>

#include "operators/plan.h"

typedef weir_dataset *(*planner)(const weir_stream *stream, weir_dataset *const *in,
                                 int64_t time_ms);

#define PLAN(name, expression)                                                                    \
    static weir_dataset *name(const weir_stream *stream, weir_dataset *const *in,                 \
                              int64_t time_ms)                                                    \
    {                                                                                             \
        (void)stream;                                                                             \
        (void)time_ms;                                                                            \
        return expression;                                                                        \
    }

PLAN(map, dataset_narrow(in[0], &step_map, stream->function, stream->arg))
PLAN(flat_map, dataset_narrow(in[0], &step_flat_map, stream->function, stream->arg))
PLAN(filter, dataset_narrow(in[0], &step_filter, stream->function, stream->arg))
PLAN(map_partitions, dataset_narrow(in[0], &step_map_partitions, stream->function, stream->arg))
PLAN(glom, dataset_narrow(in[0], &step_glom, NULL, weir_null()))
PLAN(map_values, dataset_narrow(in[0], &step_map_values, stream->function, stream->arg))
PLAN(flat_map_values, dataset_narrow(in[0], &step_flat_map_values, stream->function, stream->arg))
PLAN(repartition, plan_repartition(in[0], (size_t)stream->partitions))
PLAN(union_of, dataset_union(in[0]->scope, in, stream->parent_count))
PLAN(count, plan_count(in[0]))
PLAN(reduce, plan_reduce(in[0], stream->function, stream->arg))
PLAN(count_by_value, plan_count_by_value(in[0], (size_t)stream->partitions))
PLAN(transform, stream->function->call.transform(in[0], time_ms, stream->arg))
PLAN(transform_with, stream->function->call.transform_with(in[0], in[1], time_ms, stream->arg))
PLAN(transform_all,
     stream->function->call.transform_all(in, stream->parent_count, time_ms, stream->arg))
PLAN(group_by_key, plan_group(in[0], NULL, GROUP_BY_KEY, (size_t)stream->partitions))
PLAN(combine_by_key, plan_combine(in[0], stream->function, stream->arg,
                                  (size_t)stream->partitions))
PLAN(join, plan_group(in[0], in[1], GROUP_JOIN, (size_t)stream->partitions))
PLAN(left_outer_join, plan_group(in[0], in[1], GROUP_LEFT_OUTER, (size_t)stream->partitions))
PLAN(right_outer_join, plan_group(in[0], in[1], GROUP_RIGHT_OUTER, (size_t)stream->partitions))
PLAN(full_outer_join, plan_group(in[0], in[1], GROUP_FULL_OUTER, (size_t)stream->partitions))
PLAN(cogroup, plan_group(in[0], in[1], GROUP_COGROUP, (size_t)stream->partitions))

static const planner planners[STREAM_KINDS] = {
    [STREAM_MAP] = map,
    [STREAM_FLAT_MAP] = flat_map,
    [STREAM_FILTER] = filter,
    [STREAM_MAP_PARTITIONS] = map_partitions,
    [STREAM_GLOM] = glom,
    [STREAM_REPARTITION] = repartition,
    [STREAM_UNION] = union_of,
    [STREAM_COUNT] = count,
    [STREAM_REDUCE] = reduce,
    [STREAM_COUNT_BY_VALUE] = count_by_value,
    [STREAM_TRANSFORM] = transform,
    [STREAM_TRANSFORM_WITH] = transform_with,
    [STREAM_TRANSFORM_ALL] = transform_all,
    [STREAM_MAP_VALUES] = map_values,
    [STREAM_FLAT_MAP_VALUES] = flat_map_values,
    [STREAM_GROUP_BY_KEY] = group_by_key,
    [STREAM_REDUCE_BY_KEY] = combine_by_key,
    [STREAM_COMBINE_BY_KEY] = combine_by_key,
    [STREAM_JOIN] = join,
    [STREAM_LEFT_OUTER_JOIN] = left_outer_join,
    [STREAM_RIGHT_OUTER_JOIN] = right_outer_join,
    [STREAM_FULL_OUTER_JOIN] = full_outer_join,
    [STREAM_COGROUP] = cogroup,
};

weir_dataset *stream_plan(const weir_stream *stream, weir_dataset *const *parents, int64_t time_ms)
{
    assert(planners[stream->kind]);
    return planners[stream->kind](stream, parents, time_ms);
}
