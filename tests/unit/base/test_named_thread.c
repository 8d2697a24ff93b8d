/* A thread of weir has its name, stack enough, and leaves signals to the program's own threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <semaphore.h>
#include <signal.h>

#include "base/named_thread.h"

typedef struct seen {
    sem_t is_named;
    char name[THREAD_NAME_MAX];
    sigset_t blocked;
} seen;

static void *look(void *user)
{
    seen *seen = user;
    while (sem_wait(&seen->is_named) != 0) continue;
    (void)pthread_getname_np(pthread_self(), seen->name, sizeof seen->name);
    (void)pthread_sigmask(SIG_BLOCK, NULL, &seen->blocked);
    return NULL;
}

static void test_name_and_signals(void **state)
{
    (void)state;
    pthread_t thread;
    seen seen;
    sigset_t mine;
    assert_int_equal(sem_init(&seen.is_named, 0, 0), 0);
    assert_int_equal(named_thread_start(&thread, "weir-as-long-as", look, &seen), 0);
    assert_int_equal(sem_post(&seen.is_named), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_string_equal(seen.name, "weir-as-long-as");
    assert_int_equal(sigismember(&seen.blocked, SIGTERM), 1);
    assert_int_equal(sigismember(&seen.blocked, SIGUSR1), 1);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &mine), 0);
    assert_int_equal(sigismember(&mine, SIGTERM), 0);
    (void)sem_destroy(&seen.is_named);
}

static void *look_at_stack(void *user)
{
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return NULL;
    (void)pthread_attr_getstacksize(&attributes, user);
    (void)pthread_attr_destroy(&attributes);
    return NULL;
}

/* The stack of a thread that is begun while other threads get `usual` bytes. */
static size_t stack_where(size_t usual)
{
    pthread_t thread;
    pthread_attr_t attributes;
    size_t size = 0;
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstacksize(&attributes, usual), 0);
    assert_int_equal(pthread_setattr_default_np(&attributes), 0);
    assert_int_equal(named_thread_start(&thread, "weir", look_at_stack, &size), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)pthread_attr_destroy(&attributes);
    return size;
}

/* Without a limit of the system, 2 MiB are usual. */
static void test_stack(void **state)
{
    (void)state;
    assert_true(stack_where((size_t)2 << 20) >= (size_t)8 << 20);
    assert_true(stack_where((size_t)16 << 20) >= (size_t)16 << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stack), /* first: later there are stacks to be used again */
        cmocka_unit_test(test_name_and_signals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
