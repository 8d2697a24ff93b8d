/* Datasets: what a stream yields for one batch (RDDs), inside transform and foreachRDD functions.
 *
 * The planning calls are lazy: they return a dataset that says how to compute itself; an action,
 * or an output, computes it. A dataset belongs to its batch: borrowed, valid until the batch is
 * over. Planning and actions are called on the batch runner's thread, from a transform or foreach
 * function. A planning call that cannot be carried out gives NULL, fails the running function, and
 * a NULL dataset given to a call gives NULL again. */
#ifndef WEIR_DATASET_H
#define WEIR_DATASET_H

#include "weir/function.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Planning -------------------------------------------------------------------------------- */
/* `like` names the batch that the new dataset belongs to. `partitions` 0: the context's keyed
 * partitions. */

/* `items` is a list value, copied; its records are cut into `partitions` contiguous pieces (0:
 * one). */
WEIR_API weir_dataset *weir_dataset_from_list(weir_dataset *like, weir_value items,
                                              int partitions);
/* The lines of a text file, cut as text sources cut them. */
WEIR_API weir_dataset *weir_dataset_from_text_file(weir_dataset *like, const char *path);

WEIR_API weir_dataset *weir_dataset_map(weir_dataset *in, const weir_function *map,
                                        weir_value arg);
WEIR_API weir_dataset *weir_dataset_flat_map(weir_dataset *in, const weir_function *flat_map,
                                             weir_value arg);
WEIR_API weir_dataset *weir_dataset_filter(weir_dataset *in, const weir_function *filter,
                                           weir_value arg);
WEIR_API weir_dataset *weir_dataset_map_partitions(weir_dataset *in,
                                                   const weir_function *partition, weir_value arg);
WEIR_API weir_dataset *weir_dataset_map_values(weir_dataset *in, const weir_function *map,
                                               weir_value arg);
WEIR_API weir_dataset *weir_dataset_flat_map_values(weir_dataset *in,
                                                    const weir_function *flat_map, weir_value arg);
WEIR_API weir_dataset *weir_dataset_glom(weir_dataset *in);
WEIR_API weir_dataset *weir_dataset_union(weir_dataset *a, weir_dataset *b);
/* Exactly that many, 1 or more. */
WEIR_API weir_dataset *weir_dataset_repartition(weir_dataset *in, int partitions);

WEIR_API weir_dataset *weir_dataset_group_by_key(weir_dataset *in, int partitions);
WEIR_API weir_dataset *weir_dataset_reduce_by_key(weir_dataset *in, const weir_function *reduce,
                                                  weir_value arg, int partitions);
WEIR_API weir_dataset *weir_dataset_combine_by_key(weir_dataset *in, const weir_function *combine,
                                                   weir_value arg, int partitions);
WEIR_API weir_dataset *weir_dataset_count_by_value_pairs(weir_dataset *in, int partitions);
WEIR_API weir_dataset *weir_dataset_join(weir_dataset *left, weir_dataset *right, int partitions);
WEIR_API weir_dataset *weir_dataset_left_outer_join(weir_dataset *left, weir_dataset *right,
                                                    int partitions);
WEIR_API weir_dataset *weir_dataset_right_outer_join(weir_dataset *left, weir_dataset *right,
                                                     int partitions);
WEIR_API weir_dataset *weir_dataset_full_outer_join(weir_dataset *left, weir_dataset *right,
                                                    int partitions);
WEIR_API weir_dataset *weir_dataset_cogroup(weir_dataset *left, weir_dataset *right,
                                            int partitions);

/* Distinct records, first occurrences; as many partitions as `in` has. */
WEIR_API weir_dataset *weir_dataset_distinct(weir_dataset *in);
/* Distinct records that both have. */
WEIR_API weir_dataset *weir_dataset_intersection(weir_dataset *a, weir_dataset *b);
/* Records of `a`, repeated ones too, that do not occur in `b`; the same by key. */
WEIR_API weir_dataset *weir_dataset_subtract(weir_dataset *a, weir_dataset *b);
WEIR_API weir_dataset *weir_dataset_subtract_by_key(weir_dataset *a, weir_dataset *b);
/* (x, y) for every record x of `a` and y of `b`. */
WEIR_API weir_dataset *weir_dataset_cartesian(weir_dataset *a, weir_dataset *b);
/* All records ordered by weir_compare of the whole record, in one partition; equal ones keep their
 * order. */
WEIR_API weir_dataset *weir_dataset_sort(weir_dataset *in, bool descending);
/* The first `count` records of the sorted order; descending: the greatest first. Keeps no more
 * than count a partition. */
WEIR_API weir_dataset *weir_dataset_top(weir_dataset *in, size_t count, bool descending);
/* The first `count` records, lowest partition first; one partition. */
WEIR_API weir_dataset *weir_dataset_limit(weir_dataset *in, size_t count);

/* --- Actions: compute now. They fail with the error of the computation. ---------------------- */

WEIR_API weir_status weir_dataset_count(weir_dataset *in, uint64_t *count);
/* All records (pairs where there is a key) as a list value that lives until the batch is over; at
 * most 2^32 - 1. */
WEIR_API weir_status weir_dataset_collect(weir_dataset *in, weir_value *list);
/* The first `count` records, lowest partition first. Computes the first partition, and more of
 * them (four times as many each time) as long as there are not enough records. */
WEIR_API weir_status weir_dataset_take(weir_dataset *in, size_t count, weir_value *list);
/* WEIR_NO_ELEMENT if there is none. */
WEIR_API weir_status weir_dataset_first(weir_dataset *in, weir_value *record);
WEIR_API weir_status weir_dataset_reduce(weir_dataset *in, const weir_function *reduce,
                                         weir_value arg, weir_value *result);
/* Folds every partition from `zero` with `fold`, then the results with `merge`. */
WEIR_API weir_status weir_dataset_aggregate(weir_dataset *in, weir_value zero,
                                            const weir_function *fold, const weir_function *merge,
                                            weir_value arg, weir_value *result);
WEIR_API weir_status weir_dataset_foreach_partition(weir_dataset *in,
                                                    const weir_function *foreach_partition,
                                                    weir_value arg);
/* A directory of part files and _SUCCESS, durable and under its name only when complete
 * (O-61..O-63). */
WEIR_API weir_status weir_dataset_save_as_text(weir_dataset *in, const char *path);
WEIR_API size_t weir_dataset_partitions(const weir_dataset *in);
/* The time of the batch in ms. */
WEIR_API int64_t weir_dataset_time(const weir_dataset *in);

#ifdef __cplusplus
}
#endif
#endif
