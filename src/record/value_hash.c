/* Hashes of values: those of tables, and those that decide the partition of a key. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/buffer.h"
#include "record/codec.h"
#include "record/value.h"

/* Any number but that of partitions (0): else the keys of one partition would crowd in a few
 * slots of its table. */
static const uint64_t table_seed = 0x7765697274616265U;

static uint64_t hash_nested(weir_value value, int depth)
{
    if (!value_is_outside(value)) return value_hash(value);
    size_t length;
    const char *text = weir_bytes(&value, &length);
    if (text) return XXH3_64bits_withSeed(text, length, table_seed ^ value.head);
    if (depth == CODEC_DEPTH_MAX) {
        value_refuse_depth();
        return 0;
    }
    const weir_value *items = weir_items(value, &length);
    uint64_t hash = table_seed ^ value.head;
    for (size_t i = 0; i < length; i++) {
        uint64_t parts[2] = {hash, hash_nested(items[i], depth + 1)};
        hash = XXH3_64bits(parts, sizeof parts);
    }
    return hash;
}

uint64_t value_hash_outside(weir_value value)
{
    return hash_nested(value, 0);
}

static uint64_t hash_encoding(weir_value value)
{
    buffer encoding = {0};
    if (!codec_encode(&encoding, value)) value_refuse_depth();
    uint64_t hash = XXH3_64bits(encoding.bytes, encoding.size);
    buffer_release(&encoding);
    return hash;
}

/* XXH3_64bits of an inline string, from registers: reading back at odd places what was just
 * written to memory takes several times as long as the hash. The steps are those of XXH3 for up to
 * 3, 8 and 16 bytes, with the words of its secret that they use. */
static uint64_t hash_inline(weir_value value)
{
    size_t length = (size_t)((value.head >> 8) & 0xff);
    uint64_t low = value.head >> 16 | value.body << 48, high = value.body >> 16;
    if (length > 8) {
        unsigned beyond = (unsigned)(length - 8) * 8; /* the last 8 bytes begin so many bits on */
        uint64_t last = low >> beyond | high << (64 - beyond);
        uint64_t a = low ^ 0x6782737bea4239b9U, b = last ^ 0xaf56bc3b0996523aU;
        return XXH3_avalanche(length + XXH_swap64(a) + b + XXH3_mul128_fold64(a, b));
    }
    if (length > 3) {
        uint64_t last = (low >> (length - 4) * 8) & UINT32_MAX;
        return XXH3_rrmxmx((last + (low << 32)) ^ 0xc73ab174c5ecd5a2U, length);
    }
    if (length == 0) return XXH3_64bits("", 0);
    uint64_t first = low & 0xff, middle = (low >> (length >> 1) * 8) & 0xff;
    uint64_t last = (low >> (length - 1) * 8) & 0xff;
    uint64_t combined = first << 16 | middle << 24 | (uint64_t)length << 8 | last;
    return XXH64_avalanche(combined ^ 0x87275a9bU);
}

static uint64_t hash_key(const weir_value *key)
{
    size_t length;
    switch (weir_kind_of(*key)) {
    case WEIR_STRING:
    case WEIR_BYTES: {
        const char *text = weir_bytes(key, &length);
        return value_is_outside(*key) ? XXH3_64bits(text, length) : hash_inline(*key);
    }
    case WEIR_INT:
    case WEIR_DOUBLE: return XXH3_64bits(&key->body, 8);
    case WEIR_BOOL: return XXH3_64bits(&key->body, 1);
    case WEIR_LIST:
    case WEIR_PAIR: return hash_encoding(*key);
    default: return XXH3_64bits("", 0);
    }
}

size_t value_partition(weir_value key, size_t partitions)
{
    uint64_t hash = hash_key(&key);
    bool is_power_of_two = (partitions & (partitions - 1)) == 0;
    return (size_t)(is_power_of_two ? hash & (partitions - 1) : hash % partitions);
}
