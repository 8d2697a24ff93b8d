/* The calls of weir/stream.h for outputs. */
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

weir_status weir_count_output(weir_stream *in)
{
    if (!in) return no_stream;
    weir_status status = check_open(in, OUTPUT_COUNT);
    if (status != WEIR_OK) return lineage_fail(in->lineage, status);
    lineage_append_output(in->lineage, OUTPUT_COUNT, in);
    return WEIR_OK;
}
