#include "state/key_codec.h"

#include <string.h>

#include "record/value.h"

enum { END = 0, ESCAPE = 1, ESCAPED_0 = 1, ESCAPED_1 = 2, SHORT_ROOM = 48 };

static const uint64_t sign_bit = UINT64_C(1) << 63;

static void append_byte(buffer *to, unsigned byte)
{
    char one = (char)byte;
    buffer_append(to, &one, 1);
}

/* --- encoding ------------------------------------------------------------------------------- */

static inline char *write_word(char *place, uint64_t word)
{
    word = __builtin_bswap64(word);
    memcpy(place, &word, sizeof word);
    return place + sizeof word;
}

static void encode_word(buffer *to, uint64_t word)
{
    write_word(buffer_reserve(to, sizeof word), word);
    to->size += sizeof word;
}

static uint64_t double_to_word(uint64_t bits)
{
    return bits & sign_bit ? ~bits : bits ^ sign_bit;
}

static uint64_t double_from_word(uint64_t word)
{
    return word & sign_bit ? word ^ sign_bit : ~word;
}

/* Is one of the 8 bytes 0 or 1? */
static inline bool has_escaped(uint64_t word)
{
    const uint64_t ones = UINT64_MAX / 0xff;
    return (word - (ESCAPE + 1) * ones) & ~word & 0x80 * ones;
}

/* `place` has room for 2 * length + 1 bytes. Where they end. */
static inline char *write_text(char *place, const char *text, size_t length)
{
    size_t i = 0;
    for (uint64_t word; length - i >= sizeof word; i += sizeof word, place += sizeof word) {
        memcpy(&word, text + i, sizeof word);
        if (has_escaped(word)) break;
        memcpy(place, &word, sizeof word);
    }
    for (; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte <= ESCAPE) *place++ = ESCAPE;
        *place++ = (char)(byte <= ESCAPE ? byte + ESCAPED_0 : byte);
    }
    *place++ = END;
    return place;
}

static void encode_text(buffer *to, const char *text, size_t length)
{
    char *place = buffer_reserve(to, 2 * length + 1);
    to->size += (size_t)(write_text(place, text, length) - place);
}

static bool encode_nested(buffer *to, weir_value value, int depth)
{
    weir_kind kind = weir_kind_of(value);
    size_t length;
    append_byte(to, (unsigned)kind + 1);
    switch (kind) {
    case WEIR_BOOL: append_byte(to, (unsigned)value.body); return true;
    case WEIR_INT: encode_word(to, value.body ^ sign_bit); return true;
    case WEIR_DOUBLE: encode_word(to, double_to_word(value.body)); return true;
    case WEIR_STRING:
    case WEIR_BYTES: {
        const char *text = weir_bytes(&value, &length);
        encode_text(to, text, length);
        return true;
    }
    case WEIR_LIST:
    case WEIR_PAIR: break;
    default: return true;
    }
    if (depth == CODEC_DEPTH_MAX) return false;
    const weir_value *items = weir_items(value, &length);
    for (size_t i = 0; i < length; i++)
        if (!encode_nested(to, items[i], depth + 1)) return false;
    if (kind == WEIR_LIST) append_byte(to, END);
    return true;
}

/* Most keys are numbers or short strings. NULL: this one is something else. */
static inline char *write_short(char *place, weir_value key)
{
    size_t length;
    *place = (char)(weir_kind_of(key) + 1);
    if (weir_is_int(key)) return write_word(place + 1, key.body ^ sign_bit);
    if (!weir_is_string(key) || value_is_outside(key)) return NULL;
    const char *text = weir_bytes(&key, &length);
    return write_text(place + 1, text, length);
}

bool key_encode(buffer *to, size_t partition, weir_value key)
{
    size_t before = to->size;
    char *start = buffer_reserve(to, SHORT_ROOM);
    start[0] = (char)(partition >> 8);
    start[1] = (char)partition;
    to->size += KEY_PREFIX;
    char *end = write_short(start + KEY_PREFIX, key);
    if (end) to->size = before + (size_t)(end - start);
    if (end || encode_nested(to, key, 0)) return true;
    to->size = before;
    return false;
}

/* --- decoding ------------------------------------------------------------------------------- */

typedef struct key_decoder {
    const unsigned char *at;
    const unsigned char *end;
    arena *arena;
} key_decoder;

