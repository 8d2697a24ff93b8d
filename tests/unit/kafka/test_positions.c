/* The table of positions, and its way into a mark and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "kafka/positions.h"

static position *get(positions *table, const char *topic, int32_t partition, int64_t offset)
{
    return positions_get(table, topic, strlen(topic), partition, offset);
}

static void keeps_and_raises(void **state)
{
    (void)state;
    positions stored = {0}, block = {0}, other = {0};
    assert_null(positions_find(&stored, "a", 1, 0));
    get(&block, "a", 0, 10)->next = 20;
    get(&block, "ab", 0, 5)->next = 6;
    positions_raise(&stored, &block);
    assert_int_equal(positions_find(&stored, "a", 1, 0)->next, 20);
    assert_int_equal(positions_find(&stored, "ab", 2, 0)->next, 6);
    assert_null(positions_find(&stored, "a", 1, 1));
    get(&other, "a", 0, 0)->next = 15; /* an older block changes nothing */
    positions_raise(&stored, &other);
    assert_int_equal(positions_find(&stored, "a", 1, 0)->next, 20);
    positions_clear(&stored);
    positions_clear(&block);
    positions_clear(&other);
    assert_int_equal(stored.count, 0);
}

static void goes_through_a_value(void **state)
{
    (void)state;
    positions from = {0}, to = {0};
    get(&from, "a", 2, 10)->next = 20;
    weir_value list = positions_value(&from);
    positions_raise_by_value(&to, list);
    assert_int_equal(positions_find(&to, "a", 1, 2)->next, 20);
    weir_value junk[] = {weir_null(), weir_int(1), weir_list(NULL, 0)};
    positions_raise_by_value(&to, weir_null());
    positions_raise_by_value(&to, weir_list(junk, 3));
    assert_int_equal(to.count, 1);
    positions_clear(&from);
    positions_clear(&to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_and_raises),
        cmocka_unit_test(goes_through_a_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
