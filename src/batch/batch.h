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
    bool catches_up;        /* made again, or for the time the context was down */
    uint64_t more;          /* so many more batches follow, `step_ms` apart, all without data */
    int64_t step_ms;
    buffer place;           /* where the sources stood, if a checkpoint may be taken behind it */
    weir_status status;     /* cutting failed: the batch fails with it */
    char error[ERROR_TEXT_MAX];
} batch;

batch *batch_create(int64_t time_ms, size_t source_count, memory_budget *waiting);
void batch_free(batch *batch); /* releases its splits */

/* Makes `next` one of the batches that follow `batch`, and frees it, if they have no data and no
 * place and differ in nothing but their time. false: it was not done. */
bool batch_join(batch *batch, struct batch *next);

#endif
