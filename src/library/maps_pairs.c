/* Maps that make pairs, take them apart or turn them round. */
#include "library/define.h"
#include "library/numbers.h"
#include "library/shapes.h"
#include "library/tables.h"

/* --- Making pairs ---------------------------------------------------------------------------- */

static void map_identity(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                         weir_value *out_value)
{
    (void)arg;
    *out_key = key;
    *out_value = value;
}

static void identity_kernel(const weir_vector *in, weir_value arg, weir_vector *out,
                            weir_value *key_room, weir_value *value_room)
{
    (void)arg;
    (void)key_room;
    (void)value_room;
    *out = *in;
}

#define ONES_4                                                                                    \
    {WEIR_INT, 1}, {WEIR_INT, 1}, {WEIR_INT, 1},                                                  \
    {                                                                                             \
        WEIR_INT, 1                                                                               \
    }
#define ONES_16  ONES_4, ONES_4, ONES_4, ONES_4
#define ONES_64  ONES_16, ONES_16, ONES_16, ONES_16
#define ONES_256 ONES_64, ONES_64, ONES_64, ONES_64
static const weir_value ones[] = {ONES_256, ONES_256, ONES_256, ONES_256};
_Static_assert(sizeof ones / sizeof *ones == WEIR_VECTOR_SIZE,
               "a one for each record of a vector");

static void map_pair_with_one(weir_value key, weir_value value, weir_value arg,
                              weir_value *out_key, weir_value *out_value)
{
    (void)arg;
    *out_key = value_box(key, value);
    *out_value = weir_int(1);
}

/* The whole records of a vector: where they are, or boxed into `room`. */
static const weir_value *box_vector(const weir_vector *in, weir_value *room)
{
    if (!in->keys) return in->values;
    for (size_t i = 0; i < in->count; i++) room[i] = value_box(in->keys[i], in->values[i]);
    return room;
}

static void pair_with_one_kernel(const weir_vector *in, weir_value arg, weir_vector *out,
                                 weir_value *key_room, weir_value *value_room)
{
    (void)arg;
    (void)value_room;
    *out = (weir_vector){box_vector(in, key_room), ones, in->count};
}

static void map_pair_self(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                          weir_value *out_value)
{
    (void)arg;
    *out_key = *out_value = value_box(key, value);
}

static void map_pair_with_arg(weir_value key, weir_value value, weir_value arg,
                              weir_value *out_key, weir_value *out_value)
{
    *out_key = arg;
    *out_value = value_box(key, value);
}

static void map_pair_mod3(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                          weir_value *out_value)
{
    (void)arg;
    weir_value number = plain_of(key, value);
    *out_key = weir_is_int(number) ? weir_int((weir_as_int(number) % 3 + 3) % 3) : weir_null();
    *out_value = value_box(key, value);
}

static void map_pair_parity(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                            weir_value *out_value)
{
    (void)arg;
    *out_key = weir_bool(is_even(plain_of(key, value)));
    *out_value = value_box(key, value);
}

/* --- Taking pairs apart ---------------------------------------------------------------------- */

static void map_swap(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                     weir_value *out_value)
{
    (void)arg;
    if (take_pair(key, value, out_value, out_key)) return;
    *out_key = key;
    *out_value = value;
}

static void map_key(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                    weir_value *out_value)
{
    (void)arg;
    (void)out_key;
    *out_value = key_of(key, value);
}

static void map_value(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                      weir_value *out_value)
{
    (void)arg;
    (void)out_key;
    *out_value = value_of(key, value);
}

static void map_sum_pair(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                         weir_value *out_value)
{
    (void)arg;
    (void)out_key;
    *out_value = add(key_of(key, value), value_of(key, value));
}

static void map_sizes(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                      weir_value *out_value)
{
    (void)arg;
    *out_key = weir_int(length_of(key_of(key, value)));
    *out_value = weir_int(length_of(value_of(key, value)));
}

static void map_mean(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                     weir_value *out_value)
{
    (void)arg;
    (void)out_key;
    weir_value sum = key_of(key, value);
    int64_t count = weir_as_int(value_of(key, value));
    *out_value =
        is_number(sum) && count != 0 ? weir_double(number_of(sum) / (double)count) : weir_null();
}

static weir_value zero_for_null(weir_value value)
{
    return weir_is_null(value) ? weir_int(0) : value;
}

static void map_nulls_to_zero(weir_value key, weir_value value, weir_value arg,
                              weir_value *out_key, weir_value *out_value)
{
    (void)arg;
    if (take_pair(key, value, out_key, out_value)) {
        *out_key = zero_for_null(*out_key);
        *out_value = zero_for_null(*out_value);
    } else {
        *out_key = key;
        *out_value = zero_for_null(value);
    }
}

static void map_swap_key_into_value(weir_value key, weir_value value, weir_value arg,
                                    weir_value *out_key, weir_value *out_value)
{
    (void)arg;
    weir_value first, second;
    *out_key = key;
    *out_value = value;
    if (!take_pair(key, value, &first, &second) || !is_pair(second)) return;
    value_unbox(second, out_key, &second);
    *out_value = weir_pair(first, second);
}

DEFINE_MAP(identity, .flags = WEIR_KEEPS_KEY, .kernel = {.map = identity_kernel},
           .about = "the record itself");
DEFINE_MAP(pair_with_one, .kernel = {.map = pair_with_one_kernel}, .about = "(x, 1)");
DEFINE_MAP(pair_self, .about = "(x, x)");
DEFINE_MAP(pair_with_arg, .about = "(closure argument, x)");
DEFINE_MAP(pair_mod3, .about = "(x mod 3 as 0, 1 or 2, x); the key is null if x is no int");
DEFINE_MAP(pair_parity, .about = "(is x an even int, x)");
DEFINE_MAP(swap, .about = "a pair (k, v) as (v, k); anything else unchanged");
DEFINE_MAP(key, .about = "the key of a pair, else null");
DEFINE_MAP(value, .about = "the value of a pair, else null");
DEFINE_MAP(sum_pair, .about = "key plus value of a pair; null if one is no number");
DEFINE_MAP(sizes, .about = "(length of the key, length of the value) of a pair");
DEFINE_MAP(
    mean, .about = "key divided by value of a pair of a number and an int as a double, else null");
DEFINE_MAP(nulls_to_zero, .about = "null, or null as key or value of a pair, replaced by 0");
DEFINE_MAP(swap_key_into_value, .about = "(a, (b, c)) as (b, (a, c)); anything else unchanged");

const weir_function *const library_pair_maps[] = {&weir_fn_identity,
                                                  &weir_fn_pair_with_one,
                                                  &weir_fn_pair_self,
                                                  &weir_fn_pair_with_arg,
                                                  &weir_fn_pair_mod3,
                                                  &weir_fn_pair_parity,
                                                  &weir_fn_swap,
                                                  &weir_fn_key,
                                                  &weir_fn_value,
                                                  &weir_fn_sum_pair,
                                                  &weir_fn_sizes,
                                                  &weir_fn_mean,
                                                  &weir_fn_nulls_to_zero,
                                                  &weir_fn_swap_key_into_value,
                                                  NULL};
