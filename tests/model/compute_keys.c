#include "model/compute.h"

/* --- By key ---------------------------------------------------------------------------------- */

bool compute_reduce_by_key(const use *use, data *out)
{
    return data_fold_by_key(use->in[0], &reduce_functions[use->function], out);
}

bool compute_combine_by_key(const use *use, data *out)
{
    return data_fold_by_key(use->in[0], &combine_functions[use->function], out);
}

bool compute_count_by_value(const use *use, data *out)
{
    records_out all = data_all(use->in[0]), pairs = {0}, results = {0};
    for (size_t i = 0; i < all.count; i++)
        records_add(&pairs, plain_pair(all.records[i], plain_int(1)));
    groups counts = groups_of(&pairs);
    for (size_t i = 0; i < counts.count; i++)
        records_add(&results, plain_pair(counts.groups[i].key,
                                         plain_int((int64_t)counts.groups[i].values.count)));
    *out = data_in_any_order(results, false);
    return true;
}

static plain list_of(const group *group)
{
    return group ? plain_list(group->values.records, group->values.count) : plain_list(NULL, 0);
}

bool compute_group_by_key(const use *use, data *out)
{
    records_out all = data_all(use->in[0]), results = {0};
    groups keys = groups_of(&all);
    for (size_t i = 0; i < keys.count; i++)
        records_add(&results, plain_pair(keys.groups[i].key, list_of(&keys.groups[i])));
    *out = data_in_any_order(results, !use->in[0]->is_ordered);
    return true;
}

/* --- Two streams ----------------------------------------------------------------------------- */

/* Goes on only as far as it is worth it. */
static void add_joined(records_out *results, plain key, plain left, plain right)
{
    if (results->count <= JOINED_MAX)
        records_add(results, plain_pair(key, plain_pair(left, right)));
}

records_out compute_joined(const records_out *left, const records_out *right, bool keeps_left,
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
    records_out joined = compute_joined(&left, &right, keeps_left && model_canary != 4,
                                        keeps_right);
    *out = data_in_any_order(joined, false);
    return data_size(out) <= JOINED_MAX;
}

bool compute_join(const use *use, data *out)
{
    return compute_join_of(use, false, false, out);
}

bool compute_left_outer_join(const use *use, data *out)
{
    return compute_join_of(use, true, false, out);
}

bool compute_right_outer_join(const use *use, data *out)
{
    return compute_join_of(use, false, true, out);
}

bool compute_full_outer_join(const use *use, data *out)
{
    return compute_join_of(use, true, true, out);
}

bool compute_cogroup(const use *use, data *out)
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
    *out = data_in_any_order(results, !use->in[0]->is_ordered || !use->in[1]->is_ordered);
    return true;
}