static bool decode_word(key_decoder *from, uint64_t *word)
{
    if (from->end - from->at < 8) return false;
    memcpy(word, from->at, 8);
    *word = __builtin_bswap64(*word);
    from->at += 8;
    return true;
}

static bool decode_double(key_decoder *from, weir_value *value)
{
    uint64_t word;
    if (!decode_word(from, &word)) return false;
    weir_value raw = {WEIR_DOUBLE, double_from_word(word)};
    *value = weir_double(weir_as_double(raw));
    return value->body == raw.body; /* there is one NaN */
}

static bool decode_text(key_decoder *from, weir_kind kind, weir_value *value)
{
    const unsigned char *end = memchr(from->at, END, (size_t)(from->end - from->at));
    if (!end) return false;
    char *text = arena_alloc(from->arena, (size_t)(end - from->at)), *place = text;
    for (const unsigned char *at = from->at; at < end; at++) {
        if (*at != ESCAPE) {
            *place++ = (char)*at;
            continue;
        }
        at++;
        if (at == end || (*at != ESCAPED_0 && *at != ESCAPED_1)) return false;
        *place++ = (char)(*at - ESCAPED_0);
    }
    size_t length = (size_t)(place - text);
    if (length > UINT32_MAX) return false;
    *value = kind == WEIR_STRING ? value_padded_string(text, length)
                                 : value_padded_bytes(text, length);
    from->at = end + 1;
    return true;
}

static bool decode_nested(key_decoder *from, weir_value *value, int depth);

static bool decode_pair(key_decoder *from, weir_value *value, int depth)
{
    weir_value *items = arena_alloc(from->arena, 2 * sizeof *items);
    *value = (weir_value){WEIR_OUTSIDE | WEIR_PAIR, (uint64_t)(uintptr_t)items};
    return decode_nested(from, &items[0], depth + 1) && decode_nested(from, &items[1], depth + 1);
}

static bool decode_list(key_decoder *from, weir_value *value, int depth)
{
    weir_value *items = NULL;
    size_t count = 0, capacity = 0;
    for (;; count++) {
        if (from->at == from->end) return false;
        if (*from->at == END) break;
        if (count == capacity) {
            capacity = capacity ? 2 * capacity : 8;
            weir_value *grown = arena_alloc(from->arena, capacity * sizeof *grown);
            if (count) memcpy(grown, items, count * sizeof *grown);
            items = grown;
        }
        if (!decode_nested(from, &items[count], depth + 1)) return false;
    }
    from->at++;
    *value = (weir_value){WEIR_LIST, 0};
    if (count > UINT32_MAX) return false;
    if (count)
        *value = (weir_value){(uint64_t)count << 32 | WEIR_OUTSIDE | WEIR_LIST,
                              (uint64_t)(uintptr_t)items};
    return true;
}

static bool decode_nested(key_decoder *from, weir_value *value, int depth)
{
    if (from->at == from->end) return false;
    unsigned tag = *from->at++;
    if (tag == 0 || tag > WEIR_PAIR + 1) return false;
    weir_kind kind = (weir_kind)(tag - 1);
    uint64_t word;
    *value = (weir_value){(uint64_t)kind, 0};
    switch (kind) {
    case WEIR_BOOL:
        if (from->at == from->end || *from->at > 1) return false;
        value->body = *from->at++;
        return true;
    case WEIR_INT:
        if (!decode_word(from, &word)) return false;
        value->body = word ^ sign_bit;
        return true;
    case WEIR_DOUBLE: return decode_double(from, value);
    case WEIR_STRING:
    case WEIR_BYTES: return decode_text(from, kind, value);
    case WEIR_LIST: return depth < CODEC_DEPTH_MAX && decode_list(from, value, depth);
    case WEIR_PAIR: return depth < CODEC_DEPTH_MAX && decode_pair(from, value, depth);
    default: return true;
    }
}

bool key_decode(const char *bytes, size_t size, arena *arena, size_t *partition, weir_value *key)
{
    const unsigned char *start = (const unsigned char *)bytes;
    if (size <= KEY_PREFIX) return false;
    key_decoder from = {start + KEY_PREFIX, start + size, arena};
    if (!decode_nested(&from, key, 0) || from.at != from.end) return false;
    *partition = (size_t)start[0] << 8 | start[1];
    return true;
}
