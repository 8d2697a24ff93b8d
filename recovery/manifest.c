#include "recovery/manifest.h"

#include <string.h>

#include "base/error.h"
#include "record/codec.h"
#include "record/value.h"

enum { MANIFEST_VERSION = 1, MANIFEST_PARTS = 16, EARLY_PARTS = 15, FILE_PARTS = 3 };

const char manifest_magic[] = "weirmani";
const char lineage_magic[] = "weirline";

void manifest_encode(const manifest *manifest, buffer *to)
{
    arena room;
    arena_init(&room, NULL);
    arena *before = arena_set_current(&room);
    weir_value files;
    weir_value *file = value_make_list(manifest->file_count, &files);
    for (size_t i = 0; i < manifest->file_count; i++) {
        weir_value facts[FILE_PARTS] = {weir_text(manifest->files[i].name),
                                        weir_int((int64_t)manifest->files[i].size),
                                        weir_int((int64_t)manifest->files[i].hash)};
        file[i] = weir_list(facts, FILE_PARTS);
    }
    weir_value parts[MANIFEST_PARTS] = {
        weir_int(MANIFEST_VERSION),
        weir_bytes_value(manifest->context_id, CONTEXT_ID_BYTES),
        weir_int((int64_t)manifest->owner),
        weir_text(manifest->app_name),
        weir_int(manifest->zero_ms),
        weir_int(manifest->first_start_ms),
        weir_int(manifest->interval_ms),
        weir_int(manifest->partitions),
        weir_int(manifest->time_ms),
        weir_int((int64_t)manifest->next_block),
        weir_int((int64_t)manifest->log_segment),
        weir_int((int64_t)manifest->log_offset),
        weir_bytes_value(manifest->place, manifest->place_size),
        weir_int((int64_t)manifest->batches),
        files,
        weir_int((int64_t)manifest->log_newest),
    };
    codec_encode(to, weir_list(parts, MANIFEST_PARTS));
    arena_set_current(before);
    arena_release(&room);
}

/* A value of the kind, or the whole is damaged. */
static bool is_kind(const weir_value *parts, size_t at, weir_kind kind)
{
    return weir_kind_of(parts[at]) == kind;
}

static bool has_right_kinds(const weir_value *part, size_t count)
{
    static const weir_kind kinds[MANIFEST_PARTS] = {
        WEIR_INT, WEIR_BYTES, WEIR_INT, WEIR_STRING, WEIR_INT,   WEIR_INT, WEIR_INT, WEIR_INT,
        WEIR_INT, WEIR_INT,   WEIR_INT, WEIR_INT,    WEIR_BYTES, WEIR_INT, WEIR_LIST,
        WEIR_INT};
    for (size_t i = 0; i < count; i++)
        if (!is_kind(part, i, kinds[i])) return false;
    return true;
}

static const char *copy_text(weir_value value, arena *arena)
{
    size_t length;
    const char *bytes = weir_bytes(&value, &length);
    char *text = arena_alloc(arena, length + 1);
    memcpy(text, bytes, length);
    text[length] = '\0';
    return text;
}

/* A file name may not lead out of the checkpoint. */
static bool is_plain_name(const char *name)
{
    return *name && *name != '/' && !strstr(name, "..");
}

static bool read_files(weir_value list, arena *arena, manifest *manifest)
{
    size_t parts;
    const weir_value *item = weir_items(list, &manifest->file_count);
    manifest_file *files = arena_alloc(arena, manifest->file_count * sizeof *files);
    for (size_t i = 0; i < manifest->file_count; i++) {
        const weir_value *facts = weir_items(item[i], &parts);
        if (parts != FILE_PARTS || !is_kind(facts, 0, WEIR_STRING)) return false;
        files[i] = (manifest_file){copy_text(facts[0], arena), (uint64_t)weir_as_int(facts[1]),
                                   (uint64_t)weir_as_int(facts[2])};
        if (!is_plain_name(files[i].name)) return false;
    }
    manifest->files = files;
    return true;
}

static bool read_parts(const weir_value *part, arena *arena, manifest *manifest)
{
    size_t id_size;
    const char *id = weir_bytes(&part[1], &id_size);
    if (id_size != CONTEXT_ID_BYTES) return false;
    memcpy(manifest->context_id, id, CONTEXT_ID_BYTES);
    manifest->owner = (uint64_t)weir_as_int(part[2]);
    manifest->app_name = copy_text(part[3], arena);
    manifest->zero_ms = weir_as_int(part[4]);
    manifest->first_start_ms = weir_as_int(part[5]);
    manifest->interval_ms = weir_as_int(part[6]);
    manifest->partitions = weir_as_int(part[7]);
    manifest->time_ms = weir_as_int(part[8]);
    manifest->next_block = (uint64_t)weir_as_int(part[9]);
    manifest->log_segment = (uint64_t)weir_as_int(part[10]);
    manifest->log_offset = (uint64_t)weir_as_int(part[11]);
    weir_value place = part[12];
    const char *bytes = weir_bytes(&place, &manifest->place_size);
    manifest->place = arena_copy(arena, bytes, manifest->place_size);
    manifest->batches = (uint64_t)weir_as_int(part[13]);
    return read_files(part[14], arena, manifest) && manifest->interval_ms > 0 &&
           manifest->partitions > 0;
}

weir_status manifest_decode(const char *bytes, size_t size, arena *arena, manifest *manifest)
{
    weir_value whole;
    size_t count = 0;
    const char *at = bytes;
    memset(manifest, 0, sizeof *manifest);
    bool is_read = codec_decode(&at, bytes + size, arena, &whole);
    const weir_value *part = is_read ? weir_items(whole, &count) : NULL;
    if (count >= 1 && weir_is_int(part[0]) && weir_as_int(part[0]) > MANIFEST_VERSION)
        return error_set(WEIR_UNSUPPORTED, "the manifest has a newer format; use a newer weir");
    bool is_early = count == EARLY_PARTS;
    if ((count != MANIFEST_PARTS && !is_early) || !has_right_kinds(part, count) ||
        !read_parts(part, arena, manifest))
        return error_set(WEIR_DAMAGED, "the manifest cannot be read");
    manifest->log_newest = is_early ? 0 : (uint64_t)weir_as_int(part[EARLY_PARTS]);
    return WEIR_OK;
}
