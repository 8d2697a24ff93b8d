/* combineByKey: a combination out of the first value of a key, and two combinations into one. */
#include "library/define.h"
#include "library/numbers.h"
#include "library/shapes.h"
#include "library/tables.h"

static weir_value create_to_list(weir_value value, weir_value arg)
{
    (void)arg;
    return weir_list(&value, 1);
}

static weir_value merge_to_list(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    return join_lists(a, b);
}

static weir_value create_sum_count(weir_value value, weir_value arg)
{
    (void)arg;
    return weir_pair(value, weir_int(1));
}

static weir_value merge_sum_count(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    return add_pairs(a, b);
}

static weir_value create_min_max(weir_value value, weir_value arg)
{
    (void)arg;
    return weir_pair(value, value);
}

static weir_value merge_min_max(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    if (!is_pair(a) || !is_pair(b)) return weir_null();
    size_t count;
    const weir_value *left = weir_items(a, &count);
    const weir_value *right = weir_items(b, &count);
    return weir_pair(lesser(left[0], right[0]), greater(left[1], right[1]));
}

static weir_value create_count(weir_value value, weir_value arg)
{
    (void)value;
    (void)arg;
    return weir_int(1);
}

static weir_value merge_count(weir_value a, weir_value b, weir_value arg)
{
    (void)arg;
    return add(a, b);
}

DEFINE_COMBINE(to_list, .about = "the list of the values");
DEFINE_COMBINE(sum_count, .about = "(sum of the values, their number)");
DEFINE_COMBINE(min_max, .about = "(least, greatest value), by the total order");
DEFINE_COMBINE(count, .flags = WEIR_COMMUTATIVE | WEIR_EXACT, .about = "the number of the values");

const weir_function *const library_combines[] = {&weir_fn_to_list, &weir_fn_sum_count,
                                                 &weir_fn_min_max, &weir_fn_count, NULL};
