#include "recovery/facts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log_line.h"
#include "base/memory.h"

/* Room for one more behind `count`: grows at powers of two. */
static void *grow(void *items, size_t count, size_t size)
{
    bool is_full = (count & (count - 1)) == 0;
    return is_full ? memory_resize(items, (count ? 2 * count : 1) * size) : items;
}

static void add_record(facts *facts, int64_t time_ms, const char *bytes, size_t size)
{
    facts->records = grow(facts->records, facts->record_count, sizeof *facts->records);
    facts->record_times = grow(facts->record_times, facts->record_count,
                               sizeof *facts->record_times);
    facts->records[facts->record_count] = (fact_record){time_ms, facts->bytes.size, size};
    facts->record_times[facts->record_count++] = time_ms;
    buffer_append(&facts->bytes, bytes, size);
}

static void add_done(facts *facts, int64_t time_ms)
{
    facts->done_times = grow(facts->done_times, facts->done_count, sizeof *facts->done_times);
    facts->done_times[facts->done_count++] = time_ms;
}

static weir_status add_block(facts *facts, const wal_entry *entry)
{
    block *block;
    weir_status status = wal_entry_block(entry, &block);
    if (status != WEIR_OK) return status;
    facts->blocks = grow(facts->blocks, facts->block_count, sizeof(struct block *));
    facts->blocks[facts->block_count++] = block;
    return WEIR_OK;
}

static weir_status add_entry(facts *facts, const wal_entry *entry)
{
    int64_t time_ms;
    const char *bytes;
    size_t size;
    if (entry->header.kind == WAL_BLOCK) return add_block(facts, entry);
    if (entry->header.kind != WAL_BATCH_RECORD && entry->header.kind != WAL_BATCH_DONE)
        return WEIR_OK;
    weir_status status = wal_entry_batch(entry, &time_ms, &bytes, &size);
    if (status != WEIR_OK) return status;
    if (entry->header.kind == WAL_BATCH_RECORD) add_record(facts, time_ms, bytes, size);
    else add_done(facts, time_ms);
    return WEIR_OK;
}

static void note_damage(facts *facts, const char *directory, const wal_item *item)
{
    facts->damaged++;
    facts->missing += item->missing;
    size_t count = facts->damaged_segment_count;
    if (count == 0 || facts->damaged_segments[count - 1] != item->place.segment) {
        facts->damaged_segments = grow(facts->damaged_segments, count, sizeof(uint64_t));
        facts->damaged_segments[facts->damaged_segment_count++] = item->place.segment;
    }
    log_line(WEIR_ERROR,
             "%s: segment %" PRIu64 ", offset %" PRIu64 ": %s; %" PRIu64
             " entries are missing; `weir verify` says more",
             directory, item->place.segment, item->place.offset,
             item->what ? item->what : "damage", item->missing);
}

static int compare_blocks(const void *a, const void *b)
{
    const block *left = *(block *const *)a, *right = *(block *const *)b;
    return left->number < right->number ? -1 : left->number > right->number;
}

/* Equal numbers (a group that was written again) count once. */
static void sort_blocks(facts *facts)
{
    size_t kept = 0;
    if (facts->block_count)
        qsort(facts->blocks, facts->block_count, sizeof(block *), compare_blocks);
    for (size_t i = 0; i < facts->block_count; i++) {
        if (kept > 0 && facts->blocks[kept - 1]->number == facts->blocks[i]->number)
            block_drop(facts->blocks[i]);
        else
            facts->blocks[kept++] = facts->blocks[i];
    }
    facts->block_count = kept;
    facts->is_used = memory_zero_alloc(kept + 1, sizeof *facts->is_used);
}

weir_status facts_read(const char *log_directory, wal_position from, facts *facts)
{
    memset(facts, 0, sizeof *facts);
    wal_reader *reader;
    weir_status status = wal_reader_open(&reader, log_directory, from, 0);
    if (status != WEIR_OK) return status;
    for (;;) {
        wal_item item;
        status = wal_reader_next(reader, &item);
        if (status != WEIR_OK || item.found == WAL_FOUND_END) break;
        if (item.found == WAL_FOUND_DAMAGE) note_damage(facts, log_directory, &item);
        if (item.found != WAL_FOUND_ENTRY) continue;
        status = add_entry(facts, &item.entry);
        if (status != WEIR_OK) break;
    }
    if (status == WEIR_OK) facts->end = wal_reader_end(reader);
    wal_reader_free(reader);
    sort_blocks(facts);
    return status;
}

void facts_release(facts *facts)
{
    for (size_t i = 0; i < facts->block_count; i++) block_drop(facts->blocks[i]);
    free(facts->blocks);
    free(facts->is_used);
    free(facts->records);
    free(facts->record_times);
    free(facts->done_times);
    free(facts->damaged_segments);
    buffer_release(&facts->bytes);
    memset(facts, 0, sizeof *facts);
}

size_t facts_find_index(const facts *facts, uint64_t number)
{
    size_t from = 0, to = facts->block_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (facts->blocks[middle]->number < number) from = middle + 1;
        else to = middle;
    }
    return from < facts->block_count && facts->blocks[from]->number == number ? from : SIZE_MAX;
}

block *facts_find_block(void *user, uint64_t number)
{
    facts *facts = user;
    size_t index = facts_find_index(facts, number);
    if (index == SIZE_MAX) return NULL;
    facts->is_used[index] = true;
    return facts->blocks[index];
}
