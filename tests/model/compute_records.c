#include "model/compute.h"

#include <string.h>

/* --- Narrow: record by record, partitions stay ----------------------------------------------- */

bool compute_map(const use *use, data *out)
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

bool compute_map_values(const use *use, data *out)
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

bool compute_flat_map(const use *use, data *out)
{
    const data *in = use->in[0];
    if (in->is_loose && !is_elements(use)) return false;
    *out = data_make(in->count, in->is_ordered && !in->is_loose, false);
    for (size_t i = 0; i < in->count; i++)
        for (size_t j = 0; j < in->parts[i].count; j++)
            flat_map_functions[use->function].call(in->parts[i].records[j], &out->parts[i]);
    return true;
}

bool compute_flat_map_values(const use *use, data *out)
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

bool compute_filter(const use *use, data *out)
{
    const data *in = use->in[0];
    *out = data_make(in->count, in->is_ordered, in->is_loose);
    for (size_t i = 0; i < in->count; i++)
        for (size_t j = 0; j < in->parts[i].count; j++)
            if (filter_functions[use->function].call(in->parts[i].records[j]))
                records_add(&out->parts[i], in->parts[i].records[j]);
    return true;
}

bool compute_failing_map(const use *use, data *out)
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

bool compute_map_partitions(const use *use, data *out)
{
    const data *in = use->in[0];
    *out = data_make(in->count, true, false);
    for (size_t i = 0; i < in->count; i++)
        partition_functions[use->function].call(in->parts[i].records, in->parts[i].count,
                                                &out->parts[i]);
    return in->is_ordered;
}

bool compute_glom(const use *use, data *out)
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

bool compute_repartition(const use *use, data *out)
{
    *out = data_in_any_order(data_all(use->in[0]), use->in[0]->is_loose);
    return true;
}

bool compute_union(const use *use, data *out)
{
    const data *a = use->in[0], *b = use->in[1];
    bool is_ordered = a->is_ordered && b->is_ordered;
    *out = data_make(a->count + b->count, is_ordered, a->is_loose || b->is_loose);
    memcpy(out->parts, a->parts, a->count * sizeof *a->parts);
    if (b->count) memcpy(out->parts + a->count, b->parts, b->count * sizeof *b->parts);
    if (!is_ordered) *out = data_in_any_order(data_all(out), out->is_loose);
    return true;
}

/* --- One record ------------------------------------------------------------------------------ */

bool compute_count(const use *use, data *out)
{
    records_out count = {0};
    records_add(&count, plain_int((int64_t)data_size(use->in[0])));
    *out = data_in_one_part(count);
    if (model_canary == 3 && data_size(use->in[0]) == 0) out->is_there = false;
    return true;
}

bool compute_reduce(const use *use, data *out)
{
    const data *in = use->in[0];
    records_out result = {0};
    plain record;
    const reduce_function *function = &reduce_functions[use->function];
    if (!data_fold(function, in->parts, in->count, in->is_ordered, &record)) return false;
    if (data_size(in) > 0) records_add(&result, record);
    *out = data_in_one_part(result);
    return true;
}
