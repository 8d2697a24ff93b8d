#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "record/records.h"

enum { COUNT = 1000 };

static arena kept;
static weir_value keys[COUNT], values[COUNT];

static int set_up(void **state)
{
    (void)state;
    arena_init(&kept, NULL);
    for (int i = 0; i < COUNT; i++) {
        keys[i] = weir_int(i);
        values[i] = weir_int(-i);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_release(&kept);
    return 0;
}

static void plain_vectors_need_no_keys(void **state)
{
    (void)state;
    records records = {0};
    weir_value absent[COUNT];
    memset(absent, 0, sizeof absent);
    for (size_t part = 1; part < 50; part++) {
        weir_vector without = {NULL, values, part}, with = {absent, values, part};
        records_append_vector(&records, &kept, part % 2 ? &without : &with);
    }
    assert_int_equal(records.count, 49 * 50 / 2);
    assert_null(records.keys);
    assert_int_equal(weir_as_int(records.values[records.count - 1]), -48);
    assert_true(weir_is_absent(records_key(&records, 7)));
    assert_null(records_vector(&records, 3, 5).keys);
    assert_int_equal(weir_as_int(records_vector(&records, 1225 - 49, 5).values[4]), -4);
}

static void keys_may_come_late_and_may_miss(void **state)
{
    (void)state;
    records records = {0};
    weir_vector plain = {NULL, values, 40}, pairs = {keys, values, COUNT};
    records_append_vector(&records, &kept, &plain);
    records_append_vector(&records, &kept, &pairs);
    records_append_vector(&records, &kept, &plain);
    records_append(&records, &kept, weir_text("k"), weir_null());
    records_append_shared(&records, &kept, weir_absent(), weir_null());
    assert_int_equal(records.count, 40 + COUNT + 40 + 2);
    for (size_t i = 0; i < 40; i++) {
        assert_true(weir_is_absent(records_key(&records, i)));
        assert_true(weir_is_absent(records_key(&records, 40 + COUNT + i)));
    }
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(weir_as_int(records_key(&records, 40 + i)), (int64_t)i);
        assert_int_equal(weir_as_int(records.values[40 + i]), -(int64_t)i);
    }
    assert_true(weir_equal(records_key(&records, 80 + COUNT), weir_text("k")));
    assert_true(weir_is_absent(records_key(&records, 81 + COUNT)));
}

static void what_values_reach_is_copied(void **state)
{
    (void)state;
    records records = {0};
    char text[] = "a key or a value of some length";
    weir_value string = value_padded_string(text, sizeof text - 1 - 16);
    weir_value inner = weir_pair(string, string);
    weir_value some_keys[] = {weir_int(1), string, weir_null()};
    weir_value some_values[] = {string, weir_int(2), inner};
    weir_vector vector = {some_keys, some_values, 3};
    records_append_vector(&records, &kept, &vector);
    records_append(&records, &kept, string, inner);
    records_append_shared(&records, &kept, weir_null(), string);
    weir_value before = value_copy(string, &kept);
    memset(text, '!', sizeof text);
    assert_true(weir_equal(records.keys[1], before));
    assert_true(weir_equal(records.values[0], before));
    assert_true(weir_equal(records.values[2], weir_pair(before, before)));
    assert_true(weir_equal(records.keys[3], before));
    assert_true(weir_equal(records.values[3], weir_pair(before, before)));
    assert_false(weir_equal(records.values[4], before)); /* shared: it is the text itself */
}

static void room_is_reserved_once(void **state)
{
    (void)state;
    records records = {0};
    records_reserve(&records, &kept, COUNT);
    const weir_value *place = records.values;
    weir_vector vector = {NULL, values, COUNT}, none = {NULL, NULL, 0};
    records_append_vector(&records, &kept, &vector);
    records_append_vector(&records, &kept, &none);
    assert_ptr_equal(records.values, place);
    assert_int_equal(records.capacity, COUNT);
    records_append(&records, &kept, weir_absent(), weir_null());
    assert_true(records.capacity >= 2 * COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_vectors_need_no_keys),
        cmocka_unit_test(keys_may_come_late_and_may_miss),
        cmocka_unit_test(what_values_reach_is_copied),
        cmocka_unit_test(room_is_reserved_once),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
