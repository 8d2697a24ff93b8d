/* Inverses of reduces: what remains of a when b leaves. Where the types do not fit, null. */
#include "library/define.h"
#include "library/numbers.h"
#include "library/shapes.h"
#include "library/tables.h"

static weir_value reduce_difference(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    return subtract(a, b);
}

static weir_value reduce_difference_pairs(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    if (!is_pair(a) || !is_pair(b)) return weir_null();
    size_t count;
    const weir_value *left = weir_items(a, &count);
    const weir_value *right = weir_items(b, &count);
    return weir_pair(subtract(left[0], right[0]), subtract(left[1], right[1]));
}

static weir_value reduce_strip_prefix(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    if (!weir_is_string(a) || !weir_is_string(b)) return weir_null();
    size_t length, prefix_length;
    const char *text = weir_bytes(&a, &length);
    const char *prefix = weir_bytes(&b, &prefix_length);
    if (prefix_length > length || memcmp(text, prefix, prefix_length) != 0) return a;
    return weir_slice(&a, prefix_length, length - prefix_length);
}

/* Takes the first item that equals `gone` out of `count` items; returns how many are left. */
static size_t remove_item(weir_value *items, size_t count, weir_value gone)
{
    size_t at = 0;
    while (at < count && !value_equal(items[at], gone)) at++;
    if (at == count) return count;
    memmove(items + at, items + at + 1, (count - at - 1) * sizeof *items);
    return count - 1;
}

static weir_value reduce_list_minus(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    if (!is_list(a) || !is_list(b)) return weir_null();
    size_t left, gone_count;
    const weir_value *items = weir_items(a, &left);
    const weir_value *gone = weir_items(b, &gone_count);
    weir_value *rest = arena_alloc(arena_current(), left * sizeof *rest);
    if (left) memcpy(rest, items, left * sizeof *rest);
    for (size_t i = 0; i < gone_count && left > 0; i++) left = remove_item(rest, left, gone[i]);
    return weir_list(rest, left);
}

DEFINE_REDUCE(difference, .about = "a - b of numbers: the inverse of sum");
DEFINE_REDUCE(difference_pairs,
              .about = "a pair minus a pair, place by place: the inverse of sum_pairs");
DEFINE_REDUCE(strip_prefix,
              .about = "the string a without b at its beginning: the inverse of concat");
DEFINE_REDUCE(
    list_minus,
    .about = "the list a without one equal element for each of b: the inverse of list_concat");

const weir_function *const library_inverses[] = {&weir_fn_difference, &weir_fn_difference_pairs,
                                                 &weir_fn_strip_prefix, &weir_fn_list_minus, NULL};
