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

/* Another function may read the same state on purpose, but not by accident: it is a change. */
static void compare(const stored_stream *before, const weir_stream *now, verdict *verdict)
{
    const char *function = now->function ? now->function->name : "";
    const char *before_function = before->function ? before->function : "";
    verdict->kind = VERDICT_CHANGED;
    if (before->kind != now->kind)
        snprintf(verdict->how, sizeof verdict->how, "it was %s, it is %s",
                 stream_kind_text(before->kind), stream_kind_text(now->kind));
    else if (strcmp(before_function, function) != 0)
        snprintf(verdict->how, sizeof verdict->how, "its function was \"%s\", it is \"%s\"",
                 before_function, function);
    else if (before->partitions != now->partitions)
        snprintf(verdict->how, sizeof verdict->how, "it had %d partitions, it has %d",
                 before->partitions, now->partitions);
    else
        verdict->kind = VERDICT_KEPT;
}

static bool is_dropped(const char *space, const char *const *dropped, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(dropped[i], "*") == 0 || strcmp(dropped[i], space) == 0) return true;
    return false;
}

void verdicts_make(const stored_lineage *stored, const lineage *lineage,
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
        if (now) compare(before, now, verdict);
        if (verdict->kind != VERDICT_KEPT && !is_dropped(before->space, dropped, dropped_count))
            verdicts->refused++;
    }
    for (size_t i = 0; i < lineage->stream_count; i++) {
        const char *space = lineage->streams[i]->space;
        if (!space || find_stored(stored, space)) continue;
        verdicts->items[verdicts->count++] = (verdict){.kind = VERDICT_NEW, .space = space};
    }
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
