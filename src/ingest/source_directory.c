/* Files that appear in a directory: as text, or as records of equal length (S-01..S-11). The
 * listing runs on the loop thread, as the batch consists of what it finds. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/log_line.h"
#include "graph/builder.h"
#include "ingest/directory_listing.h"
#include "ingest/directory_position.h"
#include "ingest/directory_selection.h"
#include "ingest/file_filter.h"
#include "ingest/file_splits.h"
#include "record/value.h"
#include "weir/source.h"

enum { MIN_REMEMBER_MS = 60000, NAMED_AT_ONCE = 10 };

typedef struct directory_source {
    source base;
    char *directory;      /* or a glob */
    size_t record_length; /* 0: text */
    bool old_files_too;
    int64_t min_remember_ms;
    file_filter filter;
    directory_selection selection;
    log_damper unlisted; /* the directory cannot be listed */
    log_damper unseen;   /* a file cannot be looked at */
    log_damper slow;
} directory_source;

typedef struct found_file {
    char *path;
    file_info info;
} found_file;

/* Names for a line of the log. */
typedef struct named_files {
    buffer text;
    size_t count;
} named_files;

/* What a listing finds. */
typedef struct finding {
    directory_source *source;
    found_file *files; /* that may belong to the batch; then those that do */
    size_t count;
    size_t capacity;
    named_files too_old, ahead; /* not taken */
    uint64_t refused;
} finding;

static bool is_compressed(const char *name)
{
    static const char *const ends[] = {".gz",  ".bz2",    ".xz",     ".zst",
                                       ".lz4", ".snappy", ".deflate"};
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t end = strlen(ends[i]);
        if (length > end && strcmp(name + length - end, ends[i]) == 0) return true;
    }
    return false;
}

static void add_file(finding *finding, const char *path, const file_info *info)
{
    if (finding->count == finding->capacity) {
        finding->capacity = finding->capacity ? 2 * finding->capacity : 16;
        finding->files = memory_resize(finding->files, finding->capacity * sizeof(found_file));
    }
    finding->files[finding->count++] = (found_file){memory_copy_text(path), *info};
}

static void add_name(named_files *files, const char *path)
{
    if (++files->count > NAMED_AT_ONCE) return;
    buffer_printf(&files->text, "%s%s", files->text.size ? ", " : "", path);
}

/* "a, b and 5 more"; borrowed. */
static const char *names_of(named_files *files)
{
    if (files->count > NAMED_AT_ONCE)
        buffer_printf(&files->text, " and %zu more", files->count - NAMED_AT_ONCE);
    buffer_append(&files->text, "", 1);
    return files->text.bytes;
}

static void visit(void *user, const char *path, const char *name)
{
    finding *finding = user;
    directory_source *self = finding->source;
    if (!directory_selection_wants(&self->selection, path, name)) return;
    if (!file_filter_accepts(&self->filter, path)) return;
    file_info info;
    if (file_stat(path, &info) != WEIR_OK) {
        log_damped(&self->unseen, WEIR_WARNING, "%s; the next batch looks again", error_text());
        return;
    }
    if (!info.is_regular) return;
    if (directory_selection_knows(&self->selection, path, info.modified_ms)) return;
    add_file(finding, path, &info);
}

static bool belongs_to_batch(finding *finding, const found_file *file)
{
    file_verdict verdict = directory_selection_offer(&finding->source->selection, file->path,
                                                     file->info.modified_ms);
    if (verdict == FILE_TOO_OLD) add_name(&finding->too_old, file->path);
    if (verdict == FILE_FAR_AHEAD) add_name(&finding->ahead, file->path);
    if (verdict != FILE_TAKEN) return false;
    if (!is_compressed(file->path)) return true;
    finding->refused++;
    log_line(WEIR_WARNING, "%s is refused: compressed files are not read; decompress it first",
             file->path);
    return false;
}

static void choose_files(finding *finding)
{
    size_t chosen = 0;
    for (size_t i = 0; i < finding->count; i++) {
        found_file *file = &finding->files[i];
        if (belongs_to_batch(finding, file)) finding->files[chosen++] = *file;
        else free(file->path);
    }
    finding->count = chosen;
}

static void log_not_taken(finding *finding)
{
    const directory_source *self = finding->source;
    if (finding->too_old.count > 0)
        log_line(WEIR_INFO,
                 "%s: not taken, as they were last modified before the start or more than %" PRId64
                 " ms ago: %s (%" PRIu64
                 " so far); use newFilesOnly = false or minRemember_ms, or "
                 "move files in when they are new",
                 self->directory, self->selection.remember_ms, names_of(&finding->too_old),
                 self->selection.too_old);
    if (finding->ahead.count > 0)
        log_line(WEIR_WARNING,
                 "%s: not taken yet, as they were modified later than now: %s; their time comes, "
                 "or touch them",
                 self->directory, names_of(&finding->ahead));
}

