/* The checksum (XXH3-64) of a range of a file, taken from the bytes as they are read. For marks of
 * batches that are done: a file that is read again is the same if its parts have these. */
#ifndef RECORD_RANGE_HASH_H
#define RECORD_RANGE_HASH_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/status.h"

/* 0: not known yet. Several threads may read the same range. */
typedef _Atomic uint64_t range_hash;

typedef struct range_hasher {
    range_hash *into; /* borrowed; NULL: nothing is done */
    struct XXH3_state_s *state;
    int64_t next; /* in the file: what comes next */
    int64_t to;
} range_hasher;

/* Begins with [from, to) of a file; does nothing if `into` is NULL or known. */
void range_hasher_begin(range_hasher *hasher, int64_t from, int64_t to, range_hash *into);
/* What stands at `at` of the file, which is where the last piece ended. What lies behind the range
 * is left out. */
void range_hasher_add(range_hasher *hasher, int64_t at, const void *bytes, size_t size);
/* Tells the checksum if all of the range has come. Releases the hasher. */
void range_hasher_end(range_hasher *hasher);

/* Reads the range for nothing else. WEIR_IO also where the file is shorter. */
weir_status range_hash_read(const char *path, int64_t from, int64_t to, uint64_t *hash);

#endif
