#include "conformance/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "conformance/operators.h"
#include "conformance/recorder.h"
#include "ingest/source_batches.h"
#include "tools/json_value.h"
#include "weir/checkpoint.h"
#include "weir/source.h"

static weir_options options_of(program *program, const json_t *definition, int workers)
{
    *program = (struct program){.definition = definition};
    program->batch_ms = json_integer_value(json_object_get(definition, "batch_ms"));
    program->partitions = (int)json_integer_value(json_object_get(definition, "partitions"));
    snprintf(program->master, sizeof program->master, "local[%d]", workers);
    return (weir_options){.app_name = "conformance",
                          .master = program->master,
                          .batch_interval_ms = program->batch_ms,
                          .manual_clock = true};
}

static bool has_step(const json_t *definition, const char *wanted)
{
    size_t at;
    json_t *step;
    json_array_foreach(json_object_get(definition, "steps"), at, step)
    {
        const char *name = json_string_value(json_object_get(step, "do"));
        if (name && strcmp(name, wanted) == 0) return true;
    }
    return false;
}

/* Other steps build. */
static weir_status build_nothing(weir_context *context, void *user)
{
    (void)context;
    (void)user;
    return WEIR_OK;
}

weir_status program_create(program *program, const json_t *definition, int workers,
                           const char *checkpoint)
{
    weir_options options = options_of(program, definition, workers);
    weir_durability durability = {.checkpoint_ms = program->batch_ms};
    bool lasts = json_is_true(json_object_get(definition, "checkpoint")) ||
        has_step(definition, "set_checkpoint_dir");
    if (lasts && has_step(definition, "recover"))
        return weir_get_or_create(&program->context, checkpoint, &options, &durability,
                                  build_nothing, NULL);
    options.volatile_state = lasts;
    return weir_context_create(&program->context, &options);
}

weir_status program_recover(program *program, const json_t *definition, int workers,
                            const char *checkpoint)
{
    weir_context_free(program->context);
    free(program->streams);
    weir_options options = options_of(program, definition, workers);
    weir_durability durability = {.checkpoint_ms = program->batch_ms};
    return weir_recover(&program->context, checkpoint, &options, &durability);
}

/* The build function of a program: what it was refused for goes to `why`. */
typedef struct opening {
    program *program;
    const char *directory;
    buffer *why;
} opening;

static weir_status build(weir_context *context, void *user)
{
    opening *opening = user;
    const char *at = "the outputs";
    weir_status status = WEIR_OK;
    opening->program->context = context;
    if (!program_build_graph(opening->program, &status, &at, opening->why)) return WEIR_RUNTIME;
    if (status == WEIR_OK &&
        !program_build_outputs(opening->program, opening->directory, &status, opening->why))
        return WEIR_RUNTIME;
    if (status != WEIR_OK) buffer_printf(opening->why, "%s: %s", at, weir_last_error());
    return status;
}

bool program_open(program *program, const json_t *definition, int workers, const char *checkpoint,
                  const char *directory, buffer *why)
{
    weir_options options = options_of(program, definition, workers);
    /* Every other batch, so that both kinds of batches are met. */
    weir_durability durability = {.checkpoint_ms = 2 * program->batch_ms};
    opening opening = {program, directory, why};
    weir_context *context = NULL;
    bool is_there = checkpoint && file_exists(checkpoint);
    weir_status status =
        is_there ? weir_recover(&context, checkpoint, &options, &durability)
        : checkpoint
            ? weir_get_or_create(&context, checkpoint, &options, &durability, build, &opening)
            : weir_context_create(&context, &options);
    if (status == WEIR_OK && !checkpoint) status = build(context, &opening);
    program->context = context;
    if (status != WEIR_OK && why->size == 0)
        buffer_printf(why, "the context: %s", weir_last_error());
    return status == WEIR_OK;
}

weir_status program_catch_up(program *program, int64_t batches)
{
    return batches > 0 ? weir_advance(program->context, batches * program->batch_ms) : WEIR_OK;
}

void program_free(program *program)
{
    weir_context_free(program->context);
    free(program->streams);
    *program = (struct program){0};
}

weir_stream *program_find(const program *program, const char *id)
{
    for (size_t i = 0; id && i < program->count; i++)
        if (strcmp(program->streams[i].id, id) == 0) return program->streams[i].stream;
    return NULL;
}

static void keep(program *program, const char *id, weir_stream *stream, const json_t *pushes)
{
    size_t size = (program->count + 1) * sizeof *program->streams;
    program->streams = memory_resize(program->streams, size);
    program->streams[program->count++] = (program_stream){id, stream, pushes};
}

/* --- Sources --------------------------------------------------------------------------------- */

/* A list of records, or absent for null. */
static bool dataset_of(const json_t *json, weir_value *records)
{
    *records = weir_absent();
    return !json || json_is_null(json) || (json_is_array(json) && json_to_value(json, records));
}

static bool build_batches(program *program, const json_t *source, weir_stream **stream)
{
    const json_t *batches = json_object_get(source, "batches");
    size_t count = json_array_size(batches);
    bool valid = json_is_array(batches);
    weir_value *values = memory_zero_alloc(count + 1, sizeof *values);
    for (size_t i = 0; valid && i < count; i++)
        valid = dataset_of(json_array_get(batches, i), &values[i]);
    if (valid) *stream = source_batches_add(program->context, values, count, program->partitions);
    free(values);
    return valid;
}

