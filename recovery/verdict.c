#include "recovery/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

const char *verdict_kind_text(verdict_kind kind)
{
    static const char *const texts[] = {
        [VERDICT_KEPT] = "kept", [VERDICT_NEW] = "new", [VERDICT_GONE] = "gone",
        [VERDICT_CHANGED] = "changed"};
    return texts[kind];
}

static const weir_stream *find_stream(const lineage *lineage, const char *space)
{
    for (size_t i = 0; i < lineage->stream_count; i++)
        if (lineage->streams[i]->space && strcmp(lineage->streams[i]->space, space) == 0)
            return lineage->streams[i];
    return NULL;
}

static const stored_stream *find_stored(const stored_lineage *stored, const char *space)
{
    for (size_t i = 0; i < stored->stream_count; i++)
        if (stored->streams[i].space && strcmp(stored->streams[i].space, space) == 0)
            return &stored->streams[i];
    return NULL;
}

/* --- how a stream differs -------------------------------------------------------------------- */

/* Each says how, and is true, if there is a difference. */

static bool differ_functions(verdict *verdict, const char *what, const char *before,
                             const weir_function *now)
{
    if (!before && !now) return false;
    if (!before)
        snprintf(verdict->how, sizeof verdict->how, "it had no %s, it has \"%s\"", what,
                 now->name);
    else if (!now)
        snprintf(verdict->how, sizeof verdict->how, "it had the %s \"%s\", it has none", what,
                 before);
    else if (strcmp(before, now->name) != 0)
        snprintf(verdict->how, sizeof verdict->how, "its %s was \"%s\", it is \"%s\"", what,
                 before, now->name);
    else
        return false;
    return true;
}

static bool differ_times(verdict *verdict, const char *what, int64_t before_ms, int64_t now_ms)
{
    if (before_ms == now_ms) return false;
    snprintf(verdict->how, sizeof verdict->how, "%s was %lld ms, it is %lld ms", what,
             (long long)before_ms, (long long)now_ms);
    return true;
}

static bool is_same_argument(weir_value before, weir_value now)
{
    return weir_equal(before, weir_is_absent(now) ? weir_null() : now);
}

/* What was reduced with one argument does not go with what is reduced with another. */
static bool differ_arguments(verdict *verdict, const stored_stream *before, const weir_stream *now)
{
    if (!now->function || is_same_argument(before->arg, now->arg)) return false;
    snprintf(verdict->how, sizeof verdict->how, "its function \"%s\" has another argument",
             now->function->name);
    return true;
}

/* Panes of one stream are none of another; a stream without a name may be any. */
static bool differ_parents(verdict *verdict, const stored_stream *before, const weir_stream *now)
{
    const char *over = now->parents[0]->name;
    if (!before->over || !over || strcmp(before->over, over) == 0) return false;
    snprintf(verdict->how, sizeof verdict->how, "it was over \"%s\", it is over \"%s\"",
             before->over, over);
    return true;
}

/* Another filter is one of other arguments, too: what it kept out is not in the state. */
static bool differ_filters(verdict *verdict, const stored_stream *before, const weir_stream *now)
{
    if (differ_functions(verdict, "filter", before->filter, now->filter)) return true;
    if (!now->filter || is_same_argument(before->filter_arg, now->filter_arg)) return false;
    snprintf(verdict->how, sizeof verdict->how, "its filter \"%s\" has another argument",
             before->filter);
    return true;
}

/* State lies where the partitioner said. */
static bool differ_partitioners(verdict *verdict, const stored_stream *before,
                                const weir_stream *now)
{
    if (differ_functions(verdict, "partitioner", before->partitioner, now->partitioner))
        return true;
    if (!now->partitioner || is_same_argument(before->partitioner_arg, now->partitioner_arg))
        return false;
    snprintf(verdict->how, sizeof verdict->how, "its partitioner \"%s\" has another argument",
             before->partitioner);
    return true;
}

