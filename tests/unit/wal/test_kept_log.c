/* Kept logs of format version 1, in tests/formats/v1: whatever weir becomes, they must open, with
 * this in them. They were made by `test_kept_log --make DIRECTORY`; files that are kept are never
 * made anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "record/codec.h"
#include "support/log_files.h"
#include "wal/directory.h"
#include "wal/log.h"
#include "weir/context.h"

enum { LINES = 200 };

/* --- What is in them ------------------------------------------------------------------------ */

static block *text_block(uint64_t number)
{
    buffer text = {0};
    for (int i = 0; i < LINES; i++)
        buffer_printf(&text, "line %d of block %d\n", i, (int)number);
    block *block = block_from_buffer(BLOCK_TEXT, 1, &text);
    block->number = number;
    block->records = LINES;
    return block;
}

static block *records_block(uint64_t number)
{
    buffer bytes = {0};
    codec_encode(&bytes, weir_string("key", 3));
    codec_encode(&bytes, weir_int(-7));
    codec_encode(&bytes, weir_absent());
    codec_encode(&bytes, weir_double(0.5));
    block *block = block_from_buffer(BLOCK_RECORDS, 2, &bytes);
    block->number = number;
    block->records = 2;
    return block;
}

/* --- Making them ---------------------------------------------------------------------------- */

static wal_segment segment;

static void begin(const char *directory, uint64_t number, uint64_t first_sequence)
{
    wal_segment_header header = {.owner = 1, .number = number, .first_sequence = first_sequence};
    memcpy(header.context_id, log_files_context, WAL_CONTEXT_ID);
    assert_int_equal(wal_segment_create(&segment, directory, &header, 65536, 64, false), WEIR_OK);
}

static void put(wal_group *group, uint64_t first_sequence, bool compress)
{
    wal_group_prepare(group, first_sequence, compress);
    size_t pieces = wal_group_place(group, (wal_position){segment.number, segment.offset});
    assert_int_equal(wal_segment_append(&segment, group->pieces, pieces, group->bytes), WEIR_OK);
    for (wal_request *request = group->first; request; request = request->next)
        free(request->compressed);
    wal_group_release(group);
}

static wal_request block_request(const block *block)
{
    wal_request request = {.kind = WAL_BLOCK, .head_size = WAL_BLOCK_HEAD};
    wal_block_head_encode(block, request.head);
    request.bytes = block->bytes;
    request.size = block->size;
    return request;
}

static wal_request batch_request(wal_kind kind, int64_t time_ms, const char *text)
{
    wal_request request = {.kind = kind, .head_size = WAL_BATCH_HEAD};
    wal_batch_head_encode(time_ms, request.head);
    request.bytes = text;
    request.size = strlen(text);
    return request;
}

/* Two blocks as a group, then a record. */
static void put_first_segment(const char *directory)
{
    block *text = text_block(1), *records = records_block(2);
    wal_request requests[3] = {block_request(text), block_request(records),
                               batch_request(WAL_BATCH_RECORD, 1000, "blocks 1 and 2")};
    wal_group both = {0}, mark = {0};
    begin(directory, 1, 1);
    wal_group_add(&both, &requests[0]);
    wal_group_add(&both, &requests[1]);
    put(&both, 1, false);
    wal_group_add(&mark, &requests[2]);
    put(&mark, 3, false);
    block_drop(text);
    block_drop(records);
}

/* The record again, as after a failed sync; a compressed block and a done mark. */
static void put_second_segment(const char *directory)
{
    block *text = text_block(3);
    wal_request requests[3] = {batch_request(WAL_BATCH_RECORD, 1000, "blocks 1 and 2"),
                               block_request(text), batch_request(WAL_BATCH_DONE, 1000, "")};
    wal_group mark = {0}, both = {0};
    begin(directory, 2, 3);
    wal_group_add(&mark, &requests[0]);
    put(&mark, 3, false);
    wal_group_add(&both, &requests[1]);
    wal_group_add(&both, &requests[2]);
    put(&both, 4, true);
    block_drop(text);
}

static void put_seal(uint64_t sequence)
{
    wal_request mark = {.kind = WAL_SEALED};
    wal_group group = {0};
    wal_group_add(&group, &mark);
    put(&group, sequence, false);
}

static void make_directory(char *path, size_t room, const char *parent, const char *name)
{
    snprintf(path, room, "%s/%s", parent, name);
    assert_int_equal(file_make_directories(path), WEIR_OK);
}

static void flip(const char *directory, uint64_t number, int64_t offset)
{
    char *path = wal_directory_segment(directory, number);
    int file;
    char wrong = '!';
    assert_int_equal(file_open_write(path, &file), WEIR_OK);
    assert_int_equal(file_write_at(file, path, &wrong, 1, offset), WEIR_OK);
    assert_int_equal(file_close(file, path), WEIR_OK);
    free(path);
}

static void make(void **state)
{
    char path[600];
    make_directory(path, sizeof path, *state, "log");
    put_first_segment(path);
    wal_segment_close(&segment);
    put_second_segment(path);
    put_seal(6);
    wal_segment_close(&segment);

    make_directory(path, sizeof path, *state, "log_torn"); /* the done mark, in allocated room */
    put_first_segment(path);
    wal_segment_close(&segment);
    put_second_segment(path);
    uint64_t end = segment.offset;
    segment.offset = end + 4096;
    wal_segment_close(&segment);
    flip(path, 2, (int64_t)end - 64 + 33);

    make_directory(path, sizeof path, *state, "log_damaged"); /* the block of records */
    put_first_segment(path);
    uint64_t mark = segment.offset - 64;
    wal_segment_close(&segment);
    put_second_segment(path);
    put_seal(6);
    wal_segment_close(&segment);
    flip(path, 1, (int64_t)mark - 64 - 10);
}

