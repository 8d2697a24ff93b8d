#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest/rate_limiter.h"

/* Takes all there is at that time. */
static uint64_t take(rate_limiter *limiter, int64_t now_ms)
{
    uint64_t available = rate_limiter_available(limiter, now_ms);
    rate_limiter_use(limiter, available);
    return available;
}

static void no_rate_is_no_limit(void **state)
{
    (void)state;
    rate_limiter limiter;
    for (int64_t rate = -1; rate <= 0; rate++) {
        rate_limiter_init(&limiter, rate, 0);
        assert_true(take(&limiter, 0) == UINT64_MAX);
        assert_int_equal(rate_limiter_wait_ms(&limiter, 0), 0);
    }
    rate_limiter_init(&limiter, INT64_MAX, 0);
    assert_true(take(&limiter, 1) == UINT64_MAX);
}

static void permits_come_evenly(void **state)
{
    (void)state;
    rate_limiter limiter;
    rate_limiter_init(&limiter, 10, 5000);
    assert_int_equal(take(&limiter, 5000), 1);
    assert_int_equal(take(&limiter, 5099), 0);
    assert_int_equal(rate_limiter_wait_ms(&limiter, 5099), 1);
    assert_int_equal(take(&limiter, 5100), 1);
    assert_int_equal(take(&limiter, 5400), 3);
}

static void no_fraction_is_lost(void **state)
{
    (void)state;
    rate_limiter limiter;
    rate_limiter_init(&limiter, 333, 0);
    uint64_t taken = 0;
    for (int64_t now = 0; now <= 10000; now++) taken += take(&limiter, now);
    assert_int_equal(taken, 3330 + 1);
}

static void a_second_may_be_spent_at_once(void **state)
{
    (void)state;
    rate_limiter limiter;
    rate_limiter_init(&limiter, 10, 0);
    assert_int_equal(take(&limiter, 60000), 10);
    assert_int_equal(take(&limiter, 60000), 0);
}

static void what_is_used_in_advance_is_waited_for(void **state)
{
    (void)state;
    rate_limiter limiter;
    rate_limiter_init(&limiter, 10, 0);
    rate_limiter_use(&limiter, 21);
    assert_int_equal(rate_limiter_available(&limiter, 1900), 0);
    assert_int_equal(rate_limiter_wait_ms(&limiter, 1900), 200);
    assert_int_equal(rate_limiter_available(&limiter, 2100), 1);
}

static void a_clock_set_back_gives_nothing(void **state)
{
    (void)state;
    rate_limiter limiter;
    rate_limiter_init(&limiter, 10, 100000);
    assert_int_equal(take(&limiter, 100000), 1);
    assert_int_equal(take(&limiter, 50000), 0);
    assert_int_equal(take(&limiter, 50100), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_rate_is_no_limit),
        cmocka_unit_test(permits_come_evenly),
        cmocka_unit_test(no_fraction_is_lost),
        cmocka_unit_test(a_second_may_be_spent_at_once),
        cmocka_unit_test(what_is_used_in_advance_is_waited_for),
        cmocka_unit_test(a_clock_set_back_gives_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
