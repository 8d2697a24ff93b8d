/* A stored block of a pane, a header, or a key: any bytes are refused, or mean what is written as
 * the same bytes again. The first byte of the input chooses which. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "record/codec.h"
#include "state/pane_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Doubles have one NaN, so what was read can be written otherwise: but with the same size. */
static void read_block(const char *bytes, size_t size, arena *arena)
{
    const char *padded = arena_copy(arena, bytes, size);
    pane_block block;
    records read = {0};
    bool is_shared;
    buffer again = {0};
    if (!pane_block_decode_head(padded, size, &block)) return;
    if (!pane_block_decode(padded, size, &block, &read, arena, &is_shared)) return;
    if (read.count != block.count || block.left < block.count) abort();
    for (size_t i = 0; i < read.count; i++)
        if (!pane_block_append(&again, records_key(&read, i), read.values[i])) abort();
    if (again.size + PANE_BLOCK_HEAD != size) abort();
    const char *at = again.bytes, *end = again.bytes + again.size;
    for (size_t i = 0; i < 2 * read.count; i++) {
        weir_value value;
        if (!codec_decode(&at, end, arena, &value)) abort();
        if (!weir_equal(value, i % 2 ? read.values[i / 2] : records_key(&read, i / 2))) abort();
    }
    buffer_release(&again);
}

static void read_header(const char *bytes, size_t size)
{
    pane_header header;
    buffer again = {0};
    if (!pane_header_decode(bytes, size, &header)) return;
    pane_header_encode(&again, &header);
    if (again.size != size || memcmp(again.bytes, bytes, size) != 0) abort();
    buffer_release(&again);
}

static void read_key(const char *bytes, size_t size)
{
    pane_key key;
    char again[PANE_BLOCK_KEY];
    if (!pane_key_decode(bytes, size, &key)) return;
    if (key.is_header) pane_key_header(again, key.time_ms);
    else pane_key_begin(again, key.time_ms, key.partition);
    if (memcmp(again, bytes, key.is_header ? PANE_HEADER_KEY : PANE_BLOCK_KEY) != 0) abort();
    if (!key.is_header && key.first_size + PANE_BLOCK_KEY != size) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) return 0;
    arena arena;
    arena_init(&arena, NULL);
    const char *bytes = (const char *)data + 1;
    switch (data[0] % 3) {
    case 0: read_block(bytes, size - 1, &arena); break;
    case 1: read_header(bytes, size - 1); break;
    default: read_key(bytes, size - 1);
    }
    arena_release(&arena);
    return 0;
}
