/* Keys and values of stored panes, byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "durability/panes.h"
#include "state/key_codec.h"
#include "state/pane_format.h"
#include "support/documented.h"
#include "support/random_values.h"

static void keys_have_the_order_of_times_and_partitions(void **state)
{
    (void)state;
    static const int64_t times[] = {INT64_MIN, -1000, -1, 0, 1, 255, 256, 1000, INT64_MAX};
    char last[PANE_BLOCK_KEY] = {0}, key[PANE_BLOCK_KEY], end[PANE_BLOCK_KEY];
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        pane_key_header(key, times[i]);
        assert_true(i == 0 || memcmp(last, key, PANE_HEADER_KEY) < 0);
        memcpy(last, key, PANE_HEADER_KEY);
        for (size_t partition = 0; partition < PANE_PARTS_MAX; partition += 257) {
            pane_key_begin(key, times[i], partition);
            pane_key_end(end, times[i], partition);
            assert_true(memcmp(last, key, PANE_BLOCK_KEY) < 0);
            assert_true(memcmp(key, end, PANE_BLOCK_KEY) < 0);
            memcpy(last, key, PANE_BLOCK_KEY);
        }
        pane_key_end(end, times[i], PANE_PARTS_MAX - 1);
        assert_true(memcmp(last, end, PANE_BLOCK_KEY) < 0);
        assert_int_equal(pane_key_behind(key, times[i]), PANE_HEADER_KEY);
        assert_true(memcmp(last, key, PANE_HEADER_KEY) < 0);
        memcpy(last, key, PANE_HEADER_KEY);
    }
}

static void keys_are_what_the_text_says(void **state)
{
    (void)state;
    static const char header[] = "\x80\0\0\0\0\0\x03\xe8\0";
    static const char block[] = "\x80\0\0\0\0\0\x03\xe8\x01\x12\x34k";
    char key[PANE_BLOCK_KEY];
    pane_key decoded;
    pane_key_header(key, 1000);
    assert_memory_equal(key, header, PANE_HEADER_KEY);
    pane_key_begin(key, 1000, 0x1234);
    assert_memory_equal(key, block, PANE_BLOCK_KEY);
    assert_true(pane_key_decode(header, PANE_HEADER_KEY, &decoded));
    assert_true(decoded.is_header && decoded.time_ms == 1000);
    assert_true(pane_key_decode(block, sizeof block - 1, &decoded));
    assert_false(decoded.is_header);
    assert_int_equal(decoded.partition, 0x1234);
    assert_true(decoded.first_size == 1 && *decoded.first == 'k');
    for (size_t size = 0; size < sizeof block - 1; size++)
        assert_int_equal(pane_key_decode(block, size, &decoded), 0);
    assert_false(pane_key_decode("\x80\0\0\0\0\0\x03\xe8\x02\0\0k", 12, &decoded));
    assert_false(pane_key_decode("\x80\0\0\0\0\0\x03\xe8\0k", 10, &decoded));
}

/* The pane of docs/FORMATS.md. */
static void the_example_is_what_is_written(void **state)
{
    (void)state;
    static const char header[] = "\x07\x03\x03\x01\0\0\0\0\0\0\0\x03\x02\0\0\0\0\0\0\0"
                                 "\x03\x01\0\0\0\0\0\0";
    static const char block[] = "\x01\0\0\0\x01\0\0\0\0\0\0\0\x05\x01k"
                                "\x03\x07\0\0\0\0\0\0";
    static const char key[] = "\x80\0\0\0\0\0\x03\xe8\x01\0\x01\x06k";
    char head[PANE_BLOCK_HEAD], begin[PANE_BLOCK_KEY];
    buffer bytes = {0};
    pane_header_encode(&bytes, &(pane_header){2, 1});
    assert_int_equal(bytes.size, sizeof header);
    assert_memory_equal(bytes.bytes, header, sizeof header);
    check_documented("| `80 00 00 00 00 00 03 e8 00` |", bytes.bytes, bytes.size);
    bytes.size = 0;
    pane_block_encode_head(head, &(pane_block){1, 1});
    buffer_append(&bytes, head, sizeof head);
    assert_true(pane_block_append(&bytes, weir_text("k"), weir_int(7)));
    assert_int_equal(bytes.size, sizeof block);
    assert_memory_equal(bytes.bytes, block, sizeof block);
    check_documented("| `80 00 00 00 00 00 03 e8 01 00 01 06 6b 00` |", bytes.bytes, bytes.size);
    bytes.size = 0;
    pane_key_begin(begin, 1000, 1);
    buffer_append(&bytes, begin, PANE_BLOCK_KEY - KEY_PREFIX);
    assert_true(key_encode(&bytes, 1, weir_text("k")));
    assert_int_equal(bytes.size, sizeof key);
    assert_memory_equal(bytes.bytes, key, sizeof key);
    buffer_release(&bytes);
}

