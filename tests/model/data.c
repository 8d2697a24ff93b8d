#include "model/data.h"

#include <math.h>
#include <string.h>

data data_make(size_t parts, bool is_ordered, bool is_loose)
{
    records_out *all = plain_alloc(parts, sizeof *all);
    return (data){true, is_ordered, is_loose, false, all, parts};
}

data data_in_any_order(records_out records, bool is_loose)
{
    data made = data_make(1, false, is_loose);
    made.parts[0] = records;
    return made;
}

data data_in_one_part(records_out records)
{
    data made = data_make(1, true, false);
    made.parts[0] = records;
    return made;
}

records_out data_all(const data *data)
{
    records_out all = {0};
    for (size_t i = 0; i < data->count; i++)
        for (size_t j = 0; j < data->parts[i].count; j++)
            records_add(&all, data->parts[i].records[j]);
    return all;
}

size_t data_size(const data *data)
{
    size_t size = 0;
    for (size_t i = 0; i < data->count; i++) size += data->parts[i].count;
    return size;
}

/* --- Groups ---------------------------------------------------------------------------------- */

const group *groups_find(const groups *groups, plain key)
{
    for (size_t i = 0; i < groups->count; i++)
        if (plain_same(groups->groups[i].key, key)) return &groups->groups[i];
    return NULL;
}

groups groups_of(const records_out *records)
{
    groups all = {plain_alloc(records->count, sizeof(group)), 0};
    for (size_t i = 0; i < records->count; i++) {
        plain key = plain_key(records->records[i]);
        group *group = (struct group *)(uintptr_t)groups_find(&all, key);
        if (!group) {
            group = &all.groups[all.count++];
            *group = (struct group){.key = key};
        }
        records_add(&group->values, plain_value(records->records[i]));
    }
    return all;
}

/* --- Folds ----------------------------------------------------------------------------------- */

/* Does the sum of such numbers never round? */
static bool is_tame(plain value)
{
    double number = plain_number(value);
    return fabs(number) < 0x1p30 && number * 1024 == floor(number * 1024);
}

/* Sums of numbers: exact without floats, or if nothing is rounded. Pairs are summed place by
 * place. */
static bool sums_are_exact(const records_out *values, int place)
{
    bool has_real = false, is_wild = false;
    for (size_t i = 0; i < values->count; i++) {
        plain value = values->records[i];
        if (place >= 0) value = value.kind == PLAIN_PAIR ? value.items[place] : plain_null();
        if (!plain_is_number(value)) continue;
        has_real |= value.kind == PLAIN_REAL;
        is_wild |= !is_tame(value);
    }
    return !has_real || !is_wild;
}

/* Values of one rank that are not the same. */
static bool has_ties(const records_out *values)
{
    for (size_t i = 0; i < values->count; i++)
        for (size_t j = 0; j < i; j++) {
            plain a = values->records[i], b = values->records[j];
            if (plain_compare(a, b) == 0 && !plain_same(a, b)) return true;
        }
    return false;
}

static bool is_defined(const reduce_function *function, const records_out *values)
{
    switch (function->need) {
    case ANY_ORDER: return true;
    case ANY_OF_TIES: return !has_ties(values);
    case EXACT_SUMS:
        return sums_are_exact(values, -1) && sums_are_exact(values, 0) &&
               sums_are_exact(values, 1);
    case SAME_ORDER: break;
    }
    return values->count < 2;
}

bool data_fold(const reduce_function *function, const records_out *parts, size_t count,
               bool is_ordered, plain *result)
{
    bool is_first = true, reversed = model_canary == 5;
    for (size_t i = 0; i < count; i++) {
        const records_out *part = &parts[reversed ? count - 1 - i : i];
        if (!is_ordered && !is_defined(function, part)) return false;
        if (part->count == 0) continue;
        plain partial = plain_null();
        for (size_t j = 0; j < part->count; j++) {
            plain value = part->records[j];
            if (function->create) value = function->create(value);
            partial = j ? function->call(partial, value) : value;
        }
        *result = is_first ? partial : function->call(*result, partial);
        is_first = false;
    }
    return true;
}

bool data_fold_by_key(const data *in, const reduce_function *function, data *out)
{
    records_out all = data_all(in);
    groups keys = groups_of(&all);
    groups *by_part = plain_alloc(in->count, sizeof *by_part);
    for (size_t i = 0; i < in->count; i++) by_part[i] = groups_of(&in->parts[i]);
    records_out *values = plain_alloc(in->count, sizeof *values);
    *out = data_make(1, false, false);
    for (size_t i = 0; i < keys.count; i++) {
        for (size_t j = 0; j < in->count; j++) {
            const group *group = groups_find(&by_part[j], keys.groups[i].key);
            values[j] = group ? group->values : (records_out){0};
        }
        plain result;
        if (!data_fold(function, values, in->count, in->is_ordered, &result)) return false;
        records_add(&out->parts[0], plain_pair(keys.groups[i].key, result));
    }
    return true;
}

bool data_folds_in_any_grouping(const reduce_function *function, const records_out *values)
{
    return function->need != EXACT_SUMS || is_defined(function, values);
}
