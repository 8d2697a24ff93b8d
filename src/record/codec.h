/* The self-describing encoding of values: what blocks, state and checkpoints hold.
 *
 *   byte 0      kind (weir_kind; never 0xff)
 *   absent, null   nothing more
 *   bool           1 byte, 0 or 1
 *   int, double    8 bytes little-endian
 *   string, bytes  length as varint (LEB128, at most 5 bytes), then the bytes
 *   list           count as varint, then the items
 *   pair           key, then value
 *
 * Decoding checks every length and stops at CODEC_DEPTH_MAX nested lists and pairs. */
#ifndef RECORD_CODEC_H
#define RECORD_CODEC_H

#include "base/arena.h"
#include "base/buffer.h"
#include "record/value.h"

enum { CODEC_DEPTH_MAX = 64 };

/* Appends the encoding of a value. false (nothing appended) if it is nested too deep. */
bool codec_encode_any(buffer *to, weir_value value);
/* Decodes the value at *at, before end, into *value and moves *at behind it. Strings longer than
 * 14 bytes point into the bytes (which must be padded by 16); lists and pairs are made in `arena`.
 * false on any damage: *at is not moved. */
bool codec_decode_any(const char **at, const char *end, arena *arena, weir_value *value);

/* --- the same, quick for what records mostly are: numbers and short strings ------------------ */

enum { CODEC_FLAT_ROOM = 18 };

/* Encodes a value that is not outside; returns its size. All of CODEC_FLAT_ROOM may be touched. */
static inline size_t codec_put_flat(char *to, weir_value value)
{
    weir_kind kind = weir_kind_of(value);
    to[0] = (char)kind;
    if (kind == WEIR_STRING || kind == WEIR_BYTES) {
        uint64_t first = value.head >> 16 | value.body << 48, last = value.body >> 16;
        size_t length = (size_t)(value.head >> 8 & 0xff);
        to[1] = (char)length;
        memcpy(to + 2, &first, 8);
        memcpy(to + 10, &last, 8);
        return 2 + length;
    }
    memcpy(to + 1, &value.body, 8);
    if (kind == WEIR_INT || kind == WEIR_DOUBLE) return 9;
    return kind == WEIR_BOOL || kind == WEIR_LIST ? 2 : 1; /* such a list is empty */
}

static inline bool codec_encode(buffer *to, weir_value value)
{
    if (value_is_outside(value)) return codec_encode_any(to, value);
    to->size += codec_put_flat(buffer_reserve(to, CODEC_FLAT_ROOM), value);
    return true;
}

static inline bool codec_decode(const char **at, const char *end, arena *arena, weir_value *value)
{
    const char *from = *at;
    if (end - from >= 2) {
        size_t length = (unsigned char)from[1];
        if (from[0] == WEIR_ABSENT) {
            weir_put(value, weir_absent());
            *at = from + 1;
            return true;
        }
        if (from[0] == WEIR_STRING && length < 0x80 && (size_t)(end - from - 2) >= length) {
            weir_put(value, value_padded_string(from + 2, length));
            *at = from + 2 + length;
            return true;
        }
    }
    return codec_decode_any(at, end, arena, value);
}

#endif
