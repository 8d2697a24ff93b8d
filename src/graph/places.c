/* Where streams and outputs are defined (C-39): noted for people, and without a meaning. */
#define WEIR_NO_PLACES
#include "weir/places.h"

#include <stdlib.h>
#include <string.h>

#include "graph/lineage.h"

enum { PLACES_SAID = 3 }; /* the cause must fit the message, too */

static char *make_place(lineage *lineage, const char *file, int line, int column)
{
    buffer text = {0};
    buffer_printf(&text, "%s:%d", file, line);
    if (column > 0) buffer_printf(&text, ":%d", column);
    buffer_append(&text, "", 1);
    char *place = arena_copy_text(&lineage->arena, text.bytes);
    buffer_release(&text);
    return place;
}

static bool is_open(const lineage *lineage)
{
    return !lineage->is_started && !lineage->is_stopped;
}

weir_stream *weir_place_stream(weir_stream *stream, const char *file, int line, int column)
{
    if (stream && file && is_open(stream->lineage))
        stream->place = make_place(stream->lineage, file, line, column);
    return stream;
}

weir_status weir_place_output(weir_status status, weir_stream *in, const char *file, int line,
                              int column)
{
    if (status != WEIR_OK || !in || !file || !is_open(in->lineage)) return status;
    lineage *lineage = in->lineage;
    for (size_t i = lineage->output_count; i-- > 0;) {
        if (lineage->outputs[i]->in != in) continue;
        lineage->outputs[i]->place = make_place(lineage, file, line, column);
        break;
    }
    return status;
}

/* Marks the stream and everything above it. */
static void mark_above(const lineage *lineage, const weir_stream *last, bool *is_above)
{
    is_above[last->id] = true;
    for (size_t i = last->id + 1; i-- > 0;) {
        const weir_stream *stream = lineage->streams[i];
        for (uint32_t j = 0; is_above[i] && j < stream->parent_count; j++)
            is_above[stream->parents[j]->id] = true;
    }
}

static bool is_failure_of(const weir_function *function, const char *error)
{
    static const char before[] = "function ";
    if (!function || strncmp(error, before, sizeof before - 1) != 0) return false;
    const char *name = error + sizeof before - 1;
    size_t length = strlen(function->name);
    return strncmp(name, function->name, length) == 0 &&
           (name[length] == ':' || name[length] == ' ');
}

void lineage_find_places(const output *output, const char *error, buffer *to)
{
    const lineage *lineage = output->in->lineage;
    bool *is_above = memory_zero_alloc(lineage->stream_count, sizeof *is_above);
    size_t found = 0;
    mark_above(lineage, output->in, is_above);
    for (size_t i = 0; i < lineage->stream_count; i++) {
        const weir_stream *stream = lineage->streams[i];
        bool is_it = is_failure_of(stream->function, error) ||
                     is_failure_of(stream->inverse, error) ||
                     is_failure_of(stream->filter, error) ||
                     is_failure_of(stream->partitioner, error);
        if (!is_above[i] || !is_it || !stream->place) continue;
        if (++found <= PLACES_SAID)
            buffer_printf(to, "%s%s", found > 1 ? " or " : "", stream->place);
    }
    if (found > PLACES_SAID) buffer_printf(to, " or %zu more", found - PLACES_SAID);
    free(is_above);
}
