#include "state/pane_format.h"

#include <string.h>

#include "durability/panes.h"
#include "record/codec.h"

enum { TAG_HEADER = 0, TAG_BLOCK = 1, TAG_BEHIND = 2, VERSION = 1 };
enum { SCALAR_BYTES = 9, SHORT_ROOM = 16 };

static const uint64_t sign_bit = UINT64_C(1) << 63;

/* --- keys ----------------------------------------------------------------------------------- */

static void put_time(char *to, int64_t time_ms)
{
    uint64_t word = __builtin_bswap64((uint64_t)time_ms ^ sign_bit);
    memcpy(to, &word, PANE_TIME_BYTES);
}

size_t pane_key_behind(char key[PANE_HEADER_KEY], int64_t time_ms)
{
    put_time(key, time_ms);
    key[PANE_TIME_BYTES] = TAG_BEHIND;
    return PANE_HEADER_KEY;
}

void pane_key_header(char key[PANE_HEADER_KEY], int64_t time_ms)
{
    put_time(key, time_ms);
    key[PANE_TIME_BYTES] = TAG_HEADER;
}

void pane_key_begin(char key[PANE_BLOCK_KEY], int64_t time_ms, size_t partition)
{
    put_time(key, time_ms);
    key[PANE_TIME_BYTES] = TAG_BLOCK;
    key[PANE_HEADER_KEY] = (char)(partition >> 8);
    key[PANE_HEADER_KEY + 1] = (char)partition;
}

void pane_key_end(char key[PANE_BLOCK_KEY], int64_t time_ms, size_t partition)
{
    pane_key_begin(key, time_ms, partition + 1);
    if (partition + 1 == PANE_PARTS_MAX) key[PANE_TIME_BYTES] = TAG_BEHIND;
}

void pane_position_encode(char bytes[PANE_POSITION_BYTES], uint64_t position)
{
    uint64_t word = __builtin_bswap64(position);
    memcpy(bytes, &word, PANE_POSITION_BYTES);
}

bool pane_position_decode(const char *bytes, size_t size, uint64_t *position)
{
    if (size != PANE_POSITION_BYTES) return false;
    memcpy(position, bytes, PANE_POSITION_BYTES);
    *position = __builtin_bswap64(*position);
    return true;
}

bool pane_key_decode(const char *bytes, size_t size, pane_key *key)
{
    uint64_t word;
    if (size < PANE_HEADER_KEY) return false;
    memcpy(&word, bytes, PANE_TIME_BYTES);
    *key = (pane_key){.time_ms = (int64_t)(__builtin_bswap64(word) ^ sign_bit)};
    key->is_header = bytes[PANE_TIME_BYTES] == TAG_HEADER;
    if (key->is_header) return size == PANE_HEADER_KEY;
    if (bytes[PANE_TIME_BYTES] != TAG_BLOCK || size <= PANE_BLOCK_KEY) return false;
    const unsigned char *partition = (const unsigned char *)bytes + PANE_HEADER_KEY;
    key->partition = (size_t)partition[0] << 8 | partition[1];
    key->first = bytes + PANE_BLOCK_KEY;
    key->first_size = size - PANE_BLOCK_KEY;
    return true;
}

/* --- headers -------------------------------------------------------------------------------- */

void pane_header_encode(buffer *to, const pane_header *header)
{
    char head[2] = {WEIR_LIST, 3};
    buffer_append(to, head, 2);
    codec_encode(to, weir_int(VERSION));
    codec_encode(to, weir_int((int64_t)header->part_count));
    codec_encode(to, weir_int((int64_t)header->records));
}

bool pane_header_decode(const char *bytes, size_t size, pane_header *header)
{
    int64_t items[3];
    if (size != 2 + 3 * SCALAR_BYTES || bytes[0] != WEIR_LIST || bytes[1] != 3) return false;
    for (size_t i = 0; i < 3; i++) {
        const char *item = bytes + 2 + i * SCALAR_BYTES;
        if (*item != WEIR_INT) return false;
        memcpy(&items[i], item + 1, 8);
    }
    if (items[0] != VERSION || items[1] < 0 || items[1] > PANE_PARTS_MAX) return false;
    if (items[2] < 0 || (items[1] == 0 && items[2] > 0)) return false;
    *header = (pane_header){(size_t)items[1], (uint64_t)items[2]};
    return true;
}

/* --- blocks --------------------------------------------------------------------------------- */

void pane_block_encode_head(char bytes[PANE_BLOCK_HEAD], const pane_block *block)
{
    memcpy(bytes, &block->count, 4);
    memcpy(bytes + 4, &block->left, 8);
}

/* Most keys and values are numbers or short strings: written here without asking for room again.
 * NULL: this one is something else. */
static inline char *write_short(char *place, weir_value value)
{
    place[0] = (char)value.head;
    if (value.head == WEIR_INT || value.head == WEIR_DOUBLE) {
        memcpy(place + 1, &value.body, 8);
        return place + SCALAR_BYTES;
    }
    if ((value.head & 0xff) != WEIR_STRING) return NULL;
    size_t length = value.head >> 8 & 0xff;
    place[1] = (char)length;
    memcpy(place + 2, (const char *)&value + 2, WEIR_INLINE_MAX);
    return place + 2 + length;
}

static bool append(buffer *to, weir_value value)
{
    char *start = buffer_reserve(to, SHORT_ROOM), *end = write_short(start, value);
    if (!end) return codec_encode(to, value);
    to->size += (size_t)(end - start);
    return true;
}

bool pane_block_append(buffer *to, weir_value key, weir_value value)
{
    size_t before = to->size;
    char *start = buffer_reserve(to, 2 * SHORT_ROOM), *end = write_short(start, key);
    if (end) end = write_short(end, value);
    if (end) to->size += (size_t)(end - start);
    if (end || (append(to, key) && append(to, value))) return true;
    to->size = before;
    return false;
}

bool pane_block_decode_head(const char *bytes, size_t size, pane_block *block)
{
    if (size < PANE_BLOCK_HEAD) return false;
    memcpy(&block->count, bytes, 4);
    memcpy(&block->left, bytes + 4, 8);
    size_t least = 2; /* bytes of a record */
    return block->count > 0 && block->count <= block->left &&
           block->count <= (size - PANE_BLOCK_HEAD) / least;
}

static inline bool decode(const char **at, const char *end, arena *arena, weir_value *value)
{
    const char *from = *at;
    if (end - from < SHORT_ROOM) return codec_decode(at, end, arena, value);
    if (*from == WEIR_INT) {
        memcpy(&value->body, from + 1, 8);
        value->head = WEIR_INT;
        *at = from + SCALAR_BYTES;
        return true;
    }
    size_t length = (unsigned char)from[1];
    if (*from != WEIR_STRING || length > WEIR_INLINE_MAX)
        return codec_decode(at, end, arena, value);
    *value = value_padded_string(from + 2, length);
    *at = from + 2 + length;
    return true;
}

bool pane_block_decode(const char *bytes, size_t size, const pane_block *block, records *to,
                       arena *arena, bool *is_shared)
{
    const char *at = bytes + PANE_BLOCK_HEAD, *end = bytes + size;
    uint64_t heads = 0;
    records_reserve(to, arena, block->count);
    for (size_t i = 0; i < block->count; i++) {
        weir_value key, value;
        if (!decode(&at, end, arena, &key) || !decode(&at, end, arena, &value)) return false;
        heads |= key.head | value.head;
        records_append_shared(to, arena, key, value);
    }
    *is_shared = heads & WEIR_OUTSIDE;
    return at == end;
}
