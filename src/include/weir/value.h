/* Values: what records, arguments and state are made of.
 *
 * A value is 16 bytes and is passed by value. Strings and bytes up to 14 bytes stand in the value
 * itself, longer ones, lists and pairs are reached by a pointer. Values are immutable.
 *
 *   byte 0        kind (low four bits), WEIR_OUTSIDE if the rest is a pointer
 *   byte 1        length of an inline string or of inline bytes
 *   bytes 2..15   inline text, zero-padded; or else
 *   bytes 4..7    length of an outside string, number of items of a list
 *   bytes 8..15   the int, the double, the bool, or the pointer
 *
 * Unused bytes are zero, so that scalars and inline strings are equal exactly if their 16 bytes
 * are.
 *
 * Lifetime: a value given to a function is valid until the function returns; what the function
 * makes or emits, until its batch is over. Values made outside any function live until their
 * thread ends. Whoever keeps one longer hands it to weir (which copies deeply: closure arguments,
 * queue records, state) or copies its bytes. */
#ifndef WEIR_VALUE_H
#define WEIR_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "weir/status.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "weir needs a little-endian machine"
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weir_kind {
    WEIR_ABSENT = 0, /* no value at all: the key of a record on a plain stream, a state that is not
                      * there */
    WEIR_NULL = 1,   /* the value null; not the same as absent */
    WEIR_BOOL = 2,
    WEIR_INT = 3,    /* 64 bits, two's complement, arithmetic wraps */
    WEIR_DOUBLE = 4, /* 64 bits, IEEE 754 */
    WEIR_STRING = 5, /* UTF-8 */
    WEIR_BYTES = 6,
    WEIR_LIST = 7,
    WEIR_PAIR = 8
} weir_kind;

enum { WEIR_INLINE_MAX = 14, WEIR_OUTSIDE = 0x10 };

typedef struct weir_value {
    uint64_t head;
    uint64_t body;
} weir_value;

static inline weir_kind weir_kind_of(weir_value value) { return (weir_kind)(value.head & 0x0f); }
static inline bool weir_is_absent(weir_value value) { return weir_kind_of(value) == WEIR_ABSENT; }
static inline bool weir_is_null(weir_value value) { return weir_kind_of(value) == WEIR_NULL; }
static inline bool weir_is_int(weir_value value) { return weir_kind_of(value) == WEIR_INT; }
static inline bool weir_is_string(weir_value value) { return weir_kind_of(value) == WEIR_STRING; }

/* Stores a value. The same as *to = value, but keeps the two words in registers: compilers like to
 * write them to the stack one by one and to read them back as one, which waits for the memory. For
 * places that are passed for each record. */
static inline void weir_put(weir_value *to, weir_value value)
{
    uint64_t head = value.head, body = value.body;
#if defined(__GNUC__)
    __asm__("" : "+r"(head), "+r"(body));
#endif
    to->head = head;
    to->body = body;
}

static inline weir_value weir_absent(void) { return (weir_value){0, 0}; }
static inline weir_value weir_null(void) { return (weir_value){WEIR_NULL, 0}; }
static inline weir_value weir_bool(bool truth) { return (weir_value){WEIR_BOOL, truth}; }
static inline weir_value weir_int(int64_t number)
{
    return (weir_value){WEIR_INT, (uint64_t)number};
}

/* Every NaN becomes the same NaN, so that NaN equals NaN as a key. */
WEIR_API weir_value weir_double(double number);

/* A string, or bytes, copied from anywhere. `text` of a string should be UTF-8 (weir does not
 * check it again). At most 4 GiB - 1; longer, or out of memory, fails the function that is running
 * and gives null. */
WEIR_API weir_value weir_string(const char *text, size_t length);
WEIR_API weir_value weir_bytes_value(const void *bytes, size_t length);
/* The same for a NUL-terminated string. */
WEIR_API weir_value weir_text(const char *text);

/* A list of copies of `count` values; a pair. The items themselves are shared, not copied. */
WEIR_API weir_value weir_list(const weir_value *items, size_t count);
WEIR_API weir_value weir_pair(weir_value key, weir_value value);

