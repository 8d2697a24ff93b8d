/* Combining shuffles: reduceByKey, combineByKey, countByValue, distinct. */
#ifndef OPERATORS_COMBINE_H
#define OPERATORS_COMBINE_H

#include "operators/dataset.h"
#include "operators/fold.h"

/* dataset->function folds the values of each key. dataset->variant: by key, or COMBINE_BY_RECORD:
 * (record, null) for each distinct record, without a function. Partial results of a key meet in
 * the order of the source partitions, except in one case: where grouping cannot matter (the
 * function is commutative and exact), each worker folds all its partitions into one table. */
enum { COMBINE_BY_KEY = 0, COMBINE_BY_RECORD = 1 };
weir_status combine_wide(weir_dataset *dataset);

#endif
