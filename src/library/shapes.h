/* Records as functions see them: a key and a value, where an absent key means that the value is
 * the whole record. */
#ifndef LIBRARY_SHAPES_H
#define LIBRARY_SHAPES_H

#include "record/text.h"
#include "record/value.h"

/* The record to be asked for its type: a record with a key is a pair, and answers as what is
 * neither number nor text. */
static inline weir_value plain_of(weir_value key, weir_value value)
{
    return weir_is_absent(key) ? value : weir_absent();
}

/* Key and value of a record: null and null (false) if it is no pair. */
static inline bool take_pair(weir_value key, weir_value value, weir_value *first,
                             weir_value *second)
{
    *first = key;
    *second = value;
    if (!weir_is_absent(key)) return true;
    value_unbox(value, first, second);
    if (!weir_is_absent(*first)) return true;
    *first = weir_null();
    *second = weir_null();
    return false;
}

static inline weir_value key_of(weir_value key, weir_value value)
{
    weir_value first, second;
    take_pair(key, value, &first, &second);
    return first;
}

static inline weir_value value_of(weir_value key, weir_value value)
{
    weir_value first, second;
    take_pair(key, value, &first, &second);
    return second;
}

static inline weir_value empty_list(void)
{
    return (weir_value){WEIR_LIST, 0};
}

static inline bool is_list(weir_value value)
{
    return weir_kind_of(value) == WEIR_LIST;
}

static inline bool is_pair(weir_value value)
{
    return weir_kind_of(value) == WEIR_PAIR;
}

/* Code points of a string, elements of a list, else 0. */
static inline int64_t length_of(weir_value value)
{
    size_t length = 0;
    if (weir_is_string(value)) {
        const char *text = weir_bytes(&value, &length);
        length = text_code_points(text, length);
    } else if (is_list(value)) {
        weir_items(value, &length);
    }
    return (int64_t)length;
}

/* How many bytes the first code point has (length > 0). */
static inline size_t code_point_size(const char *text, size_t length)
{
    size_t size = 1;
    while (size < length && ((unsigned char)text[size] & 0xc0) == 0x80) size++;
    return size;
}

/* A string that may be read 16 bytes behind its end, also where it stands inline. */
typedef struct padded_value {
    weir_value value;
    weir_value behind;
} padded_value;

static inline padded_value pad_value(weir_value value)
{
    return (padded_value){value, {0, 0}};
}

static inline void emit_record(weir_out *out, weir_value record)
{
    weir_value key, value;
    value_unbox(record, &key, &value);
    weir_emit(out, key, value);
}

#endif
