/* A log of anything: two segments, one from the input, the other a good one. Reading ends, stays
 * within the files, gives rising numbers, and what it gives can be decoded or is refused.
 *
 * The first byte of the input says how: bit 0: checksums of headers and payloads are made right,
 * so that what is behind them is reached; bit 1: the input is the last segment. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "support/scratch.h"
#include "wal/directory.h"
#include "wal/reader.h"
#include "weir/context.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 16 };

static char directory[100];

static void remove_directory(void) { file_remove_tree(directory); }

static void be(bool truth)
{
    if (!truth) abort();
}

static void put_segment(uint64_t number, const void *bytes, size_t size)
{
    char *path = wal_directory_segment(directory, number);
    int file;
    be(file_create(path, &file) == WEIR_OK);
    be(file_write(file, path, bytes, size) == WEIR_OK);
    be(file_close(file, path) == WEIR_OK);
    free(path);
}

/* A segment of one batch record. */
static void put_good_segment(uint64_t number)
{
    char bytes[128] = {0};
    wal_segment_header header = {.owner = 1, .number = number, .first_sequence = 1000};
    wal_entry_header entry = {.sequence = 1000, .size = 8, .kind = WAL_BATCH_RECORD};
    entry.payload_checksum = wal_checksum(bytes + 96, 8, NULL, 0);
    wal_segment_header_encode(&header, bytes);
    wal_entry_header_encode(&entry, (wal_position){number, 64}, bytes + 64);
    put_segment(number, bytes, sizeof bytes);
}

/* Whatever has a kind where an entry could begin becomes one. */
static void repair(char *bytes, size_t size, uint64_t number)
{
    for (size_t at = WAL_STEP; at + WAL_ENTRY_HEADER <= size; at += WAL_STEP) {
        wal_entry_header entry = {0};
        char *from = bytes + at;
        if (from[20] == 0) continue;
        size_t left = size - at - WAL_ENTRY_HEADER;
        memcpy(&entry.sequence, from + 8, 8);
        memcpy(&entry.size, from + 16, 4);
        entry.kind = (uint8_t)from[20];
        entry.flags = (uint8_t)from[21];
        memcpy(&entry.in_group, from + 22, 2);
        if (entry.size > left) entry.size = (uint32_t)left;
        entry.payload_checksum = wal_checksum(from + WAL_ENTRY_HEADER, entry.size, NULL, 0);
        wal_entry_header_encode(&entry, (wal_position){number, at}, from);
        at += wal_entry_space(entry.size) - WAL_STEP;
    }
}

static void decode(const wal_entry *entry)
{
    block *block = NULL;
    int64_t time_ms;
    const char *bytes;
    size_t size;
    if (wal_entry_block(entry, &block) == WEIR_OK) {
        volatile char last = block->size ? block->bytes[block->size - 1] : 0;
        (void)last;
        block_drop(block);
    }
    if (wal_entry_batch(entry, &time_ms, &bytes, &size) == WEIR_OK)
        be(bytes + size == entry->payload + entry->header.size);
}

static void check_item(const wal_item *item, uint64_t *last)
{
    be(item->place.offset <= ROOM && item->end <= ROOM + WAL_STEP);
    if (item->found != WAL_FOUND_ENTRY) {
        be(item->end >= item->place.offset);
        return;
    }
    be(item->entry.header.sequence > *last || *last == 0);
    *last = item->entry.header.sequence;
    decode(&item->entry);
}

static void read_log(void)
{
    wal_reader *reader;
    wal_item item;
    uint64_t last = 0;
    bool is_torn = false;
    be(wal_reader_open(&reader, directory, (wal_position){0}, 0) == WEIR_OK);
    while (wal_reader_next(reader, &item) == WEIR_OK && item.found != WAL_FOUND_END) {
        be(!is_torn); /* a torn tail comes last */
        is_torn = item.found == WAL_FOUND_TORN_TAIL;
        check_item(&item, &last);
    }
    wal_end end = wal_reader_end(reader);
    be(end.tail.offset <= ROOM);
    wal_reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char bytes[ROOM];
    if (directory[0] == '\0') {
        be(scratch_make_in_memory(directory, sizeof directory, "weir-fuzz"));
        atexit(remove_directory);
        weir_set_log(NULL, NULL, WEIR_ERROR);
    }
    if (size == 0 || size > ROOM) return 0;
    uint8_t how = data[0];
    uint64_t number = how & 2 ? 2 : 1;
    memcpy(bytes, data + 1, size - 1);
    if (how & 1) repair(bytes, size - 1, number);
    put_segment(number, bytes, size - 1);
    put_good_segment(3 - number);
    read_log();
    return 0;
}
