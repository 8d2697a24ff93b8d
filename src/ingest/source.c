#include "ingest/source.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"

void source_batch_add(source_batch *batch, split *split)
{
    /* Grows at powers of two. */
    if ((batch->count & (batch->count - 1)) == 0) {
        size_t capacity = batch->count ? 2 * batch->count : 1;
        batch->splits = memory_resize(batch->splits, capacity * sizeof(batch->splits[0]));
    }
    batch->splits[batch->count++] = split;
}

void source_batch_release(source_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        split *split = batch->splits[i];
        if (split->class->free) split->class->free(split);
    }
    free(batch->splits);
    *batch = (source_batch){.none = true};
}

weir_stream *source_add(source *source, const source_class *class, weir_context *context,
                        const char *text)
{
    ingest *ingest = context_ingest(context);
    source->class = class;
    source->ingest = ingest;
    source->id = (uint32_t)ingest->count;
    source->stream = lineage_add_source(ingest->lineage, source, text);
    if (!source->stream) {
        class->free(source);
        return NULL;
    }
    ingest->sources =
        memory_resize(ingest->sources, (ingest->count + 1) * sizeof(ingest->sources[0]));
    ingest->sources[ingest->count++] = source;
    return source->stream;
}

weir_stream *source_refuse(weir_context *context, weir_status status)
{
    if (context) lineage_fail(context_ingest(context)->lineage, status);
    return NULL;
}

void source_tell(source *source, const char *name, weir_receiver_event_kind kind,
                 const char *reason)
{
    source_report *report = &source->report;
    const ingest *ingest = source->ingest;
    bool was_active = report->is_active;
    if (kind == WEIR_RECEIVER_STOPPED && !was_active) return;
    if (kind != WEIR_RECEIVER_ERROR) report->is_active = kind == WEIR_RECEIVER_STARTED;
    if (reason) {
        report->error_ms = clock_wall_ms();
        snprintf(report->error, sizeof report->error, "%s", reason);
    }
    if (!ingest->receiver_event) return;
    weir_receiver_event event = {
        .kind = kind,
        .stream_id = (int)source->id,
        .name = name,
        .is_active = report->is_active,
        .error = report->error,
        .error_ms = report->error_ms ? report->error_ms : -1,
    };
    ingest->receiver_event(ingest->receiver_event_user, &event);
}
