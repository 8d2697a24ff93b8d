#include "wal/entry.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#if WEIR_LZ4
#include <lz4.h>
#endif

#include "base/error.h"
#include "base/memory.h"

/* LZ4 makes at most 255 bytes of one: a greater claim is damage, not a reason to ask for
 * memory. */
enum { LZ4_RATIO_MAX = 255, LZ4_LEAST = 64 };

static weir_status refuse(const wal_entry *entry, const char *why)
{
    return error_set(WEIR_DAMAGED, "segment %" PRIu64 ", byte %" PRIu64 ": entry %" PRIu64 " %s",
                     entry->place.segment, entry->place.offset, entry->header.sequence, why);
}

/* --- Blocks ---------------------------------------------------------------------------------- */

void wal_block_head_encode(const block *block, void *bytes)
{
    char *to = bytes;
    const uint32_t format = (uint32_t)block->format;
    const uint64_t size = block->size;
    memcpy(to, &block->stream_id, 4);
    memcpy(to + 4, &format, 4);
    memcpy(to + 8, &block->number, 8);
    memcpy(to + 16, &block->records, 8);
    memcpy(to + 24, &size, 8);
}

static bool size_is_possible(uint64_t size, size_t stored, bool is_compressed)
{
    if (!is_compressed) return size == stored;
    return size <= WAL_PAYLOAD_MAX && size <= (uint64_t)stored * LZ4_RATIO_MAX + LZ4_LEAST;
}

#if WEIR_LZ4
static bool decompress(const char *from, size_t stored, char *to, size_t size)
{
    return LZ4_decompress_safe(from, to, (int)stored, (int)size) == (int)size;
}
#endif

static weir_status take_bytes(const wal_entry *entry, size_t stored, block *block)
{
    const char *from = entry->payload + WAL_BLOCK_HEAD;
    if (!(entry->header.flags & WAL_LZ4)) {
        memcpy(block->bytes, from, stored);
        return WEIR_OK;
    }
#if WEIR_LZ4
    if (decompress(from, stored, block->bytes, block->size)) return WEIR_OK;
    return refuse(entry, "cannot be decompressed");
#else
    return error_set(WEIR_UNSUPPORTED, "entry %" PRIu64 " of the log is compressed, and this weir "
                     "was built without lz4", entry->header.sequence);
#endif
}

weir_status wal_entry_block_stub(const wal_entry *entry, block **made)
{
    const char *from = entry->payload;
    uint32_t stream_id, format;
    uint64_t size;
    if (entry->header.size < WAL_BLOCK_HEAD) return refuse(entry, "is too short for a block");
    const size_t stored = entry->header.size - WAL_BLOCK_HEAD;
    memcpy(&stream_id, from, 4);
    memcpy(&format, from + 4, 4);
    memcpy(&size, from + 24, 8);
    if (entry->header.flags & ~WAL_LZ4) return refuse(entry, "has flags that are not known");
    if (format != BLOCK_TEXT && format != BLOCK_RECORDS && format != BLOCK_MARKED)
        return refuse(entry, "is a block of a format that is not known");
    if (!size_is_possible(size, stored, entry->header.flags & WAL_LZ4))
        return refuse(entry, "is a block whose size does not fit");

    block *block = block_create_stub((block_format)format, stream_id);
    memcpy(&block->number, from + 8, 8);
    memcpy(&block->records, from + 16, 8);
    block->log_segment = entry->place.segment;
    block->log_offset = entry->place.offset;
    block->size = size;
    *made = block;
    return WEIR_OK;
}

weir_status wal_entry_block(const wal_entry *entry, block **made)
{
    block *block = NULL;
    weir_status status = wal_entry_block_stub(entry, &block);
    if (status != WEIR_OK) return status;
    block_reserve(block, block->size);
    status = take_bytes(entry, entry->header.size - WAL_BLOCK_HEAD, block);
    if (status == WEIR_OK) *made = block;
    else block_drop(block);
    return status;
}

/* --- Batches --------------------------------------------------------------------------------- */

void wal_batch_head_encode(int64_t time_ms, void *bytes) { memcpy(bytes, &time_ms, 8); }

weir_status wal_entry_batch(const wal_entry *entry, int64_t *time_ms, const char **bytes,
                            size_t *size)
{
    if (entry->header.size < WAL_BATCH_HEAD) return refuse(entry, "is too short for a batch");
    if (entry->header.flags) return refuse(entry, "has flags that are not known");
    memcpy(time_ms, entry->payload, 8);
    *bytes = entry->payload + WAL_BATCH_HEAD;
    *size = entry->header.size - WAL_BATCH_HEAD;
    return WEIR_OK;
}

/* --- Compression ----------------------------------------------------------------------------- */

#if WEIR_LZ4
bool wal_can_compress(void) { return true; }

char *wal_compress(const void *bytes, size_t size, size_t *compressed)
{
    if (size < LZ4_LEAST || size > LZ4_MAX_INPUT_SIZE) return NULL;
    char *to = memory_alloc(size);
    int made = LZ4_compress_default(bytes, to, (int)size, (int)size);
    if (made > 0 && (size_t)made < size) {
        *compressed = (size_t)made;
        return to;
    }
    free(to);
    return NULL;
}
#else
bool wal_can_compress(void) { return false; }

char *wal_compress(const void *bytes, size_t size, size_t *compressed)
{
    (void)bytes, (void)size, (void)compressed;
    return NULL;
}
#endif
