#include "model/compute.h"

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
    *out = data_in_any_order(distinct(&all), false);
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
    *out = data_in_one_part(sorted);
    return is_defined;
}

static bool transform_sort_desc(const use *use, data *out)
{
    records_out sorted;
    bool is_defined = sort(use->in[0], true, &sorted);
    *out = data_in_one_part(sorted);
    return is_defined;
}

static bool transform_top_3(const use *use, data *out)
{
    records_out sorted;
    bool is_defined = sort(use->in[0], true, &sorted);
    if (sorted.count > 3) sorted.count = 3;
    *out = data_in_one_part(sorted);
    return is_defined;
}

static bool transform_take_2(const use *use, data *out)
{
    records_out all = data_all(use->in[0]);
    if (all.count > 2) all.count = 2;
    *out = data_in_one_part(all);
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
    *out = data_in_any_order(compute_joined(&all, &table, false, false), false);
    return data_size(out) <= JOINED_MAX;
}

static bool transform_left_join_static(const use *use, data *out)
{
    records_out all = data_all(use->in[0]), table = table_of(use);
    *out = data_in_any_order(compute_joined(&all, &table, true, false), false);
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
    *out = data_in_any_order(without_keys(&all, &table), false);
    return true;
}

static bool transform_union_static(const use *use, data *out)
{
    data table = data_in_one_part(table_of(use));
    struct use both = *use;
    both.in[1] = &table;
    return compute_union(&both, out);
}

const transform_function transforms[] = {
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

bool compute_transform(const use *use, data *out)
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
    *out = data_in_any_order(results, false);
    return true;
}

static bool with_subtract(const use *use, data *out)
{
    records_out left = data_all(use->in[0]), right = data_all(use->in[1]), results = {0};
    for (size_t i = 0; i < left.count; i++)
        if (!contains(&right, left.records[i])) records_add(&results, left.records[i]);
    *out = data_in_any_order(results, false);
    return true;
}

static bool with_cartesian(const use *use, data *out)
{
    records_out left = data_all(use->in[0]), right = data_all(use->in[1]), results = {0};
    if (left.count * right.count > JOINED_MAX) return false;
    for (size_t i = 0; i < left.count; i++)
        for (size_t j = 0; j < right.count; j++)
            records_add(&results, plain_pair(left.records[i], right.records[j]));
    *out = data_in_any_order(results, false);
    return true;
}

static bool with_subtract_by_key(const use *use, data *out)
{
    records_out left = data_all(use->in[0]), right = data_all(use->in[1]);
    *out = data_in_any_order(without_keys(&left, &right), false);
    return true;
}

const transform_function transforms_with[] = {
    {"union", compute_union},         {"intersection", with_intersection},
    {"subtract", with_subtract},      {"cartesian", with_cartesian},
    {"join", compute_join},           {"subtract_by_key", with_subtract_by_key},
    {NULL, NULL},
};

bool compute_transform_with(const use *use, data *out)
{
    return transforms_with[use->function].compute(use, out);
}
