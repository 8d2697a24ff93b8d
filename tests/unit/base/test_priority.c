#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/priority.h"

static int of_this_thread(void) { return getpriority(PRIO_PROCESS, (id_t)gettid()); }

static void *lower(void *user)
{
    priority_lower();
    *(int *)user = of_this_thread();
    return NULL;
}

/* The thread that asked goes behind the others, which stay where they are. */
static void test_only_the_caller_goes_behind(void **state)
{
    (void)state;
    pthread_t thread;
    int before = of_this_thread(), lowered = before;
    if (before >= 19) skip();
    assert_int_equal(pthread_create(&thread, NULL, lower, &lowered), 0);
    pthread_join(thread, NULL);
    assert_in_range(lowered, before + 1, 19);
    assert_int_equal(of_this_thread(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_only_the_caller_goes_behind)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
