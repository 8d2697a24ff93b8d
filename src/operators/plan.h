/* How each operator plans its dataset: one function an operator, used by streams and by the public
 * dataset calls alike. */
#ifndef OPERATORS_PLAN_H
#define OPERATORS_PLAN_H

#include "operators/dataset.h"
#include "operators/group.h"

weir_dataset *plan_combine(weir_dataset *in, const weir_function *function, weir_value arg,
                           size_t partitions);
weir_dataset *plan_count_by_value(weir_dataset *in, size_t partitions);
weir_dataset *plan_distinct(weir_dataset *in);
weir_dataset *plan_group(weir_dataset *left, weir_dataset *right, group_variant variant,
                         size_t partitions);
weir_dataset *plan_repartition(weir_dataset *in, size_t partitions);
weir_dataset *plan_count(weir_dataset *in);
/* Counts added up, and taken out again: no functions that a user could replace. */
extern const weir_function plan_count_function;
extern const weir_function plan_uncount_function;
weir_dataset *plan_reduce(weir_dataset *in, const weir_function *function, weir_value arg);

#endif
