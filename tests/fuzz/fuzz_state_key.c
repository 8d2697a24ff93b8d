/* A key of the state database: any bytes are refused, or are exactly how the key that they mean is
 * written; and a stored value of any bytes is refused, or can be written again. The first byte of
 * the input chooses which. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "state/key_codec.h"
#include "state/reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_key(const char *bytes, size_t size, arena *arena)
{
    size_t partition;
    weir_value key;
    buffer again = {0};
    if (!key_decode(bytes, size, arena, &partition, &key)) return;
    if (!key_encode(&again, partition, key)) abort();
    if (again.size != size || memcmp(again.bytes, bytes, size) != 0) abort();
    buffer_release(&again);
}

static void read_value(const char *bytes, size_t size, arena *arena)
{
    const char *padded = arena_copy(arena, bytes, size);
    uint64_t changed;
    weir_value value;
    buffer again = {0};
    if (!reading_decode(padded, size, arena, &changed, &value)) return;
    if (weir_is_absent(value) || changed > STATE_BATCH_MAX) abort();
    if (!codec_encode(&again, value)) abort();
    if (again.size >= size) abort(); /* the batch takes a byte or more */
    buffer_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) return 0;
    arena arena;
    arena_init(&arena, NULL);
    const char *bytes = (const char *)data + 1;
    if (data[0] & 1) read_key(bytes, size - 1, &arena);
    else read_value(bytes, size - 1, &arena);
    arena_release(&arena);
    return 0;
}
