#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "record/block.h"
#include "record/codec.h"
#include "record/text.h"
#include "support/collector.h"

static task worker;
static collector got;

static int set_up(void **state)
{
    (void)state;
    task_init(&worker, 0, NULL, NULL);
    worker.max_record_bytes = 100;
    collector_init(&got, false);
    weir_set_log(NULL, NULL, (weir_level)(WEIR_ERROR + 1)); /* damage is expected here */
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    collector_release(&got);
    task_release(&worker);
    return 0;
}

static block *block_of(block_format format, const void *bytes, size_t size)
{
    block *block = block_create(format, 3, size);
    memcpy(block->bytes, bytes, size);
    block->size = size;
    return block;
}

static void read_block(block *block)
{
    split *split = block_split_create(block);
    task_begin(&worker, 0, 0);
    worker.refused = worker.records_in = 0;
    assert_int_equal(split->class->read(split, &worker, &got.sink), WEIR_OK);
    split->class->free(split);
}

static void reads_text(void **state)
{
    (void)state;
    const char text[] = "one\ntwo\r\nthree\rbad \xff\n\0\nlast";
    read_block(block_of(BLOCK_TEXT, text, sizeof text - 1));
    assert_int_equal(got.records.count, 6);
    assert_int_equal(worker.records_in, 6);
    assert_true(weir_equal(got.records.values[2], weir_text("three")));
    assert_true(weir_equal(got.records.values[3], weir_text("bad \xef\xbf\xbd")));
    assert_true(weir_equal(got.records.values[4], weir_string("", 1)));
    assert_true(weir_equal(got.records.values[5], weir_text("last")));
    assert_null(got.records.keys);
}

static void refuses_long_lines(void **state)
{
    (void)state;
    char text[256];
    memset(text, 'x', sizeof text);
    text[101] = text[202] = '\n';
    text[150] = '\n';
    read_block(block_of(BLOCK_TEXT, text, 203));
    assert_int_equal(worker.refused, 1);
    assert_int_equal(got.records.count, 2);
}

/* Records of every shape, more than a vector holds. */
static void encode_records(buffer *to, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        weir_value number = weir_int((int64_t)i);
        weir_value items[] = {number, weir_text("a text that stands outside the value")};
        assert_true(codec_encode(to, i % 2 ? weir_text("key") : weir_absent()));
        assert_true(codec_encode(to, i % 3 ? number : weir_list(items, 2)));
    }
}

static void reads_records(void **state)
{
    (void)state;
    enum { COUNT = 2500 };
    buffer bytes = {0};
    encode_records(&bytes, COUNT);
    read_block(block_of(BLOCK_RECORDS, bytes.bytes, bytes.size));
    buffer_release(&bytes);
    assert_int_equal(got.records.count, COUNT);
    assert_int_equal(worker.records_in, COUNT);
    assert_int_equal(worker.refused, 0);
    assert_true(weir_is_absent(records_key(&got.records, 2)));
    assert_true(weir_equal(records_key(&got.records, 2499), weir_text("key")));
    char text[100];
    weir_format(got.records.values[3], text, sizeof text);
    assert_string_equal(text, "[3, a text that stands outside the value]");
}

static void plain_records_have_no_keys(void **state)
{
    (void)state;
    buffer bytes = {0};
    codec_encode(&bytes, weir_absent());
    codec_encode(&bytes, weir_int(5));
    read_block(block_of(BLOCK_RECORDS, bytes.bytes, bytes.size));
    buffer_release(&bytes);
    assert_null(got.records.keys);
}

/* Whatever byte is cut off or broken, what was read before it is right. */
static void damage_ends_the_block(void **state)
{
    (void)state;
    buffer bytes = {0};
    encode_records(&bytes, 20);
    for (size_t size = 0; size < bytes.size; size++) {
        collector_clear(&got);
        read_block(block_of(BLOCK_RECORDS, bytes.bytes, size));
        assert_true(got.records.count < 20);
        assert_true(worker.refused <= 1);
        for (size_t i = 0; i < got.records.count; i++) {
            if (i % 3) assert_int_equal(weir_as_int(got.records.values[i]), i);
        }
    }
    bytes.bytes[0] = (char)0xff;
    collector_clear(&got);
    read_block(block_of(BLOCK_RECORDS, bytes.bytes, bytes.size));
    assert_int_equal(got.records.count, 0);
    assert_int_equal(worker.refused, 1);
    buffer_release(&bytes);
}

/* The records of a marked block end at its mark. */
static void bears_a_mark(void **state)
{
    (void)state;
    buffer bytes = {0};
    arena room;
    arena_init(&room, NULL);
    encode_records(&bytes, 20);
    weir_value parts[] = {weir_text("where it comes from, and up to where"), weir_int(7)};
    assert_true(block_append_mark(&bytes, weir_list(parts, 2)));
    block *block = block_of(BLOCK_MARKED, bytes.bytes, bytes.size);
    assert_true(weir_equal(block_mark(block, &room), weir_list(parts, 2)));
    read_block(block);
    assert_int_equal(got.records.count, 20);
    assert_int_equal(worker.refused, 0);
    arena_release(&room);
    buffer_release(&bytes);
}

/* Damaged bytes give no mark, and are not read beyond their end. */
static void a_damaged_mark_is_none(void **state)
{
    (void)state;
    buffer bytes = {0};
    arena room;
    arena_init(&room, NULL);
    encode_records(&bytes, 3);
    size_t records = bytes.size;
    block_append_mark(&bytes, weir_text("a mark that stands outside the value"));
    for (size_t size = records; size < bytes.size; size++) {
        block *block = block_of(BLOCK_MARKED, bytes.bytes, size);
        (void)block_mark(block, &room); /* whatever it is, nothing else is touched */
        block_drop(block);
    }
    memset(bytes.bytes + bytes.size - 4, 0xff, 4);
    block *block = block_of(BLOCK_MARKED, bytes.bytes, bytes.size);
    assert_true(weir_is_null(block_mark(block, &room)));
    block_drop(block);
    block = block_of(BLOCK_RECORDS, bytes.bytes, records);
    assert_true(weir_is_null(block_mark(block, &room)));
    block_drop(block);
    block = block_create(BLOCK_MARKED, 0, 0);
    assert_true(weir_is_null(block_mark(block, &room)));
    block_drop(block);
    arena_release(&room);
    buffer_release(&bytes);
}

static void lives_as_long_as_a_reference(void **state)
{
    (void)state;
    block *block = block_of(BLOCK_TEXT, "a\n", 2);
    block_hold(block);
    read_block(block);
    assert_int_equal(got.records.count, 1);
    assert_memory_equal(block->bytes, "a\n", 2);
    block_drop(block);
    block_drop(NULL);
}

static void an_empty_block_gives_nothing(void **state)
{
    (void)state;
    read_block(block_create(BLOCK_TEXT, 0, 0));
    read_block(block_create(BLOCK_RECORDS, 0, 0));
    assert_int_equal(got.records.count, 0);
}

#define unit(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(reads_text),
        unit(refuses_long_lines),
        unit(reads_records),
        unit(plain_records_have_no_keys),
        unit(damage_ends_the_block),
        unit(bears_a_mark),
        unit(a_damaged_mark_is_none),
        unit(lives_as_long_as_a_reference),
        unit(an_empty_block_gives_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
