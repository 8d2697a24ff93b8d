/* A source that can be read again from any position: batch i is the same whenever it is asked for.
 * For test vectors and generated data. */
#ifndef INGEST_SOURCE_BATCHES_H
#define INGEST_SOURCE_BATCHES_H

#include "weir/stream.h"

/* batches[i - 1] is a list of records, or absent for an interval without a dataset; it is the
 * batch of time i x interval (of the first batch of the context, i = 1, unless the clock is manual
 * and began at 0). Records are cut into `partitions` (>= 1) pieces. After the end of the list
 * batches are empty. Copies all. Building thread. */
weir_stream *source_batches_add(weir_context *context, const weir_value *batches, size_t count,
                                int partitions);

#endif
