#include "recovery/stored_checkpoint.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log_line.h"
#include "recovery/log_context.h"
#include "recovery/log_walk.h"
#include "recovery/sealed_file.h"
#include "state/files.h"

enum { LOOKS_MAX = 10 }; /* as often the list may have changed under our hands */

static weir_status read_part(const directory *directory, int64_t time_ms, const char *name,
                             const char *magic, arena *arena, const char **bytes, size_t *size)
{
    char *path = directory_checkpoint_path(directory, time_ms, name);
    buffer read = {0};
    weir_status status = sealed_file_read(path, magic, &read);
    if (status == WEIR_OK) {
        *bytes = arena_copy(arena, read.bytes, read.size);
        *size = read.size;
    }
    buffer_release(&read);
    free(path);
    return status;
}

/* The database's own list of its files knows each table by an id: if this is the list that was
 * written, no table of another database is taken for one of its own. */
static bool is_list(const char *name) { return strncmp(name, "MANIFEST-", 9) == 0; }

static weir_status check_file(const char *path, const manifest_file *file)
{
    file_info info;
    uint64_t size, hash;
    weir_status status = file_stat(path, &info);
    if (status != WEIR_OK && !error_is_denied())
        return error_set(WEIR_DAMAGED, "%s is missing", path);
    if (status != WEIR_OK) return status;
    if ((uint64_t)info.size != file->size)
        return error_set(WEIR_DAMAGED, "%s has %" PRId64 " bytes, not %" PRIu64, path, info.size,
                         file->size);
    if (!is_list(file->name)) return WEIR_OK;
    status = state_file_hash(path, &size, &hash);
    if (status == WEIR_OK && hash != file->hash)
        return error_set(WEIR_DAMAGED, "%s: its content is not what was written", path);
    return status;
}

/* Are the files of the manifest there, at their sizes? Their content is checked when it is
 * read. */
static weir_status check_files(const directory *directory, int64_t time_ms,
                               const manifest *manifest)
{
    weir_status status = WEIR_OK;
    char *state = directory_checkpoint_path(directory, time_ms, "state");
    for (size_t i = 0; i < manifest->file_count && status == WEIR_OK; i++) {
        buffer path = {0};
        buffer_printf(&path, "%s/%s", state, manifest->files[i].name);
        buffer_append(&path, "", 1);
        status = check_file(path.bytes, &manifest->files[i]);
        buffer_release(&path);
    }
    free(state);
    return status;
}

weir_status stored_checkpoint_read(const directory *directory, int64_t time_ms, arena *arena,
                                   stored_checkpoint *checkpoint)
{
    const char *bytes;
    size_t size;
    memset(checkpoint, 0, sizeof *checkpoint);
    weir_status status =
        read_part(directory, time_ms, "MANIFEST", manifest_magic, arena, &bytes, &size);
    if (status == WEIR_OK) status = manifest_decode(bytes, size, arena, &checkpoint->manifest);
    if (status == WEIR_OK)
        status = read_part(directory, time_ms, "lineage", lineage_magic, arena, &bytes, &size);
    if (status == WEIR_OK) status = lineage_decode(bytes, size, arena, &checkpoint->lineage);
    if (status != WEIR_OK) return status;
    status = log_context_check(directory, time_ms, &checkpoint->manifest);
    checkpoint->is_foreign = status == WEIR_DAMAGED;
    if (status == WEIR_OK) status = check_files(directory, time_ms, &checkpoint->manifest);
    if (status == WEIR_OK && checkpoint->manifest.time_ms != time_ms)
        status = error_set(WEIR_DAMAGED,
                           "the checkpoint of %" PRId64 " ms says that it is of %" PRId64 " ms",
                           time_ms, checkpoint->manifest.time_ms);
    return status;
}

/* --- finding one ----------------------------------------------------------------------------- */

static bool has_vanished(const directory *directory, int64_t time_ms)
{
    char *path = directory_checkpoint_path(directory, time_ms, NULL);
    bool is_there = file_exists(path);
    free(path);
    return !is_there;
}

static bool has_any(const directory *directory)
{
    int64_t *times;
    size_t count;
    bool has = directory_list_checkpoints(directory, &times, &count) == WEIR_OK && count > 0;
    free(times);
    return has;
}

/* As a start does: something was deleted, unless the first start has not come to a checkpoint; or
 * it has meanwhile, which makes what was listed stale. */
static weir_status refuse_without(const directory *directory, bool *is_stale)
{
    bool is_unbegun;
    weir_status status = log_is_unbegun(directory->log, &is_unbegun);
    if (status != WEIR_OK) return status;
    if (is_unbegun) return error_set(WEIR_NO_ELEMENT, "%s has no checkpoint", directory->path);
    *is_stale = has_any(directory);
    return error_set(WEIR_DAMAGED,
                     "%s has a log but no checkpoint: something was deleted; put it back, or use "
                     "another directory",
                     directory->path);
}

static weir_status find(const directory *directory, int64_t at_ms, bool is_for_start, arena *arena,
                        stored_checkpoint *checkpoint, bool *is_stale)
{
    int64_t *times;
    size_t count;
    bool is_older = false;
    *is_stale = false;
    weir_status status = directory_list_checkpoints(directory, &times, &count);
    if (status == WEIR_OK && count == 0 && at_ms < 0)
        status = refuse_without(directory, is_stale);
    if (status != WEIR_OK) {
        free(times);
        return status;
    }
    status = error_set(WEIR_NO_ELEMENT,
                       "%s has no checkpoint of %" PRId64
                       " ms; `weir dump checkpoints` lists them",
                       directory->path, at_ms);
    for (size_t i = count; i-- > 0;) {
        if (at_ms >= 0 && times[i] != at_ms) continue;
        status = stored_checkpoint_read(directory, times[i], arena, checkpoint);
        *is_stale = status != WEIR_OK && has_vanished(directory, times[i]);
        checkpoint->is_older = is_older;
        if (*is_stale || at_ms >= 0) break;
        if (!stored_checkpoint_is_passed(status, is_for_start)) break;
        is_older = true;
        if (i > 0)
            log_line(WEIR_WARNING,
                     "the checkpoint of %" PRId64 " ms cannot be used: %s; here is the one before",
                     times[i], error_text());
    }
    free(times);
    return status;
}

weir_status stored_checkpoint_find(const directory *directory, int64_t at_ms, bool is_for_start,
                                   arena *arena, stored_checkpoint *checkpoint)
{
    weir_status status = WEIR_OK;
    bool is_stale = true;
    for (int i = 0; i < LOOKS_MAX && is_stale; i++)
        status = find(directory, at_ms, is_for_start, arena, checkpoint, &is_stale);
    return status;
}
