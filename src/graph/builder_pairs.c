/* The calls of weir/stream.h for streams of pairs. */
#include "graph/builder.h"

weir_stream *weir_map_values(weir_stream *in, const weir_function *map, weir_value arg)
{
    return builder_unary(STREAM_MAP_VALUES, in, map, arg, 0);
}

weir_stream *weir_flat_map_values(weir_stream *in, const weir_function *flat_map, weir_value arg)
{
    return builder_unary(STREAM_FLAT_MAP_VALUES, in, flat_map, arg, 0);
}

weir_stream *weir_group_by_key(weir_stream *in, int partitions)
{
    return builder_unary(STREAM_GROUP_BY_KEY, in, NULL, weir_null(), partitions);
}

weir_stream *weir_reduce_by_key(weir_stream *in, const weir_function *reduce, weir_value arg,
                                int partitions)
{
    return builder_unary(STREAM_REDUCE_BY_KEY, in, reduce, arg, partitions);
}

weir_stream *weir_combine_by_key(weir_stream *in, const weir_function *combine, weir_value arg,
                                 int partitions)
{
    return builder_unary(STREAM_COMBINE_BY_KEY, in, combine, arg, partitions);
}

weir_stream *weir_join(weir_stream *left, weir_stream *right, int partitions)
{
    return builder_binary(STREAM_JOIN, left, right, NULL, weir_null(), partitions);
}

weir_stream *weir_left_outer_join(weir_stream *left, weir_stream *right, int partitions)
{
    return builder_binary(STREAM_LEFT_OUTER_JOIN, left, right, NULL, weir_null(), partitions);
}

weir_stream *weir_right_outer_join(weir_stream *left, weir_stream *right, int partitions)
{
    return builder_binary(STREAM_RIGHT_OUTER_JOIN, left, right, NULL, weir_null(), partitions);
}

weir_stream *weir_full_outer_join(weir_stream *left, weir_stream *right, int partitions)
{
    return builder_binary(STREAM_FULL_OUTER_JOIN, left, right, NULL, weir_null(), partitions);
}

weir_stream *weir_cogroup(weir_stream *left, weir_stream *right, int partitions)
{
    return builder_binary(STREAM_COGROUP, left, right, NULL, weir_null(), partitions);
}
