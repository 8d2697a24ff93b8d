#include "graph/builder.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "graph/registry.h"
#include "record/value.h"

const char *builder_place(const char *word, const weir_stream *in, char room[BUILDER_PLACE_MAX])
{
    char label[STREAM_LABEL_MAX];
    snprintf(room, BUILDER_PLACE_MAX, "%s on %s", word, stream_label(in, label));
    return room;
}

/* --- Checks ---------------------------------------------------------------------------------- */

static weir_status fail_kind(const char *place, weir_function_kind wanted,
                             const weir_function *function)
{
    const char *nearest = registry_nearest(wanted, function->name);
    const char *word = function_kind_text(wanted);
    char hint[256] = "";
    if (nearest)
        snprintf(hint, sizeof hint, "; did you mean the %s function \"%s\"?", word, nearest);
    return error_set(WEIR_ILLEGAL_ARGUMENT,
                     "%s: \"%s\" is a %s function, but a %s function is wanted here%s", place,
                     function->name, function_kind_text(function->kind), word, hint);
}

weir_status builder_check_function(const char *place, weir_function_kind wanted,
                                   const weir_function *function)
{
    if (!wanted) return WEIR_OK;
    const char *word = function_kind_text(wanted);
    if (!function)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "%s: the function is NULL; a %s function is wanted here", place, word);
    if (!function->name || !*function->name)
        return error_set(WEIR_NOT_SERIALIZABLE,
                         "%s: the function has no name, so it cannot be found again after a "
                         "restart; name its descriptor and weir_register it",
                         place);
    if (function->kind != wanted) return fail_kind(place, wanted, function);
    const weir_function *known = weir_find_function(wanted, function->name);
    if (known == function) return WEIR_OK;
    if (known)
        return error_set(WEIR_NOT_SERIALIZABLE,
                         "%s: another %s function is registered as \"%s\", so this one cannot be "
                         "found again after a restart; give it a name of its own",
                         place, word, function->name);
    return error_set(WEIR_NOT_SERIALIZABLE,
                     "%s: DStreams with their functions are not serializable: the %s function "
                     "\"%s\" cannot be found by name after a restart; weir_register it",
                     place, word, function->name);
}

weir_status builder_check_arg(const char *place, weir_value arg)
{
    if (value_fits_levels(arg, BUILDER_ARG_LEVELS)) return WEIR_OK;
    return error_set(WEIR_NOT_SERIALIZABLE,
                     "%s: the argument of the function nests lists and pairs deeper than %d; "
                     "flatten it",
                     place, BUILDER_ARG_LEVELS);
}

/* C-61. The streams belong to one context and yield at the same times. */
static weir_status check_parents(const char *place, const operation *operation)
{
    const weir_stream *first = operation->parents[0];
    char labels[2][STREAM_LABEL_MAX];
    for (size_t i = 1; i < operation->parent_count; i++) {
        const weir_stream *other = operation->parents[i];
        if (other->lineage != first->lineage)
            return error_set(WEIR_ILLEGAL_ARGUMENT,
                             "%s: stream %zu of %zu, %s, belongs to another context; use streams "
                             "of one context",
                             place, i + 1, operation->parent_count,
                             stream_label(other, labels[0]));
        if (other->slide_ms != first->slide_ms)
            return error_set(WEIR_ILLEGAL_ARGUMENT,
                             "%s: %s yields every %lld ms, but %s every %lld ms; give both the "
                             "same slide",
                             place, stream_label(first, labels[0]), (long long)first->slide_ms,
                             stream_label(other, labels[1]), (long long)other->slide_ms);
    }
    return WEIR_OK;
}

static weir_status check_depth(const char *place, const operation *operation)
{
    for (size_t i = 0; i < operation->parent_count; i++)
        if (operation->parents[i]->depth >= LINEAGE_DEPTH_MAX)
            return error_set(WEIR_ILLEGAL_ARGUMENT,
                             "%s: more than %d streams in a row; let one function do the work of "
                             "several",
                             place, LINEAGE_DEPTH_MAX);
    return WEIR_OK;
}

/* C-62. */
static weir_status check_partitions(const char *place, const operation *operation)
{
    int least = operation->kind == STREAM_REPARTITION ? 1 : 0;
    int partitions = operation->partitions;
    if (partitions >= least && partitions <= LINEAGE_PARTITIONS_MAX) return WEIR_OK;
    return error_set(WEIR_ILLEGAL_ARGUMENT, "%s: %d partitions; give %d to %d%s", place,
                     partitions, least, LINEAGE_PARTITIONS_MAX,
                     least ? "" : " (0: as many as the context has)");
}

static weir_status check(const char *place, const operation *operation)
{
    weir_function_kind wanted = stream_kind_function(operation->kind);
    weir_status status = check_parents(place, operation);
    if (status == WEIR_OK) status = check_depth(place, operation);
    if (status == WEIR_OK) status = check_partitions(place, operation);
    if (status == WEIR_OK) status = builder_check_function(place, wanted, operation->function);
    if (status == WEIR_OK) status = builder_check_arg(place, operation->arg);
    return status;
}

/* --- Streams that are not there -------------------------------------------------------------- */

/* The call that should have made the stream kept its error in the lineage. If nothing is kept
 * in the lineage of the other parents, no call failed: the program gives NULL of its own, and
 * must not lose what it thinks it has built. */
static weir_stream *refuse_null(const operation *operation)
{
    const char *word = stream_kind_text(operation->kind);
    size_t missing = 0;
    weir_stream *there = NULL;
    for (size_t i = operation->parent_count; i-- > 0;) {
        if (operation->parents[i]) there = operation->parents[i];
        else missing = i;
    }
    if (!there || there->lineage->status != WEIR_OK) return NULL;
    weir_status status = lineage_check_open(there->lineage, word);
    if (status == WEIR_OK)
        status = error_set(WEIR_ILLEGAL_ARGUMENT,
                           "%s: stream %zu of %zu is NULL; give a stream of the context", word,
                           missing + 1, operation->parent_count);
    lineage_fail(there->lineage, status);
    return NULL;
}

/* --- Appending ------------------------------------------------------------------------------- */

weir_stream *builder_append(const operation *operation)
{
    for (size_t i = 0; i < operation->parent_count; i++)
        if (!operation->parents[i]) return refuse_null(operation);

    weir_stream *first = operation->parents[0];
    lineage *lineage = first->lineage;
    char room[BUILDER_PLACE_MAX];
    const char *place = builder_place(stream_kind_text(operation->kind), first, room);
    weir_status status = lineage_check_open(lineage, place);
    if (status == WEIR_OK) status = check(place, operation);
    if (status != WEIR_OK) {
        lineage_fail(lineage, status);
        return NULL;
    }
    weir_stream *stream = lineage_append_stream(lineage, operation->kind, operation->parents,
                                                operation->parent_count);
    stream->function = operation->function;
    stream->arg = value_copy(operation->arg, &lineage->arena);
    stream->partitions = operation->partitions;
    return stream;
}

weir_stream *builder_unary(stream_kind kind, weir_stream *in, const weir_function *function,
                           weir_value arg, int partitions)
{
    return builder_append(&(operation){kind, &in, 1, function, arg, partitions});
}

weir_stream *builder_binary(stream_kind kind, weir_stream *left, weir_stream *right,
                            const weir_function *function, weir_value arg, int partitions)
{
    weir_stream *parents[] = {left, right};
    return builder_append(&(operation){kind, parents, 2, function, arg, partitions});
}
