#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "batch/batch_clock.h"

typedef struct row {
    int64_t interval_ms, now_ms, zero_ms, first_ms;
} row;

/* C-40, with its example. */
static void the_first_batch_ends_at_a_multiple_strictly_after_now(void **state)
{
    (void)state;
    static const row rows[] = {
        {1000, 1475052702345, 1475052702000, 1475052703000},
        {1000, 1475052702000, 1475052702000, 1475052703000},
        {1000, 1475052702999, 1475052702000, 1475052703000},
        {1000, 0, 0, 1000},
        {1, 7, 7, 8},
        {300, 1000, 900, 1200},
        {1000, -1, -1000, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        batch_clock clock;
        batch_clock_init(&clock, rows[i].interval_ms, rows[i].now_ms);
        assert_int_equal(clock.zero_ms, rows[i].zero_ms);
        assert_int_equal(batch_clock_next(&clock), rows[i].first_ms);
    }
}

static void a_batch_is_taken_when_it_is_due(void **state)
{
    (void)state;
    batch_clock clock;
    int64_t time_ms = -1;
    batch_clock_init(&clock, 500, 1200);
    assert_false(batch_clock_take(&clock, 1499, &time_ms));
    assert_int_equal(time_ms, -1);
    assert_true(batch_clock_take(&clock, 1500, &time_ms));
    assert_int_equal(time_ms, 1500);
    assert_false(batch_clock_take(&clock, 1500, &time_ms));
}

/* C-41. */
static void no_batch_is_skipped_however_late_it_is(void **state)
{
    (void)state;
    batch_clock clock;
    int64_t time_ms;
    batch_clock_init(&clock, 100, 0);
    for (int64_t k = 1; k <= 50; k++) {
        assert_true(batch_clock_take(&clock, 5050, &time_ms));
        assert_int_equal(time_ms, k * 100);
    }
    assert_false(batch_clock_take(&clock, 5050, &time_ms));
}

static void a_clock_set_back_gives_nothing_out_again(void **state)
{
    (void)state;
    batch_clock clock;
    int64_t time_ms;
    batch_clock_init(&clock, 100, 1000);
    assert_true(batch_clock_take(&clock, 1100, &time_ms));
    assert_false(batch_clock_take(&clock, 500, &time_ms));
    assert_int_equal(batch_clock_next(&clock), 1200);
    assert_int_equal(clock.zero_ms, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_batch_ends_at_a_multiple_strictly_after_now),
        cmocka_unit_test(a_batch_is_taken_when_it_is_due),
        cmocka_unit_test(no_batch_is_skipped_however_late_it_is),
        cmocka_unit_test(a_clock_set_back_gives_nothing_out_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
