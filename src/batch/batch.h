/* A batch: one interval, named by its end time, and everything that arrived in it. */
#ifndef BATCH_BATCH_H
#define BATCH_BATCH_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "ingest/source.h"

typedef struct batch {
    int64_t time_ms;
    int64_t submitted_us;   /* wall clock when it was cut */
    int64_t queued_us;      /* monotonic, likewise */
    source_batch *sources;  /* one for each source of the context */
    size_t source_count;
    memory_budget *waiting; /* gets back the bytes of the sources' blocks */
    bool is_done;           /* made again after a restart, with its done mark: only state is
                             * computed */
    buffer place;           /* where the sources stood, if a checkpoint may be taken behind it */
    weir_status status;     /* cutting failed: the batch fails with it */
    char error[ERROR_TEXT_MAX];
} batch;

batch *batch_create(int64_t time_ms, size_t source_count, memory_budget *waiting);
void batch_free(batch *batch); /* releases its splits */

#endif
