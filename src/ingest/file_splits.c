#include "ingest/file_splits.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log_line.h"
#include "base/memory.h"
#include "record/value.h"

void file_splits_add_text(source_batch *batch, const char *path, const file_info *info)
{
    int64_t from = 0;
    do {
        int64_t to = info->size - from > FILE_SPLIT_BYTES ? from + FILE_SPLIT_BYTES : info->size;
        file_split *split = memory_zero_alloc(1, sizeof *split);
        *split = (file_split){.base = {&file_split_class},
                              .path = memory_copy_text(path),
                              .from = from,
                              .to = to,
                              .size = info->size,
                              .modified_ms = info->modified_ms};
        source_batch_add(batch, &split->base);
        from = to;
    } while (from < info->size);
}

void file_splits_add_binary(source_batch *batch, const char *path, const file_info *info,
                            size_t length)
{
    int64_t step = (int64_t)length;
    if (step < FILE_SPLIT_BYTES) step = FILE_SPLIT_BYTES / step * step;
    int64_t from = 0;
    do {
        int64_t to = info->size - from >= step + (int64_t)length ? from + step : info->size;
        binary_split *split = memory_zero_alloc(1, sizeof *split);
        *split = (binary_split){.base = {&binary_split_class},
                                .path = memory_copy_text(path),
                                .from = from,
                                .to = to,
                                .length = length,
                                .size = info->size,
                                .modified_ms = info->modified_ms};
        source_batch_add(batch, &split->base);
        from = to;
    } while (from < info->size);
}

/* --- For a restart --------------------------------------------------------------------------- */

static bool is_first_of_file(const split *split, const char **path, int64_t *size,
                             int64_t *modified_ms)
{
    if (split->class == &file_split_class) {
        const file_split *file = (const file_split *)split;
        *path = file->path;
        *size = file->size;
        *modified_ms = file->modified_ms;
        return file->from == 0;
    }
    const binary_split *file = (const binary_split *)split;
    *path = file->path;
    *size = file->size;
    *modified_ms = file->modified_ms;
    return file->from == 0;
}

weir_value file_splits_describe(const source_batch *batch)
{
    weir_value *files = memory_alloc(batch->count * sizeof *files);
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const char *path;
        int64_t size, modified_ms;
        if (!is_first_of_file(batch->splits[i], &path, &size, &modified_ms)) continue;
        weir_value facts[3] = {weir_text(path), weir_int(size), weir_int(modified_ms)};
        files[count++] = weir_list(facts, 3);
    }
    weir_value list = weir_list(files, count);
    free(files);
    return list;
}

static weir_status check_same(const source *source, int64_t time_ms, const char *path,
                              const weir_value *facts, file_info *info)
{
    const char *found = NULL;
    weir_status status = file_stat(path, info);
    if (status != WEIR_OK) found = "is missing";
    else if (!info->is_regular || info->size != weir_as_int(facts[1]) ||
             info->modified_ms != weir_as_int(facts[2]))
        found = "has changed";
    if (!found) return WEIR_OK;
    if (source->ingest->skips_missing_files)
        log_line(WEIR_WARNING, "%s: %s %s since the batch of %lld ms took it; left out",
                 source->stream->source_text, path, found, (long long)time_ms);
    return error_set(WEIR_IO,
                     "%s: %s %s since the batch of %lld ms took it; put it back, or start with "
                     "--missing-files skip to leave it out",
                     source->stream->source_text, path, found, (long long)time_ms);
}

weir_status file_splits_replay(const source *source, int64_t time_ms, weir_value what,
                               size_t length, source_batch *batch, file_splits_visit visit,
                               void *user)
{
    size_t count, parts, path_length;
    const weir_value *files = weir_items(what, &count);
    for (size_t i = 0; i < count; i++) {
        const weir_value *facts = weir_items(files[i], &parts);
        if (parts != 3) return error_set(WEIR_DAMAGED, "a file of a batch is not described");
        const char *text = weir_bytes(&facts[0], &path_length);
        char *path = memory_zero_alloc(1, path_length + 1);
        if (path_length) memcpy(path, text, path_length);
        file_info info;
        weir_status status = check_same(source, time_ms, path, facts, &info);
        if (status == WEIR_OK && length) file_splits_add_binary(batch, path, &info, length);
        if (status == WEIR_OK && !length) file_splits_add_text(batch, path, &info);
        if (visit) visit(user, path);
        free(path);
        if (status != WEIR_OK && !source->ingest->skips_missing_files) return status;
    }
    return WEIR_OK;
}
