#include "batch/batch.h"

#include <stdlib.h>

batch *batch_create(int64_t time_ms, size_t source_count, memory_budget *waiting)
{
    batch *batch = memory_zero_alloc(1, sizeof *batch);
    batch->time_ms = time_ms;
    batch->source_count = source_count;
    batch->sources = memory_zero_alloc(source_count, sizeof *batch->sources);
    batch->waiting = waiting;
    return batch;
}

static bool has_nothing(const batch *batch)
{
    bool has = batch->status != WEIR_OK || batch->place.size > 0;
    for (size_t i = 0; i < batch->source_count && !has; i++)
        has = batch->sources[i].count > 0 || batch->sources[i].refused > 0;
    return !has;
}

bool batch_join(batch *batch, struct batch *next)
{
    int64_t last_ms = batch->time_ms + (int64_t)batch->more * batch->step_ms;
    int64_t step_ms = next->time_ms - last_ms;
    bool is_like = batch->is_done == next->is_done && batch->catches_up == next->catches_up &&
                   batch->source_count == next->source_count && next->more == 0 &&
                   (batch->more == 0 || step_ms == batch->step_ms);
    for (size_t i = 0; i < batch->source_count && is_like; i++)
        is_like = batch->sources[i].none == next->sources[i].none;
    if (!is_like || !has_nothing(batch) || !has_nothing(next)) return false;
    batch->step_ms = step_ms;
    batch->more++;
    batch_free(next);
    return true;
}

void batch_free(batch *batch)
{
    for (size_t i = 0; i < batch->source_count; i++) {
        memory_budget_take(batch->waiting, batch->sources[i].bytes);
        source_batch_release(&batch->sources[i]);
    }
    free(batch->sources);
    buffer_release(&batch->place);
    free(batch);
}
