#include "graph/lineage.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log_line.h"
#include "base/memory.h"

/* --- The kinds ------------------------------------------------------------------------------- */

typedef struct kind_facts {
    const char *text;
    weir_function_kind function; /* 0: none */
    bool needs_all_parents;
} kind_facts;

static const kind_facts stream_kinds[STREAM_KINDS] = {
    [STREAM_SOURCE] = {"source", 0, false},
    [STREAM_MAP] = {"map", WEIR_KIND_MAP, false},
    [STREAM_FLAT_MAP] = {"flatMap", WEIR_KIND_FLAT_MAP, false},
    [STREAM_FILTER] = {"filter", WEIR_KIND_FILTER, false},
    [STREAM_MAP_PARTITIONS] = {"mapPartitions", WEIR_KIND_PARTITION, false},
    [STREAM_GLOM] = {"glom", 0, false},
    [STREAM_REPARTITION] = {"repartition", 0, true},
    [STREAM_UNION] = {"union", 0, true},
    [STREAM_COUNT] = {"count", 0, true},
    [STREAM_REDUCE] = {"reduce", WEIR_KIND_REDUCE, false},
    [STREAM_COUNT_BY_VALUE] = {"countByValue", 0, false},
    [STREAM_TRANSFORM] = {"transform", WEIR_KIND_TRANSFORM, true},
    [STREAM_TRANSFORM_WITH] = {"transformWith", WEIR_KIND_TRANSFORM_WITH, true},
    [STREAM_MAP_VALUES] = {"mapValues", WEIR_KIND_MAP, false},
    [STREAM_FLAT_MAP_VALUES] = {"flatMapValues", WEIR_KIND_FLAT_MAP, false},
    [STREAM_GROUP_BY_KEY] = {"groupByKey", 0, false},
    [STREAM_REDUCE_BY_KEY] = {"reduceByKey", WEIR_KIND_REDUCE, false},
    [STREAM_COMBINE_BY_KEY] = {"combineByKey", WEIR_KIND_COMBINE, false},
    [STREAM_JOIN] = {"join", 0, true},
    [STREAM_LEFT_OUTER_JOIN] = {"leftOuterJoin", 0, true},
    [STREAM_RIGHT_OUTER_JOIN] = {"rightOuterJoin", 0, true},
    [STREAM_FULL_OUTER_JOIN] = {"fullOuterJoin", 0, true},
    [STREAM_COGROUP] = {"cogroup", 0, true},
    [STREAM_UPDATE_STATE_BY_KEY] = {"updateStateByKey", WEIR_KIND_UPDATE, false},
    [STREAM_MAP_WITH_STATE] = {"mapWithState", WEIR_KIND_MAP_STATE, false},
    [STREAM_STATE_SNAPSHOTS] = {"stateSnapshots", 0, false},
    [STREAM_UPDATE_AT] = {"updateStateByKeyAt", WEIR_KIND_UPDATE_AT, false},
    [STREAM_UPDATE_PARTITION] = {"updateStateOfPartition", WEIR_KIND_UPDATE_PARTITION, false},
    [STREAM_TRANSFORM_ALL] = {"transformAll", WEIR_KIND_TRANSFORM_ALL, true},
    [STREAM_WINDOW] = {"window", 0, false},
    [STREAM_GROUP_BY_KEY_AND_WINDOW] = {"groupByKeyAndWindow", 0, false},
    [STREAM_REDUCE_BY_KEY_AND_WINDOW] = {"reduceByKeyAndWindow", WEIR_KIND_REDUCE, false},
    [STREAM_REDUCE_BY_WINDOW] = {"reduceByWindow", WEIR_KIND_REDUCE, false},
    [STREAM_COUNT_BY_WINDOW] = {"countByWindow", 0, false},
    [STREAM_COUNT_BY_VALUE_AND_WINDOW] = {"countByValueAndWindow", 0, false},
};

static const kind_facts output_kinds[OUTPUT_KINDS] = {
    [OUTPUT_PRINT] = {"print", 0, false},
    [OUTPUT_SAVE_TEXT] = {"saveAsTextFiles", 0, false},
    [OUTPUT_FOREACH] = {"foreachRDD", WEIR_KIND_FOREACH, false},
    [OUTPUT_FOREACH_PARTITION] = {"foreachPartition", WEIR_KIND_FOREACH_PARTITION, false},
    [OUTPUT_COUNT] = {"count", 0, false},
    [OUTPUT_SAVE_TO_KAFKA] = {"saveToKafka", 0, false},
};

