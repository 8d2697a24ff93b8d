/* The frames of the log, format version 1: what a segment begins with, and what each entry begins
 * with. Pure: bytes in, facts out; nothing is read beyond what is given.
 *
 * A segment is a file of the log, named by its number: a header of 64 bytes, then entries, each at
 * a multiple of 64, zeros between them. All numbers are little-endian.
 *
 *   segment header                               entry header
 *   0   8  "weirlog\n"                            0   8  checksum of bytes 8..31, seed: its place
 *   8   4  version, 1                             8   8  sequence number
 *   12  4  0                                      16  4  size of the payload, at most 2^30
 *   16  8  owner ticket                           20  1  kind, never 0
 *   24 16  context id                             21  1  flags
 *   40  8  segment number                         22  2  entries before it in its group
 *   48  8  first sequence number                  24  8  checksum of the payload
 *   56  8  checksum of bytes 0..55                32 ... payload
 *
 * Checksums are XXH3-64. An entry is valid if and only if its kind is not 0, its number is from 1
 * to 2^63 - 1, its payload is within the limit and ends within the file, and both checksums match
 * (W2). The seed is segment number * 2^32 + offset / 64: an entry that stands anywhere else than
 * where it was written is not valid. So a reader that has lost its way tries every 64 bytes.
 *
 * Sequence numbers begin at 1 and rise by one. A group is what was written and synced at once: an
 * entry whose group begins after number s proves that the entry s had been synced. */
#ifndef WAL_FORMAT_H
#define WAL_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WAL_VERSION = 1,
    WAL_STEP = 64, /* entries stand at multiples of it */
    WAL_SEGMENT_HEADER = 64,
    WAL_ENTRY_HEADER = 32,
    WAL_CONTEXT_ID = 16,
    WAL_GROUP_ENTRIES = 1024
};
#define WAL_PAYLOAD_MAX (UINT32_C(1) << 30)
#define WAL_SEQUENCE_MAX (UINT64_MAX / 2)
#define WAL_SEGMENT_MAX UINT64_C(9999999999999999) /* names have 16 digits */

/* Append-only numbers, part of the format; 0 is never valid. */
typedef enum wal_kind {
    WAL_BLOCK = 1,
    WAL_BATCH_RECORD = 2,
    WAL_BATCH_DONE = 3,
    WAL_SEALED = 4,   /* the log was closed in order; no payload */
    WAL_BATCH_RUN = 5, /* the records of several batches that were cut at once */
    WAL_BATCH_GIVEN_UP = 6, /* a batch that was recorded: no start computes it any more */
    WAL_LOSS_GIVEN_UP = 7   /* what is lost of the log before it is known, and nobody asks again */
} wal_kind;

enum { WAL_LZ4 = 1 }; /* flag of a block: its bytes are compressed */

/* Where an entry stands. Segments count from 1; {0, 0} is before everything. */
typedef struct wal_position {
    uint64_t segment;
    uint64_t offset;
} wal_position;

typedef struct wal_segment_header {
    uint64_t owner;
    uint8_t context_id[WAL_CONTEXT_ID];
    uint64_t number;
    uint64_t first_sequence; /* of the first entry that will stand in it */
} wal_segment_header;

typedef struct wal_entry_header {
    uint64_t sequence;
    uint32_t size; /* of the payload */
    uint8_t kind;  /* a wal_kind, or one of a later weir */
    uint8_t flags;
    uint16_t in_group; /* entries before it in its group */
    uint64_t payload_checksum;
} wal_entry_header;

typedef enum wal_header_state {
    WAL_HEADER_GOOD,
    WAL_HEADER_BAD,
    WAL_HEADER_NEWER /* of a format that this weir does not know; only `version` was read */
} wal_header_state;

/* Bytes that an entry with that payload takes in the segment. */
static inline uint64_t wal_entry_space(uint64_t payload_size)
{
    return (WAL_ENTRY_HEADER + payload_size + WAL_STEP - 1) / WAL_STEP * WAL_STEP;
}

/* Both write exactly as many bytes as the header has. */
void wal_segment_header_encode(const wal_segment_header *header, void *bytes);
void wal_entry_header_encode(const wal_entry_header *header, wal_position place, void *bytes);

/* Of WAL_SEGMENT_HEADER bytes. */
wal_header_state wal_segment_header_decode(const void *bytes, wal_segment_header *header,
                                           uint32_t *version);
/* Of the first sector, or as much of it as there is, of a segment whose header is not right: can a
 * crash leave that of one that was begun? Nothing, or a header's beginning and nothing behind. */
bool wal_segment_header_is_part(const void *bytes, size_t size);
/* Of WAL_ENTRY_HEADER bytes at `place`: is this the header of an entry? Says nothing of its
 * payload. */
bool wal_entry_header_decode(const void *bytes, wal_position place, wal_entry_header *header);

/* Of a payload that lies in two pieces. */
uint64_t wal_checksum(const void *head, size_t head_size, const void *rest, size_t rest_size);

#endif
