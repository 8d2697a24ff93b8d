#include "model/operations.h"

#include <string.h>

enum { JOINED_MAX = 3000 }; /* more is too much to be worth it */

/* --- Narrow: record by record, partitions stay ----------------------------------------------- */

static bool compute_map(const use *use, data *out)
{
    const data *in = use->in[0];
    const map_function *function = &map_functions[use->function];
    if (in->is_loose && !function->keeps_any_order) return false;
    *out = data_make(in->count, in->is_ordered, in->is_loose);
    for (size_t i = 0; i < in->count; i++)
        for (size_t j = 0; j < in->parts[i].count; j++)
            records_add(&out->parts[i], function->call(in->parts[i].records[j]));
    return true;
}

static bool compute_map_values(const use *use, data *out)
{
    const data *in = use->in[0];
    const map_function *function = &map_functions[use->function];
    if (in->is_loose && !function->keeps_any_order) return false;
    *out = data_make(in->count, in->is_ordered, in->is_loose);
    for (size_t i = 0; i < in->count; i++)
        for (size_t j = 0; j < in->parts[i].count; j++) {
            plain record = in->parts[i].records[j];
            records_add(&out->parts[i],
                        plain_pair(plain_key(record), function->call(plain_value(record))));
        }
    return true;
}

static bool is_elements(const use *use)
{
    return strcmp(flat_map_functions[use->function].name, "elements") == 0;
}

static bool compute_flat_map(const use *use, data *out)
{
    const data *in = use->in[0];
    if (in->is_loose && !is_elements(use)) return false;
    *out = data_make(in->count, in->is_ordered && !in->is_loose, false);
    for (size_t i = 0; i < in->count; i++)
        for (size_t j = 0; j < in->parts[i].count; j++)
            flat_map_functions[use->function].call(in->parts[i].records[j], &out->parts[i]);
    return true;
}

static bool compute_flat_map_values(const use *use, data *out)
{
    const data *in = use->in[0];
    if (in->is_loose && !is_elements(use)) return false;
    *out = data_make(in->count, in->is_ordered && !in->is_loose, false);
    for (size_t i = 0; i < in->count; i++)
        for (size_t j = 0; j < in->parts[i].count; j++) {
            plain record = in->parts[i].records[j];
            records_out made = {0};
            flat_map_functions[use->function].call(plain_value(record), &made);
            for (size_t k = 0; k < made.count; k++)
                records_add(&out->parts[i], plain_pair(plain_key(record), made.records[k]));
        }
    return true;
}

static bool compute_filter(const use *use, data *out)
{
    const data *in = use->in[0];
    *out = data_make(in->count, in->is_ordered, in->is_loose);
    for (size_t i = 0; i < in->count; i++)
        for (size_t j = 0; j < in->parts[i].count; j++)
            if (filter_functions[use->function].call(in->parts[i].records[j]))
                records_add(&out->parts[i], in->parts[i].records[j]);
    return true;
}

static bool compute_failing_map(const use *use, data *out)
{
    const data *in = use->in[0];
    *out = *in;
    for (size_t i = 0; i < in->count; i++)
        for (size_t j = 0; j < in->parts[i].count; j++) {
            plain record = in->parts[i].records[j];
            out->fails |= record.kind == PLAIN_INT && record.number < 0;
        }
    return true;
}

/* --- Whole partitions ------------------------------------------------------------------------ */

static bool compute_map_partitions(const use *use, data *out)
{
    const data *in = use->in[0];
    *out = data_make(in->count, true, false);
    for (size_t i = 0; i < in->count; i++)
        partition_functions[use->function].call(in->parts[i].records, in->parts[i].count,
                                                &out->parts[i]);
    return in->is_ordered;
}

static bool compute_glom(const use *use, data *out)
{
    const data *in = use->in[0];
    *out = data_make(in->count, true, false);
    for (size_t i = 0; i < in->count; i++) {
        size_t count = in->parts[i].count;
        if (model_canary == 2 && count > 1) count--;
        records_add(&out->parts[i], plain_list(in->parts[i].records, count));
    }
    return in->is_ordered;
}

