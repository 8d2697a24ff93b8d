#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <xxhash.h>

#include "record/codec.h"
#include "record/task.h"
#include "record/value.h"
#include "support/random_values.h"

static weir_value long_text(void)
{
    return weir_text("longer than fourteen bytes");
}

static weir_value list_of_two(weir_value a, weir_value b)
{
    weir_value items[] = {a, b};
    return weir_list(items, 2);
}

/* --- Making ---------------------------------------------------------------------------------- */

static void strings_stand_inline_up_to_14_bytes(void **state)
{
    (void)state;
    char text[40];
    for (size_t length = 0; length <= 20; length++) {
        memset(text, 'x', sizeof text); /* what follows the string must not get into it */
        for (size_t i = 0; i < length; i++) text[i] = (char)('a' + i);
        weir_value made = weir_string(text, length), padded = value_padded_string(text, length);
        char *place = value_make_text(length);
        memcpy(place, text, length);
        weir_value finished = value_finish_string(place, length);
        weir_value bytes = weir_bytes_value(text, length);
        weir_value padded_bytes = value_padded_bytes(text, length);
        size_t got;
        assert_memory_equal(weir_bytes(&made, &got), text, length);
        assert_int_equal(got, length);
        assert_int_equal(value_is_outside(made), length > WEIR_INLINE_MAX);
        assert_true(weir_equal(made, padded) && weir_equal(made, finished));
        assert_true(weir_equal(bytes, padded_bytes));
        assert_false(weir_equal(made, bytes));
        if (length > WEIR_INLINE_MAX) continue;
        assert_true(value_is_same(made, padded) && value_is_same(bytes, padded_bytes));
    }
}

static void lists_and_pairs_hold_their_items(void **state)
{
    (void)state;
    size_t count;
    weir_value list = list_of_two(weir_int(1), long_text());
    const weir_value *items = weir_items(list, &count);
    assert_int_equal(count, 2);
    assert_int_equal(weir_as_int(items[0]), 1);
    assert_true(weir_equal(items[1], long_text()));
    items = weir_items(weir_pair(weir_text("k"), weir_null()), &count);
    assert_int_equal(count, 2);
    assert_true(weir_is_null(items[1]));
    assert_null(weir_items(weir_list(NULL, 0), &count));
    assert_int_equal(count, 0);
    assert_true(weir_equal(weir_list(NULL, 0), weir_list(NULL, 0)));
    weir_value made;
    weir_value *room = value_make_list(2, &made);
    room[0] = weir_int(1);
    room[1] = long_text();
    assert_true(weir_equal(made, list));
}

static void a_record_is_boxed_and_unboxed(void **state)
{
    (void)state;
    weir_value key, value;
    value_unbox(value_box(weir_int(1), weir_int(2)), &key, &value);
    assert_int_equal(weir_as_int(key), 1);
    assert_int_equal(weir_as_int(value), 2);
    value_unbox(value_box(weir_absent(), weir_int(2)), &key, &value);
    assert_true(weir_is_absent(key));
    assert_int_equal(weir_as_int(value), 2);
}

static void a_copy_reaches_nothing_of_the_original(void **state)
{
    (void)state;
    arena from, to;
    arena_init(&from, NULL);
    arena_init(&to, NULL);
    arena *before = arena_set_current(&from);
    random_source random = {11};
    for (int i = 0; i < 500; i++) {
        arena_set_current(&from);
        random_source again = random;
        weir_value copy = value_copy(random_value(&random, 4), &to);
        arena_release(&from); /* the address checker sees what still reaches there */
        arena_init(&from, NULL);
        weir_value same = random_value(&again, 4);
        assert_true(weir_equal(copy, same));
    }
    arena_set_current(before);
    arena_release(&from);
    arena_release(&to);
}

/* --- Equality, order, hashes ----------------------------------------------------------------- */

static void values_of_different_kinds_differ(void **state)
{
    (void)state;
    weir_value values[] = {weir_absent(),      weir_null(),         weir_bool(false),
                           weir_bool(true),    weir_int(1),         weir_double(1.5),
                           weir_text("1"),     long_text(),         weir_bytes_value("1", 1),
                           weir_list(NULL, 0), list_of_two(weir_int(1), weir_int(2)),
                           weir_pair(weir_int(1), weir_int(2))};
    size_t count = sizeof values / sizeof values[0];
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            assert_int_equal(weir_equal(values[i], values[j]), i == j);
            assert_int_equal(value_equal(values[i], values[j]), i == j);
            int order = weir_compare(values[i], values[j]); /* the array is in order */
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    assert_false(weir_equal(weir_int(1), weir_double(1.0)));
    assert_int_equal(weir_compare(weir_int(1), weir_double(1.0)), 0);
}

