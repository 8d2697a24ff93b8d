#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "base/clock.h"

static void test_wall_is_now(void **state)
{
    (void)state;
    int64_t before_s = (int64_t)time(NULL);
    int64_t now_us = clock_wall_us();
    int64_t now_ms = clock_wall_ms();
    assert_in_range(now_us / 1000000, before_s - 2, before_s + 60);
    assert_in_range(now_ms / 1000, before_s - 2, before_s + 60);
}

static void test_monotonic_never_goes_back(void **state)
{
    (void)state;
    int64_t last = clock_monotonic_us();
    for (int i = 0; i < 10000; i++) {
        int64_t now = clock_monotonic_us();
        assert_true(now >= last);
        last = now;
    }
}

static void test_sleep_lasts_at_least_that_long(void **state)
{
    (void)state;
    int64_t start = clock_monotonic_us();
    clock_sleep_ms(5);
    assert_true(clock_monotonic_us() - start >= 5000);
    clock_sleep_ms(0);
    clock_sleep_ms(-1);
}

static void test_cpu_counts_work(void **state)
{
    (void)state;
    int64_t start = clock_cpu_us();
    volatile unsigned work = 0;
    while (clock_cpu_us() == start) work = work + 1;
    assert_true(clock_cpu_us() > start);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wall_is_now),
        cmocka_unit_test(test_monotonic_never_goes_back),
        cmocka_unit_test(test_sleep_lasts_at_least_that_long),
        cmocka_unit_test(test_cpu_counts_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
