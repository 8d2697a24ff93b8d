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