static void equality_hash_order_and_encoding_agree(void **state)
{
    (void)state;
    enum { COUNT = 300 };
    random_source random = {12};
    weir_value values[COUNT];
    for (size_t i = 0; i < COUNT; i++) values[i] = random_value(&random, 3);
    for (size_t i = 0; i < COUNT; i++)
        for (size_t j = 0; j < COUNT; j++) {
            int order = weir_compare(values[i], values[j]);
            int back = weir_compare(values[j], values[i]);
            assert_int_equal((order > 0) - (order < 0), (back < 0) - (back > 0));
            if (weir_equal(values[i], values[j])) {
                assert_true(value_hash(values[i]) == value_hash(values[j]));
                assert_int_equal(value_partition(values[i], 999), value_partition(values[j], 999));
                assert_int_equal(order, 0);
            } else if (value_hash(values[i]) == value_hash(values[j])) {
                fail_msg("two different values have one hash");
            }
            size_t k = (i * 7 + j * 13) % COUNT;
            if (order <= 0 && weir_compare(values[j], values[k]) <= 0)
                assert_true(weir_compare(values[i], values[k]) <= 0);
        }
}

static void numbers_compare_by_value(void **state)
{
    (void)state;
    weir_value ascending[] = {
        weir_double((double)-INFINITY), weir_double(-1e300),  weir_int(INT64_MIN),
        weir_int(INT64_MIN + 1),        weir_double(-1.5),    weir_int(-1),
        weir_double(-0.5),              weir_int(0),          weir_double(0.5),
        weir_int(1),                    weir_double(1.5),     weir_int(9007199254740992),
        weir_int(9007199254740993),     weir_int(INT64_MAX),  weir_double(0x1p63),
        weir_double((double)INFINITY),  weir_double((double)NAN)};
    size_t count = sizeof ascending / sizeof ascending[0];
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            int order = weir_compare(ascending[i], ascending[j]);
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    assert_int_equal(weir_compare(weir_double(0x1p53), weir_int(9007199254740992)), 0);
    assert_int_equal(weir_compare(weir_double(-0x1p63), weir_int(INT64_MIN)), 0);
    assert_int_equal(weir_compare(weir_double(0.0), weir_double(-0.0)), 0);
}

static void lists_compare_element_by_element(void **state)
{
    (void)state;
    weir_value one[] = {weir_int(1)}, two[] = {weir_int(2)};
    assert_true(weir_compare(weir_list(NULL, 0), weir_list(one, 1)) < 0);
    assert_true(weir_compare(list_of_two(weir_int(1), weir_int(9)), weir_list(two, 1)) < 0);
    assert_true(weir_compare(weir_list(one, 1), list_of_two(weir_int(1), weir_null())) < 0);
    weir_value low = weir_pair(weir_int(1), weir_int(9));
    weir_value high = weir_pair(weir_int(2), weir_int(0));
    assert_true(weir_compare(low, high) < 0);
    assert_true(weir_compare(weir_text("ab"), weir_text("abc")) < 0);
    assert_true(weir_compare(weir_text("\xc3\xa4"), weir_text("z")) > 0); /* bytes have no sign */
}

static void there_is_one_nan(void **state)
{
    (void)state;
    weir_value nan = weir_double((double)NAN), other = weir_double(-(double)NAN);
    assert_true(weir_equal(nan, other));
    assert_true(value_hash(nan) == value_hash(other));
    assert_int_equal(weir_compare(nan, other), 0);
}

/* --- Partitions: part of the format ---------------------------------------------------------- */

static void check_partition(weir_value key, const void *bytes, size_t length)
{
    uint64_t hash = XXH3_64bits(bytes, length);
    for (size_t partitions = 1; partitions < 20; partitions++)
        assert_int_equal(value_partition(key, partitions), hash % partitions);
    assert_int_equal(value_partition(key, 1 << 20), hash % (1 << 20));
}

