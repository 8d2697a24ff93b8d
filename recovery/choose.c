/* Which checkpoint a context goes on from. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log_line.h"
#include "recovery/recovery.h"
#include "recovery/sealed_file.h"

/* Reads a small file of a checkpoint into memory that lives as long as the recovery. */
static weir_status read_part(recovery *recovery, int64_t time_ms, const char *name,
                             const char *magic, const char **bytes, size_t *size)
{
    char *path = directory_checkpoint_path(&recovery->directory, time_ms, name);
    buffer read = {0};
    weir_status status = sealed_file_read(path, magic, &read);
    if (status == WEIR_OK) {
        *bytes = arena_copy(&recovery->arena, read.bytes, read.size);
        *size = read.size;
    }
    buffer_release(&read);
    free(path);
    return status;
}

/* Are the files of the manifest there, at their sizes? Their content is checked when it is
 * read. */
static weir_status check_files(const recovery *recovery, int64_t time_ms, const manifest *manifest)
{
    for (size_t i = 0; i < manifest->file_count; i++) {
        char *state = directory_checkpoint_path(&recovery->directory, time_ms, "state");
        buffer path = {0};
        buffer_printf(&path, "%s/%s", state, manifest->files[i].name);
        buffer_append(&path, "", 1);
        file_info info;
        weir_status status = file_stat(path.bytes, &info);
        if (status == WEIR_OK && (uint64_t)info.size != manifest->files[i].size)
            status = error_set(WEIR_DAMAGED, "%s has %" PRId64 " bytes, not %" PRIu64, path.bytes,
                               info.size, manifest->files[i].size);
        buffer_release(&path);
        free(state);
        if (status != WEIR_OK) return status;
    }
    return WEIR_OK;
}

static weir_status try_checkpoint(recovery *recovery, int64_t time_ms)
{
    const char *bytes;
    size_t size;
    weir_status status = read_part(recovery, time_ms, "MANIFEST", manifest_magic, &bytes, &size);
    if (status == WEIR_OK)
        status = manifest_decode(bytes, size, &recovery->arena, &recovery->manifest);
    if (status == WEIR_OK)
        status = read_part(recovery, time_ms, "lineage", lineage_magic, &bytes, &size);
    if (status == WEIR_OK)
        status = lineage_decode(bytes, size, &recovery->arena, &recovery->lineage);
    if (status == WEIR_OK) status = check_files(recovery, time_ms, &recovery->manifest);
    if (status == WEIR_OK && recovery->manifest.time_ms != time_ms)
        status = error_set(WEIR_DAMAGED,
                           "the checkpoint of %" PRId64 " ms says that it is of %" PRId64 " ms",
                           time_ms, recovery->manifest.time_ms);
    return status;
}

/* The newest first; `from_ms`: that one alone. */
static weir_status try_all(recovery *recovery, const int64_t *times, size_t count, int64_t from_ms)
{
    weir_status status = WEIR_OK;
    bool is_named = false;
    for (size_t i = count; i-- > 0;) {
        if (from_ms && times[i] != from_ms) continue;
        is_named = true;
        status = try_checkpoint(recovery, times[i]);
        if (status == WEIR_OK || status == WEIR_UNSUPPORTED || from_ms) return status;
        log_line(WEIR_ERROR,
                 "the checkpoint of %" PRId64 " ms cannot be used: %s; the one before is tried",
                 times[i], error_text());
    }
    if (from_ms && !is_named)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "%s has no checkpoint of %" PRId64 " ms; `weir dump checkpoints` lists them", recovery->directory.path, from_ms);
    return error_set(WEIR_DAMAGED,
                     "%s: failed to read checkpoint: none of the %zu is whole; `weir verify` says why", recovery->directory.path, count);
}

weir_status recovery_choose(recovery *recovery, int64_t from_ms, bool *found)
{
    int64_t *times;
    size_t count;
    *found = false;
    weir_status status = directory_list_checkpoints(&recovery->directory, &times, &count);
    if (status == WEIR_OK && (count > 0 || from_ms))
        status = try_all(recovery, times, count, from_ms);
    *found = status == WEIR_OK && count > 0;
    free(times);
    return status;
}
