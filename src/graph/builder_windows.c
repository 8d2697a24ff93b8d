/* The calls of weir/stream.h for windows. */
#include <inttypes.h>

#include "base/error.h"
#include "graph/builder.h"
#include "record/value.h"

/* Sums of a time and a few lengths must not overflow. */
static const int64_t WINDOW_MS_MAX = INT64_MAX / 4;

/* What the calls ask for, beyond what every stream has. */
typedef struct window_call {
    stream_kind kind;
    weir_stream *in;
    const weir_function *reduce;
    const weir_function *inverse;
    weir_value arg;
    int64_t window_ms;
    int64_t slide_ms;
    const weir_window_options *options;
} window_call;

/* C-60. */
static weir_status check_length(const char *place, const char *what, int64_t length_ms,
                                int64_t parent_ms)
{
    if (length_ms > WINDOW_MS_MAX)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "%s: the %s is %" PRId64 " ms; give at most %" PRId64 " ms", place, what,
                         length_ms, WINDOW_MS_MAX);
    if (length_ms > 0 && length_ms % parent_ms == 0) return WEIR_OK;
    return error_set(WEIR_ILLEGAL_ARGUMENT,
                     "%s: the %s is %" PRId64 " ms; give a multiple of the slide of the stream it "
                     "is over, %" PRId64 " ms",
                     place, what, length_ms, parent_ms);
}

static weir_status check_filter(const char *place, const window_call *call,
                                const weir_window_options *options)
{
    bool goes_on = call->inverse || call->kind == STREAM_COUNT_BY_WINDOW;
    if (!goes_on && (options->filter || options->drop_neutral || options->check_inverse))
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "%s: a filter, drop_neutral and check_inverse go with an inverse "
                         "function; filter the stream behind the window",
                         place);
    if (!options->filter) return WEIR_OK;
    weir_status status = builder_check_function(place, WEIR_KIND_FILTER, options->filter);
    return status == WEIR_OK ? builder_check_arg(place, options->filter_arg) : status;
}

static weir_status check_call(const window_call *call, const weir_window_options *options)
{
    char room[BUILDER_PLACE_MAX];
    const char *place = builder_place(stream_kind_text(call->kind), call->in, room);
    int64_t parent_ms = call->in->slide_ms;
    weir_status status = lineage_check_open(call->in->lineage, place);
    if (status == WEIR_OK)
        status = check_length(place, "window length", call->window_ms, parent_ms);
    if (status == WEIR_OK && call->slide_ms != 0)
        status = check_length(place, "slide", call->slide_ms, parent_ms);
    if (status == WEIR_OK && call->inverse)
        status = builder_check_function(place, WEIR_KIND_REDUCE, call->inverse);
    if (status == WEIR_OK) status = check_filter(place, call, options);
    if (status == WEIR_OK && options->name && !*options->name)
        status = error_set(WEIR_ILLEGAL_ARGUMENT, "%s: the name of the window is empty", place);
    return status;
}

static weir_stream *append(const window_call *call)
{
    weir_window_options options = call->options ? *call->options : (weir_window_options){0};
    if (!call->in)
        return builder_unary(call->kind, NULL, call->reduce, call->arg, options.partitions);
    lineage *lineage = call->in->lineage;
    weir_status status = check_call(call, &options);
    if (status != WEIR_OK) {
        lineage_fail(lineage, status);
        return NULL;
    }
    weir_stream *stream =
        builder_unary(call->kind, call->in, call->reduce, call->arg, options.partitions);
    if (!stream) return NULL;
    stream->window_ms = call->window_ms;
    if (call->slide_ms) stream->slide_ms = call->slide_ms;
    stream->inverse = call->inverse;
    stream->filter = options.filter;
    stream->filter_arg = value_copy(options.filter_arg, &lineage->arena);
    stream->drops_neutral = options.drop_neutral;
    stream->checks_inverse = options.check_inverse;
    if (options.name) stream->space = arena_copy_text(&lineage->arena, options.name);
    return stream;
}

weir_stream *weir_window(weir_stream *in, int64_t window_ms, int64_t slide_ms,
                         const weir_window_options *options)
{
    return append(&(window_call){STREAM_WINDOW, in, NULL, NULL, weir_null(), window_ms, slide_ms,
                                 options});
}

weir_stream *weir_group_by_key_and_window(weir_stream *in, int64_t window_ms, int64_t slide_ms,
                                          const weir_window_options *options)
{
    return append(&(window_call){STREAM_GROUP_BY_KEY_AND_WINDOW, in, NULL, NULL, weir_null(),
                                 window_ms, slide_ms, options});
}

weir_stream *weir_reduce_by_key_and_window(weir_stream *in, const weir_function *reduce,
                                           const weir_function *inverse, weir_value arg,
                                           int64_t window_ms, int64_t slide_ms,
                                           const weir_window_options *options)
{
    return append(&(window_call){STREAM_REDUCE_BY_KEY_AND_WINDOW, in, reduce, inverse, arg,
                                 window_ms, slide_ms, options});
}

weir_stream *weir_reduce_by_window(weir_stream *in, const weir_function *reduce,
                                   const weir_function *inverse, weir_value arg,
                                   int64_t window_ms, int64_t slide_ms,
                                   const weir_window_options *options)
{
    return append(&(window_call){STREAM_REDUCE_BY_WINDOW, in, reduce, inverse, arg, window_ms,
                                 slide_ms, options});
}

weir_stream *weir_count_by_window(weir_stream *in, int64_t window_ms, int64_t slide_ms,
                                  const weir_window_options *options)
{
    return append(&(window_call){STREAM_COUNT_BY_WINDOW, in, NULL, NULL, weir_null(), window_ms,
                                 slide_ms, options});
}

weir_stream *weir_count_by_value_and_window(weir_stream *in, int64_t window_ms, int64_t slide_ms,
                                            const weir_window_options *options)
{
    return append(&(window_call){STREAM_COUNT_BY_VALUE_AND_WINDOW, in, NULL, NULL, weir_null(),
                                 window_ms, slide_ms, options});
}
