#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "base/arena.h"

static void test_pieces_are_aligned_padded_and_apart(void **state)
{
    (void)state;
    enum { PIECES = 2000 };
    static unsigned char *pieces[PIECES];
    arena arena;
    arena_init(&arena, NULL);
    for (size_t i = 0; i < PIECES; i++) {
        pieces[i] = arena_alloc(&arena, i);
        assert_int_equal((uintptr_t)pieces[i] % ARENA_ALIGNMENT, 0);
        memset(pieces[i], (int)(i & 0xff), i + ARENA_PADDING);
    }
    for (size_t i = 0; i < PIECES; i++) {
        for (size_t at = 0; at < i + ARENA_PADDING; at++)
            if (pieces[i][at] != (i & 0xff)) fail_msg("piece %zu was overwritten at %zu", i, at);
    }
    arena_release(&arena);
}

static void test_pieces_of_every_size_class(void **state)
{
    (void)state;
    arena arena;
    memory_budget budget = {.limit = 0};
    arena_init(&arena, &budget);
    for (size_t size = 1; size < (size_t)8 << 20; size = size * 3 + 1) {
        unsigned char *piece = arena_alloc(&arena, size);
        assert_int_equal((uintptr_t)piece % ARENA_ALIGNMENT, 0);
        memset(piece, 1, size + ARENA_PADDING);
    }
    assert_int_equal(budget.used, arena.chunk_bytes);
    arena_release(&arena);
    assert_int_equal(budget.used, 0);
}

static void test_chunks_grow_with_the_arena(void **state)
{
    (void)state;
    arena arena;
    arena_init(&arena, NULL);
    arena_alloc(&arena, 1);
    assert_int_equal(arena.chunk_bytes, 4096);
    size_t chunks = 1;
    for (size_t before = arena.chunk_bytes; before < 1024 * 1024;) {
        arena_alloc(&arena, 100);
        if (arena.chunk_bytes == before) continue;
        before = arena.chunk_bytes;
        chunks++;
    }
    assert_in_range(chunks, 2, 10);
    arena_release(&arena);
}

static void test_a_large_piece_leaves_the_newest_chunk_in_use(void **state)
{
    (void)state;
    arena arena;
    arena_init(&arena, NULL);
    char *first = arena_alloc(&arena, 16);
    char *rest = arena.next;
    char *large = arena_alloc(&arena, 3 * 1024 * 1024);
    memset(large, 1, 3 * 1024 * 1024);
    char *second = arena_alloc(&arena, 16);
    assert_ptr_equal(second, rest);
    assert_ptr_not_equal(first, second);
    arena_release(&arena);
}

static void test_reset_keeps_chunks_within_the_limit(void **state)
{
    (void)state;
    memory_budget budget = {.limit = 1};
    arena arena;
    arena_init(&arena, &budget);
    for (int i = 0; i < 1000; i++) arena_alloc(&arena, 1000);
    arena_alloc(&arena, 5 * 1024 * 1024);
    assert_true(memory_budget_is_over(&budget));

    arena_reset(&arena, 1024 * 1024);
    assert_in_range(arena.chunk_bytes, 256 * 1024, 1024 * 1024);
    assert_int_equal(budget.used, arena.chunk_bytes);

    size_t kept = arena.chunk_bytes;
    assert_true(arena_used_bytes(&arena) < kept); /* the rest is spare */
    for (size_t used = 0; used < kept * 3 / 4; used += 1024)
        memset(arena_alloc(&arena, 1000), 1, 1000 + ARENA_PADDING);
    assert_int_equal(arena.chunk_bytes, kept); /* what was kept is used again */

    arena_reset(&arena, 100);
    assert_int_equal(arena.chunk_bytes, 0);
    assert_int_equal(budget.used, 0);
    memset(arena_alloc(&arena, 10), 1, 10);
    arena_release(&arena);
    arena_release(&arena);
}

static void test_copies(void **state)
{
    (void)state;
    arena arena;
    arena_init(&arena, NULL);
    char text[] = "some text";
    char *copy = arena_copy_text(&arena, text);
    char *part = arena_copy(&arena, text, 4);
    assert_non_null(arena_copy(&arena, NULL, 0));
    memset(text, 'x', sizeof text - 1);
    assert_string_equal(copy, "some text");
    assert_memory_equal(part, "some", 4);
    arena_release(&arena);
}

static void test_current(void **state)
{
    (void)state;
    arena *own = arena_current();
    assert_non_null(own);
    arena one;
    arena two;
    arena_init(&one, NULL);
    arena_init(&two, NULL);
    assert_ptr_equal(arena_set_current(&one), own);
    assert_ptr_equal(arena_current(), &one);
    assert_ptr_equal(arena_set_current(&two), &one);
    assert_ptr_equal(arena_set_current(NULL), &two);
    assert_ptr_equal(arena_current(), own);
    assert_ptr_equal(arena_set_current(own), own);
    assert_ptr_equal(arena_current(), own);
}

static memory_budget thread_budget;

/* Its arena is that of this thread alone, and gives its memory back at the thread's end. */
static void *use_own_arena(void *other)
{
    arena *own = arena_current();
    if (own == other) return NULL;
    own->budget = &thread_budget;
    memset(arena_alloc(own, 100000), 1, 100000);
    return thread_budget.used > 0 ? other : NULL;
}

static void test_the_thread_takes_its_arena_with_it(void **state)
{
    (void)state;
    pthread_t thread;
    void *answer = NULL;
    assert_int_equal(pthread_create(&thread, NULL, use_own_arena, arena_current()), 0);
    assert_int_equal(pthread_join(thread, &answer), 0);
    assert_ptr_equal(answer, arena_current());
    assert_int_equal(thread_budget.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_are_aligned_padded_and_apart),
        cmocka_unit_test(test_pieces_of_every_size_class),
        cmocka_unit_test(test_chunks_grow_with_the_arena),
        cmocka_unit_test(test_a_large_piece_leaves_the_newest_chunk_in_use),
        cmocka_unit_test(test_reset_keeps_chunks_within_the_limit),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_current),
        cmocka_unit_test(test_the_thread_takes_its_arena_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
