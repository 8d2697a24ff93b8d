/* Reduces: two values into one. Where the types do not fit, null. */
#include <stdlib.h>

#include "library/define.h"
#include "library/numbers.h"
#include "library/shapes.h"
#include "library/tables.h"

/* --- Numbers --------------------------------------------------------------------------------- */

/* Are all values ints, and the accumulators they go to ints or absent? Looking first costs little:
 * the entries are needed in any case. */
static bool are_ints(const weir_entry *entries, const uint32_t *slots, const weir_value *values,
                     size_t count)
{
    uint64_t others = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t head = entries[slots[i]].value.head;
        others |=
            (values[i].head ^ WEIR_INT) | (uint64_t)(head != WEIR_INT && head != WEIR_ABSENT);
    }
    return others == 0;
}

static weir_value reduce_sum(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    return add(a, b);
}

static bool sum_kernel(weir_entry *entries, const uint32_t *slots, const weir_value *values,
                       size_t count, weir_value arg)
{
    (void)arg;
    if (!are_ints(entries, slots, values, count)) return false;
    for (size_t i = 0; i < count; i++) {
        weir_value *sum = &entries[slots[i]].value;
        sum->head = WEIR_INT; /* an absent one has 0 for a body */
        sum->body += values[i].body;
    }
    return true;
}

static weir_value reduce_max(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    return greater(a, b);
}

static bool max_kernel(weir_entry *entries, const uint32_t *slots, const weir_value *values,
                       size_t count, weir_value arg)
{
    (void)arg;
    if (!are_ints(entries, slots, values, count)) return false;
    for (size_t i = 0; i < count; i++) {
        weir_value *most = &entries[slots[i]].value;
        bool is_more = weir_is_absent(*most) || (int64_t)values[i].body > (int64_t)most->body;
        if (is_more) *most = values[i];
    }
    return true;
}

static weir_value reduce_min(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    return lesser(a, b);
}

static bool min_kernel(weir_entry *entries, const uint32_t *slots, const weir_value *values,
                       size_t count, weir_value arg)
{
    (void)arg;
    if (!are_ints(entries, slots, values, count)) return false;
    for (size_t i = 0; i < count; i++) {
        weir_value *least = &entries[slots[i]].value;
        bool is_less = weir_is_absent(*least) || (int64_t)values[i].body < (int64_t)least->body;
        if (is_less) *least = values[i];
    }
    return true;
}

static weir_value reduce_product(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    return weir_is_int(a) && weir_is_int(b) ? int_of_bits(a.body * b.body) : weir_null();
}

static weir_value reduce_xor(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    return weir_is_int(a) && weir_is_int(b) ? int_of_bits(a.body ^ b.body) : weir_null();
}

weir_value add_pairs(weir_value a, weir_value b)
{
    if (!is_pair(a) || !is_pair(b)) return weir_null();
    size_t count;
    const weir_value *left = weir_items(a, &count);
    const weir_value *right = weir_items(b, &count);
    return weir_pair(add(left[0], right[0]), add(left[1], right[1]));
}

static weir_value reduce_sum_pairs(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    return add_pairs(a, b);
}

/* --- Strings and lists ----------------------------------------------------------------------- */

weir_value join_strings(weir_value a, weir_value b)
{
    if (!weir_is_string(a) || !weir_is_string(b)) return weir_null();
    size_t left_length, right_length;
    const char *left = weir_bytes(&a, &left_length);
    const char *right = weir_bytes(&b, &right_length);
    char *joined = value_make_text(left_length + right_length);
    memcpy(joined, left, left_length);
    memcpy(joined + left_length, right, right_length);
    return value_finish_string(joined, left_length + right_length);
}

static weir_value reduce_concat(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    return join_strings(a, b);
}

/* The bytes of a code point, first byte highest: such words order as code points do. */
static uint32_t pack_code_point(const char *text, size_t size)
{
    uint32_t packed = 0;
    for (size_t i = 0; i < 4; i++) packed = packed << 8 | (i < size ? (unsigned char)text[i] : 0);
    return packed;
}

