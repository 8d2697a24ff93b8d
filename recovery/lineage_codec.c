#include "recovery/lineage_codec.h"

#include <string.h>

#include "base/error.h"
#include "record/codec.h"
#include "record/value.h"

enum {
    LINEAGE_VERSION = 1,
    LINEAGE_PARTS = 3,
    STREAM_PARTS = 18,
    STREAM_PARTS_LEAST = 15, /* before there were windows */
    STREAM_OF_WINDOW = 15,
    STREAM_CHECKPOINT = 16,
    STREAM_PARTITIONER = 17,
    SPEC_RECORD_LENGTH = 2, /* of a directory, as what follows */
    SPEC_FILTER = 5,
    SPEC_FILTER_ARGUMENT = 6,
    SPEC_PARTS_FILTERED = 7,
    WINDOW_PARTS = 6,
    PARTITIONER_PARTS = 2,
    OUTPUT_IDENTITY = 9,
    OUTPUT_PARTS = 10
};

/* --- encoding -------------------------------------------------------------------------------- */

static weir_value text_or_null(const char *text)
{
    return text ? weir_text(text) : weir_null();
}

static weir_value value_or_null(weir_value value)
{
    return weir_is_absent(value) ? weir_null() : value;
}

static weir_value window_value(const weir_stream *stream)
{
    if (!stream_kind_is_window(stream->kind)) return weir_null();
    weir_value parts[WINDOW_PARTS] = {
        weir_int(stream->window_ms),
        text_or_null(stream->inverse ? stream->inverse->name : NULL),
        text_or_null(stream->filter ? stream->filter->name : NULL),
        value_or_null(stream->filter_arg),
        weir_bool(stream->drops_neutral),
        weir_bool(stream->checks_inverse),
    };
    return weir_list(parts, WINDOW_PARTS);
}

static weir_value partitioner_value(const weir_stream *stream)
{
    if (!stream->partitioner) return weir_null();
    weir_value parts[PARTITIONER_PARTS] = {weir_text(stream->partitioner->name),
                                           value_or_null(stream->partitioner_arg)};
    return weir_list(parts, PARTITIONER_PARTS);
}

static weir_value stream_value(const weir_stream *stream)
{
    weir_value parents;
    weir_value *ids = value_make_list(stream->parent_count, &parents);
    for (size_t i = 0; i < stream->parent_count; i++) ids[i] = weir_int(stream->parents[i]->id);
    weir_value parts[STREAM_PARTS] = {
        weir_int(stream->id),
        weir_int(stream->kind),
        text_or_null(stream->name),
        text_or_null(stream->function ? stream->function->name : NULL),
        value_or_null(stream->arg),
        weir_int(stream->slide_ms),
        weir_int(stream->partitions),
        weir_bool(stream->cached),
        text_or_null(stream->space),
        value_or_null(stream->initial),
        weir_int(stream->timeout_ms),
        weir_int(stream->timeout_scan_ms),
        parents,
        text_or_null(stream->source_text),
        value_or_null(stream->source_spec),
        window_value(stream),
        weir_int(stream->checkpoint_ms),
        partitioner_value(stream),
    };
    return weir_list(parts, STREAM_PARTS);
}

static weir_value output_value(const output *output)
{
    weir_value parts[OUTPUT_PARTS] = {
        weir_int(output->id),
        weir_int(output->kind),
        weir_int(output->in->id),
        text_or_null(output->function ? output->function->name : NULL),
        value_or_null(output->arg),
        weir_int(output->count),
        text_or_null(output->prefix),
        text_or_null(output->suffix),
        text_or_null(output->name),
        text_or_null(output->identity),
    };
    return weir_list(parts, OUTPUT_PARTS);
}

bool lineage_encode(const lineage *lineage, buffer *to)
{
    arena room;
    arena_init(&room, NULL);
    arena *before = arena_set_current(&room);
    weir_value streams, outputs;
    weir_value *stream = value_make_list(lineage->stream_count, &streams);
    for (size_t i = 0; i < lineage->stream_count; i++)
        stream[i] = stream_value(lineage->streams[i]);
    weir_value *output = value_make_list(lineage->output_count, &outputs);
    for (size_t i = 0; i < lineage->output_count; i++)
        output[i] = output_value(lineage->outputs[i]);
    weir_value parts[LINEAGE_PARTS] = {weir_int(LINEAGE_VERSION), streams, outputs};
    bool is_encoded = codec_encode(to, weir_list(parts, LINEAGE_PARTS));
    arena_set_current(before);
    arena_release(&room);
    return is_encoded;
}

/* --- decoding -------------------------------------------------------------------------------- */

/* The text of a value as a C string on the arena; NULL if it is no string. */
static const char *text_of(weir_value value, arena *arena)
{
    size_t length;
    if (!weir_is_string(value)) return NULL;
    const char *bytes = weir_bytes(&value, &length);
    char *text = arena_alloc(arena, length + 1);
    memcpy(text, bytes, length);
    text[length] = '\0';
    return text;
}

/* Those before it are read already. */
static bool read_window(const weir_value *stream_part, size_t stream_parts, arena *arena,
                        const stored_stream *streams, stored_stream *stream)
{
    size_t count, parents;
    if (!stream_kind_is_window(stream->kind)) return true;
    if (stream_parts <= STREAM_OF_WINDOW) return false;
    const weir_value *part = weir_items(stream_part[STREAM_OF_WINDOW], &count);
    const weir_value *parent = weir_items(stream_part[12], &parents);
    if (weir_kind_of(stream_part[STREAM_OF_WINDOW]) != WEIR_LIST || count < WINDOW_PARTS ||
        parents != 1)
        return false;
    int64_t in = weir_as_int(parent[0]);
    if (!weir_is_int(parent[0]) || in < 0 || in >= (int64_t)stream->id) return false;
    stream->pane_ms = streams[in].slide_ms;
    stream->over = streams[in].name;
    stream->arg = stream_part[4];
    stream->window_ms = weir_as_int(part[0]);
    stream->inverse = text_of(part[1], arena);
    stream->filter = text_of(part[2], arena);
    stream->filter_arg = part[3];
    stream->drops_neutral = weir_as_bool(part[4]);
    stream->checks_inverse = weir_as_bool(part[5]);
    return true;
}

