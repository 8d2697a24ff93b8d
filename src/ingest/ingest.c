#include "ingest/ingest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "ingest/source.h"

enum { RESTART_DELAY_MS = 2000 };

void ingest_init(ingest *ingest, lineage *lineage)
{
    memset(ingest, 0, sizeof *ingest);
    ingest->lineage = lineage;
    ingest->restart_delay_ms = RESTART_DELAY_MS;
}

void ingest_release(ingest *ingest)
{
    for (size_t i = 0; i < ingest->count; i++) ingest->sources[i]->class->free(ingest->sources[i]);
    free(ingest->sources);
    ingest->sources = NULL;
    ingest->count = 0;
}

static void mark_needed(ingest *ingest)
{
    const lineage *lineage = ingest->lineage;
    bool *is_needed = memory_zero_alloc(lineage->stream_count, sizeof *is_needed);
    lineage_mark_needed(lineage, is_needed);
    for (size_t i = 0; i < ingest->count; i++)
        ingest->sources[i]->is_needed = is_needed[ingest->sources[i]->stream->id];
    free(is_needed);
}

static const source *find_needed(const ingest *ingest, bool (*is_such)(const source *source))
{
    for (size_t i = 0; i < ingest->count; i++) {
        const source *source = ingest->sources[i];
        if (source->is_needed && is_such(source)) return source;
    }
    return NULL;
}

static bool is_bounded(const source *source)
{
    return source->is_bounded;
}
static bool is_live(const source *source)
{
    return source->is_live;
}

weir_status ingest_prepare(ingest *ingest)
{
    mark_needed(ingest);
    const source *bounded = find_needed(ingest, is_bounded);
    const source *live = find_needed(ingest, is_live);
    if (bounded && live)
        return error_set(
            WEIR_ILLEGAL_ARGUMENT,
            "%s ends after its last batch and cannot run beside %s, which never ends; "
            "use two contexts",
            bounded->stream->source_text, live->stream->source_text);
    return WEIR_OK;
}

bool ingest_is_bounded(const ingest *ingest, uint64_t *batches)
{
    bool found = false;
    *batches = 0;
    for (size_t i = 0; i < ingest->count; i++) {
        const source *source = ingest->sources[i];
        if (!source->is_needed || !source->is_bounded) continue;
        found = true;
        if (source->batches > *batches) *batches = source->batches;
    }
    return found;
}

static void tick(uv_timer_t *timer)
{
    ingest *ingest = timer->data;
    for (size_t i = 0; i < ingest->count; i++) {
        source *source = ingest->sources[i];
        if (source->is_started && source->class->tick) source->class->tick(source);
    }
}

/* Blocks are cut at each batch anyway: only a shorter block interval needs a timer. With a manual
 * clock no interval passes by itself. */
static void start_ticking(ingest *ingest)
{
    int64_t interval_ms = ingest->block_interval_ms;
    if (ingest->manual_clock || interval_ms <= 0 || interval_ms >= ingest->batch_interval_ms)
        return;
    uv_timer_init(ingest->loop, &ingest->tick);
    ingest->tick.data = ingest;
    ingest->tick_is_open = true;
    uv_timer_start(&ingest->tick, tick, (uint64_t)interval_ms, (uint64_t)interval_ms);
}

static void tick_closed(uv_handle_t *handle)
{
    ingest *ingest = handle->data;
    ingest->tick_is_open = false;
}

weir_status ingest_find_beginnings(ingest *ingest, bool *have_begun)
{
    weir_status status = WEIR_OK;
    *have_begun = false;
    for (size_t i = 0; i < ingest->count && status == WEIR_OK; i++) {
        source *source = ingest->sources[i];
        if (!source->is_needed || !source->class->begin) continue;
        status = source->class->begin(source);
        *have_begun = true;
    }
    return status;
}

weir_status ingest_start(ingest *ingest)
{
    bool ticks = false;
    for (size_t i = 0; i < ingest->count; i++) {
        source *source = ingest->sources[i];
        if (!source->is_needed) continue;
        weir_status status = source->class->start ? source->class->start(source) : WEIR_OK;
        if (status != WEIR_OK) {
            char text[ERROR_TEXT_MAX];
            snprintf(text, sizeof text, "%s", error_text());
            ingest_stop(ingest);
            return error_set(status, "%s", text);
        }
        source->is_started = true;
        ticks = ticks || source->class->tick;
    }
    if (ticks) start_ticking(ingest);
    return WEIR_OK;
}

void ingest_stop(ingest *ingest)
{
    if (ingest->tick_is_open && !uv_is_closing((uv_handle_t *)&ingest->tick))
        uv_close((uv_handle_t *)&ingest->tick, tick_closed);
    for (size_t i = 0; i < ingest->count; i++) {
        source *source = ingest->sources[i];
        if (!source->is_started || source->is_stopping) continue;
        source->is_stopping = true;
        if (source->class->stop)
            source->class->stop(source);
        else
            source->is_ended = true;
    }
}

bool ingest_is_stopped(const ingest *ingest)
{
    if (ingest->tick_is_open) return false;
    for (size_t i = 0; i < ingest->count; i++) {
        const source *source = ingest->sources[i];
        if (source->is_started && !source->is_ended) return false;
    }
    return true;
}

void ingest_name_running(const ingest *ingest, char *name, size_t size)
{
    name[0] = '\0';
    for (size_t i = 0; i < ingest->count && !name[0]; i++) {
        const source *source = ingest->sources[i];
        if (source->is_started && !source->is_ended)
            snprintf(name, size, "%s", source->stream->source_text);
    }
}

void ingest_leave(ingest *ingest, char *what, size_t size)
{
    what[0] = '\0';
    for (size_t i = 0; i < ingest->count; i++) {
        source *source = ingest->sources[i];
        if (!source->is_started || source->is_ended || !source->class->leave) continue;
        char one[256] = "";
        source->class->leave(source, one, sizeof one);
        size_t length = strlen(what);
        if (one[0]) snprintf(what + length, size - length, "%s%s", length ? ", " : "", one);
    }
}

bool ingest_has_waiting(const ingest *ingest)
{
    for (size_t i = 0; i < ingest->count; i++) {
        source *source = ingest->sources[i];
        if (source->is_needed && source->class->has_waiting && source->class->has_waiting(source))
            return true;
    }
    return false;
}

void ingest_done(const ingest *ingest, const source_batch *batches)
{
    for (size_t i = 0; i < ingest->count; i++) {
        source *source = ingest->sources[i];
        if (source->is_needed && source->class->done && !batches[i].none)
            source->class->done(source, &batches[i]);
    }
}

void ingest_finish(ingest *ingest)
{
    for (size_t i = 0; i < ingest->count; i++) {
        source *source = ingest->sources[i];
        if (source->is_started && source->class->finish) source->class->finish(source);
    }
}

weir_status ingest_cut(ingest *ingest, int64_t time_ms, source_batch *batches)
{
    weir_status status = WEIR_OK;
    char text[ERROR_TEXT_MAX] = "";
    for (size_t i = 0; i < ingest->count; i++) {
        source *source = ingest->sources[i];
        if (!source->is_needed) {
            batches[i].none = true;
            continue;
        }
        weir_status cut = source->class->cut(source, time_ms, &batches[i]);
        if (cut == WEIR_OK || status != WEIR_OK) continue;
        status = cut;
        snprintf(text, sizeof text, "%s", error_text());
    }
    return status == WEIR_OK ? WEIR_OK : error_set(status, "%s", text);
}
