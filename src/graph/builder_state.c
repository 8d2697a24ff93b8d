/* The calls of weir/stream.h for streams that keep state. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "graph/builder.h"
#include "record/value.h"

enum { SPACE_NAME_MAX = 96 };

/* --- Names of spaces ------------------------------------------------------------------------- */

char *builder_keep_name(lineage *lineage, const buffer *text)
{
    if (text->size <= SPACE_NAME_MAX) return arena_copy_text(&lineage->arena, text->bytes);
    weir_value whole = weir_string(text->bytes, text->size - 1);
    char room[SPACE_NAME_MAX];
    snprintf(room, sizeof room, "%.70s~%08zx", text->bytes, value_partition(whole, 1u << 31));
    return arena_copy_text(&lineage->arena, room);
}

/* A stream has often windows of several lengths. */
static void name_window(buffer *text, const weir_stream *stream)
{
    buffer_printf(text, " %" PRId64 "/%" PRId64, stream->window_ms, stream->slide_ms);
    if (stream->inverse) buffer_printf(text, " - %s", stream->inverse->name);
    if (stream->filter) buffer_printf(text, " | %s", stream->filter->name);
}

/* From the operator, its function and its parents, never from a counter: a program that is changed
 * elsewhere finds it again. `names` has those that are known, by id: a stream may be the parent of
 * many. */
const char *builder_derive_name(const weir_stream *stream, const char **names)
{
    if (names[stream->id]) return names[stream->id];
    buffer text = {0};
    if (stream->name) {
        buffer_append_text(&text, stream->name);
    } else {
        bool is_source = stream->kind == STREAM_SOURCE && stream->source_text;
        buffer_append_text(&text,
                           is_source ? stream->source_text : stream_kind_text(stream->kind));
        if (stream->function) buffer_printf(&text, "(%s)", stream->function->name);
        if (stream_kind_is_window(stream->kind)) name_window(&text, stream);
    }
    for (size_t i = 0; !stream->name && i < stream->parent_count; i++) {
        buffer_append_text(&text, i ? " + " : " < ");
        buffer_append_text(&text, builder_derive_name(stream->parents[i], names));
    }
    buffer_append(&text, "", 1);
    names[stream->id] = builder_keep_name(stream->lineage, &text);
    buffer_release(&text);
    return names[stream->id];
}

static weir_status check_space(const lineage *lineage, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        const char *other = lineage->streams[i]->space;
        if (!other || strcmp(other, lineage->streams[at]->space) != 0) continue;
        bool is_window = stream_kind_is_window(lineage->streams[at]->kind);
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "two streams keep state under the name \"%s\"; give one of them "
                         "another name (weir_%s_options.name)",
                         other, is_window ? "window" : "state");
    }
    return WEIR_OK;
}

weir_status lineage_name_spaces(lineage *lineage)
{
    const char **names = memory_zero_alloc(lineage->stream_count, sizeof *names);
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < lineage->stream_count && status == WEIR_OK; i++) {
        weir_stream *stream = lineage->streams[i];
        if (!stream_kind_has_state(stream->kind)) continue;
        if (!stream->space && stream->name) stream->space = stream->name;
        if (!stream->space)
            stream->space = arena_copy_text(&lineage->arena, builder_derive_name(stream, names));
        status = check_space(lineage, i);
    }
    free(names);
    return status;
}

/* --- The options ----------------------------------------------------------------------------- */

static weir_status check_initial(const char *place, weir_value initial)
{
    size_t count;
    if (weir_is_absent(initial)) return WEIR_OK;
    const weir_value *items = weir_items(initial, &count);
    bool pairs = weir_kind_of(initial) == WEIR_LIST;
    for (size_t i = 0; pairs && i < count; i++) pairs = weir_kind_of(items[i]) == WEIR_PAIR;
    if (!pairs)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "%s: the initial state must be a list of (key, state) pairs", place);
    return builder_check_arg(place, initial);
}

static weir_status check_period(const char *place, const char *what, int64_t period_ms,
                                int64_t slide_ms)
{
    if (period_ms >= 0 && period_ms % slide_ms == 0) return WEIR_OK;
    return error_set(WEIR_ILLEGAL_ARGUMENT,
                     "%s: %s is %lld ms; give a multiple of the slide, %lld ms (C-54, C-55)",
                     place, what, (long long)period_ms, (long long)slide_ms);
}

