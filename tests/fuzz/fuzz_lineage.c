/* A stored lineage: any bytes are refused, or are streams whose parts can be asked for; only
 * windows have lengths and inverses. Nothing is built. */
#include <stdint.h>
#include <stdlib.h>

#include "recovery/lineage_codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    arena arena;
    stored_lineage stored;
    arena_init(&arena, NULL);
    const char *bytes = arena_copy(&arena, data, size); /* padded, as in files */
    if (lineage_decode(bytes, size, &arena, &stored) == WEIR_OK) {
        for (size_t i = 0; i < stored.stream_count; i++) {
            const stored_stream *stream = &stored.streams[i];
            if (stream->id != i || !stream_kind_text(stream->kind)) abort();
            bool is_window = stream_kind_is_window(stream->kind);
            if (!is_window && (stream->window_ms || stream->inverse || stream->filter)) abort();
        }
    }
    arena_release(&arena);
    return 0;
}
