/* Looks for timeouts through slots, against a look at every entry; and what they cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "durability/state_table.h"

enum { KEYS = 300, BATCHES = 400 };

static memory_budget budget;

static uint32_t touch(state_table *table, int64_t number)
{
    uint32_t index;
    weir_value key = weir_int(number);
    state_table_find_or_add(table, &key, 1, &index);
    state_table_touch(table, index);
    return index;
}

static void put(state_table *table, int64_t number)
{
    state_table_set(table, touch(table, number), weir_int(number));
}

/* What a look must find, by looking everywhere. */
static size_t expect_due(const state_table *table, const state_due_times *times, uint64_t look,
                         uint32_t *due)
{
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++) {
        const state_entry *entry = &table->entries[i];
        bool is_over = entry->changed * times->interval_ms + times->timeout_ms <
                       look * times->scan_ms;
        if (is_over && !weir_is_absent(entry->value)) due[count++] = (uint32_t)i;
    }
    return count;
}

static void look_and_compare(state_table *table, const state_due_times *times, uint64_t look)
{
    static uint32_t expected[KEYS + 1];
    size_t count, wanted = expect_due(table, times, look, expected);
    uint32_t *due = state_due_take(table, times, look, &count);
    assert_int_equal(count, wanted);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(due[i], expected[i]);
        state_table_touch(table, due[i]);
        state_table_set(table, due[i], weir_absent());
    }
    free(due);
}

static uint64_t below(uint64_t *random, uint64_t limit)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*random >> 33) % limit;
}

/* Everything that a table may go through between two looks. */
static void disturb(state_table *table, uint64_t *random)
{
    switch (below(random, 12)) {
    case 0:
        state_table_freeze(table, table->batch, NULL);
        state_table_set_stored(table, table->batch);
        state_table_sweep(table);
        break;
    case 1:
        state_table_freeze(table, table->batch, NULL);
        state_table_set_stored(table, table->batch);
        state_table_forget(table, below(random, 50));
        break;
    case 2: state_table_arrange(table); break;
    default: break;
    }
}

static void run(uint64_t seed, state_due_times times)
{
    uint64_t random = seed;
    state_table table;
    state_table_init(&table, &budget);
    for (uint64_t batch = 1; batch <= BATCHES; batch++) {
        if (below(&random, 40) == 0) batch += below(&random, 100); /* the time it was down */
        table.batch = batch;
        for (uint64_t left = below(&random, 20); left > 0; left--)
            put(&table, (int64_t)below(&random, KEYS));
        for (uint64_t left = below(&random, 3); left > 0; left--)
            state_table_set(&table, touch(&table, (int64_t)below(&random, KEYS)), weir_absent());
        if (batch * times.interval_ms % times.scan_ms == 0) {
            uint64_t look = batch * times.interval_ms / times.scan_ms;
            look_and_compare(&table, &times, look);
            if (below(&random, 5) == 0) { /* and the batch is tried again */
                state_table_undo(&table);
                look_and_compare(&table, &times, look);
            }
        }
        if (below(&random, 10) == 0) state_table_undo(&table);
        state_table_finish(&table);
        disturb(&table, &random);
    }
    state_table_release(&table);
    assert_int_equal(budget.used, 0);
}

static void looks_find_what_is_due(void **state)
{
    (void)state;
    static const state_due_times times[] = {
        {1000, 1000, 1000},  {1000, 5000, 1000}, {1000, 10000, 3000}, {10, 1, 10},
        {500, 700000, 500}, {1000, 200000, 10000}, {1000, 7777, 2000},
    };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        for (uint64_t seed = 1; seed <= 20; seed++) run(seed * 77 + i, times[i]);
}

/* A thousand keys that get data in every batch are not looked at in every look. */
static void a_look_costs_what_may_be_due(void **state)
{
    (void)state;
    const state_due_times times = {1000, 100000, 1000};
    enum { BUSY = 1000 };
    state_table table;
    size_t visited = 0;
    state_table_init(&table, &budget);
    for (uint64_t batch = 1; batch <= 1000; batch++) {
        table.batch = batch;
        for (int64_t i = 0; i < BUSY; i++) put(&table, i);
        if (batch == 500) put(&table, BUSY);
        size_t count;
        uint32_t *due = state_due_take(&table, &times, batch, &count);
        assert_int_equal(count, batch == 601);
        if (count) {
            assert_int_equal(due[0], BUSY);
            state_table_touch(&table, due[0]);
            state_table_set(&table, due[0], weir_absent());
        }
        visited += table.due.visited;
        free(due);
        state_table_finish(&table);
    }
    /* Each of them once in about a hundred looks, and in two at most when its slot comes. */
    assert_true(visited < (size_t)BUSY * 1000 / 100 * 3);
    state_table_release(&table);
    assert_int_equal(budget.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_find_what_is_due),
        cmocka_unit_test(a_look_costs_what_may_be_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
