#include "recovery/rebuild.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "graph/builder.h"
#include "graph/registry.h"
#include "ingest/source.h"
#include "record/value.h"

/* The places of what lineage_codec.h lists. */
enum {
    STREAM_KIND = 1,
    STREAM_NAME = 2,
    STREAM_FUNCTION = 3,
    STREAM_ARGUMENT = 4,
    STREAM_SLIDE = 5,
    STREAM_PARTITIONS = 6,
    STREAM_CACHED = 7,
    STREAM_SPACE = 8,
    STREAM_INITIAL = 9,
    STREAM_TIMEOUT = 10,
    STREAM_SCAN = 11,
    STREAM_PARENTS = 12,
    STREAM_SPEC = 14,
    STREAM_OF_WINDOW = 15,
    STREAM_CHECKPOINT = 16,
    STREAM_PARTITIONER = 17,
    WINDOW_LENGTH = 0,
    WINDOW_INVERSE = 1,
    WINDOW_FILTER = 2,
    WINDOW_FILTER_ARGUMENT = 3,
    WINDOW_DROPS_NEUTRAL = 4,
    WINDOW_CHECKS_INVERSE = 5,
    OUTPUT_OF_KIND = 1,
    OUTPUT_STREAM = 2,
    OUTPUT_FUNCTION = 3,
    OUTPUT_ARGUMENT = 4,
    OUTPUT_NUMBER = 5,
    OUTPUT_PREFIX = 6,
    OUTPUT_SUFFIX = 7,
    OUTPUT_NAME = 8,
};

/* The text as a C string in the current arena; NULL if it is none. */
static const char *text_of(weir_value value)
{
    size_t length;
    if (!weir_is_string(value)) return NULL;
    const char *bytes = weir_bytes(&value, &length);
    char *text = arena_alloc(arena_current(), length + 1);
    memcpy(text, bytes, length);
    text[length] = '\0';
    return text;
}

static weir_value absent_for_null(weir_value value)
{
    return weir_is_null(value) ? weir_absent() : value;
}

static weir_status find_function(weir_function_kind kind, weir_value name,
                                 const weir_function **function)
{
    const char *text = text_of(name);
    *function = NULL;
    if (!text || !kind) return WEIR_OK;
    return registry_find_stored(kind, text, function);
}

static weir_stream *append_state(stream_kind kind, weir_stream *in, const weir_function *function,
                                 const weir_value *part, size_t parts)
{
    size_t count;
    weir_value placed = parts > STREAM_PARTITIONER ? part[STREAM_PARTITIONER] : weir_null();
    const weir_value *placing = weir_items(placed, &count); /* (function, argument), or none */
    weir_state_options options = {
        .name = text_of(part[STREAM_SPACE]),
        .partitions = (int)weir_as_int(part[STREAM_PARTITIONS]),
        .initial = absent_for_null(part[STREAM_INITIAL]),
        .timeout_ms = weir_as_int(part[STREAM_TIMEOUT]),
        .timeout_scan_ms = weir_as_int(part[STREAM_SCAN]),
        .partitioner_arg = count == 2 ? absent_for_null(placing[1]) : weir_absent(),
    };
    if (count == 2 &&
        find_function(WEIR_KIND_PARTITIONER, placing[0], &options.partitioner) != WEIR_OK)
        return NULL;
    return kind == STREAM_MAP_WITH_STATE
               ? weir_map_with_state(in, function, part[STREAM_ARGUMENT], &options)
               : weir_update_state_by_key(in, function, part[STREAM_ARGUMENT], &options);
}

/* The whole of what a window was made with, whichever call made it. */
static weir_stream *append_window(stream_kind kind, weir_stream *in, const weir_function *function,
                                  const weir_value *part)
{
    size_t count;
    const weir_value *window = weir_items(part[STREAM_OF_WINDOW], &count);
    int64_t window_ms = weir_as_int(window[WINDOW_LENGTH]);
    int64_t slide_ms = weir_as_int(part[STREAM_SLIDE]);
    const weir_function *inverse;
    weir_value arg = part[STREAM_ARGUMENT];
    weir_window_options options = {
        .name = text_of(part[STREAM_SPACE]),
        .partitions = (int)weir_as_int(part[STREAM_PARTITIONS]),
        .filter_arg = absent_for_null(window[WINDOW_FILTER_ARGUMENT]),
        .drop_neutral = weir_as_bool(window[WINDOW_DROPS_NEUTRAL]),
        .check_inverse = weir_as_bool(window[WINDOW_CHECKS_INVERSE]),
    };
    if (find_function(WEIR_KIND_REDUCE, window[WINDOW_INVERSE], &inverse) != WEIR_OK ||
        find_function(WEIR_KIND_FILTER, window[WINDOW_FILTER], &options.filter) != WEIR_OK)
        return NULL;
    switch (kind) {
    case STREAM_WINDOW:
        return weir_window(in, window_ms, slide_ms, &options);
    case STREAM_GROUP_BY_KEY_AND_WINDOW:
        return weir_group_by_key_and_window(in, window_ms, slide_ms, &options);
    case STREAM_REDUCE_BY_KEY_AND_WINDOW:
        return weir_reduce_by_key_and_window(in, function, inverse, arg, window_ms, slide_ms,
                                             &options);
    case STREAM_REDUCE_BY_WINDOW:
        return weir_reduce_by_window(in, function, inverse, arg, window_ms, slide_ms, &options);
    case STREAM_COUNT_BY_WINDOW:
        return weir_count_by_window(in, window_ms, slide_ms, &options);
    default:
        return weir_count_by_value_and_window(in, window_ms, slide_ms, &options);
    }
}

