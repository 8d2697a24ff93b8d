/* A block: what a receiver hands over at once, the unit of the log. Reference-counted; immutable
 * once it is cut. */
#ifndef RECORD_BLOCK_H
#define RECORD_BLOCK_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "record/split.h"

/* Part of the format; 0 is never valid. */
typedef enum block_format {
    BLOCK_TEXT = 1,   /* whole lines as they came (LF, CR or CRLF; UTF-8 not yet checked) */
    BLOCK_RECORDS = 2, /* `records` times: key, value in the encoding of record/codec.h */
    /* The same, then a mark of its source, a value in that encoding, then the mark's length in
     * bytes as 4 bytes little-endian. */
    BLOCK_MARKED = 3
} block_format;

/* Where blocks can be read back that were read before without their bytes. */
typedef struct block block;
typedef struct block_store block_store;
struct block_store {
    /* Gives the block that stands where `stub` does, with its bytes; one reference. Any thread. */
    weir_status (*load)(const block_store *store, const block *stub, block **loaded);
};

struct block {
    _Atomic unsigned references;
    block_format format;
    uint32_t stream_id; /* the source */
    uint64_t number;    /* rises by one for each block of a context */
    uint64_t records;   /* lines (as far as they were counted) or records */
    uint64_t log_segment; /* where the log has it, once that answered; segment 0: nowhere */
    uint64_t log_offset;
    size_t size;
    size_t capacity; /* bytes[size .. capacity + TEXT_PADDING) exist */
    char *bytes;     /* NULL: a stub; whoever reads it asks `store` */
    const block_store *store;
};

/* Makes an empty block with room for `capacity` bytes; one reference. */
block *block_create(block_format format, uint32_t stream_id, size_t capacity);
/* Makes one without bytes; the caller says its size and where it stands. One reference. */
block *block_create_stub(block_format format, uint32_t stream_id);
/* What it takes in memory while it waits. */
static inline size_t block_memory(const block *block) { return block->bytes ? block->size : 0; }
/* Makes room for `capacity` bytes in all, while only one thread knows the block. The bytes may
 * move. */
void block_reserve(block *block, size_t capacity);
/* Gives back the room that is not used, likewise. */
void block_trim(block *block);
/* Makes a block of what the buffer holds; the buffer is empty afterwards. One reference. */
block *block_from_buffer(block_format format, uint32_t stream_id, buffer *bytes);
block *block_hold(block *block); /* one reference more; any thread */
void block_drop(block *block);   /* one less; the last frees it; NULL is fine */

/* Appends a mark to bytes that are to become a BLOCK_MARKED. false: it is nested too deep. */
bool block_append_mark(buffer *bytes, weir_value mark);
/* The mark of a block, in the arena; null if it has none that can be read. Of a stub it is read
 * from where the block stands. */
weir_value block_mark(const block *block, arena *arena);

/* A split that reads a block and holds a reference. Damaged records are counted as refused and end
 * the block. */
split *block_split_create(block *block); /* takes the reference */
/* The block of such a split; borrowed. */
block *block_split_block(const split *split);

#endif
