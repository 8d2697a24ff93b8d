#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record/value.h"
#include "state/key_codec.h"
#include "state/reading.h"
#include "support/random_values.h"

/* The order that the header documents, said another way. */
static int expected_order(weir_value a, weir_value b)
{
    weir_kind kind = weir_kind_of(a);
    if (kind != weir_kind_of(b)) return kind < weir_kind_of(b) ? -1 : 1;
    if (kind != WEIR_LIST && kind != WEIR_PAIR) {
        int order = weir_compare(a, b);
        if (order == 0 && kind == WEIR_DOUBLE && a.body != b.body) return a.body >> 63 ? -1 : 1;
        return order;
    }
    size_t left_count, right_count;
    const weir_value *left = weir_items(a, &left_count), *right = weir_items(b, &right_count);
    for (size_t i = 0; i < left_count && i < right_count; i++) {
        int order = expected_order(left[i], right[i]);
        if (order) return order;
    }
    return (left_count > right_count) - (left_count < right_count);
}

static int sign(int number)
{
    return (number > 0) - (number < 0);
}

static int byte_order(const buffer *a, const buffer *b)
{
    size_t shorter = a->size < b->size ? a->size : b->size;
    int order = memcmp(a->bytes, b->bytes, shorter);
    return order ? sign(order) : (a->size > b->size) - (a->size < b->size);
}

static weir_value make_value(random_source *random)
{
    static const int64_t ints[] = {INT64_MIN, INT64_MIN + 1, -256, -1, 0, 1, 255, 256, INT64_MAX};
    static const double doubles[] = {-1e300, -1.5, -1e-300, -0.0, 0.0, 1e-300, 1e300};
    static const char texts[][4] = {{0}, {0, 0}, {0, 1}, {1}, {1, 0}, {1, 1}, {2}, {'a', 0, 'b'}};
    size_t which = random_below(random, 40);
    if (which < 9) return weir_int(ints[which]);
    if (which < 16) return weir_double(doubles[which - 9]);
    if (which == 16) return weir_double(1.0 / 0.0 - 1.0 / 0.0);
    if (which == 17) return weir_absent();
    if (which < 26) return weir_string(texts[which - 18], random_below(random, 5) % 4);
    return random_value(random, 3);
}

static void order_of_bytes_is_order_of_values(void **state)
{
    (void)state;
    random_source random = {1};
    buffer left = {0}, right = {0};
    for (int i = 0; i < 20000; i++) {
        weir_value a = make_value(&random), b = make_value(&random);
        size_t partition = random_below(&random, 2);
        left.size = right.size = 0;
        assert_true(key_encode(&left, partition, a));
        assert_true(key_encode(&right, partition, b));
        assert_int_equal(byte_order(&left, &right), sign(expected_order(a, b)));
        right.size = 0;
        assert_true(key_encode(&right, partition + 255, b));
        assert_int_equal(byte_order(&left, &right), -1);
    }
    buffer_release(&left);
    buffer_release(&right);
}

static void every_value_comes_back(void **state)
{
    (void)state;
    random_source random = {2};
    buffer bytes = {0};
    for (int i = 0; i < 5000; i++) {
        weir_value key = make_value(&random), got;
        size_t partition = random_below(&random, KEY_PARTITIONS_MAX), got_partition;
        bytes.size = 0;
        assert_true(key_encode(&bytes, partition, key));
        assert_true(key_decode(bytes.bytes, bytes.size, arena_current(), &got_partition, &got));
        assert_int_equal(got_partition, partition);
        assert_int_equal(expected_order(key, got), 0);
        for (size_t cut = 0; cut < bytes.size; cut++)
            assert_false(key_decode(bytes.bytes, cut, arena_current(), &got_partition, &got));
    }
    buffer_release(&bytes);
}

/* What decodes after a flip is another value that is spelled exactly so. */
static void flipped_bytes_are_refused_or_mean_something_else(void **state)
{
    (void)state;
    random_source random = {3};
    buffer bytes = {0}, again = {0};
    for (int i = 0; i < 2000; i++) {
        weir_value got;
        size_t partition;
        bytes.size = 0;
        assert_true(key_encode(&bytes, 7, make_value(&random)));
        /* in memory of its exact size, so that reading too far is noticed */
        char *exact = malloc(bytes.size);
        memcpy(exact, bytes.bytes, bytes.size);
        exact[random_below(&random, bytes.size)] ^= (char)(1 + random_below(&random, 255));
        if (key_decode(exact, bytes.size, arena_current(), &partition, &got)) {
            again.size = 0;
            assert_true(key_encode(&again, partition, got));
            assert_int_equal(again.size, bytes.size);
            assert_memory_equal(again.bytes, exact, bytes.size);
        }
        free(exact);
    }
    buffer_release(&bytes);
    buffer_release(&again);
}

