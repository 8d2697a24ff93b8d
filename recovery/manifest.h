/* The manifest of a checkpoint: what it is, and what belongs to it. Written last (C1). One value
 * in the encoding of record/codec.h in a sealed file with the magic "weirmani":
 *
 *   (1, context id, owner, application, zero time, first start, interval in ms, partitions,
 *    batch time, next block number, log segment, log offset, place of the sources, batches so far,
 *    ((file, size, hash), ...), newest log segment)
 *
 * Early ones lack the last.
 *
 * Times are ms since 1970 UTC; the place is bytes as in batch/batch_record.h. */
#ifndef RECOVERY_MANIFEST_H
#define RECOVERY_MANIFEST_H

#include "base/arena.h"
#include "base/buffer.h"
#include "weir/value.h"

enum { CONTEXT_ID_BYTES = 16 };
extern const char manifest_magic[];
extern const char lineage_magic[];

typedef struct manifest_file {
    const char *name; /* relative to the checkpoint */
    uint64_t size;
    uint64_t hash; /* XXH3-64 of the content */
} manifest_file;

typedef struct manifest {
    unsigned char context_id[CONTEXT_ID_BYTES];
    uint64_t owner; /* 1: alone */
    const char *app_name;
    int64_t zero_ms;
    int64_t first_start_ms;
    int64_t interval_ms;
    int64_t partitions;
    int64_t time_ms; /* the boundary: the batch that the state is after */
    uint64_t next_block;
    uint64_t log_segment; /* the log is needed from here on */
    uint64_t log_offset;
    uint64_t log_newest; /* segment that was there when this was written; 0: not known */
    const char *place;
    size_t place_size;
    uint64_t batches;
    const manifest_file *files;
    size_t file_count;
} manifest;

void manifest_encode(const manifest *manifest, buffer *to);
/* What the manifest reaches lives in `arena`, or in the bytes. WEIR_DAMAGED, WEIR_UNSUPPORTED. */
weir_status manifest_decode(const char *bytes, size_t size, arena *arena, manifest *manifest);

#endif