/* --- Reading them --------------------------------------------------------------------------- */

static void kept_path(char *path, size_t room, const char *name)
{
    const char *source = getenv("WEIR_SOURCE");
    if (!source) source = ".";
    snprintf(path, room, "%s/tests/formats/v1/%s", source, name);
}

static void check_block(const wal_entry *entry, block *expected)
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
    block_drop(read);
    block_drop(expected);
}

static void check_batch(const wal_entry *entry, wal_kind kind, const char *text)
{
    int64_t time_ms = 0;
    const char *bytes = NULL;
    size_t size = 0;
    assert_int_equal(entry->header.kind, kind);
    assert_int_equal(wal_entry_batch(entry, &time_ms, &bytes, &size), WEIR_OK);
    assert_int_equal(time_ms, 1000);
    assert_int_equal(size, strlen(text));
    assert_memory_equal(bytes, text, size);
}

static void check_entry(const wal_entry *entry)
{
    bool is_compressed = entry->header.flags & WAL_LZ4;
    switch (entry->header.sequence) {
    case 1: check_block(entry, text_block(1)); break;
    case 2: check_block(entry, records_block(2)); break;
    case 3: check_batch(entry, WAL_BATCH_RECORD, "blocks 1 and 2"); break;
    case 4:
        assert_true(is_compressed);
        if (wal_can_compress()) check_block(entry, text_block(3));
        break;
    case 5: check_batch(entry, WAL_BATCH_DONE, ""); break;
    default: fail_msg("there is no entry %d", (int)entry->header.sequence);
    }
}

/* Reads the log; the numbers of the entries that it has, as bits. */
static unsigned read_log(const char *path, size_t *damage, wal_end *end)
{
    wal_reader *reader;
    wal_item item;
    unsigned entries = 0;
    *damage = 0;
    assert_int_equal(wal_reader_open(&reader, path, (wal_position){0}, 0), WEIR_OK);
    for (;;) {
        assert_int_equal(wal_reader_next(reader, &item), WEIR_OK);
        if (item.found == WAL_FOUND_END) break;
        if (item.found == WAL_FOUND_DAMAGE) ++*damage;
        if (item.found != WAL_FOUND_ENTRY) continue;
        check_entry(&item.entry);
        assert_int_equal(entries & 1U << item.entry.header.sequence, 0);
        entries |= 1U << item.entry.header.sequence;
    }
    *end = wal_reader_end(reader);
    wal_reader_free(reader);
    return entries;
}

static void copy_to_scratch(const char *path, uint64_t number)
{
    char *from = wal_directory_segment(path, number);
    static char bytes[100000];
    size_t size;
    int file;
    assert_int_equal(file_open_read(from, &file), WEIR_OK);
    assert_int_equal(file_read_at(file, from, bytes, sizeof bytes, 0, &size), WEIR_OK);
    assert_int_equal(file_close(file, from), WEIR_OK);
    log_files_write(number, bytes, size);
    free(from);
}

/* What is kept is read as it is; a copy of it is opened, and goes on. */
static void check_kept(const char *name, unsigned entries, size_t damage, bool is_torn,
                       uint64_t next_sequence)
{
    char path[600];
    size_t found;
    wal_end end;
    wal_log *wal;
    kept_path(path, sizeof path, name);
    if (!file_exists(path)) fail_msg("%s is missing; WEIR_SOURCE names the source tree", path);
    assert_int_equal(read_log(path, &found, &end), entries);
    assert_int_equal(found, damage);
    assert_int_equal(end.is_torn, is_torn);
    assert_int_equal(end.next_sequence, next_sequence);

    copy_to_scratch(path, 1);
    copy_to_scratch(path, 2);
    wal_options options = {.directory = log_files};
    memcpy(options.context_id, log_files_context, WAL_CONTEXT_ID);
    weir_set_log(NULL, NULL, WEIR_ERROR);
    assert_int_equal(wal_log_open(&wal, &options, NULL), WEIR_OK);
    wal_log_close(wal);
    assert_int_equal(read_log(log_files, &found, &end), entries);
    assert_false(end.is_torn);
}

static void test_log(void **state)
{
    (void)state;
    check_kept("log", 0x3e, 0, false, 7);
}

static void test_torn_log(void **state)
{
    (void)state;
    check_kept("log_torn", 0x1e, 0, true, 5);
}

static void test_damaged_log(void **state)
{
    (void)state;
    check_kept("log_damaged", 0x3a, 1, false, 7);
}

#define log_test(name) cmocka_unit_test_setup_teardown(name, log_files_set_up, log_files_tear_down)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        log_test(test_log),
        log_test(test_torn_log),
        log_test(test_damaged_log),
    };
    if (argc == 3 && strcmp(argv[1], "--make") == 0) {
        const struct CMUnitTest making[] = {cmocka_unit_test_prestate(make, argv[2])};
        return cmocka_run_group_tests(making, NULL, NULL);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