static data in_any_order(records_out records, bool is_loose)
{
    data made = data_make(1, false, is_loose);
    made.parts[0] = records;
    return made;
}

static data in_one_part(records_out records)
{
    data made = data_make(1, true, false);
    made.parts[0] = records;
    return made;
}

static bool compute_repartition(const use *use, data *out)
{
    *out = in_any_order(data_all(use->in[0]), use->in[0]->is_loose);
    return true;
}

static bool compute_union(const use *use, data *out)
{
    const data *a = use->in[0], *b = use->in[1];
    bool is_ordered = a->is_ordered && b->is_ordered;
    *out = data_make(a->count + b->count, is_ordered, a->is_loose || b->is_loose);
    memcpy(out->parts, a->parts, a->count * sizeof *a->parts);
    if (b->count) memcpy(out->parts + a->count, b->parts, b->count * sizeof *b->parts);
    if (!is_ordered) *out = in_any_order(data_all(out), out->is_loose);
    return true;
}

/* --- One record ------------------------------------------------------------------------------ */

static bool compute_count(const use *use, data *out)
{
    records_out count = {0};
    records_add(&count, plain_int((int64_t)data_size(use->in[0])));
    *out = in_one_part(count);
    if (model_canary == 3 && data_size(use->in[0]) == 0) out->is_there = false;
    return true;
}

static bool compute_reduce(const use *use, data *out)
{
    const data *in = use->in[0];
    records_out result = {0};
    plain record;
    const reduce_function *function = &reduce_functions[use->function];
    if (!data_fold(function, in->parts, in->count, in->is_ordered, &record)) return false;
    if (data_size(in) > 0) records_add(&result, record);
    *out = in_one_part(result);
    return true;
}

/* --- By key ---------------------------------------------------------------------------------- */

static bool compute_reduce_by_key(const use *use, data *out)
{
    return data_fold_by_key(use->in[0], &reduce_functions[use->function], out);
}

static bool compute_combine_by_key(const use *use, data *out)
{
    return data_fold_by_key(use->in[0], &combine_functions[use->function], out);
}

static bool compute_count_by_value(const use *use, data *out)
{
    records_out all = data_all(use->in[0]), pairs = {0}, results = {0};
    for (size_t i = 0; i < all.count; i++)
        records_add(&pairs, plain_pair(all.records[i], plain_int(1)));
    groups counts = groups_of(&pairs);
    for (size_t i = 0; i < counts.count; i++)
        records_add(&results, plain_pair(counts.groups[i].key,
                                         plain_int((int64_t)counts.groups[i].values.count)));
    *out = in_any_order(results, false);
    return true;
}

static plain list_of(const group *group)
{
    return group ? plain_list(group->values.records, group->values.count) : plain_list(NULL, 0);
}

static bool compute_group_by_key(const use *use, data *out)
{
    records_out all = data_all(use->in[0]), results = {0};
    groups keys = groups_of(&all);
    for (size_t i = 0; i < keys.count; i++)
        records_add(&results, plain_pair(keys.groups[i].key, list_of(&keys.groups[i])));
    *out = in_any_order(results, !use->in[0]->is_ordered);
    return true;
}

/* --- Two streams ----------------------------------------------------------------------------- */

/* Goes on only as far as it is worth it. */
static void add_joined(records_out *results, plain key, plain left, plain right)
{
    if (results->count <= JOINED_MAX)
        records_add(results, plain_pair(key, plain_pair(left, right)));
}

