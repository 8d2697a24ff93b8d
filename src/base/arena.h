/* An arena: memory given out piece by piece and taken back all at once. Not shared between
 * threads. Every piece is aligned to 16 bytes and followed by at least 16 readable bytes
 * (values may be read past their end). */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/memory.h"

typedef struct arena_chunk arena_chunk;

typedef struct arena {
    char *next; /* the free rest of the newest chunk */
    char *end;
    arena_chunk *chunks;   /* newest first */
    arena_chunk *spare;    /* kept by a reset, and not in use again yet */
    size_t chunk_bytes;    /* sum of both */
    memory_budget *budget; /* counts the chunks, or NULL */
} arena;

enum { ARENA_PADDING = 16, ARENA_ALIGNMENT = 16 };

void arena_init(arena *arena, memory_budget *budget);
/* Takes everything back; keeps chunks of up to `keep` bytes in all for reuse. */
void arena_reset(arena *arena, size_t keep);
void arena_release(arena *arena);
/* Bytes of the chunks that are in use, not those kept for later. */
size_t arena_used_bytes(const arena *arena);

/* Never NULL. Uninitialised. */
void *arena_alloc_slow(arena *arena, size_t size);
static inline void *arena_alloc(arena *arena, size_t size)
{
    size_t rounded = (size + ARENA_PADDING + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1);
    if ((size_t)(arena->end - arena->next) < rounded) return arena_alloc_slow(arena, size);
    void *piece = arena->next;
    arena->next += rounded;
    return piece;
}
void *arena_copy(arena *arena, const void *bytes, size_t size);
char *arena_copy_text(arena *arena, const char *text);

/* The arena that functions of this thread make their values in. Outside any function: one that
 * lives until the thread ends. arena_set_current returns the one before; NULL: back to the
 * thread's own. */
arena *arena_current(void);
/* Empties the thread's own arena, unless another one is current. */
void arena_forget_own(void);
arena *arena_set_current(arena *arena);

#endif
