#include "recovery/lost_sources.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "batch/batch_record.h"
#include "ingest/source.h"
#include "record/value.h"

/* Of a source that is not there. */
typedef struct found_record {
    size_t source;
    int64_t time_ms;
} found_record;

typedef struct found_block {
    uint64_t source;
    uint64_t number;
} found_block;

const char *stored_source_name(const stored_stream *stream)
{
    return stream->name ? stream->name : stream->source_text ? stream->source_text : "";
}

static bool has_name(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

/* The word by which a program asks for a source of that kind. */
static const char *kind_text(const stored_stream *stream)
{
    if (!stream->operation) return "a receiver or converter of the program";
    if (strcmp(stream->operation, "directory") != 0) return stream->operation;
    return stream->is_binary ? "binaryRecordsStream" : "textFileStream";
}

static const weir_stream *find_stream(const ingest *ingest, const char *name)
{
    for (size_t i = 0; i < ingest->count; i++)
        if (strcmp(source_recovery_name(ingest->sources[i]), name) == 0)
            return ingest->sources[i]->stream;
    return NULL;
}

/* Is the source of that name of another kind now? Says how. */
static bool has_changed(known_source *source, const stored_stream *before, const ingest *ingest)
{
    arena room;
    stored_stream now;
    const weir_stream *stream = find_stream(ingest, source->name);
    if (!stream) return false;
    arena_init(&room, NULL);
    lineage_read_making(stream->source_spec, &room, &now);
    bool is_other = strcmp(kind_text(before), kind_text(&now)) != 0;
    if (is_other)
        snprintf(source->how, sizeof source->how, "it was %s, it is %s", kind_text(before),
                 kind_text(&now));
    arena_release(&room);
    return is_other;
}

static void refuse(lost_sources *lost, known_source *source)
{
    source->is_refused = true;
    if (lost->refused++ == 0) lost->first_refused = source;
}

static bool is_needed(const ingest *ingest, const char *name)
{
    for (size_t i = 0; i < ingest->count; i++) {
        const source *source = ingest->sources[i];
        if (source->is_needed && strcmp(source_recovery_name(source), name) == 0) return true;
    }
    return false;
}

/* In the order of the stored lineage, whose number blocks bear. */
void lost_sources_init(lost_sources *lost, const stored_lineage *stored, const ingest *ingest,
                       const weir_durability *durability)
{
    *lost = (lost_sources){
        .items = memory_zero_alloc(stored->stream_count + 1, sizeof *lost->items)};
    for (size_t i = 0; i < stored->stream_count; i++) {
        const stored_stream *stream = &stored->streams[i];
        if (stream->kind != STREAM_SOURCE) continue;
        known_source *source = &lost->items[lost->count++];
        source->name = stored_source_name(stream);
        source->is_bounded = stream->operation && strcmp(stream->operation, "textFiles") == 0;
        source->is_dropped =
            has_name(durability->drop_source, durability->drop_source_count, source->name);
        source->is_changed = has_changed(source, stream, ingest);
        source->is_there = source->is_changed || is_needed(ingest, source->name);
        lost->changed += source->is_changed;
        if (source->is_changed) refuse(lost, source);
        else if (source->is_there && source->is_dropped)
            snprintf(source->how, sizeof source->how, "%s",
                     "not given up: the program has it, and goes on with what is stored of it");
        lost->lost += !source->is_there;
    }
}

void lost_sources_release(lost_sources *lost)
{
    free(lost->items);
    buffer_release(&lost->records);
    buffer_release(&lost->used);
    buffer_release(&lost->blocks);
    memset(lost, 0, sizeof *lost);
}

/* --- what is known --------------------------------------------------------------------------- */

/* The source of that name that is not there; SIZE_MAX: none. */
static size_t find_lost(const lost_sources *lost, weir_value name)
{
    size_t length;
    const char *text = weir_bytes(&name, &length);
    for (size_t i = 0; i < lost->count && text; i++) {
        const known_source *source = &lost->items[i];
        if (!source->is_there && strlen(source->name) == length &&
            (length == 0 || memcmp(source->name, text, length) == 0))
            return i;
    }
    return SIZE_MAX;
}

/* Calls for each pair of the list that is of a source that is not there. */
typedef void (*lost_visit)(lost_sources *lost, size_t source, weir_value what, int64_t time_ms);
static void visit_lost(lost_sources *lost, weir_value list, int64_t time_ms, lost_visit visit)
{
    size_t count = 0, parts;
    const weir_value *pairs = lost->lost > 0 ? weir_items(list, &count) : NULL;
    for (size_t i = 0; i < count; i++) {
        const weir_value *pair = weir_items(pairs[i], &parts);
        size_t source = pair && parts == 2 ? find_lost(lost, pair[0]) : SIZE_MAX;
        if (source != SIZE_MAX) visit(lost, source, pair[1], time_ms);
    }
}

/* The place of a bounded list is (files that were given to batches, hash of their names). */
static void note_place(lost_sources *lost, size_t source, weir_value what, int64_t time_ms)
{
    size_t parts;
    const weir_value *pair = weir_items(what, &parts);
    (void)time_ms;
    if (lost->items[source].is_bounded && parts == 2 && weir_is_int(pair[0]))
        lost->items[source].files = (uint64_t)weir_as_int(pair[0]);
}

void lost_sources_place(lost_sources *lost, weir_value places)
{
    visit_lost(lost, places, 0, note_place);
}

/* Nothing is null, or a list of nothing. */
static void note_record(lost_sources *lost, size_t source, weir_value what, int64_t time_ms)
{
    size_t count;
    const weir_value *items = weir_items(what, &count);
    bool is_list = weir_kind_of(what) == WEIR_LIST;
    if (weir_is_null(what) || (is_list && count == 0)) return;
    found_record record = {source, time_ms};
    buffer_append(&lost->records, &record, sizeof record);
    for (size_t i = 0; is_list && i < count && weir_is_int(items[i]); i++) {
        found_block block = {source, (uint64_t)weir_as_int(items[i])};
        buffer_append(&lost->used, &block, sizeof block);
    }
}

void lost_sources_record(lost_sources *lost, int64_t time_ms, weir_value list)
{
    visit_lost(lost, list, time_ms, note_record);
}

void lost_sources_block(lost_sources *lost, uint64_t number, uint32_t source)
{
    found_block block = {source, number};
    if (source < lost->count && !lost->items[source].is_there)
        buffer_append(&lost->blocks, &block, sizeof block);
}

/* --- what comes of it ------------------------------------------------------------------------ */

static int by_block(const void *a, const void *b)
{
    const found_block *left = a, *right = b;
    if (left->source != right->source) return left->source < right->source ? -1 : 1;
    return left->number < right->number ? -1 : left->number > right->number;
}

static found_block *sorted(buffer *blocks, size_t *count)
{
    found_block *items = (found_block *)(void *)blocks->bytes;
    *count = blocks->size / sizeof *items;
    if (*count) qsort(items, *count, sizeof *items, by_block);
    return items;
}

static void count_loose(lost_sources *lost)
{
    size_t count, used_count;
    const found_block *block = sorted(&lost->blocks, &count);
    const found_block *used = sorted(&lost->used, &used_count);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && by_block(&block[i], &block[i - 1]) == 0) continue; /* written again */
        if (used_count && bsearch(&block[i], used, used_count, sizeof *used, by_block)) continue;
        lost->items[block[i].source].blocks++;
    }
}