static records_out join(const records_out *left, const records_out *right, bool keeps_left,
                        bool keeps_right)
{
    records_out results = {0};
    groups lefts = groups_of(left), rights = groups_of(right);
    for (size_t i = 0; i < left->count; i++) {
        plain key = plain_key(left->records[i]), value = plain_value(left->records[i]);
        const group *partners = groups_find(&rights, key);
        for (size_t j = 0; partners && j < partners->values.count; j++)
            add_joined(&results, key, value, partners->values.records[j]);
        if (!partners && keeps_left) add_joined(&results, key, value, plain_null());
    }
    for (size_t i = 0; keeps_right && i < right->count; i++) {
        plain key = plain_key(right->records[i]);
        if (!groups_find(&lefts, key))
            add_joined(&results, key, plain_null(), plain_value(right->records[i]));
    }
    return results;
}

static bool compute_join_of(const use *use, bool keeps_left, bool keeps_right, data *out)
{
    records_out left = data_all(use->in[0]), right = data_all(use->in[1]);
    *out = in_any_order(join(&left, &right, keeps_left && model_canary != 4, keeps_right), false);
    return data_size(out) <= JOINED_MAX;
}

static bool compute_join(const use *use, data *out)
{
    return compute_join_of(use, false, false, out);
}

static bool compute_left_outer_join(const use *use, data *out)
{
    return compute_join_of(use, true, false, out);
}

static bool compute_right_outer_join(const use *use, data *out)
{
    return compute_join_of(use, false, true, out);
}

static bool compute_full_outer_join(const use *use, data *out)
{
    return compute_join_of(use, true, true, out);
}

static bool compute_cogroup(const use *use, data *out)
{
    records_out left = data_all(use->in[0]), right = data_all(use->in[1]), results = {0};
    groups lefts = groups_of(&left), rights = groups_of(&right);
    for (size_t i = 0; i < lefts.count; i++) {
        plain key = lefts.groups[i].key;
        plain lists = plain_pair(list_of(&lefts.groups[i]), list_of(groups_find(&rights, key)));
        records_add(&results, plain_pair(key, lists));
    }
    for (size_t i = 0; i < rights.count; i++) {
        plain key = rights.groups[i].key;
        if (groups_find(&lefts, key)) continue;
        plain lists = plain_pair(plain_list(NULL, 0), list_of(&rights.groups[i]));
        records_add(&results, plain_pair(key, lists));
    }
    *out = in_any_order(results, !use->in[0]->is_ordered || !use->in[1]->is_ordered);
    return true;
}

/* --- transform ------------------------------------------------------------------------------- */

static bool contains(const records_out *records, plain record)
{
    for (size_t i = 0; i < records->count; i++)
        if (plain_same(records->records[i], record)) return true;
    return false;
}

static records_out distinct(const records_out *records)
{
    records_out known = {0};
    for (size_t i = 0; i < records->count; i++)
        if (!contains(&known, records->records[i])) records_add(&known, records->records[i]);
    return known;
}

static bool transform_distinct(const use *use, data *out)
{
    records_out all = data_all(use->in[0]);
    *out = in_any_order(distinct(&all), false);
    return true;
}

/* Merges by halves: records of one rank keep their order. False if there are such that differ, and
 * they come in no order. */
static bool sort(const data *in, bool descending, records_out *sorted)
{
    *sorted = data_all(in);
    plain *from = sorted->records, *to = plain_alloc(sorted->count, sizeof *to);
    for (size_t width = 1; width < sorted->count; width *= 2) {
        for (size_t at = 0, start = 0; start < sorted->count; start += 2 * width) {
            size_t left = start, right = start + width;
            size_t middle = right < sorted->count ? right : sorted->count;
            size_t end = middle + width < sorted->count ? middle + width : sorted->count;
            for (right = middle; left < middle || right < end;) {
                int order = left == middle ? 1 : right == end ? -1
                                               : plain_compare(from[left], from[right]);
                if (descending && left < middle && right < end) order = -order;
                to[at++] = order <= 0 ? from[left++] : from[right++];
            }
        }
        plain *swapped = from;
        from = to;
        to = swapped;
    }
    sorted->records = from;
    for (size_t i = 1; i < sorted->count && !in->is_ordered; i++)
        if (plain_compare(from[i - 1], from[i]) == 0 && !plain_same(from[i - 1], from[i]))
            return false;
    return true;
}

