/* What stands in the payload of an entry: blocks and marks of batches. Decoding is bounded, and
 * makes no difference between a damaged payload and one that was never right.
 *
 *   block                                        batch record, run, done mark
 *   0   4  stream id                              0   8  batch time in ms
 *   4   4  format of the bytes (block_format)     8 ...  as the journal was given it
 *   8   8  number of the block
 *   16  8  number of records
 *   24  8  size of the bytes, uncompressed
 *   32 ... the bytes; with the flag WAL_LZ4 one LZ4 block */
#ifndef WAL_ENTRY_H
#define WAL_ENTRY_H

#include "record/block.h"
#include "wal/format.h"

enum { WAL_BLOCK_HEAD = 32, WAL_BATCH_HEAD = 8 };

/* A valid entry as a reader found it. */
typedef struct wal_entry {
    wal_position place;
    wal_entry_header header;
    const char *payload; /* borrowed from the reader */
} wal_entry;

void wal_block_head_encode(const block *block, void *bytes);
void wal_batch_head_encode(int64_t time_ms, void *bytes);

/* Makes a block of an entry of kind WAL_BLOCK, with its place; one reference. WEIR_DAMAGED if the
 * payload is not right, WEIR_UNSUPPORTED if it is compressed and this weir was built without
 * lz4. */
weir_status wal_entry_block(const wal_entry *entry, block **block);
/* The same without its bytes, which are not looked at. */
weir_status wal_entry_block_stub(const wal_entry *entry, block **block);
/* The batch time and the bytes of a batch record, a run or a done mark, borrowed. */
weir_status wal_entry_batch(const wal_entry *entry, int64_t *time_ms, const char **bytes,
                            size_t *size);

/* --- Compression ----------------------------------------------------------------------------- */

bool wal_can_compress(void);
/* Compresses into new memory, given to the caller; NULL if that would save nothing. */
char *wal_compress(const void *bytes, size_t size, size_t *compressed);

#endif
