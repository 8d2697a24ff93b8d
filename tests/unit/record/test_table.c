#include "record/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "support/random_values.h"

static table table_of_test;
static arena keys_of_test;

static int set_up(void **state)
{
    (void)state;
    table_init(&table_of_test);
    arena_init(&keys_of_test, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_set_current(NULL);
    table_release(&table_of_test);
    arena_release(&keys_of_test);
    return 0;
}

static uint32_t add(weir_value key)
{
    uint32_t index;
    table_find_or_add(&table_of_test, &keys_of_test, &key, 1, &index);
    return index;
}

static uint32_t find(weir_value key)
{
    uint32_t index;
    table_find(&table_of_test, &key, 1, &index);
    return index;
}

static void numbers_entries_in_order(void **state)
{
    (void)state;
    assert_int_equal(add(weir_text("b")), 0);
    assert_int_equal(add(weir_text("a")), 1);
    assert_int_equal(add(weir_text("b")), 0);
    assert_int_equal(add(weir_int(1)), 2);
    assert_int_equal(table_of_test.count, 3);
    assert_true(weir_equal(table_of_test.entries[1].key, weir_text("a")));
    assert_true(weir_is_absent(table_of_test.entries[1].value));
}

static void tells_kinds_apart(void **state)
{
    (void)state;
    const weir_value keys[] = {weir_int(1),       weir_double(1),        weir_text("1"),
                               weir_bool(true),   weir_null(),           weir_bytes_value("1", 1),
                               weir_list(NULL, 0), weir_pair(weir_null(), weir_null()),
                               weir_text(""),     weir_int(0),           weir_double(0),
                               weir_bool(false)};
    const size_t count = sizeof keys / sizeof keys[0];
    uint32_t indexes[sizeof keys / sizeof keys[0]];
    table_find_or_add(&table_of_test, &keys_of_test, keys, count, indexes);
    assert_int_equal(table_of_test.count, count);
    for (size_t i = 0; i < count; i++) assert_int_equal(indexes[i], i);
}

static void takes_an_absent_key_for_null(void **state)
{
    (void)state;
    assert_int_equal(add(weir_absent()), 0);
    assert_int_equal(add(weir_null()), 0);
    assert_int_equal(find(weir_absent()), 0);
    assert_true(weir_is_null(table_of_test.entries[0].key));
}

static void finds_without_adding(void **state)
{
    (void)state;
    assert_int_equal(find(weir_int(1)), UINT32_MAX); /* in a table without slots */
    add(weir_int(1));
    assert_int_equal(find(weir_int(1)), 0);
    assert_int_equal(find(weir_int(2)), UINT32_MAX);
    assert_int_equal(table_of_test.count, 1);
}

static void copies_long_keys(void **state)
{
    (void)state;
    char text[] = "a key that is longer than fourteen bytes";
    weir_value key = {(uint64_t)(sizeof text - 1) << 32 | WEIR_OUTSIDE | WEIR_STRING,
                      (uint64_t)(uintptr_t)text};
    add(key);
    text[0] = 'A';
    assert_int_equal(find(weir_text("a key that is longer than fourteen bytes")), 0);
    assert_int_equal(find(key), UINT32_MAX);
}

/* One vector that has the same new key several times, and a table that grows under it. */
static void takes_whole_vectors(void **state)
{
    (void)state;
    weir_value keys[WEIR_VECTOR_SIZE];
    uint32_t indexes[WEIR_VECTOR_SIZE];
    for (int64_t vector = 0; vector < 100; vector++) {
        for (int64_t i = 0; i < WEIR_VECTOR_SIZE; i++)
            keys[i] = weir_int(vector * (WEIR_VECTOR_SIZE / 2) + i / 2);
        table_find_or_add(&table_of_test, &keys_of_test, keys, WEIR_VECTOR_SIZE, indexes);
        for (int64_t i = 0; i < WEIR_VECTOR_SIZE; i++)
            assert_int_equal(indexes[i], vector * (WEIR_VECTOR_SIZE / 2) + i / 2);
    }
    for (int64_t i = 0; i < (int64_t)table_of_test.count; i++)
        assert_int_equal(find(weir_int(i)), i);
}

/* Few entries are cleared one by one, many all at once: both leave nothing behind. */
static void clears(void **state)
{
    (void)state;
    for (int64_t round = 0; round < 6; round++) {
        int64_t count = round % 2 ? 3 : 20000;
        for (int64_t i = 0; i < count; i++) assert_int_equal(add(weir_int(i * 7)), i);
        table_clear(&table_of_test);
        assert_int_equal(table_of_test.count, 0);
        for (int64_t i = 0; i < count; i++) assert_int_equal(find(weir_int(i * 7)), UINT32_MAX);
    }
}

/* Against a list that is searched from its beginning. */
static void agrees_with_a_list(void **state)
{
    (void)state;
    enum { KEYS = 2000 };
    static weir_value known[KEYS];
    arena_set_current(&keys_of_test);
    random_source random = {7};
    for (int round = 0; round < 3; round++) {
        size_t count = 0;
        table_clear(&table_of_test);
        for (size_t i = 0; i < KEYS; i++) {
            weir_value key = random_value(&random, 2);
            size_t at = 0;
            while (at < count && !weir_equal(known[at], key)) at++;
            uint32_t found = find(key);
            assert_int_equal(found, at < count ? at : UINT32_MAX);
            assert_int_equal(add(key), at);
            if (at == count) known[count++] = key;
        }
        assert_int_equal(table_of_test.count, count);
    }
}

static void counts_its_room(void **state)
{
    (void)state;
    memory_budget budget = {0};
    table_of_test.budget = &budget;
    for (int64_t i = 0; i < 10000; i++) add(weir_int(i));
    assert_int_equal(atomic_load(&budget.used), table_bytes(&table_of_test));
    assert_true(table_bytes(&table_of_test) >= 10000 * (sizeof(weir_entry) + sizeof(table_slot)));
    table_clear(&table_of_test);
    add(weir_int(1));
    table_clear(&table_of_test);
    assert_int_equal(table_of_test.most, 10000);
    assert_int_equal(atomic_load(&budget.used), table_bytes(&table_of_test));
    table_release(&table_of_test);
    assert_int_equal(atomic_load(&budget.used), 0);
    assert_ptr_equal(table_of_test.budget, &budget);
    table_of_test.budget = NULL;
}

#define unit(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(numbers_entries_in_order),
        unit(tells_kinds_apart),
        unit(takes_an_absent_key_for_null),
        unit(finds_without_adding),
        unit(copies_long_keys),
        unit(takes_whole_vectors),
        unit(clears),
        unit(agrees_with_a_list),
        unit(counts_its_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
