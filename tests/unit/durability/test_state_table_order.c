/* The order in which a table gives out its keys depends on the keys alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "durability/state_table.h"

enum { KEYS = 5000, MANY = 400000 };

static weir_value key_of(size_t number)
{
    char text[40];
    if (number % 3 == 0) return weir_int((int64_t)number);
    snprintf(text, sizeof text, number % 3 == 1 ? "k%zu" : "a key that stands outside %zu",
             number);
    return weir_text(text);
}

static void add(state_table *table, weir_value key, uint64_t batch)
{
    uint32_t index;
    state_table_find_or_add(table, &key, 1, &index);
    table->batch = batch;
    state_table_touch(table, index);
    state_table_set(table, index, weir_int(1));
    state_table_finish(table);
}

/* Each entry once. */
static void assert_same_order(state_table *a, state_table *b)
{
    state_walk left = state_table_walk(a), right = state_table_walk(b);
    uint32_t at, other = 0, last = 0;
    size_t met = 0;
    for (; state_walk_next(&left, &at); met++) {
        assert_true(state_walk_next(&right, &other));
        assert_true(weir_equal(a->entries[at].key, b->entries[other].key));
        assert_true(state_table_place(a, at).hash >= last);
        last = state_table_place(a, at).hash;
    }
    assert_false(state_walk_next(&right, &other));
    assert_int_equal(met, a->count);
    assert_int_equal(met, b->count);
}

/* Every key finds its entry, which is what it was. */
static void assert_whole(state_table *table, uint64_t batch)
{
    for (size_t i = 0; i < KEYS; i++) {
        weir_value key = key_of(i);
        uint32_t index;
        state_table_find(table, &key, 1, &index);
        assert_true(weir_equal(table->entries[index].key, key));
        assert_int_equal(table->entries[index].changed, batch);
    }
}

static void init_two(state_table *a, state_table *b)
{
    state_table_init(a, NULL);
    state_table_init(b, NULL);
}

/* Backwards; and a few at a time, with the order asked for in between. */
static void it_does_not_depend_on_when_keys_came(void **state)
{
    (void)state;
    state_table once, slowly;
    init_two(&once, &slowly);
    for (size_t i = KEYS; i-- > 0;) add(&once, key_of(i), 1);
    for (size_t i = 0; i < KEYS; i++) {
        add(&slowly, key_of(i), 1);
        if (i % 97 == 0 || i < 70) (void)state_table_walk(&slowly);
        if (i % 401 == 0 || i < 30) state_table_arrange(&slowly);
    }
    assert_true(slowly.arranged > 0 && slowly.late_count > 0);
    assert_same_order(&once, &slowly);
    assert_int_equal(once.arranged, 0);
    state_table_arrange(&once);
    assert_int_equal(once.arranged, KEYS);
    assert_same_order(&once, &slowly);
    assert_whole(&once, 1);
    assert_whole(&slowly, 1);
    state_table_release(&once);
    state_table_release(&slowly);
}

/* Keys that were forgotten and put in again from behind the table stand where they stood. */
static void it_does_not_depend_on_where_keys_have_been(void **state)
{
    (void)state;
    state_table stayed, moved;
    init_two(&stayed, &moved);
    for (size_t i = 0; i < KEYS; i++) add(&stayed, key_of(i), 1 + i % 7);
    for (size_t i = 0; i < KEYS; i++) add(&moved, key_of(i), 1 + i % 7);
    state_table_arrange(&moved);
    state_table_freeze(&moved, 8, NULL);
    state_table_set_stored(&moved, 8);
    moved.batch = 9;
    assert_true(state_table_forget(&moved, KEYS / 2) > 0);
    assert_true(moved.count < KEYS);
    assert_int_equal(moved.arranged, moved.count); /* those that stay keep their order */
    (void)state_table_walk(&moved);
    for (size_t i = 0; i < KEYS; i++) {
        weir_value key = key_of(i);
        uint32_t index;
        state_table_find(&moved, &key, 1, &index);
        if (index == UINT32_MAX) state_table_insert(&moved, key, weir_int(1), 1 + i % 7);
    }
    assert_same_order(&stayed, &moved);
    state_table_release(&stayed);
    state_table_release(&moved);
}

static int compare_places(const void *a, const void *b)
{
    const state_place *left = a, *right = b;
    if (left->hash != right->hash) return left->hash < right->hash ? -1 : 1;
    return left->index < right->index ? -1 : left->index > right->index;
}

/* Two ints of one hash, found by trying. */
static void keys_of_one_hash_have_an_order_too(void **state)
{
    (void)state;
    state_place *places = memory_alloc(MANY * sizeof *places);
    for (uint32_t i = 0; i < MANY; i++)
        places[i] = (state_place){(uint32_t)value_hash(weir_int(i)), i};
    qsort(places, MANY, sizeof *places, compare_places);
    size_t pairs = 0;
    for (size_t i = 1; i < MANY; i++) {
        if (places[i].hash != places[i - 1].hash) continue;
        state_table a, b;
        init_two(&a, &b);
        add(&a, weir_int(places[i].index), 1);
        add(&a, weir_int(places[i - 1].index), 1);
        add(&b, weir_int(places[i - 1].index), 1);
        state_table_arrange(&b);
        add(&b, weir_int(places[i].index), 1);
        assert_same_order(&a, &b);
        state_table_release(&a);
        state_table_release(&b);
        pairs++;
    }
    assert_true(pairs > 0);
    free(places);
}

/* In the middle of a batch: what it changed is undone, and what is dirty is frozen, as ever. */
static void what_a_batch_changed_moves_along(void **state)
{
    (void)state;
    state_table table;
    state_table_init(&table, NULL);
    for (size_t i = 0; i < KEYS; i++) add(&table, key_of(i), 1);
    state_table_freeze(&table, 1, NULL);
    table.batch = 2;
    for (size_t i = 0; i < KEYS; i += 10) {
        weir_value key = key_of(i);
        uint32_t index;
        state_table_find_or_add(&table, &key, 1, &index);
        state_table_touch(&table, index);
        state_table_set(&table, index, weir_int(2));
    }
    state_table_arrange(&table);
    for (size_t i = 0; i < table.dirty_count; i++)
        assert_int_equal(weir_as_int(table.entries[table.dirty[i]].value), 2);
    assert_int_equal(table.dirty_count, KEYS / 10);
    state_table_undo(&table);
    assert_whole(&table, 1);
    for (size_t i = 0; i < table.count; i++)
        assert_int_equal(weir_as_int(table.entries[i].value), 1);
    state_table_release(&table);
}

static void an_empty_table_has_one(void **state)
{
    (void)state;
    state_table table;
    state_table_init(&table, NULL);
    uint32_t index;
    state_table_arrange(&table);
    state_table_sort(&table, NULL, 0);
    state_walk walk = state_table_walk(&table);
    assert_false(state_walk_next(&walk, &index));
    state_table_release(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_does_not_depend_on_when_keys_came),
        cmocka_unit_test(it_does_not_depend_on_where_keys_have_been),
        cmocka_unit_test(keys_of_one_hash_have_an_order_too),
        cmocka_unit_test(what_a_batch_changed_moves_along),
        cmocka_unit_test(an_empty_table_has_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