static const kind_facts *stream_facts(stream_kind kind)
{
    assert(kind >= STREAM_SOURCE && kind < STREAM_KINDS);
    return &stream_kinds[kind];
}

static const kind_facts *output_facts(output_kind kind)
{
    assert(kind >= OUTPUT_PRINT && kind < OUTPUT_KINDS);
    return &output_kinds[kind];
}

const char *stream_kind_text(stream_kind kind) { return stream_facts(kind)->text; }
const char *output_kind_text(output_kind kind) { return output_facts(kind)->text; }
weir_function_kind stream_kind_function(stream_kind kind) { return stream_facts(kind)->function; }
weir_function_kind output_kind_function(output_kind kind) { return output_facts(kind)->function; }
bool stream_kind_needs_all_parents(stream_kind kind)
{
    return stream_facts(kind)->needs_all_parents;
}

bool stream_kind_is_window(stream_kind kind)
{
    return kind >= STREAM_WINDOW && kind <= STREAM_COUNT_BY_VALUE_AND_WINDOW;
}

bool stream_kind_has_state(stream_kind kind)
{
    return kind == STREAM_MAP_WITH_STATE || stream_kind_updates(kind) ||
           stream_kind_is_window(kind);
}

bool stream_kind_updates(stream_kind kind)
{
    return kind == STREAM_UPDATE_STATE_BY_KEY || kind == STREAM_UPDATE_AT ||
           kind == STREAM_UPDATE_PARTITION;
}

bool stream_has_space(const weir_stream *stream)
{
    if (!stream_kind_is_window(stream->kind)) return stream_kind_has_state(stream->kind);
    return stream->inverse || stream->kind == STREAM_COUNT_BY_WINDOW;
}

bool stream_must_last(const weir_stream *stream)
{
    return stream_has_space(stream) || stream->kind == STREAM_COUNT_BY_VALUE_AND_WINDOW;
}

const weir_stream *lineage_find_state(const lineage *lineage)
{
    for (size_t i = 0; i < lineage->stream_count; i++)
        if (stream_kind_has_state(lineage->streams[i]->kind)) return lineage->streams[i];
    return NULL;
}

const weir_stream *lineage_find_lasting(const lineage *lineage)
{
    for (size_t i = 0; i < lineage->stream_count; i++)
        if (stream_must_last(lineage->streams[i]) || lineage->streams[i]->checkpoint_ms > 0)
            return lineage->streams[i];
    return NULL;
}

const char *stream_label(const weir_stream *stream, char room[STREAM_LABEL_MAX])
{
    if (stream->name) return stream->name;
    snprintf(room, STREAM_LABEL_MAX, "#%u", stream->id);
    return room;
}

/* --- What outputs need ----------------------------------------------------------------------- */

/* Parents stand before their children in the lineage: one pass from the end reaches everything
 * that outputs need. */
void lineage_mark_needed(const lineage *lineage, bool *is_needed)
{
    for (size_t i = 0; i < lineage->output_count; i++)
        is_needed[lineage->outputs[i]->in->id] = true;
    for (size_t i = lineage->stream_count; i-- > 0;) {
        const weir_stream *stream = lineage->streams[i];
        if (!is_needed[i]) continue;
        for (uint32_t j = 0; j < stream->parent_count; j++)
            is_needed[stream->parents[j]->id] = true;
    }
}

void lineage_warn_unneeded(const lineage *lineage)
{
    bool *is_needed = memory_zero_alloc(lineage->stream_count, sizeof *is_needed);
    lineage_mark_needed(lineage, is_needed);
    for (size_t i = 0; i < lineage->stream_count; i++) {
        const weir_stream *stream = lineage->streams[i];
        char label[STREAM_LABEL_MAX];
        if (is_needed[i] || !stream_kind_has_state(stream->kind)) continue;
        log_line(WEIR_WARNING,
                 "%s%s%s keeps state, but no output needs it: it is not computed; give it an "
                 "output, count for example",
                 stream->place ? stream->place : "", stream->place ? ": " : "",
                 stream_label(stream, label));
    }
    free(is_needed);
}

/* --- Outputs that rooms above make ----------------------------------------------------------- */

static output_maker _Atomic makers[OUTPUT_KINDS];

