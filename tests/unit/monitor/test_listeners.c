#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "monitor/listeners.h"

static int heard[8];
static size_t heard_count;

static void hear(const weir_batch_summary *summary, void *user)
{
    assert_int_equal(summary->time_ms, 42);
    heard[heard_count++] = *(int *)user;
}

static void all_hear_in_the_order_they_were_added(void **state)
{
    (void)state;
    listeners listeners = {0};
    int users[] = {3, 1, 2};
    weir_batch_summary summary = {.time_ms = 42};
    listeners_call(&listeners, &summary);
    for (int i = 0; i < 3; i++) listeners_add(&listeners, hear, &users[i]);
    listeners_call(&listeners, &summary);
    assert_int_equal(heard_count, 3);
    for (int i = 0; i < 3; i++) assert_int_equal(heard[i], users[i]);
    listeners_release(&listeners);
    listeners_call(&listeners, &summary);
    assert_int_equal(heard_count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_hear_in_the_order_they_were_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
