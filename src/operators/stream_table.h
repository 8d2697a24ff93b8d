/* The table of stream operators: how each kind of stream plans its dataset of a batch. */
#ifndef OPERATORS_STREAM_TABLE_H
#define OPERATORS_STREAM_TABLE_H

#include "graph/lineage.h"
#include "weir/dataset.h"

/* Plans from the parents' datasets, all there. NULL: the function refused. Driver context
 * (scope.h). Not for sources. */
weir_dataset *stream_plan(const weir_stream *stream, weir_dataset *const *parents,
                          int64_t time_ms);

#endif
