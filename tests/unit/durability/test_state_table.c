#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "durability/state_table.h"
#include "support/random_values.h"

enum { KEYS = 2000 };

static weir_value long_text(uint64_t number)
{
    char text[64];
    memset(text, 'a' + (char)(number % 26), sizeof text);
    memcpy(text, &number, sizeof number);
    return weir_bytes_value(text, 15 + number % 40);
}

static weir_value key_of(size_t number)
{
    return number % 2 ? weir_int((int64_t)number) : long_text(number);
}

static uint32_t find(state_table *table, size_t number)
{
    weir_value key = key_of(number);
    uint32_t index;
    state_table_find_or_add(table, &key, 1, &index);
    return index;
}

static void set(state_table *table, size_t number, weir_value value)
{
    uint32_t index = find(table, number);
    state_table_touch(table, index);
    state_table_set(table, index, value);
}

static weir_value get(const state_table *table, size_t number)
{
    weir_value key = key_of(number);
    uint32_t index;
    state_table_find(table, &key, 1, &index);
    return index == UINT32_MAX ? weir_absent() : table->entries[index].value;
}

static void set_all(state_table *table, size_t from, size_t to, uint64_t batch)
{
    table->batch = batch;
    for (size_t i = from; i < to; i++) set(table, i, long_text(i + batch));
    state_table_finish(table);
}

static state_frozen_entry *freeze(state_table *table, uint64_t boundary, size_t *count)
{
    *count = table->dirty_count;
    state_frozen_entry *frozen = malloc((*count + 1) * sizeof *frozen);
    state_table_freeze(table, boundary, frozen);
    return frozen;
}

static void an_undone_batch_leaves_no_trace(void **state)
{
    (void)state;
    state_table table;
    size_t count;
    state_table_init(&table, NULL);
    set_all(&table, 0, 100, 1);
    free(freeze(&table, 1, &count));
    assert_int_equal(count, 100);
    set_all(&table, 0, 10, 2);
    table.batch = 3;
    for (size_t i = 0; i < 200; i++) set(&table, i, weir_null());
    set(&table, 5, weir_absent());
    state_table_compact(&table);
    state_table_undo(&table);
    assert_int_equal(table.live, 100);
    for (size_t i = 0; i < 100; i++) {
        assert_true(weir_equal(get(&table, i), long_text(i + (i < 10 ? 2 : 1))));
        assert_int_equal(table.entries[find(&table, i)].changed, i < 10 ? 2 : 1);
    }
    free(freeze(&table, 3, &count));
    assert_int_equal(count, 10); /* what batch 2 changed */
    state_table_release(&table);
}

static void frozen_values_stay_until_they_are_stored(void **state)
{
    (void)state;
    state_table table;
    size_t count;
    state_table_init(&table, NULL);
    set_all(&table, 0, 500, 1);
    state_frozen_entry *frozen = freeze(&table, 1, &count);
    set_all(&table, 0, 500, 2);
    state_table_compact(&table);
    state_frozen_entry *second = freeze(&table, 2, &count);
    set_all(&table, 0, 500, 3);
    state_table_compact(&table);
    for (size_t i = 0; i < 500; i++) {
        assert_true(weir_equal(frozen[i].key, key_of(i)));
        assert_true(weir_equal(frozen[i].value, long_text(i + 1)));
        assert_int_equal(frozen[i].changed, 1);
    }
    assert_int_equal(table.retired_count, 2);
    state_table_set_stored(&table, 1);
    assert_int_equal(table.retired_count, 1);
    for (size_t i = 0; i < 500; i++) assert_true(weir_equal(second[i].value, long_text(i + 2)));
    state_table_set_stored(&table, 2);
    assert_int_equal(table.retired_count, 0);
    free(frozen);
    free(second);
    state_table_release(&table);
}

static void only_what_is_stored_is_forgotten(void **state)
{
    (void)state;
    state_table table;
    size_t count;
    memory_budget budget = {0};
    state_table_init(&table, &budget);
    set_all(&table, 0, 1000, 1);
    assert_int_equal(state_table_forget(&table, KEYS), 0); /* dirty */
    free(freeze(&table, 1, &count));
    assert_int_equal(state_table_forget(&table, KEYS), 0); /* frozen, not stored */
    assert_true(table.is_complete);
    state_table_set_stored(&table, 1);
    set_all(&table, 0, 300, 2);
    table.batch = 3;
    for (size_t i = 300; i < 400; i++) set(&table, i, weir_int(3));
    size_t used = budget.used;
    assert_int_equal(state_table_forget(&table, 500), 500);
    assert_false(table.is_complete);
    assert_true(budget.used < used);
    assert_int_equal(table.count, 500);
    assert_int_equal(table.live, 500);
    state_table_undo(&table);
    for (size_t i = 0; i < 400; i++)
        assert_true(weir_equal(get(&table, i), long_text(i + (i < 300 ? 2 : 1))));
    free(freeze(&table, 3, &count));
    assert_int_equal(count, 300);
    state_table_release(&table);
    assert_int_equal(budget.used, 0);
}

