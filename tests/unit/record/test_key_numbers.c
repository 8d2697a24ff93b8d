#include "record/key_numbers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/random_values.h"

static uint32_t number_of(key_numbers *numbers, weir_value key)
{
    uint32_t number;
    key_numbers_find_or_add(numbers, &key, 1, &number);
    return number;
}

static uint32_t find(const key_numbers *numbers, weir_value key)
{
    uint32_t number;
    key_numbers_find(numbers, &key, 1, &number);
    return number;
}

static void numbers_are_dense(void **state)
{
    (void)state;
    key_numbers numbers;
    key_numbers_init(&numbers, NULL);
    assert_int_equal(find(&numbers, weir_text("a")), UINT32_MAX);
    assert_int_equal(number_of(&numbers, weir_text("a")), 0);
    assert_int_equal(number_of(&numbers, weir_text("b")), 1);
    assert_int_equal(number_of(&numbers, weir_text("a")), 0);
    assert_int_equal(number_of(&numbers, weir_absent()), 2);
    assert_int_equal(find(&numbers, weir_null()), 2);
    assert_int_equal(key_numbers_used(&numbers), 3);
    key_numbers_release(&numbers);
}

static void removed_numbers_are_given_again(void **state)
{
    (void)state;
    key_numbers numbers;
    key_numbers_init(&numbers, NULL);
    number_of(&numbers, weir_text("a"));
    uint32_t gone = number_of(&numbers, weir_text("b"));
    number_of(&numbers, weir_text("c"));
    key_numbers_remove(&numbers, &gone, 1);
    assert_true(weir_is_absent(numbers.keys[gone]));
    assert_int_equal(find(&numbers, weir_text("b")), UINT32_MAX);
    assert_int_equal(number_of(&numbers, weir_text("d")), gone);
    assert_int_equal(numbers.count, 3);
    key_numbers_release(&numbers);
}

/* Against an array: after every step each key has its number, or none. */
enum { KEYS = 700, STEPS = 20000 };

static weir_value key_of(size_t at)
{
    char text[32];
    snprintf(text, sizeof text, at % 2 ? "%zu" : "a key that is long %zu", at);
    return weir_text(text);
}

static void keeps_numbers_of_others(void **state)
{
    (void)state;
    static uint32_t has[KEYS];
    random_source random = {7};
    arena made;
    arena_init(&made, NULL);
    arena_set_current(&made);
    memory_budget budget = {0};
    key_numbers numbers;
    key_numbers_init(&numbers, &budget);
    for (size_t i = 0; i < KEYS; i++) has[i] = UINT32_MAX;
    for (size_t step = 0; step < STEPS; step++) {
        size_t at = random_below(&random, KEYS);
        bool grows = step < STEPS / 3 || step > 2 * STEPS / 3;
        if (has[at] != UINT32_MAX && random_below(&random, grows ? 3 : 1) == 0) {
            key_numbers_remove(&numbers, &has[at], 1);
            has[at] = UINT32_MAX;
        } else {
            uint32_t number = number_of(&numbers, key_of(at));
            if (has[at] != UINT32_MAX) assert_int_equal(number, has[at]);
            has[at] = number;
        }
        size_t other = random_below(&random, KEYS);
        assert_int_equal(find(&numbers, key_of(other)), has[other]);
        arena_reset(&made, 4096);
    }
    for (size_t i = 0; i < KEYS; i++) assert_int_equal(find(&numbers, key_of(i)), has[i]);
    key_numbers_release(&numbers);
    assert_int_equal(budget.used, 0);
    arena_set_current(NULL);
    arena_release(&made);
}

static void removes_many_at_once(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    weir_value keys[COUNT];
    uint32_t found[COUNT], again[COUNT];
    key_numbers numbers;
    key_numbers_init(&numbers, NULL);
    for (int i = 0; i < COUNT; i++) keys[i] = weir_int(i);
    key_numbers_find_or_add(&numbers, keys, COUNT, found);
    key_numbers_remove(&numbers, found + 100, COUNT - 200);
    assert_int_equal(key_numbers_used(&numbers), 200);
    key_numbers_find(&numbers, keys, COUNT, again);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(again[i], i >= 100 && i < COUNT - 100 ? UINT32_MAX : found[i]);
    key_numbers_release(&numbers);
}

/* Every third key goes, and the last ones take the places. */
static void gaps_are_closed_by_the_last_keys(void **state)
{
    (void)state;
    enum { COUNT = 900, LEFT = 600 };
    weir_value keys[COUNT];
    uint32_t found[COUNT], gone[COUNT - LEFT], from, to;
    int key_of_number[COUNT];
    key_numbers numbers;
    key_numbers_init(&numbers, NULL);
    assert_false(key_numbers_close_gap(&numbers, &from, &to));
    for (int i = 0; i < COUNT; i++) keys[i] = weir_int(i);
    key_numbers_find_or_add(&numbers, keys, COUNT, found);
    for (int i = 0; i < COUNT; i++) key_of_number[found[i]] = i;
    for (int i = 0; i < COUNT; i += 3) gone[i / 3] = found[i];
    key_numbers_remove(&numbers, gone, COUNT - LEFT);
    while (key_numbers_close_gap(&numbers, &from, &to)) {
        assert_true(to < from);
        key_of_number[to] = key_of_number[from];
    }
    assert_int_equal(numbers.count, LEFT);
    assert_int_equal(key_numbers_used(&numbers), LEFT);
    key_numbers_find(&numbers, keys, COUNT, found);
    for (int i = 0; i < COUNT; i++)
        if (i % 3 == 0) assert_int_equal(found[i], UINT32_MAX);
        else assert_int_equal(key_of_number[found[i]], i);
    assert_int_equal(number_of(&numbers, weir_text("new")), LEFT);
    key_numbers_release(&numbers);
}

/* A result may refer to the keys while others lose their numbers. */
static void long_keys_stay_in_place_until_others_come(void **state)
{
    (void)state;
    enum { COUNT = 40000, LEFT = 10 };
    memory_budget budget = {0};
    arena made;
    key_numbers numbers;
    arena_init(&made, NULL);
    arena_set_current(&made);
    key_numbers_init(&numbers, &budget);
    for (size_t i = 0; i < COUNT; i++) assert_int_equal(number_of(&numbers, key_of(2 * i)), i);
    weir_value held[LEFT];
    uint32_t *gone = memory_alloc(COUNT * sizeof *gone);
    for (uint32_t i = 0; i < LEFT; i++) held[i] = numbers.keys[i];
    for (uint32_t i = LEFT; i < COUNT; i++) gone[i - LEFT] = i;
    size_t before = budget.used;
    key_numbers_remove(&numbers, gone, COUNT - LEFT);
    for (uint32_t i = 0; i < LEFT; i++) assert_true(weir_equal(held[i], key_of(2 * (size_t)i)));
    assert_int_equal(number_of(&numbers, weir_text("new")), COUNT - 1);
    assert_true(budget.used < before - (COUNT - LEFT) * 32); /* now they are given back */
    for (uint32_t i = 0; i < LEFT; i++)
        assert_int_equal(find(&numbers, key_of(2 * (size_t)i)), i);
    free(gone);
    key_numbers_release(&numbers);
    arena_set_current(NULL);
    arena_release(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_dense),
        cmocka_unit_test(removed_numbers_are_given_again),
        cmocka_unit_test(keeps_numbers_of_others),
        cmocka_unit_test(removes_many_at_once),
        cmocka_unit_test(gaps_are_closed_by_the_last_keys),
        cmocka_unit_test(long_keys_stay_in_place_until_others_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