static bool build_queue(program *program, const json_t *source, weir_stream **stream)
{
    weir_value otherwise;
    if (!dataset_of(json_object_get(source, "default"), &otherwise)) return false;
    bool one = json_is_true(json_object_get(source, "one_at_a_time"));
    *stream = weir_queue_stream(program->context, one, weir_absent());
    return !*stream || weir_is_absent(otherwise) ||
           weir_queue_default(*stream, otherwise, program->partitions) == WEIR_OK;
}

static bool build_source(program *program, const json_t *source, weir_stream **stream)
{
    const char *kind = json_string_value(json_object_get(source, "kind"));
    if (!kind) return build_batches(program, source, stream);
    return strcmp(kind, "queue") == 0 && build_queue(program, source, stream);
}

/* --- Graph ----------------------------------------------------------------------------------- */

static bool build_node(program *program, const json_t *node, weir_stream **stream, buffer *why)
{
    const json_t *in = json_object_get(node, "in");
    size_t count = json_array_size(in);
    weir_stream **inputs = memory_zero_alloc(count + 1, sizeof *inputs);
    for (size_t i = 0; i < count && why->size == 0; i++) {
        const char *id = json_string_value(json_array_get(in, i));
        inputs[i] = program_find(program, id);
        if (!inputs[i]) buffer_printf(why, "there is no stream \"%s\" before it", id ? id : "");
    }
    if (why->size == 0) *stream = operator_build(node, inputs, count, why);
    free(inputs);
    return why->size == 0;
}

static bool build_one(program *program, const json_t *object, bool is_source, weir_status *status,
                      buffer *why)
{
    const char *id = json_string_value(json_object_get(object, "id"));
    weir_stream *stream = NULL;
    bool valid = is_source ? build_source(program, object, &stream)
                           : build_node(program, object, &stream, why);
    if (!valid || !id || program_find(program, id)) {
        if (why->size == 0) buffer_append_text(why, "it is not written as the format says");
        buffer_printf(why, " (%s)", id ? id : is_source ? "a source" : "a node");
        return false;
    }
    if (!stream) *status = weir_error(program->context);
    keep(program, id, stream, is_source ? json_object_get(object, "pushes") : NULL);
    return true;
}

bool program_build_graph(program *program, weir_status *status, const char **at, buffer *why)
{
    *status = WEIR_OK;
    for (int is_source = 1; is_source >= 0; is_source--) {
        const char *section = is_source ? "sources" : "graph";
        const json_t *objects = json_object_get(program->definition, section);
        for (size_t i = 0; i < json_array_size(objects) && *status == WEIR_OK; i++) {
            const json_t *object = json_array_get(objects, i);
            if (!build_one(program, object, is_source, status, why)) return false;
            if (*status != WEIR_OK) *at = program->streams[program->count - 1].id;
        }
    }
    return true;
}

/* --- Outputs --------------------------------------------------------------------------------- */

static weir_status add_save(weir_stream *stream, const json_t *save, const char *directory)
{
    buffer path = {0};
    const char *prefix = json_string_value(json_object_get(save, "prefix"));
    buffer_printf(&path, "%s/%s", directory, prefix ? prefix : "");
    buffer_append(&path, "", 1);
    const char *suffix = json_string_value(json_object_get(save, "suffix"));
    weir_status status = weir_save_as_text_files(stream, path.bytes, suffix);
    buffer_release(&path);
    return status;
}

static weir_status add_print(weir_stream *stream, const json_t *print)
{
    const json_t *count = json_object_get(print, "num");
    return weir_print(stream, json_is_integer(count) ? (int)json_integer_value(count) : 10);
}

bool program_build_outputs(program *program, const char *directory, weir_status *status,
                           buffer *why)
{
    static const char *const sections[] = {"outputs", "print", "save"};
    *status = WEIR_OK;
    for (size_t section = 0; section < 3; section++) {
        const json_t *outputs = json_object_get(program->definition, sections[section]);
        for (size_t i = 0; i < json_array_size(outputs) && *status == WEIR_OK; i++) {
            const json_t *output = json_array_get(outputs, i);
            const json_t *in = section ? json_object_get(output, "in") : output;
            weir_stream *stream = program_find(program, json_string_value(in));
            if (!stream) {
                buffer_printf(why, "number %zu of \"%s\" is over no stream", i + 1,
                              sections[section]);
                return false;
            }
            *status = section == 0   ? recorder_add(stream, i)
                      : section == 1 ? add_print(stream, output)
                                     : add_save(stream, output, directory);
        }
    }
    return true;
}

/* --- Time ------------------------------------------------------------------------------------ */

weir_status program_advance(program *program)
{
    for (size_t i = 0; i < program->count; i++) {
        const program_stream *queue = &program->streams[i];
        const json_t *datasets = json_array_get(queue->pushes, program->next_push);
        for (size_t j = 0; j < json_array_size(datasets); j++) {
            weir_value records;
            if (!json_to_value(json_array_get(datasets, j), &records)) records = weir_null();
            weir_status status = weir_queue_push(queue->stream, records, program->partitions);
            if (status != WEIR_OK) return status;
        }
    }
    program->next_push++;
    return weir_advance(program->context, program->batch_ms);
}
