#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "record/codec.h"
#include "record/value.h"
#include "support/random_values.h"

enum { PADDING = 16 };

/* Decodes exactly these bytes from a heap block of that size and padding, so that the address
 * checker sees the rest. */
static bool decode(const char *bytes, size_t size, weir_value *value, size_t *used)
{
    char *copy = malloc(size + PADDING);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    memset(copy + size, 0xee, PADDING);
    const char *at = copy;
    bool decoded = codec_decode(&at, copy + size, arena_current(), value);
    *used = (size_t)(at - copy);
    if (decoded) *value = value_copy(*value, arena_current());
    free(copy);
    return decoded;
}

static void check_bytes(weir_value value, const char *bytes, size_t size)
{
    buffer encoding = {0};
    weir_value back;
    size_t used;
    assert_true(codec_encode(&encoding, value));
    assert_int_equal(encoding.size, size);
    assert_memory_equal(encoding.bytes, bytes, size);
    assert_true(decode(bytes, size, &back, &used));
    assert_int_equal(used, size);
    assert_true(weir_equal(back, value));
    buffer_release(&encoding);
}

static void the_layout_is_the_documented_one(void **state)
{
    (void)state;
    weir_value items[] = {weir_int(1), weir_text("b")};
    check_bytes(weir_absent(), "\x00", 1);
    check_bytes(weir_null(), "\x01", 1);
    check_bytes(weir_bool(true), "\x02\x01", 2);
    check_bytes(weir_int(-2), "\x03\xfe\xff\xff\xff\xff\xff\xff\xff", 9);
    check_bytes(weir_double(1.0), "\x04\0\0\0\0\0\0\xf0\x3f", 9);
    check_bytes(weir_text("ab"), "\x05\x02" "ab", 4);
    check_bytes(weir_bytes_value("\xff", 1), "\x06\x01\xff", 3);
    check_bytes(weir_list(NULL, 0), "\x07\0", 2);
    check_bytes(weir_list(items, 2), "\x07\x02\x03\x01\0\0\0\0\0\0\0\x05\x01" "b", 14);
    check_bytes(weir_pair(weir_null(), weir_bool(false)), "\x08\x01\x02\0", 4);
    char text[2 + 1 + 300] = "\x05\xac\x02";
    memset(text + 3, 'x', 300);
    check_bytes(weir_string(text + 3, 300), text, 303);
}

static void random_values_come_back_and_no_part_of_them_does(void **state)
{
    (void)state;
    random_source random = {21};
    buffer encoding = {0};
    for (int i = 0; i < 1000; i++) {
        weir_value value = random_value(&random, 4), back;
        size_t used;
        encoding.size = 0;
        assert_true(codec_encode(&encoding, value));
        assert_true(decode(encoding.bytes, encoding.size, &back, &used));
        assert_true(weir_equal(value, back));
        assert_int_equal(used, encoding.size);
        for (size_t size = 0; size < encoding.size; size++) {
            assert_false(decode(encoding.bytes, size, &back, &used));
            assert_int_equal(used, 0);
        }
    }
    buffer_release(&encoding);
}

/* Whatever is accepted is the one encoding of what it says. */
static void damaged_bytes_are_refused_or_mean_what_they_say(void **state)
{
    (void)state;
    random_source random = {22};
    buffer encoding = {0}, again = {0};
    size_t refused = 0;
    for (int i = 0; i < 20000; i++) {
        weir_value back;
        size_t used;
        encoding.size = again.size = 0;
        codec_encode(&encoding, random_value(&random, 3));
        encoding.bytes[random_below(&random, encoding.size)] = (char)random_next(&random);
        if (!decode(encoding.bytes, encoding.size, &back, &used)) {
            refused++;
            continue;
        }
        assert_true(codec_encode(&again, back));
        assert_int_equal(again.size, used);
        bool may_be_nan = memchr(encoding.bytes, WEIR_DOUBLE, used); /* of many spellings */
        if (!may_be_nan) assert_memory_equal(again.bytes, encoding.bytes, used);
    }
    assert_in_range(refused, 1000, 19000);
    buffer_release(&encoding);
    buffer_release(&again);
}

static void wrong_bytes_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
    } cases[] = {
        {"", 0},
        {"\x09", 1},                           /* no such kind */
        {"\xff", 1},
        {"\x15", 1},                           /* a flag is not part of a kind */
        {"\x02\x02", 2},                       /* a bool of 2 */
        {"\x05\x81\x00" "a", 4},               /* a length that has a shorter spelling */
        {"\x05\xff\xff\xff\xff\x7f" "a", 7},   /* 35 bits */
        {"\x05\x80\x80\x80\x80\x80\x01", 7},   /* six bytes of length */
        {"\x07\xff\xff\xff\xff\x0f\x01", 7},   /* more items than bytes */
        {"\x07\x02\x01", 3},
        {"\x08\x01", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        weir_value value;
        size_t used;
        assert_false(decode(cases[i].bytes, cases[i].size, &value, &used));
        assert_int_equal(used, 0);
    }
}

static void nesting_is_limited_both_ways(void **state)
{
    (void)state;
    buffer encoding = {0};
    buffer_append(&encoding, "before", 6);
    weir_value value = weir_null(), back;
    for (int depth = 0; depth < CODEC_DEPTH_MAX; depth++) value = weir_pair(value, weir_null());
    size_t used;
    assert_true(codec_encode(&encoding, value));
    assert_true(decode(encoding.bytes + 6, encoding.size - 6, &back, &used));
    assert_true(weir_equal(value, back));
    size_t size = encoding.size;
    assert_false(codec_encode(&encoding, weir_pair(value, weir_null())));
    assert_int_equal(encoding.size, size);
    char deeper[2 * CODEC_DEPTH_MAX + 3];
    memset(deeper, WEIR_PAIR, CODEC_DEPTH_MAX + 1);
    memset(deeper + CODEC_DEPTH_MAX + 1, WEIR_NULL, CODEC_DEPTH_MAX + 2);
    assert_false(decode(deeper, sizeof deeper, &back, &used));
    assert_true(decode(deeper + 1, sizeof deeper - 1, &back, &used));
    buffer_release(&encoding);
}

static void values_follow_each_other(void **state)
{
    (void)state;
    buffer encoding = {0};
    weir_value text = weir_text("a value of 19 bytes");
    for (int i = 0; i < 100; i++)
        assert_true(codec_encode(&encoding, weir_pair(weir_int(i), text)));
    buffer_reserve(&encoding, PADDING);
    const char *at = encoding.bytes, *end = at + encoding.size;
    for (int i = 0; i < 100; i++) {
        weir_value value;
        size_t count;
        assert_true(codec_decode(&at, end, arena_current(), &value));
        assert_int_equal(weir_as_int(weir_items(value, &count)[0]), i);
    }
    assert_ptr_equal(at, end);
    buffer_release(&encoding);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_layout_is_the_documented_one),
        cmocka_unit_test(random_values_come_back_and_no_part_of_them_does),
        cmocka_unit_test(damaged_bytes_are_refused_or_mean_what_they_say),
        cmocka_unit_test(wrong_bytes_are_refused),
        cmocka_unit_test(nesting_is_limited_both_ways),
        cmocka_unit_test(values_follow_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
