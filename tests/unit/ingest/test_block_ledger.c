#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest/block_ledger.h"

static block *add(block_ledger *ledger, uint64_t number)
{
    block *block = block_create(BLOCK_TEXT, 0, 1);
    block->number = number;
    block_ledger_add(ledger, block);
    return block;
}

/* The number of the block taken; 0: none. */
static uint64_t take(block_ledger *ledger)
{
    block *block = block_ledger_take(ledger);
    uint64_t number = block ? block->number : 0;
    block_drop(block);
    return number;
}

static void gives_stored_blocks_in_order_of_arrival(void **state)
{
    (void)state;
    block_ledger ledger = {0};
    block *first = add(&ledger, 1), *second = add(&ledger, 2), *third = add(&ledger, 3);
    block_ledger_answer(&ledger, second, true);
    assert_int_equal(take(&ledger), 0); /* the first is not answered */
    block_ledger_answer(&ledger, first, true);
    assert_int_equal(take(&ledger), 1);
    assert_int_equal(take(&ledger), 2);
    assert_int_equal(take(&ledger), 0);
    block_ledger_answer(&ledger, third, true);
    assert_int_equal(take(&ledger), 3);
    assert_int_equal(ledger.count, 0);
    block_ledger_release(&ledger);
}

static void lost_blocks_are_left_out(void **state)
{
    (void)state;
    block_ledger ledger = {0};
    block *first = add(&ledger, 1), *second = add(&ledger, 2);
    block_ledger_answer(&ledger, first, false);
    assert_int_equal(take(&ledger), 0);
    block_ledger_answer(&ledger, second, true);
    assert_int_equal(take(&ledger), 2);
    block_ledger_release(&ledger);
}

static void holds_many(void **state)
{
    (void)state;
    block_ledger ledger = {0};
    uint64_t next = 1, taken = 1;
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < 37; i++) block_ledger_answer(&ledger, add(&ledger, next++), true);
        for (int i = 0; i < 30; i++) assert_int_equal(take(&ledger), taken++);
    }
    assert_int_equal(ledger.count, 350);
    block_ledger_release(&ledger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_stored_blocks_in_order_of_arrival),
        cmocka_unit_test(lost_blocks_are_left_out),
        cmocka_unit_test(holds_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
