/* Outputs: what happens with a batch. One function for each kind, in one table. */
#ifndef OUTPUTS_OUTPUTS_H
#define OUTPUTS_OUTPUTS_H

#include "graph/lineage.h"
#include "weir/dataset.h"

/* Carries out an output for the dataset of a batch. *records: how many records reached it (print:
 * of the dataset's records, those it took; foreachRDD: 0). Returns when the result is as durable
 * as the output promises. Batch runner's thread. */
weir_status output_run(const output *output, weir_dataset *dataset, int64_t time_ms,
                       uint64_t *records);

/* Outputs with a connector, all of a lineage: see graph/lineage.h for who calls when. A start that
 * fails leaves what was started to outputs_finish. */
weir_status outputs_start(const lineage *lineage, const char *context_id);
void outputs_give_up(const lineage *lineage);
void outputs_finish(const lineage *lineage);

/* Where print writes; stdout. For tests; NULL: stdout again. */
void output_print_to(void *file);

#endif
