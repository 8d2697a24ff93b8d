/* transform, transformWith and transformAll: datasets planned out of datasets. */
#include "library/define.h"
#include "library/shapes.h"
#include "library/tables.h"
#include "weir/dataset.h"

/* --- transform ------------------------------------------------------------------------------- */

static weir_dataset *transform_distinct(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)time_ms;
    (void)arg;
    return weir_dataset_distinct(in);
}

static weir_dataset *transform_sort(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)time_ms;
    (void)arg;
    return weir_dataset_sort(in, false);
}

/* Pairs are ordered by their keys first. */
static weir_dataset *transform_sort_by_key(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    return transform_sort(in, time_ms, arg);
}

static weir_dataset *transform_sort_desc(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)time_ms;
    (void)arg;
    return weir_dataset_sort(in, true);
}

static weir_dataset *transform_sort_by_key_desc(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    return transform_sort_desc(in, time_ms, arg);
}

static weir_dataset *transform_top_3(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)time_ms;
    (void)arg;
    return weir_dataset_top(in, 3, true);
}

static weir_dataset *transform_take_2(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)time_ms;
    (void)arg;
    return weir_dataset_limit(in, 2);
}

static weir_dataset *transform_count_rdd(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)time_ms;
    (void)arg;
    uint64_t count;
    if (weir_dataset_count(in, &count) != WEIR_OK) return NULL;
    weir_value record = weir_int((int64_t)count);
    return weir_dataset_from_list(in, weir_list(&record, 1), 1);
}

static weir_dataset *transform_with_time(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)arg;
    return weir_dataset_map(in, &weir_fn_pair_with_arg, weir_int(time_ms));
}

/* The closure argument of the functions below, a list of pairs. */
static weir_dataset *table_of(weir_dataset *like, weir_value arg)
{
    return weir_dataset_from_list(like, is_list(arg) ? arg : empty_list(), 1);
}

static weir_dataset *transform_join_static(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)time_ms;
    return weir_dataset_join(in, table_of(in, arg), 0);
}

static weir_dataset *transform_left_join_static(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)time_ms;
    return weir_dataset_left_outer_join(in, table_of(in, arg), 0);
}

static weir_dataset *transform_subtract_static(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)time_ms;
    return weir_dataset_subtract_by_key(in, table_of(in, arg));
}

static weir_dataset *transform_union_static(weir_dataset *in, int64_t time_ms, weir_value arg)
{
    (void)time_ms;
    return weir_dataset_union(in, table_of(in, arg));
}

/* --- transformWith --------------------------------------------------------------------------- */

static weir_dataset *transform_with_union(weir_dataset *left, weir_dataset *right, int64_t time_ms,
                                          weir_value arg)
{
    (void)time_ms;
    (void)arg;
    return weir_dataset_union(left, right);
}

static weir_dataset *transform_with_intersection(weir_dataset *left, weir_dataset *right,
                                                 int64_t time_ms, weir_value arg)
{
    (void)time_ms;
    (void)arg;
    return weir_dataset_intersection(left, right);
}

static weir_dataset *transform_with_subtract(weir_dataset *left, weir_dataset *right,
                                             int64_t time_ms, weir_value arg)
{
    (void)time_ms;
    (void)arg;
    return weir_dataset_subtract(left, right);
}

static weir_dataset *transform_with_cartesian(weir_dataset *left, weir_dataset *right,
                                              int64_t time_ms, weir_value arg)
{
    (void)time_ms;
    (void)arg;
    return weir_dataset_cartesian(left, right);
}

static weir_dataset *transform_with_join(weir_dataset *left, weir_dataset *right, int64_t time_ms,
                                         weir_value arg)
{
    (void)time_ms;
    (void)arg;
    return weir_dataset_join(left, right, 0);
}

static weir_dataset *transform_with_subtract_by_key(weir_dataset *left, weir_dataset *right,
                                                    int64_t time_ms, weir_value arg)
{
    (void)time_ms;
    (void)arg;
    return weir_dataset_subtract_by_key(left, right);
}

/* --- transformAll ---------------------------------------------------------------------------- */

static weir_dataset *transform_all_union_all(weir_dataset *const *in, size_t count,
                                             int64_t time_ms, weir_value arg)
{
    (void)time_ms;
    (void)arg;
    weir_dataset *all = in[0];
    for (size_t i = 1; i < count; i++) all = weir_dataset_union(all, in[i]);
    return all;
}

DEFINE_TRANSFORM(distinct, .about = "each record once");
DEFINE_TRANSFORM(sort, .about = "the records in ascending order");
DEFINE_TRANSFORM(sort_by_key, .about = "the records in ascending order, by key first");
DEFINE_TRANSFORM(sort_desc, .about = "the records in descending order");
DEFINE_TRANSFORM(sort_by_key_desc, .about = "the records in descending order, by key first");
DEFINE_TRANSFORM(top_3, .about = "the three greatest records, greatest first");
DEFINE_TRANSFORM(take_2, .about = "the first two records");
DEFINE_TRANSFORM(count_rdd, .about = "one record: how many there are");
DEFINE_TRANSFORM(with_time, .about = "(time of the batch in ms, x)");
DEFINE_TRANSFORM(join_static, .about = "join with the list of pairs that is the closure argument");
DEFINE_TRANSFORM(left_join_static,
                 .about = "left outer join with the list of pairs that is the closure argument");
DEFINE_TRANSFORM(
    subtract_static,
    .about = "pairs whose key is not in the list of pairs that is the closure argument");
DEFINE_TRANSFORM(union_static,
                 .about = "all records, and those of the list that is the closure argument");
DEFINE_TRANSFORM_WITH(union, .about = "all records of both");
DEFINE_TRANSFORM_WITH(intersection, .about = "each record that both have, once");
DEFINE_TRANSFORM_WITH(subtract, .about = "the records on the left that do not occur on the right");
DEFINE_TRANSFORM_WITH(cartesian, .about = "(x, y) for each x on the left and y on the right");
DEFINE_TRANSFORM_WITH(join, .about = "(key, (left, right)) for each combination");
DEFINE_TRANSFORM_WITH(subtract_by_key,
                      .about = "the pairs on the left whose key does not occur on the right");
DEFINE_TRANSFORM_ALL(union_all, .about = "all records of all");

const weir_function *const library_transforms[] = {
    &weir_fn_distinct,         &weir_fn_sort,
    &weir_fn_sort_by_key,      &weir_fn_sort_desc,
    &weir_fn_sort_by_key_desc, &weir_fn_top_3,
    &weir_fn_take_2,           &weir_fn_count_rdd,
    &weir_fn_with_time,        &weir_fn_join_static,
    &weir_fn_left_join_static, &weir_fn_subtract_static,
    &weir_fn_union_static,     &weir_fn_union,
    &weir_fn_intersection,     &weir_fn_subtract,
    &weir_fn_cartesian,        &weir_fn_join,
    &weir_fn_subtract_by_key,  &weir_fn_union_all,
    NULL};
