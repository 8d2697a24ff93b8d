/* How the model computes each operator from arrays, as `compute` of an operation. In files
 * by what they look at: compute_records.c at records and partitions, compute_keys.c at keys,
 * compute_transforms.c at whole datasets, with the functions of transform and transformWith. */
#ifndef MODEL_COMPUTE_H
#define MODEL_COMPUTE_H

#include "model/operations.h"

enum { JOINED_MAX = 3000 }; /* more is too much to be worth it */

/* --- Records and partitions ------------------------------------------------------------------ */

bool compute_map(const use *use, data *out);
bool compute_map_values(const use *use, data *out);
bool compute_flat_map(const use *use, data *out);
bool compute_flat_map_values(const use *use, data *out);
bool compute_filter(const use *use, data *out);
/* Of the function that fails on negative ints. */
bool compute_failing_map(const use *use, data *out);
bool compute_map_partitions(const use *use, data *out);
bool compute_glom(const use *use, data *out);
bool compute_repartition(const use *use, data *out);
bool compute_union(const use *use, data *out);
bool compute_count(const use *use, data *out);
bool compute_reduce(const use *use, data *out);

/* --- By key ---------------------------------------------------------------------------------- */

bool compute_reduce_by_key(const use *use, data *out);
bool compute_combine_by_key(const use *use, data *out);
bool compute_count_by_value(const use *use, data *out);
bool compute_group_by_key(const use *use, data *out);
bool compute_join(const use *use, data *out);
bool compute_left_outer_join(const use *use, data *out);
bool compute_right_outer_join(const use *use, data *out);
bool compute_full_outer_join(const use *use, data *out);
bool compute_cogroup(const use *use, data *out);

/* Pairs of those that share a key; of those without a partner too, where they are kept. Ends soon
 * behind JOINED_MAX. */
records_out compute_joined(const records_out *left, const records_out *right, bool keeps_left,
                           bool keeps_right);

/* --- Whole datasets -------------------------------------------------------------------------- */

typedef struct transform_function {
    const char *name;
    bool (*compute)(const use *use, data *out);
} transform_function;

/* Each ended by a name NULL. */
extern const transform_function transforms[];
extern const transform_function transforms_with[];

bool compute_transform(const use *use, data *out);
bool compute_transform_with(const use *use, data *out);

#endif
