#include "record/codec.h"

enum { HEADER_MAX = 11 }; /* a kind and a varint of any size */

static char *put_varint(char *to, size_t number)
{
    for (; number >= 0x80; number >>= 7) *to++ = (char)(number | 0x80);
    *to++ = (char)number;
    return to;
}

static bool encode_nested(buffer *to, weir_value value, int depth)
{
    weir_kind kind = weir_kind_of(value);
    if (!value_is_outside(value)) {
        to->size += codec_put_flat(buffer_reserve(to, CODEC_FLAT_ROOM), value);
        return true;
    }
    size_t length;
    const char *text = weir_bytes(&value, &length);
    char *at = buffer_reserve(to, HEADER_MAX + length);
    *at++ = (char)kind;
    if (text) {
        at = put_varint(at, length);
        memcpy(at, text, length);
        to->size = (size_t)(at + length - to->bytes);
        return true;
    }
    if (depth == CODEC_DEPTH_MAX) return false;
    const weir_value *items = weir_items(value, &length);
    if (kind == WEIR_LIST) at = put_varint(at, length);
    to->size = (size_t)(at - to->bytes);
    for (size_t i = 0; i < length; i++)
        if (!encode_nested(to, items[i], depth + 1)) return false;
    return true;
}

bool codec_encode_any(buffer *to, weir_value value)
{
    size_t before = to->size;
    if (encode_nested(to, value, 0)) return true;
    to->size = before;
    return false;
}

typedef struct decoder {
    const char *at;
    const char *end;
    arena *arena;
} decoder;

static size_t decoder_left(const decoder *from)
{
    return (size_t)(from->end - from->at);
}

/* Lengths have one spelling: the shortest, at most 32 bits. Also false if less than `length`
 * bytes are left. */
static bool decode_length(decoder *from, size_t *length)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        if (from->at == from->end) return false;
        unsigned char byte = (unsigned char)*from->at++;
        number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte & 0x80) continue;
        if (byte == 0 && shift > 0) return false;
        *length = (size_t)number;
        return number <= UINT32_MAX && *length <= decoder_left(from);
    }
    return false;
}

static bool decode_text(decoder *from, weir_kind kind, weir_value *value)
{
    size_t length;
    if (!decode_length(from, &length)) return false;
    *value = kind == WEIR_STRING ? value_padded_string(from->at, length)
                                 : value_padded_bytes(from->at, length);
    from->at += length;
    return true;
}

static bool decode_scalar(decoder *from, weir_kind kind, weir_value *value)
{
    size_t size = kind == WEIR_BOOL ? 1 : 8;
    if (decoder_left(from) < size) return false;
    uint64_t body = 0;
    memcpy(&body, from->at, size);
    from->at += size;
    if (kind == WEIR_BOOL && body > 1) return false;
    *value = (weir_value){(uint64_t)kind, body};
    if (kind == WEIR_DOUBLE) *value = weir_double(weir_as_double(*value)); /* there is one NaN */
    return true;
}

static bool decode_nested(decoder *from, weir_value *value, int depth);

static bool decode_items(decoder *from, weir_kind kind, weir_value *value, int depth)
{
    size_t count = 2;
    if (depth == CODEC_DEPTH_MAX) return false;
    /* an item has a byte or more: there are at most as many as bytes are left */
    if (kind == WEIR_LIST && !decode_length(from, &count)) return false;
    if (count == 0) {
        *value = (weir_value){WEIR_LIST, 0};
        return true;
    }
    weir_value *items = arena_alloc(from->arena, count * sizeof *items);
    for (size_t i = 0; i < count; i++)
        if (!decode_nested(from, &items[i], depth + 1)) return false;
    uint64_t length = kind == WEIR_LIST ? (uint64_t)count << 32 : 0;
    *value = (weir_value){length | WEIR_OUTSIDE | (uint64_t)kind, (uint64_t)(uintptr_t)items};
    return true;
}

static bool decode_nested(decoder *from, weir_value *value, int depth)
{
    if (from->at == from->end) return false;
    unsigned char tag = (unsigned char)*from->at++;
    switch (tag) {
    case WEIR_ABSENT:
    case WEIR_NULL: *value = (weir_value){tag, 0}; return true;
    case WEIR_BOOL:
    case WEIR_INT:
    case WEIR_DOUBLE: return decode_scalar(from, (weir_kind)tag, value);
    case WEIR_STRING:
    case WEIR_BYTES: return decode_text(from, (weir_kind)tag, value);
    case WEIR_LIST:
    case WEIR_PAIR: return decode_items(from, (weir_kind)tag, value, depth);
    default: return false;
    }
}

bool codec_decode_any(const char **at, const char *end, arena *arena, weir_value *value)
{
    decoder from = {*at, end, arena};
    weir_value decoded;
    if (!decode_nested(&from, &decoded, 0)) return false;
    *at = from.at;
    *value = decoded;
    return true;
}