static void bytes_are_as_documented(void **state)
{
    (void)state;
    static const struct {
        weir_value key;
        const char *bytes;
        size_t size;
    } rows[] = {
        {{WEIR_ABSENT, 0}, "\x01\x02\x01", 3},
        {{WEIR_NULL, 0}, "\x01\x02\x02", 3},
        {{WEIR_BOOL, 1}, "\x01\x02\x03\x01", 4},
        {{WEIR_INT, 1}, "\x01\x02\x04\x80\0\0\0\0\0\0\x01", 11},
        {{WEIR_INT, UINT64_MAX}, "\x01\x02\x04\x7f\xff\xff\xff\xff\xff\xff\xff", 11},
        {{WEIR_LIST, 0}, "\x01\x02\x08\0", 4},
    };
    buffer bytes = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bytes.size = 0;
        assert_true(key_encode(&bytes, 0x102, rows[i].key));
        assert_int_equal(bytes.size, rows[i].size);
        assert_memory_equal(bytes.bytes, rows[i].bytes, rows[i].size);
    }
    bytes.size = 0;
    assert_true(key_encode(&bytes, 0, weir_string("a\0\1b", 4)));
    assert_memory_equal(bytes.bytes, "\0\0\x06" "a\1\1\1\2b\0", 10);
    bytes.size = 0;
    assert_true(key_encode(&bytes, 5, weir_text("user0000001")));
    assert_int_equal(bytes.size, 15);
    assert_memory_equal(bytes.bytes, "\0\5\6user0000001\0", 15);
    bytes.size = 0;
    assert_true(key_encode(&bytes, 0, weir_pair(weir_double(1.0), weir_double(-1.0))));
    assert_memory_equal(bytes.bytes,
                        "\0\0\x09\x05\xbf\xf0\0\0\0\0\0\0"
                        "\x05\x40\x0f\xff\xff\xff\xff\xff\xff",
                        21);
    buffer_release(&bytes);
}

static void stored_values_are_as_documented(void **state)
{
    (void)state;
    static const char bytes[32] = "\xac\x02\x03\x07\0\0\0\0\0\0\0"; /* padded */
    static const char long_zero[32] = "\x80\0\x01", nothing[32] = "\1\0";
    uint64_t changed;
    weir_value value;
    assert_true(reading_decode(bytes, 11, arena_current(), &changed, &value));
    assert_int_equal(changed, 300);
    assert_true(weir_equal(value, weir_int(7)));
    for (size_t cut = 0; cut < 11; cut++)
        assert_false(reading_decode(bytes, cut, arena_current(), &changed, &value));
    assert_false(reading_decode(bytes, 12, arena_current(), &changed, &value));
    assert_false(reading_decode(long_zero, 3, arena_current(), &changed, &value));
    assert_false(reading_decode(nothing, 2, arena_current(), &changed, &value));
}

static void too_deep_a_key_is_refused(void **state)
{
    (void)state;
    weir_value key = weir_int(1);
    buffer bytes = {0};
    for (int i = 0; i < CODEC_DEPTH_MAX; i++) key = weir_list(&key, 1);
    assert_true(key_encode(&bytes, 0, key));
    size_t before = bytes.size;
    assert_false(key_encode(&bytes, 0, weir_pair(key, key)));
    assert_int_equal(bytes.size, before);
    buffer deep = {0};
    buffer_append(&deep, "\0\0", 2);
    for (int i = 0; i <= CODEC_DEPTH_MAX; i++) buffer_append(&deep, "\x08", 1);
    for (int i = 0; i <= CODEC_DEPTH_MAX; i++) buffer_append(&deep, "", 1);
    size_t partition;
    assert_false(key_decode(deep.bytes, deep.size, arena_current(), &partition, &key));
    buffer_release(&deep);
    buffer_release(&bytes);
}

static void a_megabyte_comes_back(void **state)
{
    (void)state;
    size_t size = 1 << 20, partition;
    char *zeros = calloc(1, size);
    weir_value key = weir_bytes_value(zeros, size), got;
    buffer bytes = {0};
    assert_true(key_encode(&bytes, 1, key));
    assert_true(key_decode(bytes.bytes, bytes.size, arena_current(), &partition, &got));
    assert_true(weir_equal(key, got));
    buffer_release(&bytes);
    free(zeros);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_of_bytes_is_order_of_values),
        cmocka_unit_test(every_value_comes_back),
        cmocka_unit_test(flipped_bytes_are_refused_or_mean_something_else),
        cmocka_unit_test(bytes_are_as_documented),
        cmocka_unit_test(stored_values_are_as_documented),
        cmocka_unit_test(too_deep_a_key_is_refused),
        cmocka_unit_test(a_megabyte_comes_back),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_release(arena_current());
    return failed;
}