static bool transform_sort(const use *use, data *out)
{
    records_out sorted;
    bool is_defined = sort(use->in[0], false, &sorted);
    *out = in_one_part(sorted);
    return is_defined;
}

static bool transform_sort_desc(const use *use, data *out)
{
    records_out sorted;
    bool is_defined = sort(use->in[0], true, &sorted);
    *out = in_one_part(sorted);
    return is_defined;
}

static bool transform_top_3(const use *use, data *out)
{
    records_out sorted;
    bool is_defined = sort(use->in[0], true, &sorted);
    if (sorted.count > 3) sorted.count = 3;
    *out = in_one_part(sorted);
    return is_defined;
}

static bool transform_take_2(const use *use, data *out)
{
    records_out all = data_all(use->in[0]);
    if (all.count > 2) all.count = 2;
    *out = in_one_part(all);
    return use->in[0]->is_ordered;
}

static bool transform_with_time(const use *use, data *out)
{
    const data *in = use->in[0];
    *out = data_make(in->count, in->is_ordered, false);
    for (size_t i = 0; i < in->count; i++)
        for (size_t j = 0; j < in->parts[i].count; j++)
            records_add(&out->parts[i],
                        plain_pair(plain_int(use->time_ms), in->parts[i].records[j]));
    return true;
}

static records_out table_of(const use *use)
{
    records_out table = {0};
    for (size_t i = 0; i < use->table.count; i++) records_add(&table, use->table.items[i]);
    return table;
}

static bool transform_join_static(const use *use, data *out)
{
    records_out all = data_all(use->in[0]), table = table_of(use);
    *out = in_any_order(join(&all, &table, false, false), false);
    return data_size(out) <= JOINED_MAX;
}

static bool transform_left_join_static(const use *use, data *out)
{
    records_out all = data_all(use->in[0]), table = table_of(use);
    *out = in_any_order(join(&all, &table, true, false), false);
    return data_size(out) <= JOINED_MAX;
}

static records_out without_keys(const records_out *left, const records_out *right)
{
    records_out results = {0};
    groups keys = groups_of(right);
    for (size_t i = 0; i < left->count; i++) {
        plain key = plain_key(left->records[i]);
        if (!groups_find(&keys, key))
            records_add(&results, plain_pair(key, plain_value(left->records[i])));
    }
    return results;
}

static bool transform_subtract_static(const use *use, data *out)
{
    records_out all = data_all(use->in[0]), table = table_of(use);
    *out = in_any_order(without_keys(&all, &table), false);
    return true;
}

static bool transform_union_static(const use *use, data *out)
{
    data table = in_one_part(table_of(use));
    struct use both = *use;
    both.in[1] = &table;
    return compute_union(&both, out);
}

static const struct {
    const char *name;
    bool (*compute)(const use *use, data *out);
} transforms[] = {
    {"distinct", transform_distinct},
    {"sort", transform_sort},
    {"sort_by_key", transform_sort},
    {"sort_desc", transform_sort_desc},
    {"sort_by_key_desc", transform_sort_desc},
    {"top_3", transform_top_3},
    {"take_2", transform_take_2},
    {"count_rdd", compute_count},
    {"with_time", transform_with_time},
    {"join_static", transform_join_static},
    {"left_join_static", transform_left_join_static},
    {"subtract_static", transform_subtract_static},
    {"union_static", transform_union_static},
    {NULL, NULL},
};

static bool compute_transform(const use *use, data *out)
{
    return transforms[use->function].compute(use, out);
}

/* --- transformWith --------------------------------------------------------------------------- */

static bool with_intersection(const use *use, data *out)
{
    records_out left = data_all(use->in[0]), right = data_all(use->in[1]), results = {0};
    left = distinct(&left);
    for (size_t i = 0; i < left.count; i++)
        if (contains(&right, left.records[i])) records_add(&results, left.records[i]);
    *out = in_any_order(results, false);
    return true;
}