static int compare_packed(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static weir_value sort_code_points(weir_value string)
{
    size_t length, count = 0;
    const char *text = weir_bytes(&string, &length);
    uint32_t *packed = arena_alloc(arena_current(), length * sizeof *packed);
    for (size_t at = 0, size; at < length; at += size) {
        size = code_point_size(text + at, length - at < 4 ? length - at : 4);
        packed[count++] = pack_code_point(text + at, size);
    }
    qsort(packed, count, sizeof *packed, compare_packed);
    char *sorted = value_make_text(length);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        sorted[at++] = (char)(packed[i] >> 24);
        for (uint32_t rest = packed[i] << 8; rest; rest <<= 8) sorted[at++] = (char)(rest >> 24);
    }
    return value_finish_string(sorted, at);
}

static weir_value reduce_concat_sorted(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    weir_value joined = join_strings(a, b);
    return weir_is_null(joined) ? joined : sort_code_points(joined);
}

weir_value join_lists(weir_value a, weir_value b)
{
    if (!is_list(a) || !is_list(b)) return weir_null();
    size_t left_count, right_count;
    const weir_value *left = weir_items(a, &left_count);
    const weir_value *right = weir_items(b, &right_count);
    weir_value joined;
    weir_value *items = value_make_list(left_count + right_count, &joined);
    if (left_count) memcpy(items, left, left_count * sizeof *items);
    if (right_count) memcpy(items + left_count, right, right_count * sizeof *items);
    return joined;
}

static weir_value reduce_list_concat(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    return join_lists(a, b);
}

/* --- Of any values --------------------------------------------------------------------------- */

static weir_value reduce_first(weir_value a, weir_value b, weir_value arg)
{
    (void)b;
    (void)arg;
    return a;
}

static weir_value reduce_last(weir_value a, weir_value b, weir_value arg)
{
    (void)a;
    (void)arg;
    return b;
}

/* A value that is no int makes product and xor null in whatever groups they are computed: both are
 * exact. The greater of 1 and 1.0 is the first of them, and sums of doubles are rounded: these are
 * exact for ints only. */
static weir_value inverse_sum(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    return subtract(a, b);
}

DEFINE_REDUCE(sum, .flags = WEIR_COMMUTATIVE | WEIR_EXACT_INTS, .kernel = {.reduce = sum_kernel},
              .inverse = inverse_sum,
              .about = "a + b of numbers; ints wrap, with a double a double");
DEFINE_REDUCE(max, .flags = WEIR_COMMUTATIVE | WEIR_EXACT_INTS, .kernel = {.reduce = max_kernel},
              .about = "the greater, by the total order");
DEFINE_REDUCE(min, .flags = WEIR_COMMUTATIVE | WEIR_EXACT_INTS, .kernel = {.reduce = min_kernel},
              .about = "the lesser, by the total order");
DEFINE_REDUCE(product, .flags = WEIR_COMMUTATIVE | WEIR_EXACT, .about = "a * b of ints, wrapping");
DEFINE_REDUCE(xor, .flags = WEIR_COMMUTATIVE | WEIR_EXACT,
              .about = "exclusive or of ints; its own inverse");
DEFINE_REDUCE(concat, .about = "two strings one behind the other");
DEFINE_REDUCE(concat_sorted, .about = "the code points of two strings in order");
DEFINE_REDUCE(list_concat, .about = "two lists one behind the other");
DEFINE_REDUCE(first, .about = "a");
DEFINE_REDUCE(last, .about = "b");
DEFINE_REDUCE(sum_pairs, .about = "two pairs added place by place");

const weir_function *const library_reduces[] = {
    &weir_fn_sum,   &weir_fn_max,    &weir_fn_min,           &weir_fn_product,
    &weir_fn_xor,   &weir_fn_concat, &weir_fn_concat_sorted, &weir_fn_list_concat,
    &weir_fn_first, &weir_fn_last,   &weir_fn_sum_pairs,     NULL};
