/* A function of each kind that streams and outputs take, for the tests of this folder. */
#ifndef UNIT_GRAPH_FUNCTIONS_H
#define UNIT_GRAPH_FUNCTIONS_H

#include "weir/function.h"

static void test_map(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                     weir_value *out_value)
{
    (void)arg;
    *out_key = key;
    *out_value = value;
}
WEIR_MAP(test_map)

static weir_value test_update(weir_value key, const weir_value *values, size_t count,
                              weir_value state, weir_value arg)
{
    (void)key, (void)values, (void)count, (void)arg;
    return state;
}
WEIR_UPDATE(test_update)

static void test_map_state(weir_state *state, int64_t time_ms, weir_value key, weir_value value,
                           weir_value arg, weir_out *out)
{
    (void)state, (void)time_ms, (void)key, (void)value, (void)arg, (void)out;
}
WEIR_MAP_STATE(test_map_state)

static void test_flat_map(weir_value key, weir_value value, weir_value arg, weir_out *out)
{
    (void)key, (void)value, (void)arg, (void)out;
}
WEIR_FLAT_MAP(test_flat_map)

static bool test_filter(weir_value key, weir_value value, weir_value arg)
{
    (void)key, (void)value, (void)arg;
    return true;
}
WEIR_FILTER(test_filter)

static void test_partition(weir_reader *records, weir_value arg, weir_out *out)
{
    (void)records, (void)arg, (void)out;
}
WEIR_MAP_PARTITIONS(test_partition)

static weir_value test_reduce(weir_value a, weir_value b, weir_value arg)
{
    (void)b, (void)arg;
    return a;
}
WEIR_REDUCE(test_reduce, 0)

static weir_value test_create(weir_value value, weir_value arg)
{
    (void)arg;
    return value;
}
WEIR_COMBINE(test_combine, test_create, test_reduce, 0)

static weir_dataset *test_transform(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)time_ms, (void)arg;
    return in;
}
WEIR_TRANSFORM(test_transform)

static weir_dataset *test_transform_with(weir_dataset *left, weir_dataset *right, int64_t time_ms,
                                         weir_value arg)
{
    (void)right, (void)time_ms, (void)arg;
    return left;
}
WEIR_TRANSFORM_WITH(test_transform_with)

static weir_dataset *test_transform_all(weir_dataset *const *in, size_t count, int64_t time_ms,
                                        weir_value arg)
{
    (void)time_ms, (void)arg;
    return in[count - 1];
}
WEIR_TRANSFORM_ALL(test_transform_all)

static weir_status test_foreach(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)in, (void)time_ms, (void)arg;
    return WEIR_OK;
}
WEIR_FOREACH(test_foreach)

static weir_status test_foreach_partition(weir_reader *records, size_t partition, int64_t time_ms,
                                          weir_value arg)
{
    (void)records, (void)partition, (void)time_ms, (void)arg;
    return WEIR_OK;
}
WEIR_FOREACH_PARTITION(test_foreach_partition)

#endif