static bool with_subtract(const use *use, data *out)
{
    records_out left = data_all(use->in[0]), right = data_all(use->in[1]), results = {0};
    for (size_t i = 0; i < left.count; i++)
        if (!contains(&right, left.records[i])) records_add(&results, left.records[i]);
    *out = in_any_order(results, false);
    return true;
}

static bool with_cartesian(const use *use, data *out)
{
    records_out left = data_all(use->in[0]), right = data_all(use->in[1]), results = {0};
    if (left.count * right.count > JOINED_MAX) return false;
    for (size_t i = 0; i < left.count; i++)
        for (size_t j = 0; j < right.count; j++)
            records_add(&results, plain_pair(left.records[i], right.records[j]));
    *out = in_any_order(results, false);
    return true;
}

static bool with_subtract_by_key(const use *use, data *out)
{
    records_out left = data_all(use->in[0]), right = data_all(use->in[1]);
    *out = in_any_order(without_keys(&left, &right), false);
    return true;
}

static const struct {
    const char *name;
    bool (*compute)(const use *use, data *out);
} transforms_with[] = {
    {"union", compute_union},         {"intersection", with_intersection},
    {"subtract", with_subtract},      {"cartesian", with_cartesian},
    {"join", compute_join},           {"subtract_by_key", with_subtract_by_key},
    {NULL, NULL},
};

static bool compute_transform_with(const use *use, data *out)
{
    return transforms_with[use->function].compute(use, out);
}

/* --- What weir is asked for ------------------------------------------------------------------ */

#define NAME(call, table)                                                                         \
    static const char *call(size_t function) { return table[function].name; }
NAME(map_name, map_functions)
NAME(flat_map_name, flat_map_functions)
NAME(filter_name, filter_functions)
NAME(partition_name, partition_functions)
NAME(reduce_name, reduce_functions)
NAME(combine_name, combine_functions)
NAME(transform_name, transforms)
NAME(transform_with_name, transforms_with)

static const char *failing_name(size_t function)
{
    return function ? NULL : "fail_on_negative";
}

#define FIND(kind, name) weir_find_function(WEIR_KIND_##kind, name(use->function))
#define BUILD(call, expression)                                                                   \
    static weir_stream *call(const use *use) { return expression; }

BUILD(build_map, weir_map(use->stream[0], FIND(MAP, map_name), weir_null()))
BUILD(build_failing_map, weir_map(use->stream[0], FIND(MAP, failing_name), weir_null()))
BUILD(build_flat_map, weir_flat_map(use->stream[0], FIND(FLAT_MAP, flat_map_name), weir_null()))
BUILD(build_filter, weir_filter(use->stream[0], FIND(FILTER, filter_name), weir_null()))
BUILD(build_map_partitions,
      weir_map_partitions(use->stream[0], FIND(PARTITION, partition_name), weir_null()))
BUILD(build_glom, weir_glom(use->stream[0]))
BUILD(build_repartition, weir_repartition(use->stream[0], use->partitions + 1))
BUILD(build_union, weir_union(use->stream[0], use->stream[1]))
BUILD(build_count, weir_count(use->stream[0]))
BUILD(build_reduce, weir_reduce(use->stream[0], FIND(REDUCE, reduce_name), weir_null()))
BUILD(build_count_by_value, weir_count_by_value(use->stream[0]))
BUILD(build_map_values, weir_map_values(use->stream[0], FIND(MAP, map_name), weir_null()))
BUILD(build_flat_map_values,
      weir_flat_map_values(use->stream[0], FIND(FLAT_MAP, flat_map_name), weir_null()))
BUILD(build_group_by_key, weir_group_by_key(use->stream[0], use->partitions))
BUILD(build_reduce_by_key, weir_reduce_by_key(use->stream[0], FIND(REDUCE, reduce_name),
                                              weir_null(), use->partitions))
