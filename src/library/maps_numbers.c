/* Maps of numbers and of lists. */
#include "library/define.h"
#include "library/numbers.h"
#include "library/shapes.h"
#include "library/tables.h"

static void map_negate(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                       weir_value *out_value)
{
    (void)arg;
    (void)out_key;
    weir_value number = plain_of(key, value);
    if (weir_is_int(number))
        *out_value = int_of_bits(0 - number.body);
    else
        *out_value = is_number(number) ? weir_double(-weir_as_double(number)) : weir_null();
}

static void map_square(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                       weir_value *out_value)
{
    (void)arg;
    (void)out_key;
    weir_value number = plain_of(key, value);
    *out_value = weir_is_int(number) ? int_of_bits(number.body * number.body) : weir_null();
}

static void map_increment(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                          weir_value *out_value)
{
    (void)arg;
    (void)out_key;
    weir_value number = plain_of(key, value);
    *out_value = weir_is_int(number) ? int_of_bits(number.body + 1) : weir_null();
}

static void map_half(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                     weir_value *out_value)
{
    (void)arg;
    (void)out_key;
    weir_value number = plain_of(key, value);
    *out_value = is_number(number) ? weir_double(number_of(number) / 2) : weir_null();
}

static void map_is_even_flag(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                             weir_value *out_value)
{
    (void)arg;
    (void)out_key;
    *out_value = weir_bool(is_even(plain_of(key, value)));
}

static void map_const_one(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                          weir_value *out_value)
{
    (void)key;
    (void)value;
    (void)arg;
    (void)out_key;
    *out_value = weir_int(1);
}

static void map_fail_on_negative(weir_value key, weir_value value, weir_value arg,
                                 weir_value *out_key, weir_value *out_value)
{
    (void)arg;
    int64_t number = weir_as_int(plain_of(key, value));
    if (number < 0) weir_fail("fail_on_negative: the record is %lld", (long long)number);
    *out_key = key;
    *out_value = value;
}

static void map_sum_list(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                         weir_value *out_value)
{
    (void)arg;
    (void)out_key;
    weir_value list = plain_of(key, value);
    size_t count = 0;
    const weir_value *items = is_list(list) ? weir_items(list, &count) : NULL;
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += (uint64_t)weir_as_int(items[i]);
    *out_value = int_of_bits(sum);
}

static void map_max_list(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                         weir_value *out_value)
{
    (void)arg;
    (void)out_key;
    weir_value list = plain_of(key, value);
    size_t count = 0;
    const weir_value *items = is_list(list) ? weir_items(list, &count) : NULL;
    *out_value = count ? items[0] : weir_null();
    for (size_t i = 1; i < count; i++) *out_value = greater(*out_value, items[i]);
}

DEFINE_MAP(negate, .about = "minus a number, else null");
DEFINE_MAP(square, .about = "an int times itself, else null");
DEFINE_MAP(increment, .about = "an int plus 1, else null");
DEFINE_MAP(half, .about = "a number divided by 2 as a double, else null");
DEFINE_MAP(is_even_flag, .about = "true of an even int, else false");
DEFINE_MAP(const_one, .about = "1");
DEFINE_MAP(fail_on_negative, .flags = WEIR_KEEPS_KEY,
           .about = "fails for a negative int; anything else unchanged");
DEFINE_MAP(sum_list, .about = "sum of the ints of a list, else 0");
DEFINE_MAP(max_list, .about = "greatest element of a list; null if it is empty or no list");

const weir_function *const library_number_maps[] = {&weir_fn_negate,           &weir_fn_square,
                                                    &weir_fn_increment,        &weir_fn_half,
                                                    &weir_fn_is_even_flag,     &weir_fn_const_one,
                                                    &weir_fn_fail_on_negative, &weir_fn_sum_list,
                                                    &weir_fn_max_list,         NULL};
