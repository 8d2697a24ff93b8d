#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"

static void test_alloc_of_nothing_is_freeable(void **state)
{
    (void)state;
    void *pieces[] = {memory_alloc(0), memory_zero_alloc(0, 8), memory_zero_alloc(8, 0),
                      memory_resize(NULL, 0)};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        assert_non_null(pieces[i]);
        free(pieces[i]);
    }
}

static void test_zero_alloc_and_resize(void **state)
{
    (void)state;
    unsigned char *bytes = memory_zero_alloc(100, 3);
    for (size_t i = 0; i < 300; i++) assert_int_equal(bytes[i], 0);
    memset(bytes, 7, 300);
    bytes = memory_resize(bytes, 100000);
    for (size_t i = 0; i < 300; i++) assert_int_equal(bytes[i], 7);
    free(bytes);
}

static void test_copy_text(void **state)
{
    (void)state;
    assert_null(memory_copy_text(NULL));
    char text[] = "word";
    char *copy = memory_copy_text(text);
    text[0] = 'W';
    assert_string_equal(copy, "word");
    free(copy);
}

static void test_large_is_zeroed_aligned_and_whole(void **state)
{
    (void)state;
    const size_t huge = 2 * 1024 * 1024;
    const size_t sizes[] = {0, 1, 4096, huge - 1, huge, huge + 1, 3 * huge + 4097};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char *bytes = memory_alloc_large(sizes[i]);
        assert_non_null(bytes);
        assert_int_equal((uintptr_t)bytes % (sizes[i] >= huge ? huge : 64), 0);
        for (size_t at = 0; at < sizes[i]; at += 509) {
            assert_int_equal(bytes[at], 0);
            bytes[at] = 1;
        }
        if (sizes[i] > 0) bytes[sizes[i] - 1] = 1;
        memory_free_large(bytes, sizes[i]);
    }
    memory_free_large(NULL, huge);
}

/* Runs `call` in a child process; true if that ended by itself and well. */
static bool child_survives(void (*call)(void))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDERR_FILENO);
        call();
        _exit(0);
    }
    int ending = 0;
    while (waitpid(child, &ending, 0) < 0) assert_int_equal(errno, EINTR);
    return WIFEXITED(ending) && WEXITSTATUS(ending) == 0;
}

static void ask_for_little(void) { free(memory_alloc(10)); }
static void ask_for_all(void) { free(memory_alloc(SIZE_MAX / 2 - 4096)); }
static void ask_for_all_zeroed(void) { free(memory_zero_alloc(SIZE_MAX / 2, 16)); }
static void ask_for_all_large(void) { memory_free_large(memory_alloc_large(SIZE_MAX - 5), 1); }

static void test_no_memory_ends_the_process(void **state)
{
    (void)state;
    assert_true(child_survives(ask_for_little));
    assert_false(child_survives(ask_for_all));
    assert_false(child_survives(ask_for_all_zeroed));
    assert_false(child_survives(ask_for_all_large));
}

static void test_trimmed_memory_keeps_its_beginning(void **state)
{
    (void)state;
    enum { SIZE = 9 << 20, USED = (3 << 20) + 1, KEPT = 4 << 20 };
    char *memory = memory_alloc_large(SIZE);
    memset(memory, 'x', SIZE);
    memory_trim_large(memory, SIZE, USED);
    for (size_t i = 0; i < SIZE; i++)
        if (i < KEPT) assert_int_equal(memory[i], 'x');
        else assert_int_equal(memory[i], 0);
    memory_trim_large(memory, SIZE, SIZE); /* nothing is behind it */
    memory_free_large(memory, SIZE);
    char *little = memory_alloc_large(100);
    memset(little, 'x', 100);
    memory_trim_large(little, 100, 1);
    assert_int_equal(little[99], 'x');
    memory_free_large(little, 100);
}

static void test_budget(void **state)
{
    (void)state;
    memory_budget budget = {.limit = 100};
    memory_budget_add(&budget, 100);
    assert_false(memory_budget_is_over(&budget));
    memory_budget_add(&budget, 1);
    assert_true(memory_budget_is_over(&budget));
    memory_budget_take(&budget, 50);
    assert_false(memory_budget_is_over(&budget));

    memory_budget unlimited = {.limit = 0};
    memory_budget_add(&unlimited, 1000);
    assert_false(memory_budget_is_over(&unlimited));

    memory_budget_add(NULL, 1);
    memory_budget_take(NULL, 1);
    assert_false(memory_budget_is_over(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alloc_of_nothing_is_freeable),
        cmocka_unit_test(test_zero_alloc_and_resize),
        cmocka_unit_test(test_copy_text),
        cmocka_unit_test(test_large_is_zeroed_aligned_and_whole),
        cmocka_unit_test(test_no_memory_ends_the_process),
        cmocka_unit_test(test_trimmed_memory_keeps_its_beginning),
        cmocka_unit_test(test_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
