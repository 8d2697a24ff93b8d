#include "support/log_files.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "support/scratch.h"
#include "wal/directory.h"

char log_files[200];
const uint8_t log_files_context[WAL_CONTEXT_ID] = "a context, maybe";

int log_files_set_up(void **state)
{
    (void)state;
    return scratch_make(log_files, sizeof log_files, "weir-log") ? 0 : -1;
}

int log_files_tear_down(void **state)
{
    (void)state;
    return file_remove_tree(log_files) == WEIR_OK ? 0 : -1;
}

/* --- Making ---------------------------------------------------------------------------------- */

void log_files_begin(wal_segment *segment, uint64_t number, uint64_t first_sequence)
{
    wal_segment_header header = {.owner = 1, .number = number, .first_sequence = first_sequence};
    memcpy(header.context_id, log_files_context, WAL_CONTEXT_ID);
    *segment = (wal_segment){0};
    assert_int_equal(wal_segment_create(segment, log_files, &header, 16384, 64, false), WEIR_OK);
}

void log_files_fill(char *bytes, size_t size, uint64_t sequence)
{
    for (size_t i = 0; i < size; i++) bytes[i] = (char)(sequence * 31 + i * 7 + 1);
}

static void append(wal_segment *segment, wal_group *group, uint64_t first_sequence)
{
    wal_group_prepare(group, first_sequence, false);
    size_t pieces = wal_group_place(group, (wal_position){segment->number, segment->offset});
    weir_status status = wal_segment_append(segment, group->pieces, pieces, group->bytes);
    assert_int_equal(status, WEIR_OK);
    assert_int_equal(wal_segment_sync(segment), WEIR_OK);
    wal_group_release(group);
}

void log_files_group(wal_segment *segment, uint64_t first_sequence, size_t count, size_t size)
{
    wal_group group = {0};
    wal_request *requests = memory_zero_alloc(count, sizeof *requests);
    char *bytes = memory_alloc(count * size + 1);
    for (size_t i = 0; i < count; i++) {
        char *own = bytes + i * size;
        log_files_fill(own, size, first_sequence + i);
        requests[i] = (wal_request){.kind = WAL_BATCH_RECORD, .bytes = own, .size = size};
        requests[i].head_size = WAL_BATCH_HEAD;
        wal_batch_head_encode((int64_t)(first_sequence + i) * 1000, requests[i].head);
        wal_group_add(&group, &requests[i]);
    }
    append(segment, &group, first_sequence);
    free(bytes);
    free(requests);
}

void log_files_seal(wal_segment *segment, uint64_t sequence)
{
    wal_group group = {0};
    wal_request mark = {.kind = WAL_SEALED};
    wal_group_add(&group, &mark);
    append(segment, &group, sequence);
    wal_segment_close(segment);
}

/* --- Looking, and damaging ------------------------------------------------------------------- */

char *log_files_read(uint64_t number, size_t *size)
{
    char *path = wal_directory_segment(log_files, number);
    file_info info;
    int file;
    assert_int_equal(file_stat(path, &info), WEIR_OK);
    assert_int_equal(file_open_read(path, &file), WEIR_OK);
    char *bytes = memory_alloc((size_t)info.size + 1);
    assert_int_equal(file_read_at(file, path, bytes, (size_t)info.size, 0, size), WEIR_OK);
    assert_int_equal(file_close(file, path), WEIR_OK);
    free(path);
    return bytes;
}

/* In place: ext4 flushes a file that is emptied and written again when it is closed. */
/* It is as if the segment had never come to be durable. */
static void forget_noted(uint64_t number)
{
    char path[300];
    snprintf(path, sizeof path, "%s/newest.%016" PRIu64, log_files, number);
    assert_int_equal(file_remove_tree(path), WEIR_OK);
}

void log_files_write(uint64_t number, const char *bytes, size_t size)
{
    char *path = wal_directory_segment(log_files, number);
    int file;
    forget_noted(number);
    bool is_there = file_exists(path);
    weir_status status = is_there ? file_open_write(path, &file) : file_create(path, &file);
    assert_int_equal(status, WEIR_OK);
    assert_int_equal(file_write(file, path, bytes, size), WEIR_OK);
    assert_int_equal(file_truncate(file, path, (int64_t)size), WEIR_OK);
    assert_int_equal(file_close(file, path), WEIR_OK);
    free(path);
}

void log_files_flip(uint64_t number, uint64_t offset, unsigned char bits)
{
    size_t size;
    char *bytes = log_files_read(number, &size);
    assert_true(offset < size);
    bytes[offset] = (char)(bytes[offset] ^ bits);
    log_files_write(number, bytes, size);
    free(bytes);
}

void log_files_cut(uint64_t number, uint64_t size)
{
    size_t before;
    char *bytes = log_files_read(number, &before);
    assert_true(size <= before);
    log_files_write(number, bytes, (size_t)size);
    free(bytes);
}

void log_files_remove(uint64_t number)
{
    char *path = wal_directory_segment(log_files, number);
    forget_noted(number);
    assert_int_equal(file_remove_tree(path), WEIR_OK);
    free(path);
}

bool log_files_has(const char *name)
{
    char path[400];
    snprintf(path, sizeof path, "%s/%s", log_files, name);
    return file_exists(path);
}

/* --- Reading --------------------------------------------------------------------------------- */

static void check_record(const wal_entry *entry)
{
    int64_t time_ms;
    const char *bytes;
    size_t size;
    char expected[4096];
    assert_int_equal(wal_entry_batch(entry, &time_ms, &bytes, &size), WEIR_OK);
    assert_int_equal(time_ms, (int64_t)entry->header.sequence * 1000);
    assert_true(size <= sizeof expected);
    log_files_fill(expected, size, entry->header.sequence);
    assert_memory_equal(bytes, expected, size);
}

void log_files_scan(wal_position from, uint64_t sequence, log_files_found *found)
{
    wal_reader *reader;
    wal_item item;
    memset(found, 0, sizeof *found);
    assert_int_equal(wal_reader_open(&reader, log_files, from, sequence), WEIR_OK);
    for (;;) {
        assert_int_equal(wal_reader_next(reader, &item), WEIR_OK);
        if (item.found == WAL_FOUND_END) break;
        assert_int_equal(found->torn.found, WAL_FOUND_END); /* a torn tail comes last */
        if (item.found == WAL_FOUND_ENTRY) {
            assert_true(found->count < 2000);
            found->sequences[found->count++] = item.entry.header.sequence;
            if (item.entry.header.kind == WAL_BATCH_RECORD) check_record(&item.entry);
        } else if (item.found == WAL_FOUND_DAMAGE) {
            assert_true(found->damage_count < 20);
            assert_non_null(item.what);
            (void)snprintf(found->damage_what[found->damage_count],
                           sizeof found->damage_what[0], "%s", item.what);
            found->damage[found->damage_count++] = item;
        } else {
            found->torn = item;
        }
    }
    found->end = wal_reader_end(reader);
    wal_reader_free(reader);
}