/* In the order in which they were written; the name decides among equals. */
static int compare_files(const void *a, const void *b)
{
    const found_file *left = a, *right = b;
    if (left->info.modified_ms != right->info.modified_ms)
        return left->info.modified_ms < right->info.modified_ms ? -1 : 1;
    return strcmp(left->path, right->path);
}

static void give_files(finding *finding, source_batch *batch)
{
    size_t length = finding->source->record_length;
    const ingest *ingest = finding->source->base.ingest;
    if (finding->count) qsort(finding->files, finding->count, sizeof(found_file), compare_files);
    for (size_t i = 0; i < finding->count; i++) {
        found_file *file = &finding->files[i];
        if (length)
            file_splits_add_binary(batch, ingest, file->path, &file->info, length);
        else
            file_splits_add_text(batch, ingest, file->path, &file->info);
    }
    batch->refused += finding->refused;
}

static void finding_release(finding *finding)
{
    for (size_t i = 0; i < finding->count; i++) free(finding->files[i].path);
    free(finding->files);
    buffer_release(&finding->too_old.text);
    buffer_release(&finding->ahead.text);
}

static void log_slow(directory_source *self, int64_t took_ms)
{
    if (took_ms > self->base.ingest->batch_interval_ms)
        log_damped(&self->slow, WEIR_WARNING,
                   "%s: listing it took %" PRId64
                   " ms, longer than the batch interval; remove old "
                   "files from it",
                   self->directory, took_ms);
}

/* A directory that cannot be listed gives an empty batch, and the next one tries again (S-07). A
 * filter that fails fails the batch, as any function does: it takes no file, so that none is lost
 * with it. */
static weir_status cut(source *source, int64_t time_ms, source_batch *batch)
{
    directory_source *self = (directory_source *)source;
    ingest *ingest = source->ingest;
    finding finding = {.source = self};
    int64_t begin_ms = ingest->now_ms(ingest->now_user);
    directory_selection_begin(&self->selection, time_ms);
    file_filter_begin(&self->filter, time_ms);
    weir_status status = directory_listing_visit(self->directory, visit, &finding);
    bool is_complete = status == WEIR_OK;
    if (!is_complete)
        log_damped(&self->unlisted, WEIR_WARNING, "%s; the next batch tries again", error_text());
    log_slow(self, ingest->now_ms(ingest->now_user) - begin_ms);
    int64_t ahead_ms = ingest->wall_ahead_ms(ingest->now_user);
    directory_selection_see_clock(&self->selection, ahead_ms, ingest->now_ms(ingest->now_user));
    const weir_stream *stream = source->stream;
    status = file_filter_status(&self->filter, stream->place, stream->source_text);
    if (status == WEIR_OK) {
        choose_files(&finding);
        log_not_taken(&finding);
        give_files(&finding, batch);
    }
    directory_selection_end(&self->selection, is_complete && status == WEIR_OK);
    finding_release(&finding);
    return status;
}

static weir_status start(source *source)
{
    directory_source *self = (directory_source *)source;
    const ingest *ingest = source->ingest;
    int64_t oldest_ms = self->old_files_too ? 0 : ingest->first_start_ms;
    directory_selection_init(&self->selection, oldest_ms, ingest->batch_interval_ms,
                             self->min_remember_ms);
    self->selection.hidden_too = self->filter.function != NULL;
    if (ingest->is_resumed) directory_selection_resume(&self->selection, NULL, 0);
    return WEIR_OK;
}

/* --- For a restart --------------------------------------------------------------------------- */

static weir_value describe(source *source, const source_batch *batch)
{
    const directory_source *self = (const directory_source *)source;
    return directory_position_record(&self->selection, file_splits_describe(batch));
}

static void remember(void *user, const char *path, int64_t modified_ms)
{
    directory_source *self = user;
    path_set_add(&self->selection.taken, path, self->selection.time_ms, modified_ms);
}

static weir_status replay(source *source, int64_t time_ms, weir_value what, source_batch *batch)
{
    directory_source *self = (directory_source *)source;
    weir_value files = directory_position_replay(&self->selection, time_ms, what);
    weir_status status =
        file_splits_replay(source, time_ms, files, self->record_length, batch, remember, self);
    directory_selection_end(&self->selection, false);
    return status;
}