/* Gives up all values that this thread made outside any function: for threads that make values
 * again and again, such as a receiver's, once they have handed them over. Inside a function:
 * nothing. */
WEIR_API void weir_forget_values(void);

/* What is in a value of that kind; of any other kind: 0, 0.0, false. */
static inline int64_t weir_as_int(weir_value value) { return weir_is_int(value)
                                                     ? (int64_t)value.body : 0; }
static inline bool weir_as_bool(weir_value value) { return weir_kind_of(value) == WEIR_BOOL &&
                                                   value.body != 0; }
static inline double weir_as_double(weir_value value)
{
    double number = 0.0;
    if (weir_kind_of(value) == WEIR_DOUBLE) memcpy(&number, &value.body, sizeof number);
    return number;
}

/* The bytes of a string or of bytes, not NUL-terminated, valid as long as `*value` is; NULL and 0
 * of another kind. */
static inline const char *weir_bytes(const weir_value *value, size_t *length)
{
    weir_kind kind = weir_kind_of(*value);
    if (kind != WEIR_STRING && kind != WEIR_BYTES) {
        *length = 0;
        return NULL;
    }
    if (value->head & WEIR_OUTSIDE) {
        *length = (size_t)(value->head >> 32);
        return (const char *)(uintptr_t)value->body;
    }
    *length = (size_t)((value->head >> 8) & 0xff);
    return (const char *)value + 2;
}

/* The items of a list (count) or of a pair (2: key and value); NULL and 0 of another kind. Valid
 * as long as the value. */
static inline const weir_value *weir_items(weir_value value, size_t *count)
{
    weir_kind kind = weir_kind_of(value);
    *count = kind == WEIR_LIST ? (size_t)(value.head >> 32) : kind == WEIR_PAIR ? 2 : 0;
    return *count ? (const weir_value *)(uintptr_t)value.body : NULL;
}

/* A mask of the lowest `count` (<= 8) bytes, without a branch. */
static inline uint64_t weir_low_bytes(size_t count)
{
    return ~(~(uint64_t)0 << 4 * count << 4 * count);
}

/* The bytes [from, from + length) of the string `*whole`, as a string. Copies nothing that is
 * longer than 14 bytes: the piece lives as long as the whole. The range must lie within the whole
 * and should start and end at a character. */
static inline weir_value weir_slice(const weir_value *whole, size_t from, size_t length)
{
    size_t available;
    const char *text = weir_bytes(whole, &available) + from;
    if (length > WEIR_INLINE_MAX)
        return (weir_value){(uint64_t)length << 32 | WEIR_OUTSIDE | WEIR_STRING,
                            (uint64_t)(uintptr_t)text};
    uint64_t head = (uint64_t)length << 8 | WEIR_STRING;
    if (whole->head & WEIR_OUTSIDE) { /* padded: 16 bytes can be read from anywhere in it */
        uint64_t first, second;
        memcpy(&first, text, 8);
        memcpy(&second, text + 6, 8);
        size_t in_head = length < 6 ? length : 6, in_body = length - in_head;
        return (weir_value){head | (first & weir_low_bytes(in_head)) << 16,
                            second & weir_low_bytes(in_body)};
    }
    weir_value piece = {head, 0};
    memcpy((char *)&piece + 2, text, length);
    return piece;
}

/* Equality of type and content: 1, 1.0, "1" and true are four different values; a string never
 * equals bytes. */
WEIR_API bool weir_equal(weir_value a, weir_value b);

/* The total order: absent < null < false < true < numbers by value < strings by bytes < bytes <
 * lists element by element, shorter first < pairs by key, then value. <0, 0, >0. An int and a
 * double of one value compare as 0. */
WEIR_API int weir_compare(weir_value a, weir_value b);

/* The text of a value as print writes it (spec O-60): strings as they are, pairs "(k,v)", lists
 * "[a, b]", doubles as the shortest digits that read back, at least one decimal, with an exponent
 * as 1.0E7 or 9.9E-4 from ten millions on and below a thousandth; bytes in hex, "0x00ff". Writes
 * at most `size` bytes, always terminates (if size), and returns the length that the whole text
 * has. */
WEIR_API size_t weir_format(weir_value value, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
