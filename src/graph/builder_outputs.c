/* The calls of weir/stream.h for outputs. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "graph/builder.h"
#include "record/value.h"

/* The call that should have made the stream has set the error: it stays. */
static const weir_status no_stream = WEIR_ILLEGAL_ARGUMENT;

/* For an output without function. */
static weir_status check_open(const weir_stream *in, output_kind kind)
{
    char room[BUILDER_PLACE_MAX];
    return lineage_check_open(in->lineage, builder_place(output_kind_text(kind), in, room));
}

weir_status weir_print(weir_stream *in, int count)
{
    if (!in) return no_stream;
    char label[STREAM_LABEL_MAX];
    weir_status status = check_open(in, OUTPUT_PRINT);
    if (status == WEIR_OK && count < 0)
        status = error_set(WEIR_ILLEGAL_ARGUMENT, "print on %s: %d records; give 0 or more",
                           stream_label(in, label), count);
    if (status != WEIR_OK) return lineage_fail(in->lineage, status);
    lineage_append_output(in->lineage, OUTPUT_PRINT, in)->count = count;
    return WEIR_OK;
}

weir_status weir_save_as_text_files(weir_stream *in, const char *prefix, const char *suffix)
{
    if (!in) return no_stream;
    char label[STREAM_LABEL_MAX];
    weir_status status = check_open(in, OUTPUT_SAVE_TEXT);
    if (status == WEIR_OK && !prefix)
        status = error_set(WEIR_ILLEGAL_ARGUMENT,
                           "saveAsTextFiles on %s: the prefix is NULL; give the start of a path",
                           stream_label(in, label));
    if (status != WEIR_OK) return lineage_fail(in->lineage, status);
    output *output = lineage_append_output(in->lineage, OUTPUT_SAVE_TEXT, in);
    output->prefix = arena_copy_text(&in->lineage->arena, prefix);
    output->suffix = suffix && *suffix ? arena_copy_text(&in->lineage->arena, suffix) : NULL;
    return WEIR_OK;
}

static weir_status append_foreach(output_kind kind, weir_stream *in,
                                  const weir_function *function, weir_value arg)
{
    if (!in) return no_stream;
    char room[BUILDER_PLACE_MAX];
    const char *place = builder_place(output_kind_text(kind), in, room);
    weir_function_kind wanted = output_kind_function(kind);
    weir_status status = lineage_check_open(in->lineage, place);
    if (status == WEIR_OK) status = builder_check_function(place, wanted, function);
    if (status == WEIR_OK) status = builder_check_arg(place, arg);
    if (status != WEIR_OK) return lineage_fail(in->lineage, status);
    output *output = lineage_append_output(in->lineage, kind, in);
    output->function = function;
    output->arg = value_copy(arg, &in->lineage->arena);
    return WEIR_OK;
}

weir_status weir_foreach_rdd(weir_stream *in, const weir_function *foreach, weir_value arg)
{
    return append_foreach(OUTPUT_FOREACH, in, foreach, arg);
}

weir_status weir_foreach_partition(weir_stream *in, const weir_function *foreach_partition,
                                   weir_value arg)
{
    return append_foreach(OUTPUT_FOREACH_PARTITION, in, foreach_partition, arg);
}

/* --- Names ----------------------------------------------------------------------------------- */

static output *find_output(const weir_stream *in)
{
    const lineage *lineage = in->lineage;
    for (size_t i = lineage->output_count; i-- > 0;)
        if (lineage->outputs[i]->in == in) return lineage->outputs[i];
    return NULL;
}

weir_status weir_name_output(weir_stream *in, const char *name)
{
    if (!in) return no_stream;
    char label[STREAM_LABEL_MAX];
    output *output = find_output(in);
    weir_status status = lineage_check_open(in->lineage, "weir_name_output");
    if (status == WEIR_OK && (!name || !*name))
        status = error_set(WEIR_ILLEGAL_ARGUMENT, "weir_name_output on %s: the name is empty",
                           stream_label(in, label));
    if (status == WEIR_OK && !output)
        status = error_set(WEIR_ILLEGAL_ARGUMENT,
                           "weir_name_output on %s: the stream has no output yet; define it first",
                           stream_label(in, label));
    if (status != WEIR_OK) return lineage_fail(in->lineage, status);
    output->name = arena_copy_text(&in->lineage->arena, name);
    return WEIR_OK;
}

/* Like the names of spaces: never from a number that shifts when another output is added. */
static const char *derive_identity(const output *output, const char **names)
{
    buffer text = {0};
    buffer_append_text(&text, output_kind_text(output->kind));
    if (output->function) buffer_printf(&text, "(%s", output->function->name);
    if (output->function && !weir_is_null(output->arg)) {
        char room[256];
        weir_format(output->arg, room, sizeof room);
        buffer_printf(&text, ", %s", room);
    }
    if (output->function) buffer_append_text(&text, ")");
    if (output->prefix) buffer_printf(&text, " %s", output->prefix);
    if (output->suffix) buffer_printf(&text, ".%s", output->suffix);
    buffer_printf(&text, " < %s", builder_derive_name(output->in, names));
    buffer_append(&text, "", 1);
    const char *identity = builder_keep_name(output->in->lineage, &text);
    buffer_release(&text);
    return identity;
}

/* Only functions of the program are told their name. */
static bool needs_identity(const output *output)
{
    return output->name || output->function;
}

static weir_status check_identity(const lineage *lineage, size_t at)
{
    const output *output = lineage->outputs[at];
    for (size_t i = 0; i < at; i++) {
        const struct output *other = lineage->outputs[i];
        if (!needs_identity(other) || !needs_identity(output)) continue;
        if (strcmp(other->identity, output->identity) != 0) continue;
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "outputs %u and %u are both called \"%s\", so that their results could "
                         "not be told apart; name one of them (weir_name_output, or the field "
                         "\"name\")",
                         other->id, output->id, other->identity);
    }
    return WEIR_OK;
}

static bool is_same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* They would take turns in replacing each other's directories. */
static weir_status check_target(const lineage *lineage, size_t at)
{
    const output *output = lineage->outputs[at];
    for (size_t i = 0; i < at && output->kind == OUTPUT_SAVE_TEXT; i++) {
        const struct output *other = lineage->outputs[i];
        if (other->kind != output->kind || !is_same_text(other->prefix, output->prefix) ||
            !is_same_text(other->suffix, output->suffix))
            continue;
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "outputs %u and %u both save to \"%s-TIME%s%s\", each over the other; "
                         "give one of them another prefix or suffix",
                         other->id, output->id, output->prefix, output->suffix ? "." : "",
                         output->suffix ? output->suffix : "");
    }
    return WEIR_OK;
}

weir_status lineage_name_outputs(lineage *lineage)
{
    const char **names = memory_zero_alloc(lineage->stream_count + 1, sizeof *names);
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < lineage->output_count && status == WEIR_OK; i++) {
        output *output = lineage->outputs[i];
        output->identity = output->name ? output->name : derive_identity(output, names);
        status = check_identity(lineage, i);
        if (status == WEIR_OK) status = check_target(lineage, i);
    }
    free(names);
    return status;
}

weir_status weir_count_output(weir_stream *in)
{
    if (!in) return no_stream;
    weir_status status = check_open(in, OUTPUT_COUNT);
    if (status != WEIR_OK) return lineage_fail(in->lineage, status);
    lineage_append_output(in->lineage, OUTPUT_COUNT, in);
    return WEIR_OK;
}
