/* Maps of strings. */
#include "library/define.h"
#include "library/shapes.h"
#include "library/tables.h"

/* --- Case: ASCII letters only, eight bytes at once ------------------------------------------- */

/* Flips the case of the letters from `first` to `last` (ASCII). Above 127 nothing changes. */
static uint64_t flip_case(uint64_t bytes, char first, char last)
{
    const uint64_t ones = 0x0101010101010101U;
    const uint64_t high = ones << 7;
    uint64_t low_bits = bytes & ~high;
    uint64_t from_first = low_bits + ones * (uint64_t)(0x80 - first);
    uint64_t behind_last = low_bits + ones * (uint64_t)(0x7f - last);
    uint64_t letters = (from_first ^ behind_last) & ~bytes & high;
    return bytes ^ letters >> 2;
}

static weir_value flip_string(weir_value string, char first, char last)
{
    /* Kind and length of an inline string are no letters. */
    if (!value_is_outside(string))
        return (weir_value){flip_case(string.head, first, last),
                            flip_case(string.body, first, last)};
    size_t length;
    const char *text = weir_bytes(&string, &length);
    char *flipped = value_make_text(length);
    size_t at = 0;
    for (; length - at >= 8; at += 8) {
        uint64_t bytes;
        memcpy(&bytes, text + at, 8);
        bytes = flip_case(bytes, first, last);
        memcpy(flipped + at, &bytes, 8);
    }
    for (; at < length; at++) flipped[at] = (char)flip_case((unsigned char)text[at], first, last);
    return value_finish_string(flipped, length);
}

static void map_to_upper(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                         weir_value *out_value)
{
    (void)arg;
    *out_key = key;
    *out_value = weir_is_string(plain_of(key, value)) ? flip_string(value, 'a', 'z') : value;
}

static void map_to_lower(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                         weir_value *out_value)
{
    (void)arg;
    *out_key = key;
    *out_value = weir_is_string(plain_of(key, value)) ? flip_string(value, 'A', 'Z') : value;
}

/* --- Length and first letter ----------------------------------------------------------------- */

static void map_length(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                       weir_value *out_value)
{
    (void)arg;
    (void)out_key;
    *out_value = weir_int(length_of(plain_of(key, value)));
}

static void map_pair_by_length(weir_value key, weir_value value, weir_value arg,
                               weir_value *out_key, weir_value *out_value)
{
    (void)arg;
    *out_key = weir_int(length_of(plain_of(key, value)));
    *out_value = value_box(key, value);
}

static void map_pair_by_first(weir_value key, weir_value value, weir_value arg,
                              weir_value *out_key, weir_value *out_value)
{
    (void)arg;
    weir_value string = plain_of(key, value);
    *out_key = weir_null();
    *out_value = value_box(key, value);
    if (!weir_is_string(string)) return;
    size_t length;
    const char *text = weir_bytes(&string, &length);
    *out_key = weir_slice(&string, 0, length ? code_point_size(text, length) : 0);
}

/* --- Ints and text --------------------------------------------------------------------------- */

static void map_parse_int(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                          weir_value *out_value)
{
    (void)arg;
    (void)out_key;
    padded_value string = pad_value(plain_of(key, value));
    *out_value = weir_null();
    if (!weir_is_string(string.value)) return;
    size_t length;
    int64_t number;
    const char *text = weir_bytes(&string.value, &length);
    if (text_parse_int(text, length, &number)) *out_value = weir_int(number);
}

weir_value value_to_string(weir_value value)
{
    char digits[24];
    switch (weir_kind_of(value)) {
    case WEIR_STRING:
        return value;
    case WEIR_NULL:
    case WEIR_BOOL:
    case WEIR_INT:
        return weir_string(digits, weir_format(value, digits, sizeof digits));
    default:
        return weir_text("?");
    }
}

static void map_to_string(weir_value key, weir_value value, weir_value arg, weir_value *out_key,
                          weir_value *out_value)
{
    (void)arg;
    (void)out_key;
    *out_value = value_to_string(plain_of(key, value));
}

DEFINE_MAP(to_upper, .about = "ASCII letters of a string as capitals; anything else unchanged");
DEFINE_MAP(to_lower,
           .about = "ASCII letters of a string as small letters; anything else unchanged");
DEFINE_MAP(length, .about = "code points of a string, elements of a list, else 0");
DEFINE_MAP(pair_by_length, .about = "(length(x), x)");
DEFINE_MAP(pair_by_first,
           .about = "(first code point of the string x, x); the key is null if x is no string");
DEFINE_MAP(parse_int,
           .about = "a string of 1 to 18 digits with or without sign as an int, else null");
DEFINE_MAP(to_string, .about = "null, a bool, an int or a string as a string, else \"?\"");

const weir_function *const library_text_maps[] = {
    &weir_fn_to_upper,      &weir_fn_to_lower,  &weir_fn_length,    &weir_fn_pair_by_length,
    &weir_fn_pair_by_first, &weir_fn_parse_int, &weir_fn_to_string, NULL};
