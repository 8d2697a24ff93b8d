#include "ingest/file_splits.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/error.h"
#include "base/log_line.h"
#include "base/memory.h"
#include "record/value.h"

static range_hash *ask_for_hash(const ingest *ingest)
{
    return ingest->wants_hashes ? memory_zero_alloc(1, sizeof(range_hash)) : NULL;
}

void file_splits_add_text(source_batch *batch, const ingest *ingest, const char *path,
                          const file_info *info)
{
    int64_t from = 0;
    do {
        int64_t to = info->size - from > FILE_SPLIT_BYTES ? from + FILE_SPLIT_BYTES : info->size;
        file_split *split = memory_zero_alloc(1, sizeof *split);
        *split = (file_split){.base = {&file_split_class},
                              .path = memory_copy_text(path),
                              .from = from,
                              .to = to,
                              .chosen = *info,
                              .hash = ask_for_hash(ingest)};
        source_batch_add(batch, &split->base);
        from = to;
    } while (from < info->size);
}

void file_splits_add_binary(source_batch *batch, const ingest *ingest, const char *path,
                            const file_info *info, size_t length)
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
                                .chosen = *info,
                                .hash = ask_for_hash(ingest)};
        source_batch_add(batch, &split->base);
        from = to;
    } while (from < info->size);
}

/* --- For a restart --------------------------------------------------------------------------- */

/* What both kinds of splits of files have. */
typedef struct file_part {
    const char *path;
    int64_t from;
    int64_t to;
    const file_info *chosen;
    range_hash *hash;
} file_part;

static file_part part_of(const split *split)
{
    if (split->class == &file_split_class) {
        const file_split *file = (const file_split *)split;
        return (file_part){file->path, file->from, file->to, &file->chosen, file->hash};
    }
    const binary_split *file = (const binary_split *)split;
    return (file_part){file->path, file->from, file->to, &file->chosen, file->hash};
}

weir_value file_splits_describe(const source_batch *batch)
{
    weir_value *files = memory_alloc(batch->count * sizeof *files);
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        file_part part = part_of(batch->splits[i]);
        if (part.from != 0) continue;
        weir_value facts[3] = {weir_text(part.path), weir_int(part.chosen->size),
                               weir_int(part.chosen->modified_ms)};
        files[count++] = weir_list(facts, 3);
    }
    weir_value list = weir_list(files, count);
    free(files);
    return list;
}

/* The checksum of the file whose splits begin at `first`; `*first` is behind them then. 0: a part
 * of it was not read. */
static uint64_t take_hash(const source_batch *batch, size_t *first)
{
    bool is_whole = true;
    XXH3_state_t *state = XXH3_createState();
    if (state) XXH3_64bits_reset(state);
    do {
        range_hash *part = part_of(batch->splits[*first]).hash;
        uint64_t hash = part ? atomic_load(part) : 0;
        if (state) XXH3_64bits_update(state, &hash, sizeof hash);
        is_whole = is_whole && hash != 0;
        (*first)++;
    } while (*first < batch->count && part_of(batch->splits[*first]).from != 0);
    uint64_t hash = state && is_whole ? XXH3_64bits_digest(state) : 0;
    XXH3_freeState(state);
    return hash;
}

weir_value file_splits_read(const source_batch *batch)
{
    weir_value *files = memory_alloc((batch->count + 1) * sizeof *files);
    size_t count = 0;
    for (size_t i = 0; i < batch->count;) {
        const char *path = part_of(batch->splits[i]).path;
        uint64_t hash = take_hash(batch, &i);
        weir_value facts[2] = {weir_text(path), weir_int((int64_t)hash)};
        if (hash != 0) files[count++] = weir_list(facts, 2);
    }
    weir_value list = weir_list(files, count);
    free(files);
    return list;
}

/* What a done mark says of the file; 0: nothing. */
static uint64_t known_hash(weir_value read, const char *path)
{
    size_t count, parts, length;
    const weir_value *files = weir_items(read, &count);
    for (size_t i = 0; i < count; i++) {
        const weir_value *facts = weir_items(files[i], &parts);
        if (parts < 2 || !weir_is_int(facts[1])) continue;
        const char *text = weir_bytes(&facts[0], &length);
        if (text && length == strlen(path) && memcmp(text, path, length) == 0)
            return (uint64_t)weir_as_int(facts[1]);
    }
    return 0;
}

/* Reads what a batch that is done has read before. */
static weir_status check_content(const source *source, const source_batch *file, bool *is_same)
{
    const char *path = part_of(file->splits[0]).path;
    uint64_t known = known_hash(source->ingest->read, path);
    *is_same = true;
    if (known == 0) return WEIR_OK;
    for (size_t i = 0; i < file->count; i++) {
        file_part part = part_of(file->splits[i]);
        uint64_t hash;
        if (!part.hash) return WEIR_OK;
        weir_status status = range_hash_read(path, part.from, part.to, &hash);
        if (status != WEIR_OK) return status;
        atomic_store(part.hash, hash);
    }
    size_t first = 0;
    *is_same = take_hash(file, &first) == known;
    return WEIR_OK;
}

static weir_status tell_found(const source *source, int64_t time_ms, const char *path,
                              const char *found)
{
    if (source->ingest->skips_missing_files)
        log_line(WEIR_WARNING, "%s: %s %s since the batch of %lld ms took it; left out",
                 source->stream->source_text, path, found, (long long)time_ms);
    return error_set(WEIR_IO,
                     "%s: %s %s since the batch of %lld ms took it; put it back, or start with "
                     "--missing-files skip to leave it out",
                     source->stream->source_text, path, found, (long long)time_ms);
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
    return found ? tell_found(source, time_ms, path, found) : WEIR_OK;
}

static weir_status replay_file(const source *source, int64_t time_ms, const char *path,
                               const weir_value *facts, size_t length, source_batch *batch)
{
    file_info info;
    source_batch file = {0};
    bool is_same = true;
    weir_status status = check_same(source, time_ms, path, facts, &info);
    if (status != WEIR_OK) return status;
    if (length) file_splits_add_binary(&file, source->ingest, path, &info, length);
    else file_splits_add_text(&file, source->ingest, path, &info);
    status = check_content(source, &file, &is_same);
    if (status == WEIR_OK && !is_same) status = tell_found(source, time_ms, path, "has changed");
    for (size_t i = 0; i < file.count && status == WEIR_OK; i++)
        source_batch_add(batch, file.splits[i]);
    if (status == WEIR_OK) file.count = 0; /* they are in the batch */
    source_batch_release(&file);
    return status;
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
        weir_status status = replay_file(source, time_ms, path, facts, length, batch);
        if (visit) visit(user, path, weir_as_int(facts[2]));
        free(path);
        if (status != WEIR_OK && !source->ingest->skips_missing_files) return status;
    }
    return WEIR_OK;
}
