#include "recovery/facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log_line.h"
#include "base/memory.h"
#include "batch/batch_record.h"
#include "recovery/log_walk.h"
#include "wal/directory.h"

/* Room for one more behind `count`: grows at powers of two. */
static void *grow(void *items, size_t count, size_t size)
{
    bool is_full = (count & (count - 1)) == 0;
    return is_full ? memory_resize(items, (count ? 2 * count : 1) * size) : items;
}

static void add_record(facts *facts, fact_record record)
{
    facts->records = grow(facts->records, facts->record_count, sizeof *facts->records);
    facts->record_times = grow(facts->record_times, facts->record_count,
                               sizeof *facts->record_times);
    losses_record(&facts->losses, record.time_ms);
    facts->records[facts->record_count] = record;
    facts->record_times[facts->record_count++] = record.time_ms;
}

static void add_single(facts *facts, wal_position place, int64_t time_ms, const char *bytes,
                       size_t size)
{
    add_record(facts, (fact_record){time_ms, facts->bytes.size, size, place});
    buffer_append(&facts->bytes, bytes, size);
}

/* Each batch of a run has the record that it would have had alone, but for its time, which the
 * others of its part share with it. */
static weir_status add_run(facts *facts, wal_position place, const char *bytes, size_t size)
{
    batch_run run;
    arena room;
    arena_init(&room, NULL);
    arena *before = arena_set_current(&room);
    weir_status status = batch_run_decode(bytes, size, &run);
    for (size_t i = 0; i < run.count; i++) {
        const batch_run_part *part = &run.parts[i];
        size_t offset = facts->bytes.size;
        batch_record_encode_list(part->first_ms, part->list, &facts->bytes);
        size_t length = facts->bytes.size - offset;
        for (uint64_t j = 0; j < part->count; j++)
            add_record(facts, (fact_record){part->first_ms + (int64_t)j * part->step_ms, offset,
                                            length, place});
    }
    batch_run_release(&run);
    arena_set_current(before);
    arena_release(&room);
    return status;
}

static void add_done(facts *facts, int64_t time_ms, const char *bytes, size_t size)
{
    facts->marks = grow(facts->marks, facts->done_count, sizeof *facts->marks);
    facts->marks[facts->done_count] = (fact_mark){time_ms, facts->bytes.size, size};
    buffer_append(&facts->bytes, bytes, size);
    facts->done_times = grow(facts->done_times, facts->done_count, sizeof *facts->done_times);
    facts->done_times[facts->done_count++] = time_ms;
}

void facts_give_up(facts *facts, int64_t time_ms)
{
    facts->given_up_times = grow(facts->given_up_times, facts->given_up_count,
                                 sizeof *facts->given_up_times);
    facts->given_up_times[facts->given_up_count++] = time_ms;
}

static weir_status add_block(facts *facts, const wal_entry *entry)
{
    block *block;
    bool has_room = facts->memory == 0 || facts->held + entry->header.size <= facts->memory;
    weir_status status = has_room ? wal_entry_block(entry, &block)
                                  : wal_entry_block_stub(entry, &block);
    if (status != WEIR_OK) return status;
    facts->held += block_memory(block);
    facts->blocks = grow(facts->blocks, facts->block_count, sizeof(struct block *));
    facts->blocks[facts->block_count++] = block;
    return WEIR_OK;
}

static weir_status add_entry(facts *facts, const wal_entry *entry)
{
    int64_t time_ms;
    const char *bytes;
    size_t size;
    const wal_kind kind = (wal_kind)entry->header.kind;
    if (kind == WAL_BLOCK) return add_block(facts, entry);
    if (kind != WAL_BATCH_RECORD && kind != WAL_BATCH_RUN && kind != WAL_BATCH_DONE &&
        kind != WAL_BATCH_GIVEN_UP)
        return WEIR_OK;
    weir_status status = wal_entry_batch(entry, &time_ms, &bytes, &size);
    if (status != WEIR_OK) return status;
    if (kind == WAL_BATCH_RUN) return add_run(facts, entry->place, bytes, size);
    if (kind == WAL_BATCH_RECORD) add_single(facts, entry->place, time_ms, bytes, size);
    if (kind == WAL_BATCH_DONE) add_done(facts, time_ms, bytes, size);
    if (kind == WAL_BATCH_GIVEN_UP) facts_give_up(facts, time_ms);
    return WEIR_OK;
}