static void partitions_follow_from_the_bytes_of_the_key(void **state)
{
    (void)state;
    const char *text = "longer than fourteen bytes";
    for (size_t from = 0; from < 10; from++)
        for (size_t length = 0; length <= 16; length++)
            check_partition(weir_string(text + from, length), text + from, length);
    const char high[] = "\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7";
    for (size_t length = 0; length < sizeof high; length++)
        check_partition(weir_string(high, length), high, length);
    check_partition(weir_text(text), text, strlen(text));
    check_partition(weir_bytes_value("word", 4), "word", 4);
    check_partition(weir_int(-2), "\xfe\xff\xff\xff\xff\xff\xff\xff", 8);
    check_partition(weir_double(1.0), "\0\0\0\0\0\0\xf0\x3f", 8);
    check_partition(weir_bool(true), "\1", 1);
    check_partition(weir_null(), "", 0);
    check_partition(weir_absent(), "", 0);
    check_partition(weir_text(""), "", 0);
    check_partition(weir_pair(weir_text("a"), weir_null()), "\x08\x05\x01" "a\x01", 5);
    check_partition(weir_list(NULL, 0), "\x07\0", 2);
    /* written down, in case the hash itself changes under us */
    assert_int_equal(value_partition(weir_null(), (size_t)1 << 32), 0x38d394c2);
}

/* --- Text ------------------------------------------------------------------------------------ */

static void check_text(weir_value value, const char *expected)
{
    char text[200];
    assert_int_equal(weir_format(value, text, sizeof text), strlen(expected));
    assert_string_equal(text, expected);
}

static void values_are_written_as_print_shows_them(void **state)
{
    (void)state;
    check_text(weir_null(), "null");
    check_text(weir_bool(true), "true");
    check_text(weir_bool(false), "false");
    check_text(weir_int(INT64_MIN), "-9223372036854775808");
    check_text(weir_text(""), "");
    check_text(long_text(), "longer than fourteen bytes");
    check_text(weir_bytes_value("\x00\xff\x1a", 3), "0x00ff1a");
    check_text(weir_list(NULL, 0), "[]");
    check_text(list_of_two(weir_int(1), weir_text("b")), "[1, b]");
    weir_value list = list_of_two(weir_int(1), weir_double(2));
    check_text(weir_pair(weir_text("k"), weir_pair(weir_null(), list)), "(k,(null,[1, 2.0]))");
}

