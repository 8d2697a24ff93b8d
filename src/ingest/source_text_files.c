/* A bounded list of text files: file i is batch i, in virtual time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/buffer.h"
#include "base/error.h"
#include "ingest/file_splits.h"
#include "record/value.h"
#include "weir/source.h"

typedef struct files_source {
    source base;
    char **paths; /* base.batches of them */
    uint64_t cut; /* how many were given to batches */
} files_source;

static weir_status cut(source *source, int64_t time_ms, source_batch *batch)
{
    files_source *self = (files_source *)source;
    uint64_t at =
        (uint64_t)(time_ms / source->ingest->batch_interval_ms) - 1; /* virtual time begins at 0 */
    if (at >= source->batches) return WEIR_OK;
    self->cut = at + 1;
    const char *path = self->paths[at];
    file_info info;
    weir_status status = file_stat(path, &info);
    if (status != WEIR_OK)
        return error_prefix(status, "textFiles, file %llu", (unsigned long long)at + 1);
    if (!info.is_regular)
        return error_set(WEIR_IO, "textFiles, file %llu: %s is %s; give the names of files",
                         (unsigned long long)at + 1, path,
                         info.is_directory ? "a directory" : "not a regular file");
    file_splits_add_text(batch, source->ingest, path, &info);
    return WEIR_OK;
}

/* --- For a restart --------------------------------------------------------------------------- */

static weir_value describe(source *source, const source_batch *batch)
{
    (void)source;
    return file_splits_describe(batch);
}

static weir_status refuse_other_list(uint64_t count)
{
    return error_set(WEIR_INCOMPATIBLE,
                     "textFiles: the first %llu files are not those that were read before; give "
                     "the same list, or a longer one that begins with them",
                     (unsigned long long)count);
}

/* Is the file of the batch still in its place of the list? */
static bool is_same_name(const files_source *self, uint64_t cut, weir_value what)
{
    size_t count, parts, length;
    const weir_value *files = weir_items(what, &count);
    const weir_value *facts = count > 0 ? weir_items(files[0], &parts) : NULL;
    if (!facts || parts < 1) return true; /* it was not there, so it has no name */
    const char *path = weir_bytes(&facts[0], &length);
    return cut >= 1 && cut <= self->base.batches && strlen(self->paths[cut - 1]) == length &&
           (length == 0 || memcmp(path, self->paths[cut - 1], length) == 0);
}

static weir_status replay(source *source, int64_t time_ms, weir_value what, source_batch *batch)
{
    files_source *self = (files_source *)source;
    self->cut = (uint64_t)(time_ms / source->ingest->batch_interval_ms);
    if (!is_same_name(self, self->cut, what)) return refuse_other_list(self->cut);
    return file_splits_replay(source, time_ms, what, 0, batch, NULL, NULL);
}

/* The hash of the first `count` names: a list that continues may be longer, but not another. */
static int64_t hash_names(const files_source *self, uint64_t count)
{
    buffer names = {0};
    for (uint64_t i = 0; i < count; i++)
        buffer_append(&names, self->paths[i], strlen(self->paths[i]) + 1);
    int64_t hash = (int64_t)XXH3_64bits(names.bytes, names.size);
    buffer_release(&names);
    return hash;
}

static weir_value save(source *source)
{
    const files_source *self = (const files_source *)source;
    return weir_pair(weir_int((int64_t)self->cut), weir_int(hash_names(self, self->cut)));
}

static weir_status restore(source *source, weir_value saved)
{
    files_source *self = (files_source *)source;
    size_t parts;
    const weir_value *pair = weir_items(saved, &parts);
    if (parts != 2)
        return error_set(WEIR_DAMAGED, "textFiles: its place in the list is not saved");
    uint64_t count = (uint64_t)weir_as_int(pair[0]);
    if (count > source->batches || weir_as_int(pair[1]) != hash_names(self, count))
        return refuse_other_list(count);
    self->cut = count;
    return WEIR_OK;
}

static void free_files(source *source)
{
    files_source *self = (files_source *)source;
    for (uint64_t i = 0; i < source->batches; i++) free(self->paths[i]);
    free(self->paths);
    free(self);
}

static const source_class files_class = {.name = "textFiles",
                                         .cut = cut,
                                         .free = free_files,
                                         .describe = describe,
                                         .read = file_splits_read,
                                         .replay = replay,
                                         .save = save,
                                         .restore = restore};

weir_stream *weir_text_files(weir_context *context, const char *const *paths, size_t count)
{
    if (!context) return NULL;
    if (count == 0 || !paths)
        return source_refuse(
            context, error_set(WEIR_ILLEGAL_ARGUMENT, "textFiles: give at least one file"));
    for (size_t i = 0; i < count; i++) {
        if (!paths[i] || !paths[i][0])
            return source_refuse(context, error_set(WEIR_ILLEGAL_ARGUMENT,
                                                    "textFiles: file %zu has no name", i + 1));
    }
    files_source *self = memory_zero_alloc(1, sizeof *self);
    self->base.is_bounded = true;
    self->base.batches = count;
    self->paths = memory_zero_alloc(count, sizeof(self->paths[0]));
    for (size_t i = 0; i < count; i++) self->paths[i] = memory_copy_text(paths[i]);
    char text[256];
    /* Checkpoints know the source by this, and the list may be longer the next time. */
    snprintf(text, sizeof text, "textFiles %s", paths[0]);
    weir_stream *stream = source_add(&self->base, &files_class, context, text);
    weir_value names;
    weir_value *name = value_make_list(count, &names);
    for (size_t i = 0; i < count; i++) name[i] = weir_text(paths[i]);
    return source_describe_making(stream, "textFiles", &names, 1);
}