static void note_damage(facts *facts, const char *directory, const wal_item *item)
{
    facts->damaged++;
    size_t count = facts->damaged_segment_count;
    if (count == 0 || facts->damaged_segments[count - 1] != item->place.segment) {
        facts->damaged_segments = grow(facts->damaged_segments, count, sizeof(uint64_t));
        facts->damaged_segments[facts->damaged_segment_count++] = item->place.segment;
    }
    /* How many there were is not known where reading began at the damage. */
    char missing[64] = "";
    if (item->missing > 0)
        snprintf(missing, sizeof missing, "; %" PRIu64 " entr%s missing", item->missing,
                 item->missing == 1 ? "y is" : "ies are");
    log_line(WEIR_ERROR,
             "%s: segment %" PRIu64 ", offset %" PRIu64 ": %s%s; `weir verify` says more",
             directory, item->place.segment, item->place.offset,
             item->what ? item->what : "damage", missing);
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

weir_status facts_read(const char *log_directory, const manifest *manifest, size_t memory,
                       bool is_looking, facts *facts)
{
    const wal_position from = {manifest->log_segment, manifest->log_offset};
    memset(facts, 0, sizeof *facts);
    facts->memory = memory;
    losses_init(&facts->losses, from);
    log_walk walk;
    weir_status status = log_walk_open(&walk, log_directory, from);
    if (status != WEIR_OK) return status;
    log_walk_expect(&walk, manifest);
    if (!is_looking) log_walk_is_still(&walk);
    for (;;) {
        wal_item item;
        status = log_walk_next(&walk, &item);
        if (status != WEIR_OK || item.found == WAL_FOUND_END) break;
        losses_see(&facts->losses, &item);
        if (item.found == WAL_FOUND_DAMAGE) note_damage(facts, log_directory, &item);
        if (item.found != WAL_FOUND_ENTRY) continue;
        status = add_entry(facts, &item.entry);
        if (status != WEIR_OK) break;
    }
    if (status == WEIR_OK) facts->end = wal_reader_end(walk.reader);
    log_walk_close(&walk);
    sort_blocks(facts);
    return status;
}

bool facts_is_end_there(const char *log_directory, uint64_t newest)
{
    wal_segment_list list = {0};
    if (newest == 0 || wal_directory_list(log_directory, &list) != WEIR_OK) return true;
    bool is_there = list.count > 0 && list.numbers[list.count - 1] >= newest;
    wal_segment_list_release(&list);
    return is_there;
}

void facts_miss_end(facts *facts, const char *log_directory, uint64_t newest)
{
    size_t said = facts->damaged_segment_count;
    if (facts_is_end_there(log_directory, newest)) return;
    if (said > 0 && facts->damaged_segments[said - 1] == newest) return;
    facts->damaged++;
    losses_miss_end(&facts->losses, newest);
    log_line(WEIR_ERROR,
             "%s: segment %" PRIu64 " is missing, which was there: what it had is lost, and so is "
             "what came behind it; put it back if you can",
             log_directory, newest);
}

void facts_set_store(facts *facts, const block_store *store)
{
    for (size_t i = 0; i < facts->block_count; i++) facts->blocks[i]->store = store;
}

void facts_release(facts *facts)
{
    for (size_t i = 0; i < facts->block_count; i++) block_drop(facts->blocks[i]);
    free(facts->blocks);
    free(facts->is_used);
    free(facts->records);
    free(facts->record_times);
    free(facts->done_times);
    free(facts->marks);
    free(facts->given_up_times);
    free(facts->damaged_segments);
    losses_release(&facts->losses);
    buffer_release(&facts->bytes);
    memset(facts, 0, sizeof *facts);
}

const char *facts_find_mark(const facts *facts, int64_t time_ms, size_t *size)
{
    size_t from = 0, to = facts->done_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (facts->marks[middle].time_ms < time_ms) from = middle + 1;
        else to = middle;
    }
    bool is_there = from < facts->done_count && facts->marks[from].time_ms == time_ms;
    *size = is_there ? facts->marks[from].size : 0;
    return is_there ? facts->bytes.bytes + facts->marks[from].offset : NULL;
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
    block *found = facts->blocks[index];
    facts->is_used[index] = true;
    facts->lowest = position_lower(facts->lowest,
                                   (wal_position){found->log_segment, found->log_offset});
    return found;
}