static bool differ_windows(verdict *verdict, const stored_stream *before, const weir_stream *now)
{
    int64_t pane_ms = now->parents[0]->slide_ms;
    if (differ_arguments(verdict, before, now) ||
        differ_functions(verdict, "inverse", before->inverse, now->inverse) ||
        differ_filters(verdict, before, now) || differ_parents(verdict, before, now) ||
        differ_times(verdict, "its length", before->window_ms, now->window_ms) ||
        differ_times(verdict, "its slide", before->slide_ms, now->slide_ms) ||
        differ_times(verdict, "the slide of the stream it is over", before->pane_ms, pane_ms))
        return true;
    if (before->drops_neutral == now->drops_neutral) return false;
    snprintf(verdict->how, sizeof verdict->how, "%s",
             now->drops_neutral ? "it kept neutral keys, it is to drop them"
                                : "it dropped neutral keys, it is to keep them");
    return true;
}

/* Another function may read the same state on purpose, but not by accident: it is a change. */
static bool differ(verdict *verdict, const stored_stream *before, const weir_stream *now,
                   int partitions)
{
    if (before->kind != now->kind) {
        snprintf(verdict->how, sizeof verdict->how, "it was %s, it is %s",
                 stream_kind_text(before->kind), stream_kind_text(now->kind));
        return true;
    }
    if (differ_functions(verdict, "function", before->function, now->function)) return true;
    if (differ_partitioners(verdict, before, now)) return true;
    if (stream_kind_is_window(now->kind) && differ_windows(verdict, before, now)) return true;
    int had = before->partitions ? before->partitions : partitions;
    int has = now->partitions ? now->partitions : partitions;
    if (had == has) return false;
    snprintf(verdict->how, sizeof verdict->how, "it had %d partitions, it has %d", had, has);
    return true;
}

/* --- verdicts -------------------------------------------------------------------------------- */

bool verdict_is_dropped(const char *space, const char *const *dropped, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(dropped[i], "*") == 0 || strcmp(dropped[i], space) == 0) return true;
    return false;
}

void verdicts_make(const stored_lineage *stored, const lineage *lineage, int partitions,
                   const char *const *dropped, size_t dropped_count, verdicts *verdicts)
{
    size_t most = stored->stream_count + lineage->stream_count;
    *verdicts = (struct verdicts){.items = memory_zero_alloc(most + 1, sizeof(verdict))};
    for (size_t i = 0; i < stored->stream_count; i++) {
        const stored_stream *before = &stored->streams[i];
        if (!before->space) continue;
        verdict *verdict = &verdicts->items[verdicts->count++];
        verdict->space = before->space;
        verdict->kind = VERDICT_GONE;
        const weir_stream *now = find_stream(lineage, before->space);
        bool is_changed = now && differ(verdict, before, now, partitions);
        if (now) verdict->kind = is_changed ? VERDICT_CHANGED : VERDICT_KEPT;
        if (verdict->kind != VERDICT_KEPT &&
            !verdict_is_dropped(before->space, dropped, dropped_count))
            verdicts->refused++;
    }
    for (size_t i = 0; i < lineage->stream_count; i++) {
        const char *space = lineage->streams[i]->space;
        if (!space || find_stored(stored, space)) continue;
        verdicts->items[verdicts->count++] = (verdict){.kind = VERDICT_NEW, .space = space};
    }
}

bool verdict_keeps(const stored_lineage *stored, const lineage *lineage,
                   const char *const *dropped, size_t dropped_count, const char *name,
                   bool is_panes)
{
    const weir_stream *now = find_stream(lineage, name);
    if (!now || !find_stored(stored, name) ||
        verdict_is_dropped(name, dropped, dropped_count))
        return false;
    return !is_panes || stream_kind_is_window(now->kind);
}

weir_status verdicts_check_dropped(const stored_lineage *stored, const char *directory,
                                   const char *const *dropped, size_t dropped_count)
{
    for (size_t i = 0; i < dropped_count; i++)
        if (strcmp(dropped[i], "*") != 0 && !find_stored(stored, dropped[i]))
            return error_set(WEIR_ILLEGAL_ARGUMENT,
                             "%s: there is no state \"%s\" to drop; `weir stat` lists what there "
                             "is",
                             directory, dropped[i]);
    return WEIR_OK;
}

void verdicts_release(verdicts *verdicts)
{
    free(verdicts->items);
    memset(verdicts, 0, sizeof *verdicts);
}
