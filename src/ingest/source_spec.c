/* Sources as data: how each kind is made again from what the lineage says of it. */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "graph/registry.h"
#include "ingest/source.h"
#include "ingest/source_batches.h"
#include "record/value.h"
#include "weir/source.h"

weir_stream *source_describe_making(weir_stream *stream, const char *operation,
                                    const weir_value *arguments, size_t count)
{
    if (!stream) return NULL;
    weir_value spec;
    weir_value *parts = value_make_list(count + 1, &spec);
    parts[0] = weir_text(operation);
    for (size_t i = 0; i < count; i++) parts[i + 1] = arguments[i];
    stream->source_spec = value_copy(spec, &stream->lineage->arena);
    return stream;
}

/* --- Making again ---------------------------------------------------------------------------- */

/* The text of a value as a C string in the current arena; "" if it is none. */
static const char *text_of(weir_value value)
{
    size_t length;
    const char *bytes = weir_bytes(&value, &length);
    char *text = arena_alloc(arena_current(), length + 1);
    if (length) memcpy(text, bytes, length);
    text[length] = '\0';
    return text;
}

static weir_stream *make_socket(weir_context *context, const weir_value *argument)
{
    return weir_socket_text_stream(context, text_of(argument[0]), (int)weir_as_int(argument[1]));
}

static weir_stream *make_with(weir_context *context, const weir_value *argument,
                              weir_file_options options)
{
    size_t length = (size_t)weir_as_int(argument[1]);
    const char *directory = text_of(argument[0]);
    options.old_files_too = weir_as_bool(argument[2]);
    options.min_remember_ms = weir_as_int(argument[3]);
    return length ? weir_binary_records_stream(context, directory, length, &options)
                  : weir_text_file_stream(context, directory, &options);
}

static weir_stream *make_directory(weir_context *context, const weir_value *argument)
{
    return make_with(context, argument, (weir_file_options){0});
}

static weir_stream *make_filtered(weir_context *context, const weir_value *argument)
{
    weir_file_options options = {.filter_arg = argument[5]};
    weir_status status =
        registry_find_stored(WEIR_KIND_FILTER, text_of(argument[4]), &options.filter);
    if (status != WEIR_OK) return source_refuse(context, status);
    return make_with(context, argument, options);
}

static weir_stream *make_files(weir_context *context, const weir_value *argument)
{
    size_t count;
    const weir_value *names = weir_items(argument[0], &count);
    const char **paths = arena_alloc(arena_current(), count * sizeof *paths);
    for (size_t i = 0; i < count; i++) paths[i] = text_of(names[i]);
    return weir_text_files(context, paths, count);
}

static weir_stream *make_batches(weir_context *context, const weir_value *argument)
{
    size_t count;
    const weir_value *given = weir_items(argument[0], &count);
    weir_value *batches = arena_alloc(arena_current(), count * sizeof *batches);
    for (size_t i = 0; i < count; i++)
        batches[i] = weir_is_null(given[i]) ? weir_absent() : given[i];
    return source_batches_add(context, batches, count, (int)weir_as_int(argument[1]));
}

typedef struct making {
    const char *operation;
    size_t arguments;
    source_maker make;
} making;

static const making makings[] = {
    {"socketTextStream", 2, make_socket},
    {"directory", 4, make_directory},
    {"directory", 6, make_filtered}, /* since there are filters */
    {"textFiles", 1, make_files},
    {"batches", 2, make_batches},
};

/* What rooms above have added. */
enum { ADDED_MAX = 16 };
static making added[ADDED_MAX];
static size_t added_count;
static pthread_mutex_t adding = PTHREAD_MUTEX_INITIALIZER;

static source_maker find_maker(const making *from, size_t count, const char *operation,
                               size_t arguments)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(from[i].operation, operation) == 0 && from[i].arguments == arguments)
            return from[i].make;
    return NULL;
}

void source_register_making(const char *operation, size_t arguments, source_maker make)
{
    pthread_mutex_lock(&adding);
    if (!find_maker(added, added_count, operation, arguments)) {
        assert(added_count < ADDED_MAX);
        added[added_count++] = (making){operation, arguments, make};
    }
    pthread_mutex_unlock(&adding);
}

weir_stream *source_make_again(weir_context *context, weir_value spec)
{
    size_t count;
    const weir_value *parts = weir_items(spec, &count);
    const char *operation = count ? text_of(parts[0]) : "";
    source_maker make =
        find_maker(makings, sizeof makings / sizeof makings[0], operation, count - 1);
    pthread_mutex_lock(&adding);
    if (!make) make = find_maker(added, added_count, operation, count - 1);
    pthread_mutex_unlock(&adding);
    if (make) return make(context, parts + 1);
    return source_refuse(context,
                         error_set(WEIR_UNSUPPORTED,
                                   "a source of the checkpoint (%s) is its program's alone; "
                                   "use weir_get_or_create with the program's build function",
                                   *operation ? operation : "a receiver or a converter"));
}