BUILD(build_combine_by_key, weir_combine_by_key(use->stream[0], FIND(COMBINE, combine_name),
                                                weir_null(), use->partitions))
BUILD(build_join, weir_join(use->stream[0], use->stream[1], use->partitions))
BUILD(build_left_outer_join,
      weir_left_outer_join(use->stream[0], use->stream[1], use->partitions))
BUILD(build_right_outer_join,
      weir_right_outer_join(use->stream[0], use->stream[1], use->partitions))
BUILD(build_full_outer_join,
      weir_full_outer_join(use->stream[0], use->stream[1], use->partitions))
BUILD(build_cogroup, weir_cogroup(use->stream[0], use->stream[1], use->partitions))
BUILD(build_transform, weir_transform(use->stream[0], FIND(TRANSFORM, transform_name),
                                      plain_to_value(use->table)))
BUILD(build_transform_with,
      weir_transform_with(use->stream[0], use->stream[1],
                          FIND(TRANSFORM_WITH, transform_with_name), weir_null()))

/* name, inputs, weight, needs all, takes loose, functions, model, weir, window, goes on */
const operation operations[] = {
    {"map", 1, 10, false, true, map_name, compute_map, build_map, false, false},
    {"map", 1, 1, false, false, failing_name, compute_failing_map,
     build_failing_map, false, false},
    {"flatMap", 1, 5, false, true, flat_map_name, compute_flat_map, build_flat_map, false, false},
    {"filter", 1, 4, false, true, filter_name, compute_filter, build_filter, false, false},
    {"mapPartitions", 1, 3, false, false, partition_name, compute_map_partitions,
     build_map_partitions, false, false},
    {"glom", 1, 1, false, false, NULL, compute_glom, build_glom, false, false},
    {"repartition", 1, 2, true, true, NULL, compute_repartition, build_repartition, false, false},
    {"union", 2, 3, true, true, NULL, compute_union, build_union, false, false},
    {"count", 1, 1, true, true, NULL, compute_count, build_count, false, false},
    {"reduce", 1, 3, false, false, reduce_name, compute_reduce, build_reduce, false, false},
    {"countByValue", 1, 2, false, false, NULL, compute_count_by_value,
     build_count_by_value, false, false},
    {"mapValues", 1, 5, false, true, map_name, compute_map_values, build_map_values, false, false},
    {"flatMapValues", 1, 3, false, true, flat_map_name, compute_flat_map_values,
     build_flat_map_values, false, false},
    {"groupByKey", 1, 3, false, false, NULL, compute_group_by_key,
     build_group_by_key, false, false},
    {"reduceByKey", 1, 6, false, false, reduce_name, compute_reduce_by_key,
     build_reduce_by_key, false, false},
    {"combineByKey", 1, 3, false, false, combine_name, compute_combine_by_key,
     build_combine_by_key, false, false},
    {"join", 2, 2, true, false, NULL, compute_join, build_join, false, false},
    {"leftOuterJoin", 2, 2, true, false, NULL, compute_left_outer_join,
     build_left_outer_join, false, false},
    {"rightOuterJoin", 2, 2, true, false, NULL, compute_right_outer_join,
     build_right_outer_join, false, false},
    {"fullOuterJoin", 2, 2, true, false, NULL, compute_full_outer_join,
     build_full_outer_join, false, false},
    {"cogroup", 2, 2, true, false, NULL, compute_cogroup, build_cogroup, false, false},
    {"transform", 1, 6, true, false, transform_name, compute_transform,
     build_transform, false, false},
    {"transformWith", 2, 4, true, false, transform_with_name, compute_transform_with,
     build_transform_with, false, false},
};
const size_t operation_count = sizeof operations / sizeof operations[0];

size_t operation_functions(const operation *operation)
{
    size_t count = 0;
    while (operation->function_name && operation->function_name(count)) count++;
    return count;
}