static void the_oldest_are_forgotten_first(void **state)
{
    (void)state;
    state_table table;
    size_t count;
    state_table_init(&table, NULL);
    for (uint64_t batch = 1; batch <= 10; batch++)
        set_all(&table, (batch - 1) * 100, batch * 100, batch);
    free(freeze(&table, 10, &count));
    state_table_set_stored(&table, 10);
    assert_int_equal(state_table_forget(&table, 300), 300);
    for (size_t i = 0; i < 1000; i++) assert_int_equal(weir_is_absent(get(&table, i)), i < 300);
    state_table_release(&table);
}

static void removed_keys_are_swept_when_that_is_stored(void **state)
{
    (void)state;
    state_table table;
    size_t count;
    state_table_init(&table, NULL);
    set_all(&table, 0, KEYS, 1);
    table.batch = 2;
    for (size_t i = 10; i < KEYS; i++) set(&table, i, weir_absent());
    state_table_finish(&table);
    assert_int_equal(table.live, 10);
    state_table_sweep(&table);
    assert_int_equal(table.count, KEYS);
    state_frozen_entry *frozen = freeze(&table, 2, &count);
    assert_int_equal(count, KEYS);
    assert_true(weir_is_absent(frozen[KEYS - 1].value));
    free(frozen);
    state_table_sweep(&table);
    assert_int_equal(table.count, KEYS);
    state_table_set_stored(&table, 2);
    state_table_sweep(&table);
    assert_int_equal(table.count, 10);
    assert_true(table.is_complete);
    for (size_t i = 0; i < KEYS; i++) assert_int_equal(weir_is_absent(get(&table, i)), i >= 10);
    state_table_release(&table);
}

static void adopting_keeps_what_is_newer(void **state)
{
    (void)state;
    state_table table, shadow;
    size_t count;
    state_table_init(&table, NULL);
    state_table_init(&shadow, NULL);
    table.boundary = table.stored = 5;
    for (size_t i = 0; i < 1000; i++) state_table_insert(&shadow, key_of(i), long_text(i), 4);
    set_all(&table, 900, 1100, 6);
    table.batch = 7;
    set(&table, 950, weir_absent());
    set(&table, 1100, weir_int(7));
    state_table_adopt(&table, &shadow);
    assert_int_equal(table.live, 1100);
    assert_true(weir_is_absent(get(&table, 950)));
    state_table_undo(&table);
    assert_int_equal(table.live, 1100);
    for (size_t i = 0; i < 1100; i++)
        assert_true(weir_equal(get(&table, i), long_text(i < 900 ? i : i + 6)));
    free(freeze(&table, 7, &count));
    assert_int_equal(count, 200);
    state_table_release(&table);
    state_table_release(&shadow);
}

/* The numbers of epochs begin again: what was dirty 65,535 freezes ago is not dirty now. */
static void epochs_can_begin_again(void **state)
{
    (void)state;
    state_table table;
    size_t count;
    state_table_init(&table, NULL);
    set_all(&table, 0, 10, 1);
    for (int i = 0; i < UINT16_MAX; i++) state_table_freeze(&table, 1, NULL);
    set_all(&table, 5, 15, 2);
    free(freeze(&table, 2, &count));
    assert_int_equal(count, 10);
    state_table_release(&table);
}

/* A store has hundreds of tables: what each of them does not take must not count. */
static void a_small_table_counts_as_small(void **state)
{
    (void)state;
    memory_budget budget = {0};
    state_table table;
    state_table_init(&table, &budget);
    for (size_t i = 1; i < KEYS; i += 2) {
        find(&table, i); /* no value, and a key that reaches nothing */
        size_t slots = (table.mask + 1) * sizeof *table.slots;
        assert_true(budget.used >= slots + table.count * sizeof *table.entries);
        assert_true(budget.used <= slots + table.capacity * sizeof *table.entries);
    }
    assert_true(state_table_forget(&table, KEYS / 4) > 0);
    assert_true(budget.used <= (table.mask + 1) * sizeof *table.slots +
                                   table.capacity * sizeof *table.entries);
    state_table_release(&table);
    assert_int_equal(budget.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_undone_batch_leaves_no_trace),
        cmocka_unit_test(frozen_values_stay_until_they_are_stored),
        cmocka_unit_test(only_what_is_stored_is_forgotten),
        cmocka_unit_test(the_oldest_are_forgotten_first),
        cmocka_unit_test(removed_keys_are_swept_when_that_is_stored),
        cmocka_unit_test(adopting_keeps_what_is_newer),
        cmocka_unit_test(epochs_can_begin_again),
        cmocka_unit_test(a_small_table_counts_as_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
