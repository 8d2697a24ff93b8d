#include "model/functions_inside.h"

#include <string.h>

/* --- mapPartitions --------------------------------------------------------------------------- */

static void part_identity(const plain *records, size_t count, records_out *out)
{
    for (size_t i = 0; i < count; i++) records_add(out, records[i]);
}

static void part_count(const plain *records, size_t count, records_out *out)
{
    (void)records;
    records_add(out, plain_int((int64_t)count));
}

static void part_sum(const plain *records, size_t count, records_out *out)
{
    plain sum = plain_int(0);
    for (size_t i = 0; i < count; i++) sum = model_add(sum, records[i]);
    records_add(out, sum);
}

static void part_max(const plain *records, size_t count, records_out *out)
{
    plain list = {.kind = PLAIN_LIST, .items = records, .count = count};
    if (count > 0) records_add(out, model_max_list(list));
}

static void part_first(const plain *records, size_t count, records_out *out)
{
    if (count > 0) records_add(out, records[0]);
}

static void part_one(const plain *records, size_t count, records_out *out)
{
    (void)records;
    (void)count;
    records_add(out, plain_int(1));
}

static void part_distinct(const plain *records, size_t count, records_out *out)
{
    for (size_t i = 0; i < count; i++) {
        bool known = false;
        for (size_t j = 0; j < out->count && !known; j++)
            known = plain_same(out->records[j], records[i]);
        if (!known) records_add(out, records[i]);
    }
}

const partition_function partition_functions[] = {
    {"part_identity", part_identity}, {"part_count", part_count},
    {"part_sum", part_sum},           {"part_max", part_max},
    {"part_first", part_first},       {"part_one", part_one},
    {"part_distinct", part_distinct}, {NULL, NULL}};

/* --- reduce ---------------------------------------------------------------------------------- */

static plain product(plain a, plain b)
{
    if (a.kind != PLAIN_INT || b.kind != PLAIN_INT) return plain_null();
    return plain_int(model_wrap((uint64_t)a.number * (uint64_t)b.number));
}

static plain max(plain a, plain b) { return plain_compare(a, b) >= 0 ? a : b; }
static plain min(plain a, plain b) { return plain_compare(a, b) <= 0 ? a : b; }

static plain xor(plain a, plain b)
{
    bool ints = a.kind == PLAIN_INT && b.kind == PLAIN_INT;
    return ints ? plain_int(a.number ^ b.number) : plain_null();
}

static plain concat(plain a, plain b)
{
    if (a.kind != PLAIN_STRING || b.kind != PLAIN_STRING) return plain_null();
    char *text = plain_alloc(a.count + b.count, 1);
    memcpy(text, a.text, a.count);
    memcpy(text + a.count, b.text, b.count);
    return (plain){.kind = PLAIN_STRING, .text = text, .count = a.count + b.count};
}

static plain concat_sorted(plain a, plain b)
{
    plain both = concat(a, b);
    if (both.kind != PLAIN_STRING) return both;
    records_out points = {0};
    model_chars(both, &points);
    for (size_t i = 1; i < points.count; i++) /* insertion */
        for (size_t j = i; j > 0; j--) {
            if (plain_compare(points.records[j - 1], points.records[j]) <= 0) break;
            plain moved = points.records[j];
            points.records[j] = points.records[j - 1];
            points.records[j - 1] = moved;
        }
    char *text = plain_alloc(both.count, 1);
    size_t at = 0;
    for (size_t i = 0; i < points.count; at += points.records[i++].count)
        memcpy(text + at, points.records[i].text, points.records[i].count);
    both.text = text;
    return both;
}

static plain list_concat(plain a, plain b)
{
    if (a.kind != PLAIN_LIST || b.kind != PLAIN_LIST) return plain_null();
    records_out both = {0};
    model_elements(a, &both);
    model_elements(b, &both);
    return plain_list(both.records, both.count);
}

static plain first(plain a, plain b)
{
    (void)b;
    return a;
}

static plain last(plain a, plain b)
{
    (void)a;
    return b;
}

static plain sum_pairs(plain a, plain b)
{
    if (a.kind != PLAIN_PAIR || b.kind != PLAIN_PAIR) return plain_null();
    return plain_pair(model_add(a.items[0], b.items[0]), model_add(a.items[1], b.items[1]));
}

const reduce_function reduce_functions[] = {
    {"sum", model_add, NULL, EXACT_SUMS},    {"product", product, NULL, ANY_ORDER},
    {"max", max, NULL, ANY_OF_TIES},         {"min", min, NULL, ANY_OF_TIES},
    {"xor", xor, NULL, ANY_ORDER},           {"concat", concat, NULL, SAME_ORDER},
    {"concat_sorted", concat_sorted, NULL, ANY_ORDER},
    {"list_concat", list_concat, NULL, SAME_ORDER},
    {"first", first, NULL, SAME_ORDER},      {"last", last, NULL, SAME_ORDER},
    {"sum_pairs", sum_pairs, NULL, EXACT_SUMS}, {NULL, NULL, NULL, ANY_ORDER}};

/* --- combineByKey ---------------------------------------------------------------------------- */

static plain create_list(plain value) { return plain_list(&value, 1); }
static plain create_count(plain value) { return plain_pair(value, plain_int(1)); }

static plain min_max(plain a, plain b)
{
    return plain_pair(min(a.items[0], b.items[0]), max(a.items[1], b.items[1]));
}

const reduce_function combine_functions[] = {{"to_list", list_concat, create_list, SAME_ORDER},
                                             {"sum_count", sum_pairs, create_count, EXACT_SUMS},
                                             {"min_max", min_max, model_pair_self, ANY_OF_TIES},
                                             {"count", model_add, model_const_one, ANY_ORDER},
                                             {NULL, NULL, NULL, ANY_ORDER}};