/* Without one, or from before there were any, keys lie where their hash says. */
static bool read_partitioner(weir_value value, arena *arena, stored_stream *stream)
{
    size_t count;
    if (weir_is_null(value)) return true;
    const weir_value *part = weir_items(value, &count);
    if (weir_kind_of(value) != WEIR_LIST || count < PARTITIONER_PARTS) return false;
    stream->partitioner = text_of(part[0], arena);
    stream->partitioner_arg = part[1];
    return stream->partitioner != NULL;
}

/* How a source is made again: its operation, and of a directory what it holds and the filter. */
static void read_making(weir_value spec, arena *arena, stored_stream *stream)
{
    size_t made;
    const weir_value *making = weir_items(spec, &made);
    if (made == 0) return;
    stream->operation = text_of(making[0], arena);
    bool is_directory = stream->operation && strcmp(stream->operation, "directory") == 0;
    if (!is_directory) return;
    stream->is_binary = made > SPEC_RECORD_LENGTH && weir_as_int(making[SPEC_RECORD_LENGTH]) > 0;
    if (made != SPEC_PARTS_FILTERED) return;
    stream->filter = text_of(making[SPEC_FILTER], arena);
    stream->filter_arg = making[SPEC_FILTER_ARGUMENT];
}

void lineage_read_making(weir_value spec, arena *arena, stored_stream *stream)
{
    *stream = (stored_stream){.kind = STREAM_SOURCE};
    read_making(spec, arena, stream);
}

/* The stream at that place of the list into its place among the streams. */
static bool read_stream(weir_value value, size_t at, arena *arena, stored_stream *streams)
{
    size_t count;
    stored_stream *stream = &streams[at];
    const weir_value *part = weir_items(value, &count);
    if (weir_kind_of(value) != WEIR_LIST || count < STREAM_PARTS_LEAST) return false;
    int64_t kind = weir_as_int(part[1]);
    if (weir_as_int(part[0]) != (int64_t)at || kind < STREAM_SOURCE || kind >= STREAM_KINDS)
        return false;
    *stream = (stored_stream){
        .id = (uint32_t)at,
        .kind = (stream_kind)kind,
        .name = text_of(part[2], arena),
        .function = text_of(part[3], arena),
        .partitions = (int)weir_as_int(part[6]),
        .space = text_of(part[8], arena),
        .source_text = text_of(part[13], arena),
        .slide_ms = weir_as_int(part[5]),
        .arg = weir_null(),
        .filter_arg = weir_null(),
        .partitioner_arg = weir_null(),
    };
    if (count > STREAM_PARTITIONER && !read_partitioner(part[STREAM_PARTITIONER], arena, stream))
        return false;
    if (count > STREAM_CHECKPOINT) stream->checkpoint_ms = weir_as_int(part[STREAM_CHECKPOINT]);
    read_making(part[14], arena, stream);
    return read_window(part, count, arena, streams, stream);
}

static void read_identities(const weir_value *outputs, arena *arena, stored_lineage *stored)
{
    size_t count;
    const char **names = arena_alloc(arena, (stored->output_count + 1) * sizeof *names);
    for (size_t i = 0; i < stored->output_count; i++) {
        const weir_value *part = weir_items(outputs[i], &count);
        names[i] = part && count > OUTPUT_IDENTITY ? text_of(part[OUTPUT_IDENTITY], arena) : NULL;
        if (!names[i]) return;
    }
    stored->output_identities = names;
}

weir_status lineage_decode(const char *bytes, size_t size, arena *arena, stored_lineage *stored)
{
    size_t count = 0;
    const char *at = bytes;
    memset(stored, 0, sizeof *stored);
    bool is_read = codec_decode(&at, bytes + size, arena, &stored->whole);
    const weir_value *part = is_read ? weir_items(stored->whole, &count) : NULL;
    if (count >= 1 && weir_is_int(part[0]) && weir_as_int(part[0]) > LINEAGE_VERSION)
        return error_set(WEIR_UNSUPPORTED, "the lineage has a newer format; use a newer weir");
    if (count != LINEAGE_PARTS || weir_kind_of(part[1]) != WEIR_LIST ||
        weir_kind_of(part[2]) != WEIR_LIST)
        return error_set(WEIR_DAMAGED, "the lineage cannot be read");
    const weir_value *streams = weir_items(part[1], &stored->stream_count);
    const weir_value *outputs = weir_items(part[2], &stored->output_count);
    read_identities(outputs, arena, stored);
    stored->streams = arena_alloc(arena, stored->stream_count * sizeof *stored->streams);
    for (size_t i = 0; i < stored->stream_count; i++)
        if (!read_stream(streams[i], i, arena, stored->streams))
            return error_set(WEIR_DAMAGED, "stream %zu of the lineage cannot be read", i);
    return WEIR_OK;
}

bool stored_lineage_has_state(const stored_lineage *stored)
{
    for (size_t i = 0; i < stored->stream_count; i++)
        if (stored->streams[i].space || stream_kind_is_window(stored->streams[i].kind))
            return true;
    return false;
}
