/* What a stream yields in a batch, as the model sees it: arrays. */
#ifndef MODEL_DATA_H
#define MODEL_DATA_H

#include "model/functions.h"

typedef struct data {
    bool is_there;   /* else the stream yields no dataset */
    bool is_ordered; /* partitions and order are defined; else one part holds all, in any order */
    bool is_loose;   /* lists in it have their elements in any order */
    bool fails;      /* computing it fails */
    records_out *parts;
    size_t count; /* of parts */
} data;

data data_make(size_t parts, bool is_ordered, bool is_loose);
/* One part: records in no order that is defined, or in theirs. */
data data_in_any_order(records_out records, bool is_loose);
data data_in_one_part(records_out records);
/* All records, one part after the other. */
records_out data_all(const data *data);
size_t data_size(const data *data);

/* The groups of pairs by key, keys and values in the order in which they occur. */
typedef struct group {
    plain key;
    records_out values;
} group;
typedef struct groups {
    group *groups;
    size_t count;
} groups;
groups groups_of(const records_out *records);
const group *groups_find(const groups *groups, plain key);

/* Folds the values of every part, then the results in the order of the parts. False if the parts
 * are in no order and the result depends on it. */
bool data_fold(const reduce_function *function, const records_out *parts, size_t count,
               bool is_ordered, plain *result);

/* For each key its values in every part folded as above; one part in any order. */
bool data_fold_by_key(const data *in, const reduce_function *function, data *out);
/* Is the fold of these values the same in any grouping that keeps their order? */
bool data_folds_in_any_grouping(const reduce_function *function, const records_out *values);

#endif
