/* How the library writes down a descriptor: DEFINE_MAP(square, .about = "...") makes
 * weir_fn_square, known as "square", of the static function map_square. What stands behind the
 * name initialises further members. */
#ifndef LIBRARY_DEFINE_H
#define LIBRARY_DEFINE_H

#include "weir/library.h"

#define DEFINE_MAP(fn, ...)                                                                       \
    const weir_function weir_fn_##fn = {                                                          \
        .name = #fn, .kind = WEIR_KIND_MAP, .call = {.map = map_##fn}, __VA_ARGS__}
#define DEFINE_FLAT_MAP(fn, ...)                                                                  \
    const weir_function weir_fn_##fn = {.name = #fn,                                              \
                                        .kind = WEIR_KIND_FLAT_MAP,                               \
                                        .call = {.flat_map = flat_map_##fn},                      \
                                        __VA_ARGS__}
#define DEFINE_PARTITION(fn, ...)                                                                 \
    const weir_function weir_fn_##fn = {                                                          \
        .name = #fn, .kind = WEIR_KIND_PARTITION, .call = {.partition = fn}, __VA_ARGS__}
#define DEFINE_REDUCE(fn, ...)                                                                    \
    const weir_function weir_fn_##fn = {                                                          \
        .name = #fn, .kind = WEIR_KIND_REDUCE, .call = {.reduce = reduce_##fn}, __VA_ARGS__}
#define DEFINE_COMBINE(fn, ...)                                                                   \
    const weir_function weir_fn_##fn = {.name = #fn,                                              \
                                        .kind = WEIR_KIND_COMBINE,                                \
                                        .call = {.reduce = merge_##fn},                           \
                                        .create = create_##fn,                                    \
                                        __VA_ARGS__}
#define DEFINE_UPDATE(fn, ...)                                                                    \
    const weir_function weir_fn_##fn = {                                                          \
        .name = #fn, .kind = WEIR_KIND_UPDATE, .call = {.update = fn}, __VA_ARGS__}
#define DEFINE_PARTITIONER(fn, ...)                                                               \
    const weir_function weir_fn_##fn = {.name = #fn,                                              \
                                        .kind = WEIR_KIND_PARTITIONER,                            \
                                        .call = {.partitioner = partitioner_##fn},                \
                                        __VA_ARGS__}
#define DEFINE_MAP_STATE(fn, ...)                                                                 \
    const weir_function weir_fn_##fn = {                                                          \
        .name = #fn, .kind = WEIR_KIND_MAP_STATE, .call = {.map_state = fn}, __VA_ARGS__}
#define DEFINE_TRANSFORM(fn, ...)                                                                 \
    const weir_function weir_fn_##fn = {.name = #fn,                                              \
                                        .kind = WEIR_KIND_TRANSFORM,                              \
                                        .call = {.transform = transform_##fn},                    \
                                        __VA_ARGS__}
#define DEFINE_TRANSFORM_WITH(fn, ...)                                                            \
    const weir_function weir_fn_##fn = {.name = #fn,                                              \
                                        .kind = WEIR_KIND_TRANSFORM_WITH,                         \
                                        .call = {.transform_with = transform_with_##fn},          \
                                        __VA_ARGS__}
#define DEFINE_TRANSFORM_ALL(fn, ...)                                                             \
    const weir_function weir_fn_##fn = {.name = #fn,                                              \
                                        .kind = WEIR_KIND_TRANSFORM_ALL,                          \
                                        .call = {.transform_all = transform_all_##fn},            \
                                        __VA_ARGS__}

#endif