static weir_value save(source *source)
{
    return directory_position_save(&((const directory_source *)source)->selection);
}

static weir_status restore(source *source, weir_value saved)
{
    return directory_position_restore(&((directory_source *)source)->selection, saved);
}

static void free_directory(source *source)
{
    directory_source *self = (directory_source *)source;
    directory_selection_release(&self->selection);
    file_filter_release(&self->filter);
    free(self->directory);
    free(self);
}

static const source_class directory_class = {.name = "directory",
                                             .start = start,
                                             .cut = cut,
                                             .free = free_directory,
                                             .describe = describe,
                                             .read = file_splits_read,
                                             .replay = replay,
                                             .save = save,
                                             .restore = restore};

static weir_status check_filter(const char *place, const weir_file_options *options)
{
    bool has_arg = !weir_is_absent(options->filter_arg) && !weir_is_null(options->filter_arg);
    if (!options->filter && has_arg)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "%s: there is an argument for a filter, but no filter; give it", place);
    if (!options->filter) return WEIR_OK;
    weir_status status = builder_check_function(place, WEIR_KIND_FILTER, options->filter);
    return status == WEIR_OK ? builder_check_arg(place, options->filter_arg) : status;
}

static weir_status check_options(const char *word, const char *directory,
                                 const weir_file_options *options)
{
    if (!directory || !directory[0])
        return error_set(WEIR_ILLEGAL_ARGUMENT, "%s: give the name of a directory", word);
    if (options->min_remember_ms < 0 || options->min_remember_ms > INT64_MAX / 2)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "%s %s: minRemember_ms is %" PRId64 "; give 1 or more, at most 2^62",
                         word, directory, options->min_remember_ms);
    char place[BUILDER_PLACE_MAX];
    snprintf(place, sizeof place, "%s %s", word, directory);
    return check_filter(place, options);
}

/* The filter and its argument stand behind the others only where there is one: a weir that knows
 * of none makes a source without one as before. */
static weir_stream *describe_making(weir_stream *stream, const directory_source *self,
                                    const weir_file_options *options)
{
    if (!stream) return NULL;
    weir_value arguments[] = {weir_text(self->directory), weir_int((int64_t)self->record_length),
                              weir_bool(options->old_files_too),
                              weir_int(options->min_remember_ms),
                              options->filter ? weir_text(options->filter->name) : weir_null(),
                              self->filter.arg};
    return source_describe_making(stream, "directory", arguments, options->filter ? 6 : 4);
}

static weir_stream *add_directory(weir_context *context, const char *word, const char *directory,
                                  size_t record_length, const weir_file_options *given)
{
    if (!context) return NULL;
    weir_file_options options = given ? *given : (weir_file_options){0};
    weir_status status = check_options(word, directory, &options);
    if (status != WEIR_OK) return source_refuse(context, status);
    directory_source *self = memory_zero_alloc(1, sizeof *self);
    self->base.is_live = true;
    self->directory = memory_copy_text(directory);
    self->record_length = record_length;
    self->old_files_too = options.old_files_too;
    self->min_remember_ms = options.min_remember_ms ? options.min_remember_ms : MIN_REMEMBER_MS;
    file_filter_init(&self->filter, options.filter, options.filter_arg);
    char text[512];
    snprintf(text, sizeof text, "%s %s", word, directory);
    weir_stream *stream = source_add(&self->base, &directory_class, context, text);
    if (stream) {
        stream->filter = options.filter;
        stream->filter_arg = value_copy(self->filter.arg, &stream->lineage->arena);
        self->filter.arg = stream->filter_arg;
    }
    return describe_making(stream, self, &options);
}

weir_stream *weir_text_file_stream(weir_context *context, const char *directory,
                                   const weir_file_options *options)
{
    return add_directory(context, "textFileStream", directory, 0, options);
}

weir_stream *weir_binary_records_stream(weir_context *context, const char *directory,
                                        size_t record_length, const weir_file_options *options)
{
    if (record_length == 0)
        return source_refuse(context, error_set(WEIR_ILLEGAL_ARGUMENT,
                                                "binaryRecordsStream: records of 0 bytes; give "
                                                "the length of a record"));
    if (record_length > UINT32_MAX)
        return source_refuse(context, error_set(WEIR_ILLEGAL_ARGUMENT,
                                                "binaryRecordsStream: records of %zu bytes; a "
                                                "record has at most 4294967295",
                                                record_length));
    return add_directory(context, "binaryRecordsStream", directory, record_length, options);
}
