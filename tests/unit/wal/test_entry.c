#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "wal/entry.h"

static const char text[] = "one line\nand another\n";

static block *make_block(void)
{
    block *block = block_create(BLOCK_TEXT, 5, sizeof text - 1);
    memcpy(block->bytes, text, sizeof text - 1);
    block->size = sizeof text - 1;
    block->number = 77;
    block->records = 2;
    return block;
}

/* The entry of a payload in memory that ends where the payload does, for the sanitizer. */
static wal_entry entry_of(wal_kind kind, const void *payload, size_t size)
{
    char *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, payload, size);
    wal_entry entry = {.place = {3, 128}, .payload = copy};
    entry.header = (wal_entry_header){.sequence = 9, .size = (uint32_t)size,
                                      .kind = (uint8_t)kind};
    return entry;
}

static void release(wal_entry *entry) { free((void *)(uintptr_t)entry->payload); }

static size_t encode(char *payload)
{
    block *block = make_block();
    wal_block_head_encode(block, payload);
    memcpy(payload + WAL_BLOCK_HEAD, block->bytes, block->size);
    size_t size = WAL_BLOCK_HEAD + block->size;
    block_drop(block);
    return size;
}

static void test_block(void **state)
{
    (void)state;
    char payload[100];
    size_t size = encode(payload);
    assert_memory_equal(payload, "\x05\0\0\0\x01\0\0\0\x4d\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0"
                        "\x15\0\0\0\0\0\0\0one line\n", 41);
    wal_entry entry = entry_of(WAL_BLOCK, payload, size);
    block *block = NULL;
    assert_int_equal(wal_entry_block(&entry, &block), WEIR_OK);
    assert_int_equal(block->stream_id, 5);
    assert_int_equal(block->format, BLOCK_TEXT);
    assert_int_equal(block->number, 77);
    assert_int_equal(block->records, 2);
    assert_int_equal(block->size, sizeof text - 1);
    assert_int_equal(block->log_segment, 3);
    assert_int_equal(block->log_offset, 128);
    assert_memory_equal(block->bytes, text, block->size);
    block_drop(block);
    release(&entry);
}

static void assert_no_block(const char *payload, size_t size, uint8_t flags)
{
    wal_entry entry = entry_of(WAL_BLOCK, payload, size);
    block *block = NULL;
    entry.header.flags = flags;
    assert_int_equal(wal_entry_block(&entry, &block), WEIR_DAMAGED);
    assert_null(block);
    release(&entry);
}

static void test_wrong_blocks(void **state)
{
    (void)state;
    char payload[100];
    size_t size = encode(payload);
    for (size_t cut = 0; cut < size; cut++) assert_no_block(payload, cut, 0);
    assert_no_block(payload, size, 2);
    payload[4] = 0;
    assert_no_block(payload, size, 0);
    payload[4] = 4;
    assert_no_block(payload, size, 0);
    payload[4] = 1;
    payload[24]++;
    assert_no_block(payload, size, 0);
    payload[31] = '\xff';
    assert_no_block(payload, size, 0);
}

static void test_batch(void **state)
{
    (void)state;
    char payload[20] = {0};
    int64_t time_ms = 0;
    const char *bytes = NULL;
    size_t size = 0;
    wal_batch_head_encode(-2, payload);
    memcpy(payload + 8, "abc", 3);
    wal_entry entry = entry_of(WAL_BATCH_DONE, payload, 11);
    assert_int_equal(wal_entry_batch(&entry, &time_ms, &bytes, &size), WEIR_OK);
    assert_int_equal(time_ms, -2);
    assert_int_equal(size, 3);
    assert_memory_equal(bytes, "abc", 3);
    entry.header.flags = WAL_LZ4;
    assert_int_equal(wal_entry_batch(&entry, &time_ms, &bytes, &size), WEIR_DAMAGED);
    release(&entry);
    for (size_t cut = 0; cut < 8; cut++) {
        entry = entry_of(WAL_BATCH_DONE, payload, cut);
        assert_int_equal(wal_entry_batch(&entry, &time_ms, &bytes, &size), WEIR_DAMAGED);
        release(&entry);
    }
}

/* --- Compression ----------------------------------------------------------------------------- */

enum { LONG = 10000 };

/* A compressed payload; returns its size. */
static size_t compress_payload(char *payload)
{
    char bytes[LONG];
    size_t size = 0;
    for (size_t i = 0; i < LONG; i++) bytes[i] = (char)('a' + i / 100 % 26);
    block block = {.format = BLOCK_TEXT, .size = LONG};
    wal_block_head_encode(&block, payload);
    char *compressed = wal_compress(bytes, LONG, &size);
    assert_non_null(compressed);
    memcpy(payload + WAL_BLOCK_HEAD, compressed, size);
    free(compressed);
    return WAL_BLOCK_HEAD + size;
}

static void test_compressed_block(void **state)
{
    (void)state;
    if (!wal_can_compress()) skip();
    char payload[LONG];
    size_t size = compress_payload(payload);
    assert_true(size < LONG / 10);
    wal_entry entry = entry_of(WAL_BLOCK, payload, size);
    block *block = NULL;
    entry.header.flags = WAL_LZ4;
    assert_int_equal(wal_entry_block(&entry, &block), WEIR_OK);
    assert_int_equal(block->size, LONG);
    for (size_t i = 0; i < LONG; i++)
        assert_int_equal(block->bytes[i], (char)('a' + i / 100 % 26));
    block_drop(block);
    release(&entry);
}

/* Neither memory that was not asked for, nor a claim of size that asks for too much of it. */
static void test_wrong_compressed_blocks(void **state)
{
    (void)state;
    if (!wal_can_compress()) skip();
    char payload[LONG];
    size_t size = compress_payload(payload);
    for (size_t cut = 0; cut < size; cut++) assert_no_block(payload, cut, WAL_LZ4);
    payload[24]--;
    assert_no_block(payload, size, WAL_LZ4);
    payload[27] = 0x3f;
    assert_no_block(payload, size, WAL_LZ4);
    payload[31] = 0x3f;
    assert_no_block(payload, size, WAL_LZ4);
    size = compress_payload(payload);
    for (size_t i = WAL_BLOCK_HEAD; i < size; i++) {
        payload[i] = (char)(payload[i] ^ 0x55);
        wal_entry entry = entry_of(WAL_BLOCK, payload, size);
        block *block = NULL;
        entry.header.flags = WAL_LZ4;
        if (wal_entry_block(&entry, &block) == WEIR_OK) block_drop(block);
        else assert_null(block);
        release(&entry);
        payload[i] = (char)(payload[i] ^ 0x55);
    }
}

static void test_compresses_only_what_gets_shorter(void **state)
{
    (void)state;
    char random[1000];
    uint32_t number = 1;
    size_t size;
    for (size_t i = 0; i < sizeof random; i++) {
        number = number * 1664525 + 1013904223;
        random[i] = (char)(number >> 24);
    }
    assert_null(wal_compress(random, sizeof random, &size));
    assert_null(wal_compress("", 0, &size));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_block),
        cmocka_unit_test(test_wrong_blocks),
        cmocka_unit_test(test_batch),
        cmocka_unit_test(test_compressed_block),
        cmocka_unit_test(test_wrong_compressed_blocks),
        cmocka_unit_test(test_compresses_only_what_gets_shorter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