static weir_status check_partitioner(const char *place, const weir_state_options *options)
{
    weir_value arg = options->partitioner_arg;
    if (!options->partitioner && !weir_is_absent(arg) && !weir_is_null(arg))
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "%s: there is an argument for a partitioner, but no partitioner; give it",
                         place);
    if (!options->partitioner) return WEIR_OK;
    weir_status status =
        builder_check_function(place, WEIR_KIND_PARTITIONER, options->partitioner);
    return status == WEIR_OK ? builder_check_arg(place, arg) : status;
}

static weir_status check_options(const char *place, const weir_state_options *options,
                                 int64_t slide_ms)
{
    weir_status status = check_initial(place, options->initial);
    if (status == WEIR_OK && options->timeout_ms < 0)
        status = error_set(WEIR_ILLEGAL_ARGUMENT, "%s: the timeout is %lld ms; give 0 for none",
                           place, (long long)options->timeout_ms);
    if (status == WEIR_OK)
        status = check_period(place, "checkpoint_ms", options->checkpoint_ms, slide_ms);
    if (status == WEIR_OK)
        status = check_period(place, "timeout_scan_ms", options->timeout_scan_ms, slide_ms);
    if (status == WEIR_OK && options->name && !*options->name)
        status = error_set(WEIR_ILLEGAL_ARGUMENT, "%s: the name of the state is empty", place);
    if (status == WEIR_OK) status = check_partitioner(place, options);
    return status;
}

static weir_stream *append(stream_kind kind, weir_stream *in, const weir_function *function,
                           weir_value arg, const weir_state_options *given)
{
    const weir_state_options options = given ? *given : (weir_state_options){0};
    if (in) {
        char room[BUILDER_PLACE_MAX];
        const char *place = builder_place(stream_kind_text(kind), in, room);
        weir_status status = lineage_check_open(in->lineage, stream_kind_text(kind));
        if (status == WEIR_OK) status = check_options(place, &options, in->slide_ms);
        if (status != WEIR_OK) {
            lineage_fail(in->lineage, status);
            return NULL;
        }
    }
    weir_stream *stream = builder_unary(kind, in, function, arg, options.partitions);
    if (!stream) return NULL;
    arena *arena = &stream->lineage->arena;
    int64_t checkpoint_ms = options.checkpoint_ms ? options.checkpoint_ms : 10 * stream->slide_ms;
    stream->space = options.name ? arena_copy_text(arena, options.name) : NULL;
    stream->initial = value_copy(options.initial, arena);
    stream->partitioner = options.partitioner;
    stream->partitioner_arg = value_copy(options.partitioner_arg, arena);
    stream->checkpoint_ms = options.checkpoint_ms;
    stream->timeout_ms = options.timeout_ms;
    stream->timeout_scan_ms = options.timeout_scan_ms ? options.timeout_scan_ms : checkpoint_ms;
    return stream;
}

/* --- The calls ------------------------------------------------------------------------------- */

weir_stream *weir_update_state_by_key(weir_stream *in, const weir_function *update, weir_value arg,
                                      const weir_state_options *options)
{
    stream_kind kind = STREAM_UPDATE_STATE_BY_KEY;
    if (update && update->kind == WEIR_KIND_UPDATE_AT) kind = STREAM_UPDATE_AT;
    if (update && update->kind == WEIR_KIND_UPDATE_PARTITION) kind = STREAM_UPDATE_PARTITION;
    return append(kind, in, update, arg, options);
}

weir_stream *weir_map_with_state(weir_stream *in, const weir_function *map_state, weir_value arg,
                                 const weir_state_options *options)
{
    return append(STREAM_MAP_WITH_STATE, in, map_state, arg, options);
}

weir_stream *weir_state_snapshots(weir_stream *in)
{
    if (in && in->kind != STREAM_MAP_WITH_STATE) {
        char room[BUILDER_PLACE_MAX];
        const char *place = builder_place("stateSnapshots", in, room);
        weir_status status = error_set(WEIR_ILLEGAL_ARGUMENT,
                                       "%s: only a mapWithState stream has snapshots", place);
        lineage_fail(in->lineage, status);
        return NULL;
    }
    return builder_unary(STREAM_STATE_SNAPSHOTS, in, NULL, weir_null(), 0);
}
