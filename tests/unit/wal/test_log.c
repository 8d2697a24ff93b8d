/* What goes into a log through its two doors, and out of it again. */
#include "unit/wal/open_log.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"

/* --- Blocks ---------------------------------------------------------------------------------- */

static atomic_int stored_blocks, lost_blocks;

static void stored(void *user, block *block, weir_status status)
{
    assert_ptr_equal(user, &stored_blocks);
    if (status == WEIR_OK) stored_blocks++;
    else lost_blocks++;
    if (status != WEIR_OK) assert_int_equal(block->log_segment, 0);
}

static block *append_block(uint64_t number, size_t size)
{
    block *block = block_create(BLOCK_TEXT, 3, size);
    for (size_t i = 0; i < size; i++) block->bytes[i] = (char)('a' + (number + i / 50) % 26);
    block->size = size;
    block->number = number;
    block->records = size / 10;
    block_log *door = wal_log_blocks(wal);
    door->class->append(door, block, stored, &stored_blocks);
    return block;
}

static void drain(void)
{
    block_log *door = wal_log_blocks(wal);
    door->class->drain(door);
}

/* The block in the log is the block that was appended. */
static void check_block(const wal_entry *entry, const block *expected)
{
    block *read = NULL;
    assert_int_equal(entry->header.kind, WAL_BLOCK);
    assert_int_equal(wal_entry_block(entry, &read), WEIR_OK);
    assert_int_equal(read->stream_id, expected->stream_id);
    assert_int_equal(read->format, expected->format);
    assert_int_equal(read->number, expected->number);
    assert_int_equal(read->records, expected->records);
    assert_int_equal(read->size, expected->size);
    assert_memory_equal(read->bytes, expected->bytes, read->size);
    assert_int_equal(read->log_segment, expected->log_segment);
    assert_int_equal(read->log_offset, expected->log_offset);
    block_drop(read);
}

static void append_and_read_blocks(const wal_options *with)
{
    static const size_t sizes[] = {0, 1, 63, 64, 65, 4096, 100000, 1 << 20, 3 << 20};
    enum { COUNT = sizeof sizes / sizeof sizes[0] };
    block *blocks[COUNT];
    stored_blocks = lost_blocks = 0;
    assert_int_equal(wal_log_open(&wal, with, NULL), WEIR_OK);
    for (size_t i = 0; i < COUNT; i++) blocks[i] = append_block(i + 1, sizes[i]);
    drain();
    assert_int_equal(stored_blocks, COUNT);
    wal_log_close(wal);

    wal_reader *reader;
    wal_item item;
    assert_int_equal(wal_reader_open(&reader, log_files, (wal_position){0}, 0), WEIR_OK);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(wal_reader_next(reader, &item), WEIR_OK);
        assert_int_equal(item.found, WAL_FOUND_ENTRY);
        check_block(&item.entry, blocks[i]);
    }
    assert_int_equal(wal_reader_next(reader, &item), WEIR_OK);
    assert_int_equal(item.found, WAL_FOUND_END);
    wal_reader_free(reader);
    /* and one alone, by its place */
    wal_position place = {blocks[5]->log_segment, blocks[5]->log_offset};
    assert_int_equal(wal_reader_open(&reader, log_files, place, 0), WEIR_OK);
    assert_int_equal(wal_reader_next(reader, &item), WEIR_OK);
    check_block(&item.entry, blocks[5]);
    wal_reader_free(reader);
    for (size_t i = 0; i < COUNT; i++) block_drop(blocks[i]);
}

static void test_blocks(void **state)
{
    (void)state;
    wal_options with = options();
    append_and_read_blocks(&with);
}

static void test_compressed_blocks(void **state)
{
    (void)state;
    if (!wal_can_compress()) skip();
    wal_options with = options();
    with.compress = true;
    append_and_read_blocks(&with);
    size_t size;
    free(log_files_read(1, &size));
    assert_true(size < 1 << 20);
}

static void test_blocks_that_cannot_be_stored(void **state)
{
    (void)state;
    stored_blocks = lost_blocks = 0;
    open_log();
    sync_failure = EIO;
    sync_failures_left = 1000;
    block *lost = append_block(1, 100);
    drain();
    assert_int_equal(lost_blocks, 1);
    block_drop(lost);
    wal_log_close(wal);
}

/* --- Batches --------------------------------------------------------------------------------- */

static void test_journal(void **state)
{
    (void)state;
    open_log();
    syncs = 0; /* but for that of its first segment */
    batch_journal *journal = wal_log_journal(wal);
    wal_position place = {0};
    assert_int_equal(journal->class->record(journal, 1000, "what", 4), WEIR_OK);
    assert_int_equal(syncs, 1); /* it returns when the entry is durable */
    assert_int_equal(journal->class->done(journal, 1000, NULL, 0), WEIR_OK);
    assert_int_equal(wal_log_append_batch(wal, WAL_BATCH_RECORD, 2000, "x", 1, &place), WEIR_OK);
    assert_int_equal(syncs, 3);
    assert_int_equal(place.segment, 1);
    assert_int_equal(place.offset, 64 + 128);
    journal->class->close(journal);
    wal_log_close(wal);

    static const uint8_t kinds[] = {WAL_BATCH_RECORD, WAL_BATCH_DONE, WAL_BATCH_RECORD};
    static const char *const texts[] = {"what", "", "x"};
    wal_reader *reader;
    wal_item item;
    assert_int_equal(wal_reader_open(&reader, log_files, (wal_position){0}, 0), WEIR_OK);
    for (size_t i = 0; i < 3; i++) {
        int64_t time_ms;
        const char *bytes;
        size_t size;
        assert_int_equal(wal_reader_next(reader, &item), WEIR_OK);
        assert_int_equal(item.found, WAL_FOUND_ENTRY);
        assert_int_equal(item.entry.header.kind, kinds[i]);
        assert_int_equal(wal_entry_batch(&item.entry, &time_ms, &bytes, &size), WEIR_OK);
        assert_int_equal(time_ms, i < 2 ? 1000 : 2000);
        assert_int_equal(size, strlen(texts[i]));
        assert_memory_equal(bytes, texts[i], size);
    }
    wal_reader_free(reader);
}

static void test_journal_that_fails(void **state)
{
    (void)state;
    open_log();
    batch_journal *journal = wal_log_journal(wal);
    write_failure = EIO;
    assert_int_equal(journal->class->record(journal, 1000, "what", 4), WEIR_IO);
    assert_non_null(strstr(error_text(), ".segment"));
    write_failure = 0;
    assert_int_equal(journal->class->record(journal, 2000, "what", 4), WEIR_IO);
    wal_log_close(wal);
}

static void *give_up_when_full(void *user)
{
    (void)user;
    while (!wal_log_statistics(wal).is_full) clock_sleep_ms(1);
    wal_log_give_up(wal);
    return NULL;
}

static void test_journal_on_a_full_disk(void **state)
{
    (void)state;
    pthread_t thread;
    open_log();
    write_failure = ENOSPC;
    assert_int_equal(pthread_create(&thread, NULL, give_up_when_full, NULL), 0);
    batch_journal *journal = wal_log_journal(wal);
    assert_int_equal(journal->class->record(journal, 1000, "what", 4), WEIR_NO_SPACE);
    pthread_join(thread, NULL);
    wal_log_close(wal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        log_test(test_blocks),
        log_test(test_compressed_blocks),
        log_test(test_blocks_that_cannot_be_stored),
        log_test(test_journal),
        log_test(test_journal_that_fails),
        log_test(test_journal_on_a_full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
