#include "record/range_hash.h"

#include <assert.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

enum { PIECE_BYTES = 256 << 10 };

void range_hasher_begin(range_hasher *hasher, int64_t from, int64_t to, range_hash *into)
{
    *hasher = (range_hasher){.next = from, .to = to};
    if (!into || atomic_load(into) != 0) return;
    hasher->state = XXH3_createState();
    if (!hasher->state) return; /* then the part has no checksum, and is not compared */
    XXH3_64bits_reset(hasher->state);
    hasher->into = into;
}

void range_hasher_add(range_hasher *hasher, int64_t at, const void *bytes, size_t size)
{
    if (!hasher->into || at >= hasher->to) return;
    assert(at == hasher->next);
    int64_t left = hasher->to - at;
    size_t part = (int64_t)size < left ? size : (size_t)left;
    XXH3_64bits_update(hasher->state, bytes, part);
    hasher->next = at + (int64_t)part;
}

/* 0 says that it is not known. */
static uint64_t digest(const XXH3_state_t *state)
{
    uint64_t hash = XXH3_64bits_digest(state);
    return hash ? hash : 1;
}

void range_hasher_end(range_hasher *hasher)
{
    if (hasher->into && hasher->next == hasher->to)
        atomic_store(hasher->into, digest(hasher->state));
    XXH3_freeState(hasher->state);
    *hasher = (range_hasher){0};
}

static weir_status read_range(int file, const char *path, range_hasher *hasher)
{
    char *piece = memory_alloc(PIECE_BYTES);
    weir_status status = WEIR_OK;
    while (hasher->next < hasher->to && status == WEIR_OK) {
        int64_t left = hasher->to - hasher->next;
        size_t size = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES, got;
        status = file_read_at(file, path, piece, size, hasher->next, &got);
        if (status == WEIR_OK && got < size)
            status = error_set(WEIR_IO, "%s: the file has become shorter", path);
        if (status == WEIR_OK) range_hasher_add(hasher, hasher->next, piece, got);
    }
    free(piece);
    return status;
}

weir_status range_hash_read(const char *path, int64_t from, int64_t to, uint64_t *hash)
{
    int file;
    range_hash known = 0;
    range_hasher hasher;
    weir_status status = file_open_read(path, &file);
    if (status != WEIR_OK) return status;
    range_hasher_begin(&hasher, from, to, &known);
    if (!hasher.into) status = error_set(WEIR_NO_MEMORY, "%s: no memory to read it", path);
    if (status == WEIR_OK) status = read_range(file, path, &hasher);
    range_hasher_end(&hasher);
    (void)file_close(file, path); /* nothing was written that could be lost */
    *hash = atomic_load(&known);
    return status;
}
