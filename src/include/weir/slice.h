/* Looking back: what streams yielded in batches that are over. */
#ifndef WEIR_SLICE_H
#define WEIR_SLICE_H

#include "weir/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The datasets that one stream yielded in a range of batches, oldest first: immutable, valid until
 * it is freed, also when the context is gone. Any thread. */
typedef struct weir_slice_result weir_slice_result;

/* What the stream yielded at the times from .. to, both included, one by one as it yields
 * (`slice`). Times between two batches count as the batch before, with a warning. Batches that are
 * not remembered, not any more or not yet, and those of streams that no output reaches, are left
 * out: the times tell. Needs weir_remember. Before the start: WEIR_RUNTIME. *result is given to
 * the caller. */
WEIR_API weir_status weir_stream_slice(weir_stream *in, int64_t from_ms, int64_t to_ms,
                                       weir_slice_result **result);
WEIR_API void weir_slice_free(weir_slice_result *result); /* NULL is fine */

/* How many datasets; of dataset `at` (below that): the time of its batch, and how many partitions
 * it has. */
WEIR_API size_t weir_slice_count(const weir_slice_result *result);
WEIR_API int64_t weir_slice_time(const weir_slice_result *result, size_t at);
WEIR_API size_t weir_slice_partitions(const weir_slice_result *result, size_t at);
/* The records of one partition: borrowed from the result. keys NULL: all absent. */
WEIR_API weir_vector weir_slice_records(const weir_slice_result *result, size_t at,
                                        size_t partition);

#ifdef __cplusplus
}
#endif
#endif