static void headers_are_refused_when_damaged(void **state)
{
    (void)state;
    buffer bytes = {0};
    pane_header header = {PANE_PARTS_MAX, INT64_MAX}, decoded;
    pane_header_encode(&bytes, &header);
    assert_true(pane_header_decode(bytes.bytes, bytes.size, &decoded));
    assert_int_equal(decoded.part_count, PANE_PARTS_MAX);
    assert_int_equal(decoded.records, INT64_MAX);
    for (size_t size = 0; size < bytes.size; size++)
        assert_false(pane_header_decode(bytes.bytes, size, &decoded));
    static const pane_header wrong[] = {{PANE_PARTS_MAX + 1, 0}, {0, 1}, {1, UINT64_MAX}};
    for (size_t i = 0; i < 3; i++) {
        bytes.size = 0;
        pane_header_encode(&bytes, &wrong[i]);
        assert_false(pane_header_decode(bytes.bytes, bytes.size, &decoded));
    }
    bytes.size = 0;
    pane_header_encode(&bytes, &header);
    bytes.bytes[3] = 2; /* a version to come */
    assert_false(pane_header_decode(bytes.bytes, bytes.size, &decoded));
    buffer_release(&bytes);
}

/* Any records: what is appended is the encoding of record/codec.h, and comes back. */
static void blocks_are_encoded_values(void **state)
{
    (void)state;
    enum { ROUNDS = 300, MOST = 20 };
    random_source random = {7};
    arena arena;
    arena_init(&arena, NULL);
    struct arena *before = arena_set_current(&arena);
    for (int round = 0; round < ROUNDS; round++) {
        buffer block = {0}, plain = {0};
        char head[PANE_BLOCK_HEAD] = {0};
        uint32_t count = (uint32_t)random_below(&random, MOST) + 1;
        pane_block is = {count, count + random_below(&random, 3)}, decoded;
        weir_value keys[MOST], values[MOST];
        bool is_shared;
        records back = {0};
        pane_block_encode_head(head, &is);
        buffer_append(&block, head, sizeof head);
        for (uint32_t i = 0; i < count; i++) {
            bool has_key = random_below(&random, 2);
            keys[i] = has_key ? random_value(&random, 2) : weir_absent();
            values[i] = random_value(&random, 3);
            assert_true(pane_block_append(&block, keys[i], values[i]));
            assert_true(codec_encode(&plain, keys[i]) && codec_encode(&plain, values[i]));
        }
        assert_int_equal(block.size, PANE_BLOCK_HEAD + plain.size);
        assert_memory_equal(block.bytes + PANE_BLOCK_HEAD, plain.bytes, plain.size);
        const char *copy = arena_copy(&arena, block.bytes, block.size);
        assert_true(pane_block_decode_head(copy, block.size, &decoded));
        assert_true(decoded.count == is.count && decoded.left == is.left);
        assert_true(pane_block_decode(copy, block.size, &decoded, &back, &arena, &is_shared));
        assert_int_equal(back.count, count);
        for (uint32_t i = 0; i < count; i++) {
            assert_true(weir_equal(records_key(&back, i), keys[i]));
            assert_true(weir_equal(back.values[i], values[i]));
        }
        for (size_t size = PANE_BLOCK_HEAD; size < block.size; size++) {
            struct records torn = {0};
            const char *cut = arena_copy(&arena, block.bytes, size);
            assert_false(pane_block_decode(cut, size, &decoded, &torn, &arena, &is_shared));
        }
        buffer_release(&block);
        buffer_release(&plain);
    }
    arena_set_current(before);
    arena_release(&arena);
}

static void heads_that_cannot_be_are_refused(void **state)
{
    (void)state;
    char bytes[PANE_BLOCK_HEAD + 4] = {0};
    static const pane_block wrong[] = {{0, 0}, {0, 5}, {2, 1}, {3, 3}, {UINT32_MAX, UINT64_MAX}};
    pane_block decoded;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        pane_block_encode_head(bytes, &wrong[i]);
        assert_false(pane_block_decode_head(bytes, sizeof bytes, &decoded));
    }
    pane_block_encode_head(bytes, &(pane_block){2, UINT64_MAX});
    assert_true(pane_block_decode_head(bytes, sizeof bytes, &decoded));
    assert_false(pane_block_decode_head(bytes, PANE_BLOCK_HEAD - 1, &decoded));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_have_the_order_of_times_and_partitions),
        cmocka_unit_test(keys_are_what_the_text_says),
        cmocka_unit_test(the_example_is_what_is_written),
        cmocka_unit_test(headers_are_refused_when_damaged),
        cmocka_unit_test(blocks_are_encoded_values),
        cmocka_unit_test(heads_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
