/* Values inside the engine: hashing, deep copies, boxing. The public part is weir/value.h. */
#ifndef RECORD_VALUE_H
#define RECORD_VALUE_H

#include "base/arena.h"
#include "weir/function.h"
#include "weir/value.h"

static inline bool value_is_outside(weir_value value)
{
    return value.head & WEIR_OUTSIDE;
}

/* The 16 bytes are the same: decides equality unless both are outside. */
static inline bool value_is_same(weir_value a, weir_value b)
{
    return ((a.head ^ b.head) | (a.body ^ b.body)) == 0;
}

static inline bool value_equal(weir_value a, weir_value b)
{
    if (value_is_same(a, b)) return true;
    if (!value_is_outside(a) || !value_is_outside(b)) return false;
    return weir_equal(a, b);
}

/* A string of `length` bytes at `text`, which stays where it is; 16 bytes behind its end must be
 * readable. */
static inline weir_value value_padded_string(const char *text, size_t length)
{
    if (length > WEIR_INLINE_MAX)
        return (weir_value){(uint64_t)length << 32 | WEIR_OUTSIDE | WEIR_STRING,
                            (uint64_t)(uintptr_t)text};
    uint64_t first, second; /* bytes 0..7 and 6..13 */
    memcpy(&first, text, 8);
    memcpy(&second, text + 6, 8);
    size_t in_head = length < 6 ? length : 6, in_body = length - in_head;
    uint64_t head = (first & weir_low_bytes(in_head)) << 16 | (uint64_t)length << 8 | WEIR_STRING;
    return (weir_value){head, second & weir_low_bytes(in_body)};
}

static inline weir_value value_padded_bytes(const char *bytes, size_t length)
{
    weir_value value = value_padded_string(bytes, length);
    value.head ^= WEIR_STRING ^ WEIR_BYTES;
    return value;
}

/* Lists and pairs are walked recursively, so what is nested deeper than CODEC_DEPTH_MAX is
 * refused: this fails the function that runs, and the answer given does not matter any more. */
void value_refuse_depth(void);
/* Is it flat enough? For values that come from outside any function. */
bool value_fits_depth(weir_value value);
/* Do lists and pairs nest at most so many levels deep in it, itself counted? */
bool value_fits_levels(weir_value value, int levels);

/* The hash that tables use: not part of any format. */
uint64_t value_hash_outside(weir_value value);
static inline uint64_t value_hash(weir_value value)
{
    if (value_is_outside(value)) return value_hash_outside(value);
    __uint128_t product =
        (__uint128_t)(value.head ^ 0x9e3779b97f4a7c15U) * (value.body ^ 0xd6e8feb86659fd93U);
    uint64_t hash = (uint64_t)product ^ (uint64_t)(product >> 64);
    return hash ^ (hash >> 29);
}

/* The keyed partition of a key among `partitions`: XXH3 (64 bits, seed 0) of the key's bytes,
 * modulo. Part of the format. The key's bytes: of strings and bytes, themselves; of ints and
 * doubles, their 8 bytes little-endian; of a bool, one byte 0 or 1; of null and absent, none; of
 * lists and pairs, their encoding (record/codec.h). */
size_t value_partition(weir_value key, size_t partitions);

/* A copy that reaches nothing outside `arena`. */
weir_value value_copy_outside(weir_value value, arena *arena);
static inline weir_value value_copy(weir_value value, arena *arena)
{
    return value_is_outside(value) ? value_copy_outside(value, arena) : value;
}

/* A record as one value: itself when the key is absent, else a pair made in the current arena. And
 * back. */
weir_value value_box_pair(weir_value key, weir_value value);
static inline weir_value value_box(weir_value key, weir_value value)
{
    return weir_is_absent(key) ? value : value_box_pair(key, value);
}
static inline void value_unbox(weir_value boxed, weir_value *key, weir_value *value)
{
    if (weir_kind_of(boxed) == WEIR_PAIR) {
        const weir_value *items = (const weir_value *)(uintptr_t)boxed.body;
        *key = items[0];
        *value = items[1];
    } else {
        *key = weir_absent();
        *value = boxed;
    }
}

/* What a record holds where there is no value: null. Absent stands for "not yet". */
static inline weir_value value_present(weir_value value)
{
    /* of an absent value both words are 0: no branch, and nothing goes through memory */
    value.head |= (uint64_t)weir_is_absent(value) * WEIR_NULL;
    return value;
}

/* Room for a list of `count` items in the current arena, to be filled before anyone sees the
 * value. */
weir_value *value_make_list(size_t count, weir_value *list);
/* Room for `length` bytes in the current arena for a string built in place: value_finish_string
 * makes the value (inline if short). */
char *value_make_text(size_t length);
weir_value value_finish_string(const char *text, size_t length);

/* The text of a value into a growing place: calls write with pieces. What weir_format writes. */
typedef void (*value_writer)(void *user, const char *text, size_t length);
void value_write(weir_value value, value_writer write, void *user);

#endif
