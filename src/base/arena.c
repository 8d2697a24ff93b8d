#include "base/arena.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK_MIN = 4 * 1024,
    CHUNK_MAX = 1024 * 1024,
    KEEP_OWN = 64 * 1024,
    CHUNK_LARGE = 2 * 1024 * 1024, /* from here on chunks are worth huge pages */
};

struct arena_chunk {
    _Alignas(ARENA_ALIGNMENT) arena_chunk *older;
    size_t bytes; /* of the chunk, this head included */
};

void arena_init(arena *arena, memory_budget *budget)
{
    memset(arena, 0, sizeof *arena);
    arena->budget = budget;
}

/* A little more where it is much: so that what a batch needs fits what the one before needed,
 * rather than being fetched anew from the system, which is as long as to fill it. */
static size_t rounded(size_t bytes)
{
    if (bytes < CHUNK_LARGE) return bytes;
    size_t step = CHUNK_LARGE / 8;
    while (step * 16 <= bytes) step *= 2;
    return bytes > SIZE_MAX - step ? bytes : (bytes + step - 1) / step * step;
}

static arena_chunk *chunk_create(arena *arena, size_t bytes)
{
    bytes = rounded(bytes);
    arena_chunk *chunk = bytes >= CHUNK_LARGE ? memory_alloc_large(bytes) : memory_alloc(bytes);
    chunk->bytes = bytes;
    arena->chunk_bytes += bytes;
    memory_budget_add(arena->budget, bytes);
    return chunk;
}

static void chunk_free(arena *arena, arena_chunk *chunk)
{
    size_t bytes = chunk->bytes;
    arena->chunk_bytes -= bytes;
    memory_budget_take(arena->budget, bytes);
    if (bytes >= CHUNK_LARGE)
        memory_free_large(chunk, bytes);
    else
        free(chunk);
}

/* Makes `chunk` the only source of the next pieces. */
static void serve_from(arena *arena, arena_chunk *chunk)
{
    arena->next = (char *)(chunk + 1);
    arena->end = (char *)chunk + chunk->bytes;
}

/* Keeps chunks of the list as long as they fit into `keep`; gives back the rest of `keep`. */
static size_t keep_spare(arena *arena, arena_chunk *chunk, size_t keep)
{
    while (chunk) {
        arena_chunk *older = chunk->older;
        if (chunk->bytes <= keep) {
            keep -= chunk->bytes;
            chunk->older = arena->spare;
            arena->spare = chunk;
        } else {
            chunk_free(arena, chunk);
        }
        chunk = older;
    }
    return keep;
}

void arena_reset(arena *arena, size_t keep)
{
    arena_chunk *chunks = arena->chunks, *spare = arena->spare;
    arena->chunks = arena->spare = NULL;
    arena->next = arena->end = NULL;
    keep = keep_spare(arena, chunks, keep);
    keep_spare(arena, spare, keep);
    if (!arena->spare) return;
    arena->chunks = arena->spare;
    arena->spare = arena->spare->older;
    arena->chunks->older = NULL;
    serve_from(arena, arena->chunks);
}

size_t arena_used_bytes(const arena *arena)
{
    size_t bytes = 0;
    for (const arena_chunk *chunk = arena->chunks; chunk; chunk = chunk->older)
        bytes += chunk->bytes;
    return bytes;
}

void arena_release(arena *arena) { arena_reset(arena, 0); }

/* A spare chunk for `needed` bytes, at most twice as large where that is much; NULL: there is
 * none. */
static arena_chunk *take_spare(arena *arena, size_t needed)
{
    size_t most = needed < CHUNK_MAX / 2 ? CHUNK_MAX : 2 * needed;
    for (arena_chunk **link = &arena->spare; *link; link = &(*link)->older) {
        arena_chunk *chunk = *link;
        if (chunk->bytes < needed || chunk->bytes > most) continue;
        *link = chunk->older;
        return chunk;
    }
    return NULL;
}

/* A piece that would fill more than half of the largest chunk gets a chunk of its own, behind the
 * newest one, whose rest stays in use. */
static void *piece_alone(arena *arena, size_t bytes)
{
    arena_chunk *chunk = take_spare(arena, bytes);
    if (!chunk) chunk = chunk_create(arena, bytes);
    arena_chunk **link = arena->chunks ? &arena->chunks->older : &arena->chunks;
    chunk->older = *link;
    *link = chunk;
    return chunk + 1;
}

void *arena_alloc_slow(arena *arena, size_t size)
{
    if (size > SIZE_MAX / 4) return memory_alloc(size); /* cannot be had: ends the process */
    size_t rounded = (size + ARENA_PADDING + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1);
    size_t needed = rounded + sizeof(arena_chunk);
    if (needed > CHUNK_MAX / 2) return piece_alone(arena, needed);

    /* As much as there is already, so that the number of chunks is the logarithm of the bytes. */
    size_t bytes = CHUNK_MIN;
    while (bytes < CHUNK_MAX && (bytes < arena->chunk_bytes || bytes < 2 * needed)) bytes *= 2;
    arena_chunk *chunk = take_spare(arena, needed);
    if (!chunk) chunk = chunk_create(arena, bytes);
    chunk->older = arena->chunks;
    arena->chunks = chunk;
    serve_from(arena, chunk);
    assert((size_t)(arena->end - arena->next) >= rounded);
    void *piece = arena->next;
    arena->next += rounded;
    return piece;
}

void *arena_copy(arena *arena, const void *bytes, size_t size)
{
    void *copy = arena_alloc(arena, size);
    if (size > 0) memcpy(copy, bytes, size);
    return copy;
}

char *arena_copy_text(arena *arena, const char *text)
{
    return arena_copy(arena, text, strlen(text) + 1);
}

/* --- The arena of the thread ----------------------------------------------------------------- */

static _Thread_local arena *current;
static _Thread_local arena own;
static _Thread_local bool own_is_watched; /* the thread's end will release it */

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool key_exists;

static void release_own(void *arena)
{
    arena_release(arena);
    own_is_watched = false; /* a destructor that runs later may use it again */
}

static void make_key(void) { key_exists = pthread_key_create(&key, release_own) == 0; }

static arena *own_arena(void)
{
    if (!own_is_watched) {
        pthread_once(&key_once, make_key);
        own_is_watched = key_exists && pthread_setspecific(key, &own) == 0;
    }
    return &own;
}

arena *arena_current(void) { return current ? current : own_arena(); }

void arena_forget_own(void)
{
    if (!current) arena_reset(own_arena(), KEEP_OWN);
}

arena *arena_set_current(arena *arena)
{
    struct arena *before = arena_current();
    current = arena == &own ? NULL : arena;
    return before;
}
