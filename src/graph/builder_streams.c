/* The calls of weir/stream.h for any stream. */
#include <string.h>

#include "base/error.h"
#include "graph/builder.h"

weir_stream *weir_map(weir_stream *in, const weir_function *map, weir_value arg)
{
    return builder_unary(STREAM_MAP, in, map, arg, 0);
}

weir_stream *weir_flat_map(weir_stream *in, const weir_function *flat_map, weir_value arg)
{
    return builder_unary(STREAM_FLAT_MAP, in, flat_map, arg, 0);
}

weir_stream *weir_filter(weir_stream *in, const weir_function *filter, weir_value arg)
{
    return builder_unary(STREAM_FILTER, in, filter, arg, 0);
}

weir_stream *weir_map_partitions(weir_stream *in, const weir_function *partition, weir_value arg)
{
    return builder_unary(STREAM_MAP_PARTITIONS, in, partition, arg, 0);
}

weir_stream *weir_glom(weir_stream *in)
{
    return builder_unary(STREAM_GLOM, in, NULL, weir_null(), 0);
}

weir_stream *weir_repartition(weir_stream *in, int partitions)
{
    return builder_unary(STREAM_REPARTITION, in, NULL, weir_null(), partitions);
}

weir_stream *weir_union(weir_stream *a, weir_stream *b)
{
    return builder_binary(STREAM_UNION, a, b, NULL, weir_null(), 0);
}

/* C-61. */
static weir_stream *append_of_all(operation operation)
{
    if (operation.parents && operation.parent_count > 0 && operation.parent_count <= UINT32_MAX)
        return builder_append(&operation);
    /* No stream tells the context, so that no lineage can keep this error. */
    error_set(WEIR_ILLEGAL_ARGUMENT, "%s of %zu streams; give at least one",
              stream_kind_text(operation.kind), operation.parents ? operation.parent_count : 0);
    return NULL;
}

weir_stream *weir_union_all(weir_stream *const *streams, size_t count)
{
    return append_of_all((operation){STREAM_UNION, streams, count, NULL, weir_null(), 0});
}

weir_stream *weir_count(weir_stream *in)
{
    return builder_unary(STREAM_COUNT, in, NULL, weir_null(), 0);
}

weir_stream *weir_reduce(weir_stream *in, const weir_function *reduce, weir_value arg)
{
    return builder_unary(STREAM_REDUCE, in, reduce, arg, 0);
}

weir_stream *weir_count_by_value(weir_stream *in)
{
    return builder_unary(STREAM_COUNT_BY_VALUE, in, NULL, weir_null(), 0);
}

weir_stream *weir_transform(weir_stream *in, const weir_function *transform, weir_value arg)
{
    return builder_unary(STREAM_TRANSFORM, in, transform, arg, 0);
}

weir_stream *weir_transform_with(weir_stream *left, weir_stream *right,
                                 const weir_function *transform_with, weir_value arg)
{
    return builder_binary(STREAM_TRANSFORM_WITH, left, right, transform_with, arg, 0);
}

weir_stream *weir_transform_all(weir_stream *const *streams, size_t count,
                                const weir_function *transform_all, weir_value arg)
{
    return append_of_all(
        (operation){STREAM_TRANSFORM_ALL, streams, count, transform_all, arg, 0});
}

/* --- Calls that change a stream -------------------------------------------------------------- */

/* Refused like any other call once the context has started, but as unsupported: spec 01 §3. */
static weir_stream *keep(weir_stream *in, const char *word)
{
    if (!in) return NULL;
    char room[BUILDER_PLACE_MAX];
    if (lineage_check_open(in->lineage, builder_place(word, in, room)) != WEIR_OK) {
        error_set(WEIR_UNSUPPORTED, "%s", error_text());
        return NULL;
    }
    in->cached = true;
    return in;
}

weir_stream *weir_checkpoint_every(weir_stream *in, int64_t interval_ms)
{
    static const char word[] = "checkpoint interval";
    bool was_cached = in && in->cached;
    if (!keep(in, word)) return NULL; /* C-56, C-64 */
    if (interval_ms <= 0 || interval_ms % in->slide_ms != 0) {
        char room[BUILDER_PLACE_MAX];
        in->cached = was_cached;
        lineage_fail(in->lineage,
                     error_set(WEIR_ILLEGAL_ARGUMENT,
                               "%s: it is %lld ms; give a multiple of the slide, %lld ms (C-54, "
                               "C-55)",
                               builder_place(word, in, room), (long long)interval_ms,
                               (long long)in->slide_ms));
        return NULL;
    }
    in->checkpoint_ms = interval_ms;
    weir_stream *keeper = in->kind == STREAM_STATE_SNAPSHOTS ? in->parents[0] : in; /* O-52 */
    if (keeper->kind == STREAM_MAP_WITH_STATE) keeper->timeout_scan_ms = interval_ms;
    return in;
}

weir_stream *weir_cache(weir_stream *in) { return keep(in, "cache"); }

weir_stream *weir_persist(weir_stream *in) { return keep(in, "persist"); }

static weir_status check_name(const char *place, const weir_stream *in, const char *name)
{
    if (!name || !*name)
        return error_set(WEIR_ILLEGAL_ARGUMENT, "%s: the name is empty; give one", place);
    for (size_t i = 0; i < in->lineage->stream_count; i++) {
        const weir_stream *other = in->lineage->streams[i];
        if (other == in || !other->name || strcmp(other->name, name) != 0) continue;
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "%s: the %s stream #%u is named \"%s\" already; names are unique in a "
                         "context",
                         place, stream_kind_text(other->kind), other->id, name);
    }
    return WEIR_OK;
}

weir_stream *weir_name(weir_stream *in, const char *name)
{
    if (!in) return NULL;
    char room[BUILDER_PLACE_MAX];
    const char *place = builder_place("name", in, room);
    weir_status status = lineage_check_open(in->lineage, place);
    if (status == WEIR_OK) status = check_name(place, in, name);
    if (status != WEIR_OK) {
        lineage_fail(in->lineage, status);
        return NULL;
    }
    in->name = arena_copy_text(&in->lineage->arena, name);
    return in;
}

weir_context *weir_stream_context(const weir_stream *stream)
{
    return stream ? stream->lineage->context : NULL;
}
