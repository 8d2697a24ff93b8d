/* Global operations: an explicit gather stage over bounded partial results, one for each
 * partition. count, reduce, the first records, the greatest records, sorting; repartition and
 * cartesian stand here too. */
#ifndef OPERATORS_GATHER_H
#define OPERATORS_GATHER_H

#include "operators/dataset.h"

weir_status count_wide(weir_dataset *dataset);       /* one record */
weir_status reduce_wide(weir_dataset *dataset);      /* one record or none; function, arg */
weir_status limit_wide(weir_dataset *dataset);       /* the first dataset->count records */
weir_status top_wide(weir_dataset *dataset);         /* dataset->count, descending */
weir_status sort_wide(weir_dataset *dataset);        /* descending */
weir_status repartition_wide(weir_dataset *dataset); /* dataset->partitions */
weir_status cartesian_wide(weir_dataset *dataset);

/* How many records a dataset has; computes it. */
weir_status gather_count(weir_dataset *dataset, uint64_t *count);
/* Folds all records, boxed, partition by partition from `zero` (absent: from the first record)
 * with `fold`, then the results in order with `merge`. *result absent if there was nothing. In the
 * plan arena. */
weir_status gather_fold(weir_dataset *dataset, weir_value zero, const weir_function *fold,
                        const weir_function *merge, weir_value arg, weir_value *result);
/* Appends the first `count` records, lowest partition first, to `taken` in the plan arena: first
 * from one partition, then from four times as many each time. */
weir_status gather_take(weir_dataset *dataset, size_t count, records *taken);

/* Sorts records by the whole record (a plain record stands before a pair), equal ones keep their
 * order. */
void records_sort(records *records, bool descending, arena *room);
/* <0, 0, >0 between two records. */
int record_compare(weir_value key_a, weir_value value_a, weir_value key_b, weir_value value_b);

#endif