void lineage_register_output(output_kind kind, output_maker make)
{
    assert(kind >= OUTPUT_PRINT && kind < OUTPUT_KINDS);
    atomic_store(&makers[kind], make);
}

output_maker lineage_output_maker(output_kind kind) { return atomic_load(&makers[kind]); }

/* --- Its life -------------------------------------------------------------------------------- */

void lineage_init(lineage *lineage, weir_context *context, int64_t batch_interval_ms)
{
    memset(lineage, 0, sizeof *lineage);
    lineage->context = context;
    lineage->batch_interval_ms = batch_interval_ms;
    arena_init(&lineage->arena, NULL);
}

void lineage_release(lineage *lineage)
{
    free(lineage->streams);
    free(lineage->outputs);
    arena_release(&lineage->arena);
    memset(lineage, 0, sizeof *lineage);
}

weir_status lineage_check_open(const lineage *lineage, const char *what)
{
    if (lineage->is_stopped)
        return error_set(WEIR_ILLEGAL_STATE,
                         "%s: nothing can be added after stopping the context; make a new context",
                         what);
    if (lineage->is_started)
        return error_set(WEIR_ILLEGAL_STATE,
                         "%s: nothing can be added after starting the context; call this before "
                         "weir_start",
                         what);
    return WEIR_OK;
}

weir_status lineage_fail(lineage *lineage, weir_status status)
{
    assert(status != WEIR_OK);
    bool is_closed = lineage->is_started || lineage->is_stopped;
    if (lineage->status != WEIR_OK || is_closed) return status;
    lineage->status = status;
    snprintf(lineage->error, sizeof lineage->error, "%s", error_text());
    return status;
}

weir_status lineage_validate(const lineage *lineage)
{
    if (lineage->status != WEIR_OK) return error_set(lineage->status, "%s", lineage->error);
    if (lineage->output_count == 0)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "no output is defined, so there is nothing to execute; "
                         "add one, e.g. weir_print, before weir_start");
    return WEIR_OK;
}

/* --- Appending ------------------------------------------------------------------------------- */

/* Room for one more pointer behind `count` of them: the capacity is the power of two at or
 * above the count. */
static void *grow(void *pointers, size_t count)
{
    bool is_full = (count & (count - 1)) == 0;
    return is_full ? memory_resize(pointers, (count ? 2 * count : 1) * sizeof(void *)) : pointers;
}

weir_stream *lineage_append_stream(lineage *lineage, stream_kind kind, weir_stream *const *parents,
                                   size_t count)
{
    assert(kind >= STREAM_SOURCE && kind < STREAM_KINDS);
    assert((kind == STREAM_SOURCE) == (count == 0));
    weir_stream *stream = arena_alloc(&lineage->arena, sizeof *stream);
    memset(stream, 0, sizeof *stream);
    stream->lineage = lineage;
    stream->id = (uint32_t)lineage->stream_count;
    stream->kind = kind;
    stream->slide_ms = count ? parents[0]->slide_ms : lineage->batch_interval_ms;
    stream->parent_count = (uint32_t)count;
    for (size_t i = 0; i < count; i++)
        if (stream->depth <= parents[i]->depth) stream->depth = parents[i]->depth + 1;
    if (count) stream->parents = arena_copy(&lineage->arena, parents, count * sizeof *parents);
    lineage->streams = grow(lineage->streams, lineage->stream_count);
    lineage->streams[lineage->stream_count++] = stream;
    return stream;
}

output *lineage_append_output(lineage *lineage, output_kind kind, weir_stream *in)
{
    assert(kind >= OUTPUT_PRINT && kind < OUTPUT_KINDS);
    output *appended = arena_alloc(&lineage->arena, sizeof *appended);
    memset(appended, 0, sizeof *appended);
    appended->id = (uint32_t)lineage->output_count;
    appended->kind = kind;
    appended->in = in;
    lineage->outputs = grow(lineage->outputs, lineage->output_count);
    lineage->outputs[lineage->output_count++] = appended;
    return appended;
}

weir_stream *lineage_add_source(lineage *lineage, void *source, const char *text)
{
    if (lineage_check_open(lineage, text ? text : "source") != WEIR_OK) return NULL;
    weir_stream *stream = lineage_append_stream(lineage, STREAM_SOURCE, NULL, 0);
    stream->source = source;
    stream->source_text = text ? arena_copy_text(&lineage->arena, text) : NULL;
    return stream;
}
