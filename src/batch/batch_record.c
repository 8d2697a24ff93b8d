#include "batch/batch_record.h"

#include <inttypes.h>
#include <string.h>

#include "base/log_line.h"
#include "record/codec.h"
#include "record/value.h"

enum { RECORD_VERSION = 1, PARTS = 3 };

const char *source_recovery_name(const source *source)
{
    if (source->stream->name) return source->stream->name;
    return source->stream->source_text ? source->stream->source_text : source->class->name;
}

void batch_record_encode_list(int64_t time_ms, weir_value list, buffer *to)
{
    weir_value parts[PARTS] = {weir_int(RECORD_VERSION), weir_int(time_ms), list};
    codec_encode(to, weir_list(parts, PARTS));
}

weir_value batch_record_describe(const ingest *ingest, const batch *batch)
{
    weir_value *pairs = arena_alloc(arena_current(), ingest->count * sizeof *pairs);
    size_t count = 0;
    for (size_t i = 0; i < ingest->count; i++) {
        source *source = ingest->sources[i];
        if (!source->is_needed || !source->class->describe) continue;
        weir_value what = weir_null();
        if (!batch->sources[i].none) {
            what = source->class->describe(source, &batch->sources[i]);
            /* Described by nothing but its time: told apart from no dataset. */
            if (weir_is_null(what)) what = weir_bool(true);
        }
        pairs[count++] = weir_pair(weir_text(source_recovery_name(source)), what);
    }
    return weir_list(pairs, count);
}

static weir_value save_places(const ingest *ingest)
{
    weir_value *pairs = arena_alloc(arena_current(), ingest->count * sizeof *pairs);
    size_t count = 0;
    for (size_t i = 0; i < ingest->count; i++) {
        source *source = ingest->sources[i];
        if (!source->is_needed || !source->class->save) continue;
        pairs[count++] = weir_pair(weir_text(source_recovery_name(source)),
                                   source->class->save(source));
    }
    return weir_list(pairs, count);
}

static void encode_all(const ingest *ingest, const batch *batch, int64_t time_ms, buffer *to)
{
    arena room;
    arena_init(&room, NULL);
    arena *before = arena_set_current(&room);
    weir_value list = batch ? batch_record_describe(ingest, batch) : save_places(ingest);
    batch_record_encode_list(time_ms, list, to);
    arena_set_current(before);
    arena_release(&room);
}

void batch_record_encode(const ingest *ingest, const batch *batch, buffer *to)
{
    encode_all(ingest, batch, batch->time_ms, to);
}

void batch_place_encode(const ingest *ingest, int64_t time_ms, buffer *to)
{
    encode_all(ingest, NULL, time_ms, to);
}

weir_status batch_record_decode(const char *bytes, size_t size, int64_t *time_ms, weir_value *list)
{
    weir_value whole;
    size_t parts;
    const char *at = bytes;
    bool is_read = codec_decode(&at, bytes + size, arena_current(), &whole);
    const weir_value *part = is_read ? weir_items(whole, &parts) : NULL;
    if (!part || parts != PARTS || weir_kind_of(part[2]) != WEIR_LIST || !weir_is_int(part[1]))
        return error_set(WEIR_DAMAGED, "the record of a batch cannot be read");
    if (weir_as_int(part[0]) != RECORD_VERSION)
        return error_set(WEIR_UNSUPPORTED,
                         "the record of a batch has format version %" PRId64
                         ", this weir reads %d; use a newer weir",
                         weir_as_int(part[0]), RECORD_VERSION);
    *time_ms = weir_as_int(part[1]);
    *list = part[2];
    return WEIR_OK;
}

/* The value under the name of the source; false if there is none. */
static bool find(weir_value list, const source *source, weir_value *what)
{
    const char *name = source_recovery_name(source);
    size_t count, parts, length;
    const weir_value *pairs = weir_items(list, &count);
    for (size_t i = 0; i < count; i++) {
        const weir_value *pair = weir_items(pairs[i], &parts);
        if (parts != 2) continue;
        const char *text = weir_bytes(&pair[0], &length);
        if (!text || length != strlen(name) || memcmp(text, name, length) != 0) continue;
        *what = pair[1];
        return true;
    }
    return false;
}

weir_value batch_record_read(const ingest *ingest, const batch *batch)
{
    weir_value *pairs = arena_alloc(arena_current(), ingest->count * sizeof *pairs);
    size_t count = 0;
    for (size_t i = 0; i < ingest->count; i++) {
        const source *source = ingest->sources[i];
        if (!source->is_needed || !source->class->read || batch->sources[i].none) continue;
        weir_value read = source->class->read(&batch->sources[i]);
        size_t items;
        if (weir_items(read, &items) && items > 0)
            pairs[count++] = weir_pair(weir_text(source_recovery_name(source)), read);
    }
    return weir_list(pairs, count);
}

weir_status batch_record_replay(ingest *ingest, weir_value list, weir_value read, batch *batch)
{
    for (size_t i = 0; i < ingest->count; i++) {
        source *source = ingest->sources[i];
        weir_value what = weir_null();
        bool is_there = source->is_needed && find(list, source, &what) && !weir_is_null(what);
        batch->sources[i].none = !is_there;
        if (!is_there) continue;
        if (!find(read, source, &ingest->read)) ingest->read = weir_null();
        weir_status status =
            source->class->replay(source, batch->time_ms, what, &batch->sources[i]);
        ingest->read = weir_null();
        if (status != WEIR_OK) return status;
    }
    return WEIR_OK;
}

/* Whatever it lacks is not needed: perhaps that is why it is given up. */
void batch_record_pass(ingest *ingest, weir_value list, int64_t time_ms)
{
    bool skips_missing_files = ingest->skips_missing_files;
    ingest->skips_missing_files = true;
    for (size_t i = 0; i < ingest->count; i++) {
        source *source = ingest->sources[i];
        weir_value what = weir_null();
        source_batch given = {0};
        if (!source->is_needed || !find(list, source, &what) || weir_is_null(what)) continue;
        if (source->class->replay(source, time_ms, what, &given) != WEIR_OK)
            log_line(WEIR_WARNING, "in the batch of %" PRId64 " ms, which is given up: %s",
                     time_ms, error_text());
        if (source->class->pass) source->class->pass(source, &given);
        memory_budget_take(&ingest->waiting, given.bytes);
        source_batch_release(&given);
    }
    ingest->skips_missing_files = skips_missing_files;
}

void batch_record_blocks(const ingest *ingest, weir_value list, batch_record_visit visit,
                         void *user)
{
    for (size_t i = 0; i < ingest->count; i++) {
        const source *source = ingest->sources[i];
        weir_value what;
        size_t count;
        if (!source->class->adopt || !find(list, source, &what)) continue;
        const weir_value *numbers = weir_items(what, &count);
        for (size_t j = 0; j < count; j++) visit(user, (uint64_t)weir_as_int(numbers[j]));
    }
}

weir_status batch_place_restore(const ingest *ingest, weir_value list)
{
    for (size_t i = 0; i < ingest->count; i++) {
        source *source = ingest->sources[i];
        weir_value saved;
        if (!source->is_needed || !source->class->restore || !find(list, source, &saved)) continue;
        weir_status status = source->class->restore(source, saved);
        if (status != WEIR_OK) return status;
    }
    return WEIR_OK;
}
