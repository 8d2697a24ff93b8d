/* Arithmetic on values. Ints wrap in two's complement; what is no number gives null. */
#ifndef LIBRARY_NUMBERS_H
#define LIBRARY_NUMBERS_H

#include "weir/value.h"

static inline bool is_number(weir_value value)
{
    return weir_kind_of(value) == WEIR_INT || weir_kind_of(value) == WEIR_DOUBLE;
}

static inline double number_of(weir_value value)
{
    return weir_is_int(value) ? (double)weir_as_int(value) : weir_as_double(value);
}

static inline weir_value int_of_bits(uint64_t bits)
{
    return (weir_value){WEIR_INT, bits};
}

static inline weir_value add(weir_value a, weir_value b)
{
    if (weir_is_int(a) && weir_is_int(b)) return int_of_bits(a.body + b.body);
    if (is_number(a) && is_number(b)) return weir_double(number_of(a) + number_of(b));
    return weir_null();
}

static inline weir_value subtract(weir_value a, weir_value b)
{
    if (weir_is_int(a) && weir_is_int(b)) return int_of_bits(a.body - b.body);
    if (is_number(a) && is_number(b)) return weir_double(number_of(a) - number_of(b));
    return weir_null();
}

static inline bool is_even(weir_value value)
{
    return weir_is_int(value) && value.body % 2 == 0;
}

static inline bool is_positive(weir_value value)
{
    if (weir_is_int(value)) return weir_as_int(value) > 0;
    return weir_as_double(value) > 0;
}

static inline weir_value greater(weir_value a, weir_value b)
{
    return weir_compare(a, b) >= 0 ? a : b;
}

static inline weir_value lesser(weir_value a, weir_value b)
{
    return weir_compare(a, b) <= 0 ? a : b;
}

#endif
