/* Panes as the database has them, in a family of their own: of each pane a header, then its
 * records in blocks.
 *
 * Keys:
 *   bytes 0 to 7   the time of the pane in ms, big-endian, the sign bit flipped
 *   byte 8         0: its header; nothing more
 *                  1: a block
 *   bytes 9, 10    the partition, big-endian
 *   from byte 11   keyed panes: the first key of the block, from its tag on (key_codec.h)
 *                  others: the position of its first record in the partition, 8 bytes big-endian
 *
 * The time stands first, so what a checkpoint adds lies behind all that is there: its file never
 * has to be merged with older ones, and files leave as wholes when the panes in them have expired.
 *
 * Values:
 *   header   list (1, number of partitions, number of records), encoded by record/codec.h; the
 *            first item is the version
 *   block    bytes 0 to 3    number of records in it, at least 1, little-endian
 *            bytes 4 to 11   number of records of the partition from this block on, little-endian:
 *                            so in the first block that of all, and 0 would follow the last
 *            from byte 12    of each record key and value, encoded by record/codec.h
 *
 * In keyed panes the records of a partition are sorted by the bytes of their keys, each of which
 * is there once; in others they have their order, and keys may be absent. A block has up to
 * PANE_BLOCK_BYTES, unless it holds a single record. A partition without records has no block. */
#ifndef STATE_PANE_FORMAT_H
#define STATE_PANE_FORMAT_H

#include "base/buffer.h"
#include "record/records.h"

enum {
    PANE_TIME_BYTES = 8,
    PANE_HEADER_KEY = 9, /* bytes of a header's key */
    PANE_BLOCK_KEY = 11, /* of a block's key, before its first key or position */
    PANE_POSITION_BYTES = 8,
    PANE_BLOCK_HEAD = 12,
    PANE_BLOCK_BYTES = 64 << 10,
};

/* --- keys ------------------------------------------------------------------------------------ */

typedef struct pane_key {
    int64_t time_ms;
    bool is_header;
    size_t partition;
    const char *first; /* key or position; borrowed */
    size_t first_size;
} pane_key;

/* What follows all keys of panes up to `time_ms`, and is before all others. The size. */
size_t pane_key_behind(char key[PANE_HEADER_KEY], int64_t time_ms);
void pane_key_header(char key[PANE_HEADER_KEY], int64_t time_ms);
/* What the keys of a partition's blocks begin with; all keys from there on that are less than
 * what pane_key_end writes are its. */
void pane_key_begin(char key[PANE_BLOCK_KEY], int64_t time_ms, size_t partition);
void pane_key_end(char key[PANE_BLOCK_KEY], int64_t time_ms, size_t partition);
void pane_position_encode(char bytes[PANE_POSITION_BYTES], uint64_t position);
bool pane_position_decode(const char *bytes, size_t size, uint64_t *position);
/* false on damage; what is behind the partition is not looked at. */
bool pane_key_decode(const char *bytes, size_t size, pane_key *key);

/* --- values ---------------------------------------------------------------------------------- */

typedef struct pane_header {
    size_t part_count;
    uint64_t records;
} pane_header;

void pane_header_encode(buffer *to, const pane_header *header);
bool pane_header_decode(const char *bytes, size_t size, pane_header *header);

typedef struct pane_block {
    uint32_t count;
    uint64_t left; /* from this block on */
} pane_block;

void pane_block_encode_head(char bytes[PANE_BLOCK_HEAD], const pane_block *block);
/* Appends a record. false (nothing appended): key or value is nested too deep. */
bool pane_block_append(buffer *to, weir_value key, weir_value value);
/* false on damage: also if there cannot be so many records in so many bytes. */
bool pane_block_decode_head(const char *bytes, size_t size, pane_block *block);
/* Appends the records of a block whose head was decoded to `to`. Long strings point into the bytes
 * (which must be padded by 16); *is_shared: there are some. false on damage. */
bool pane_block_decode(const char *bytes, size_t size, const pane_block *block, records *to,
                       arena *arena, bool *is_shared);

#endif