static weir_stream *append_stream(weir_stream *const *built, const weir_value *part, size_t parts)
{
    stream_kind kind = (stream_kind)weir_as_int(part[STREAM_KIND]);
    const weir_function *function;
    size_t count;
    const weir_value *ids = weir_items(part[STREAM_PARENTS], &count);
    weir_stream **parents = arena_alloc(arena_current(), (count + 1) * sizeof *parents);
    for (size_t i = 0; i < count; i++) parents[i] = built[weir_as_int(ids[i])];
    if (find_function(stream_kind_function(kind), part[STREAM_FUNCTION], &function) != WEIR_OK)
        return NULL;
    if (stream_kind_is_window(kind)) return append_window(kind, parents[0], function, part);
    if (stream_kind_has_state(kind)) return append_state(kind, parents[0], function, part, parts);
    operation operation = {kind,
                           parents,
                           count,
                           function,
                           part[STREAM_ARGUMENT],
                           (int)weir_as_int(part[STREAM_PARTITIONS])};
    return builder_append(&operation);
}

/* Parents stand before their children, so every id is below `at`. */
static bool has_good_parents(const weir_value *part, size_t at)
{
    size_t count;
    const weir_value *ids = weir_items(part[STREAM_PARENTS], &count);
    for (size_t i = 0; i < count; i++)
        if (!weir_is_int(ids[i]) || weir_as_int(ids[i]) < 0 || weir_as_int(ids[i]) >= (int64_t)at)
            return false;
    return (count > 0) == (weir_as_int(part[STREAM_KIND]) != STREAM_SOURCE);
}

static weir_status build_stream(weir_context *context, weir_stream **built, size_t at,
                                const weir_value *part, size_t parts)
{
    if (!has_good_parents(part, at))
        return error_set(WEIR_DAMAGED, "stream %zu of the lineage has parents that cannot be", at);
    bool is_source = weir_as_int(part[STREAM_KIND]) == STREAM_SOURCE;
    weir_stream *stream = is_source ? source_make_again(context, part[STREAM_SPEC])
                                    : append_stream(built, part, parts);
    const char *name = text_of(part[STREAM_NAME]);
    if (stream && name) stream = weir_name(stream, name);
    if (stream && weir_as_bool(part[STREAM_CACHED])) stream = weir_cache(stream);
    int64_t checkpoint_ms = parts > STREAM_CHECKPOINT ? weir_as_int(part[STREAM_CHECKPOINT]) : 0;
    if (stream) stream->checkpoint_ms = checkpoint_ms; /* what it did to timeouts is stored too */
    built[at] = stream;
    if (stream) return WEIR_OK;
    weir_status status = weir_error(context);
    return status != WEIR_OK ? status : WEIR_NOT_SERIALIZABLE; /* the text is this thread's */
}

static weir_status build_output(weir_stream *in, const weir_value *part)
{
    output_kind kind = (output_kind)weir_as_int(part[OUTPUT_OF_KIND]);
    const weir_function *function;
    if (kind < OUTPUT_PRINT || kind >= OUTPUT_KINDS)
        return error_set(WEIR_DAMAGED, "an output of the lineage is of no kind that is known");
    weir_status status =
        find_function(output_kind_function(kind), part[OUTPUT_FUNCTION], &function);
    if (status != WEIR_OK) return status;
    switch (kind) {
    case OUTPUT_PRINT:
        return weir_print(in, (int)weir_as_int(part[OUTPUT_NUMBER]));
    case OUTPUT_SAVE_TEXT:
        return weir_save_as_text_files(in, text_of(part[OUTPUT_PREFIX]),
                                       text_of(part[OUTPUT_SUFFIX]));
    case OUTPUT_FOREACH:
        return weir_foreach_rdd(in, function, part[OUTPUT_ARGUMENT]);
    case OUTPUT_FOREACH_PARTITION:
        return weir_foreach_partition(in, function, part[OUTPUT_ARGUMENT]);
    case OUTPUT_COUNT:
        return weir_count_output(in);
    default:
        break;
    }
    output_maker make = lineage_output_maker(kind);
    if (make) return make(in, part[OUTPUT_ARGUMENT]);
    return error_set(WEIR_UNSUPPORTED, "this weir was built without what %s needs",
                     output_kind_text(kind));
}

weir_status lineage_rebuild(const stored_lineage *stored, weir_context *context)
{
    size_t parts, count;
    const weir_value *whole = weir_items(stored->whole, &parts);
    const weir_value *streams = weir_items(whole[1], &count);
    weir_stream **built = arena_alloc(arena_current(), (count + 1) * sizeof *built);
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < count && status == WEIR_OK; i++) {
        const weir_value *part = weir_items(streams[i], &parts);
        status = build_stream(context, built, i, part, parts);
    }
    size_t output_count;
    const weir_value *outputs = weir_items(whole[2], &output_count);
    for (size_t i = 0; i < output_count && status == WEIR_OK; i++) {
        const weir_value *part = weir_items(outputs[i], &parts);
        int64_t id = parts > OUTPUT_SUFFIX ? weir_as_int(part[OUTPUT_STREAM]) : -1;
        if (id < 0 || id >= (int64_t)count)
            return error_set(WEIR_DAMAGED, "output %zu of the lineage is over no stream", i);
        status = build_output(built[id], part);
        const char *name = parts > OUTPUT_NAME ? text_of(part[OUTPUT_NAME]) : NULL;
        if (status == WEIR_OK && name) status = weir_name_output(built[id], name);
    }
    return status;
}