static void doubles_are_written_as_java_does(void **state)
{
    (void)state;
    static const struct {
        double number;
        const char *text;
    } cases[] = {
        {0.0, "0.0"},
        {-0.0, "-0.0"},
        {3, "3.0"},
        {-1.5, "-1.5"},
        {100, "100.0"},
        {123456.789, "123456.789"},
        {9999999, "9999999.0"},
        {1e7, "1.0E7"},
        {1e8, "1.0E8"},
        {12345678.9, "1.23456789E7"},
        {0.001, "0.001"},
        {0.012, "0.012"},
        {0.00099, "9.9E-4"},
        {1e23, "1.0E23"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1.0 / 3, "0.3333333333333333"},
        {100.0 / 3, "33.333333333333336"},
        {0x1p-44, "5.684341886080802E-14"},
        {DBL_MAX, "1.7976931348623157E308"},
        {DBL_MIN, "2.2250738585072014E-308"},
        {5e-324, "4.9E-324"},
        {9007199254740993.0, "9.007199254740992E15"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_text(weir_double(cases[i].number), cases[i].text);
    check_text(weir_double((double)NAN), "NaN");
    check_text(weir_double((double)INFINITY), "Infinity");
    check_text(weir_double(-(double)INFINITY), "-Infinity");
}

static int count_digits(const char *text)
{
    int digits = 0;
    const char *last = text;
    for (const char *at = text; *at && *at != 'E'; at++)
        if (*at >= '1' && *at <= '9') last = at;
    bool started = false;
    for (const char *at = text; at <= last; at++) {
        if (*at < '0' || *at > '9') continue;
        started = started || *at != '0';
        digits += started;
    }
    return digits;
}

static void doubles_read_back_and_none_is_longer_than_needed(void **state)
{
    (void)state;
    random_source random = {13};
    for (int i = 0; i < 5000; i++) {
        uint64_t power_of_two = 0xfff0000000000000U;
        uint64_t bits = random_next(&random) & (i % 3 ? UINT64_MAX : power_of_two);
        double number;
        memcpy(&number, &bits, sizeof number);
        if (!isfinite(number) || number == 0) continue;
        char text[64], shorter[64];
        weir_format(weir_double(number), text, sizeof text);
        assert_true(strtod(text, NULL) == number);
        int digits = count_digits(text);
        snprintf(shorter, sizeof shorter, "%.*e", digits > 2 ? digits - 2 : 0, number);
        if (digits > 2) assert_false(strtod(shorter, NULL) == number);
    }
}

static void a_text_that_is_too_long_is_cut_and_counted(void **state)
{
    (void)state;
    char text[8] = "1234567";
    assert_int_equal(weir_format(long_text(), text, 5), 26);
    assert_string_equal(text, "long");
    assert_int_equal(text[5], '6');
    assert_int_equal(weir_format(long_text(), NULL, 0), 26);
    assert_int_equal(weir_format(weir_pair(weir_int(1), weir_int(2)), text, 3), 5);
    assert_string_equal(text, "(1");
}

/* --- Their memory ---------------------------------------------------------------------------- */

static void a_thread_forgets_what_it_made_outside_functions(void **state)
{
    (void)state;
    enum { STRINGS = 10000 };
    char text[100];
    memset(text, 'x', sizeof text);
    weir_forget_values();
    for (int i = 0; i < 100; i++) {
        for (int j = 0; j < STRINGS / 100; j++) weir_string(text, sizeof text);
        weir_forget_values();
    }
    assert_true(arena_current()->chunk_bytes < STRINGS * sizeof text / 4);

    arena function; /* its values are the engine's affair */
    arena_init(&function, NULL);
    arena *before = arena_set_current(&function);
    weir_value kept = weir_string(text, sizeof text);
    size_t bytes = function.chunk_bytes;
    weir_forget_values();
    assert_int_equal(function.chunk_bytes, bytes);
    size_t length;
    assert_memory_equal(weir_bytes(&kept, &length), text, sizeof text);
    arena_set_current(before);
    arena_release(&function);
}

/* --- Nesting --------------------------------------------------------------------------------- */

static void endless_nesting_fails_the_function_and_nothing_else(void **state)
{
    (void)state;
    task task;
    task_init(&task, 0, NULL, NULL);
    struct task *before = task_set_current(&task);
    weir_value deep = weir_null(), other = weir_null(), fine = weir_null();
    for (int i = 0; i < 100000; i++) {
        deep = weir_pair(deep, weir_null());
        other = weir_pair(other, weir_null());
        if (i < CODEC_DEPTH_MAX) fine = weir_pair(fine, weir_null());
    }
    weir_value copy = value_copy(fine, &task.scratch);
    assert_true(weir_equal(copy, fine));
    assert_true(value_hash(copy) == value_hash(fine));
    assert_int_equal(weir_compare(copy, fine), 0);
    assert_int_equal(value_partition(copy, 97), value_partition(fine, 97));
    assert_int_equal(task.status, WEIR_OK);
    for (int operation = 0; operation < 5; operation++) {
        task.status = WEIR_OK;
        if (operation == 0) assert_false(weir_equal(deep, other));
        if (operation == 1) weir_compare(deep, other);
        if (operation == 2) value_hash(deep);
        if (operation == 3) value_partition(deep, 8);
        if (operation == 4) value_copy(deep, &task.scratch);
        assert_int_equal(task.status, WEIR_RUNTIME);
        assert_non_null(strstr(task.error, "nested deeper than 64"));
    }
    assert_true(weir_format(deep, NULL, 0) > CODEC_DEPTH_MAX);
    task_set_current(before);
    task_release(&task);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_stand_inline_up_to_14_bytes),
        cmocka_unit_test(lists_and_pairs_hold_their_items),
        cmocka_unit_test(a_record_is_boxed_and_unboxed),
        cmocka_unit_test(a_copy_reaches_nothing_of_the_original),
        cmocka_unit_test(values_of_different_kinds_differ),
        cmocka_unit_test(equality_hash_order_and_encoding_agree),
        cmocka_unit_test(numbers_compare_by_value),
        cmocka_unit_test(lists_compare_element_by_element),
        cmocka_unit_test(there_is_one_nan),
        cmocka_unit_test(partitions_follow_from_the_bytes_of_the_key),
        cmocka_unit_test(values_are_written_as_print_shows_them),
        cmocka_unit_test(doubles_are_written_as_java_does),
        cmocka_unit_test(doubles_read_back_and_none_is_longer_than_needed),
        cmocka_unit_test(a_text_that_is_too_long_is_cut_and_counted),
        cmocka_unit_test(a_thread_forgets_what_it_made_outside_functions),
        cmocka_unit_test(endless_nesting_fails_the_function_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
