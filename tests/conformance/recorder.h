/* An output that keeps what a stream yields, batch by batch. One recorder for the process, as
 * functions keep nothing of their own. */
#ifndef CONFORMANCE_RECORDER_H
#define CONFORMANCE_RECORDER_H

#include <jansson.h>

#include "weir/stream.h"

/* Forgets everything, and records for so many outputs. */
void recorder_begin(size_t outputs);
/* From the start on the stream is recorded as that output: 0, 1, ... */
weir_status recorder_add(weir_stream *stream, size_t output);
/* What that output got: a list of {"time": of the batch in ms, "records": in order}, partition 0
 * first, in the order in which they came. Borrowed; while no batch runs. */
const json_t *recorder_batches(size_t output);
/* How many datasets came, over all outputs. */
size_t recorder_datasets(void);

/* From now on the recorded outputs fail; or no more. */
void recorder_fail(bool fails);

#endif