static void count_batches(lost_sources *lost, const plan *plan)
{
    const found_record *record = (const found_record *)(const void *)lost->records.bytes;
    for (size_t i = 0; i < lost->records.size / sizeof *record; i++) {
        known_source *source = &lost->items[record[i].source];
        if (!plan_replays(plan, record[i].time_ms)) continue;
        if (source->batches++ == 0 || record[i].time_ms < source->first_ms)
            source->first_ms = record[i].time_ms;
    }
}

static void explain(known_source *source, const char *other_job)
{
    char *how = source->how;
    size_t size = sizeof source->how;
    if (source->batches > 0)
        snprintf(how, size,
                 "%" PRIu64 " batch%s to compute again %s of it, from %" PRId64 " ms on",
                 source->batches, source->batches == 1 ? "" : "es",
                 source->batches == 1 ? "is" : "are", source->first_ms);
    else if (source->blocks > 0)
        snprintf(how, size, "%" PRIu64 " block%s of it %s in the log and in no batch yet",
                 source->blocks, source->blocks == 1 ? "" : "s",
                 source->blocks == 1 ? "is" : "are");
    else if (source->files > 0)
        snprintf(how, size,
                 "%" PRIu64 " file%s of its list %s read, and no other list goes on from there",
                 source->files, source->files == 1 ? "" : "s",
                 source->files == 1 ? "was" : "were");
    else if (other_job)
        snprintf(how, size, "the directory is of another job, \"%.80s\"", other_job);
}

void lost_sources_decide(lost_sources *lost, const plan *plan, const char *before, const char *now)
{
    bool is_other = lost->lost == lost->count && before && now && strcmp(before, now) != 0;
    count_batches(lost, plan);
    count_loose(lost);
    for (size_t i = 0; i < lost->count; i++) {
        known_source *source = &lost->items[i];
        if (source->is_there) continue;
        explain(source, is_other ? before : NULL);
        if (source->how[0] != '\0' && !source->is_dropped) refuse(lost, source);
    }
}

weir_status lost_sources_check_dropped(const stored_lineage *stored, const char *directory,
                                       const char *const *dropped, size_t dropped_count)
{
    for (size_t i = 0; i < dropped_count; i++) {
        bool is_known = false;
        for (size_t j = 0; j < stored->stream_count; j++) {
            const stored_stream *stream = &stored->streams[j];
            is_known |= stream->kind == STREAM_SOURCE &&
                        strcmp(stored_source_name(stream), dropped[i]) == 0;
        }
        if (!is_known)
            return error_set(WEIR_ILLEGAL_ARGUMENT,
                             "%s: there is no source \"%s\" to drop; `weir dump lineage` lists "
                             "what there is",
                             directory, dropped[i]);
    }
    return WEIR_OK;
}
