/* weir_verify: the log, and what refers to it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "recovery/verify_inside.h"
#include "wal/directory.h"

enum { LOOKS_MAX = 3 };
#define RECORD UINT64_MAX

/* A reference from a batch to a block, or from a done mark (RECORD) to the record of its batch. */
typedef struct reference {
    int64_t time_ms;
    uint64_t block;
} reference;

typedef struct log_check {
    verifying *verifying;
    uint64_t segment;  /* that is read */
    log_known known;   /* by the checkpoints that are whole */
    int64_t oldest_ms; /* the oldest good checkpoint: what is of batches up to it may be gone */
    buffer blocks;     /* numbers of blocks that are there */
    buffer recorded;   /* times of batches */
    buffer references;
    int64_t time_ms; /* of the record that is looked at */
    buffer found;    /* texts of damage, each with its NUL */
} log_check;

static uint64_t segment_bytes(const look *look, uint64_t number)
{
    char *path = wal_directory_segment(look->directory.log, number);
    file_info info;
    uint64_t bytes = file_stat(path, &info) == WEIR_OK ? (uint64_t)info.size : 0;
    free(path);
    return bytes;
}

uint64_t verify_log_bytes(const look *look)
{
    wal_segment_list list = {0};
    uint64_t bytes = 0;
    if (wal_directory_list(look->directory.log, &list) != WEIR_OK) return 0;
    for (size_t i = 0; i < list.count; i++) bytes += segment_bytes(look, list.numbers[i]);
    wal_segment_list_release(&list);
    return bytes;
}

/* --- entries --------------------------------------------------------------------------------- */

static void find_damage(log_check *check, const weir_log_facts *item)
{
    buffer *found = &check->found;
    buffer_printf(found, "log: segment %" PRIu64 ", offset %" PRIu64, item->segment, item->offset);
    if (item->end > item->offset) buffer_printf(found, " to %" PRIu64, item->end);
    buffer_printf(found, ": %s", item->what);
    if (item->missing > 0)
        buffer_printf(found, "; %" PRIu64 " entr%s should be there, from number %" PRIu64 " on",
                      item->missing, item->missing == 1 ? "y" : "ies", item->first_missing);
    buffer_append(found, "", 1);
}

static void refer_to_block(uint64_t number, void *user)
{
    log_check *check = user;
    reference reference = {check->time_ms, number};
    buffer_append(&check->references, &reference, sizeof reference);
}

static void check_record(int64_t time_ms, weir_value sources, void *user)
{
    log_check *check = user;
    check->time_ms = time_ms;
    buffer_append(&check->recorded, &time_ms, sizeof time_ms);
    look_blocks(sources, refer_to_block, check);
}

static void check_item(log_check *check, const weir_log_facts *item)
{
    reference done = {item->time_ms, RECORD};
    switch (item->kind) {
    case WEIR_LOG_BLOCK:
        buffer_append(&check->blocks, &item->block, sizeof item->block);
        break;
    case WEIR_LOG_BATCH:
    case WEIR_LOG_RUN: look_batches(item, check_record, check); break;
    case WEIR_LOG_DONE:
        buffer_append(&check->references, &done, sizeof done);
        break;
    case WEIR_LOG_GIVEN_UP:
    case WEIR_LOG_LOSS: break;
    case WEIR_LOG_DAMAGE:
    case WEIR_LOG_OTHER:
        find_damage(check, item);
        break;
    case WEIR_LOG_TORN:
        verify_note(check->verifying,
                    "log: segment %" PRIu64 ", offset %" PRIu64
                    ": the end was being written and was never acknowledged; a start cuts it",
                    item->segment, item->offset);
        break;
    }
    if (item->segment == check->segment) return;
    if (check->segment)
        verify_progress(check->verifying, segment_bytes(check->verifying->look, check->segment),
                        "log");
    check->segment = item->segment;
}

/* `oldest`: NULL if no checkpoint is whole. */
static weir_status walk(log_check *check, const manifest *oldest)
{
    log_walk walk;
    arena room;
    weir_status status =
        log_walk_open(&walk, check->verifying->look->directory.log, (wal_position){0});
    if (status != WEIR_OK) return status;
    log_walk_know(&walk, &check->known);
    if (oldest) log_walk_expect(&walk, oldest);
    arena_init(&room, NULL);
    for (;;) {
        wal_item item;
        weir_log_facts facts;
        status = log_walk_next(&walk, &item);
        if (status != WEIR_OK || item.found == WAL_FOUND_END) break;
        if (walk.is_segment_missing) continue; /* check_end says so */
        look_log_item(&item, &room, &facts);
        check_item(check, &facts);
        arena_reset(&room, 1 << 20);
    }
    arena_release(&room);
    log_walk_close(&walk);
    return status;
}

/* --- references ------------------------------------------------------------------------------ */

static int by_number(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static bool is_in(const buffer *numbers, uint64_t number)
{
    size_t count = numbers->size / sizeof number;
    return count && bsearch(&number, numbers->bytes, count, sizeof number, by_number);
}

static void sort(buffer *numbers)
{
    size_t count = numbers->size / sizeof(uint64_t);
    if (count) qsort(numbers->bytes, count, sizeof(uint64_t), by_number);
}

static void check_references(log_check *check)
{
    const reference *references = (const reference *)(void *)check->references.bytes;
    sort(&check->blocks);
    sort(&check->recorded);
    for (size_t i = 0; i < check->references.size / sizeof *references; i++) {
        const reference *is = &references[i];
        if (is->time_ms <= check->oldest_ms) continue;
        if (is->block == RECORD && !is_in(&check->recorded, (uint64_t)is->time_ms)) {
            buffer_printf(&check->found,
                          "log: the batch of %" PRId64 " ms is marked as done, but "
                          "what it consisted of is not there",
                          is->time_ms);
            buffer_append(&check->found, "", 1);
        }
        if (is->block != RECORD && !is_in(&check->blocks, is->block)) {
            buffer_printf(&check->found,
                          "log: block %" PRIu64 " of the batch of %" PRId64 " ms is not there",
                          is->block, is->time_ms);
            buffer_append(&check->found, "", 1);
        }
    }
}

static void miss_segment(log_check *check, uint64_t segment, int64_t time_ms)
{
    buffer_printf(&check->found, "log: segment %" PRIu64 " is missing, which ", segment);
    if (time_ms < 0) buffer_append(&check->found, "was there", strlen("was there"));
    else buffer_printf(&check->found, "the checkpoint of %" PRId64 " ms needs", time_ms);
    buffer_append(&check->found, "", 1);
}

/* Where the log is read from, there is a segment; early ones began with none. */
static bool lacks_beginning(const manifest *manifest, uint64_t first)
{
    bool was_there = manifest->log_offset > WAL_SEGMENT_HEADER ||
                     manifest->log_newest >= manifest->log_segment;
    return was_there && manifest->log_offset > 0 && first > manifest->log_segment;
}

/* Where the first segment is empty, no number tells that entries are missing before the second. */
static bool lacks_content(const log_check *check, const manifest *manifest,
                          const wal_segment_list *list)
{
    return list->count > 1 && list->numbers[0] == manifest->log_segment &&
           manifest->log_offset > WAL_SEGMENT_HEADER &&
           segment_bytes(check->verifying->look, list->numbers[0]) == 0;
}

static void end_early(log_check *check, const manifest *manifest)
{
    buffer_printf(&check->found,
                  "log: segment %" PRIu64 ", offset 0: the segment ends too early: the checkpoint "
                  "of %" PRId64 " ms knows of it up to offset %" PRIu64,
                  manifest->log_segment, manifest->time_ms, manifest->log_offset);
    buffer_append(&check->found, "", 1);
}

/* Does the log reach back far enough? */
static void check_beginning(log_check *check, const manifest *manifest)
{
    wal_segment_list list = {0};
    const char *log = check->verifying->look->directory.log;
    if (wal_directory_list(log, &list) != WEIR_OK) return;
    uint64_t first = list.count > 0 ? list.numbers[0] : UINT64_MAX;
    if (lacks_beginning(manifest, first))
        miss_segment(check, manifest->log_segment, manifest->time_ms);
    if (lacks_content(check, manifest, &list)) end_early(check, manifest);
    wal_segment_list_release(&list);
}

/* Are the segments there that checkpoints know of? The walk knows how far the last one reaches. */
static void check_end(log_check *check)
{
    wal_segment_list list = {0};
    const log_known *known = &check->known;
    if (wal_directory_list(check->verifying->look->directory.log, &list) != WEIR_OK) return;
    uint64_t last = list.count > 0 ? list.numbers[list.count - 1] : 0;
    wal_segment_list_release(&list);
    bool is_said = last == 0 && check->found.size > 0; /* it is where reading begins, too */
    if (last < known->newest && !is_said)
        miss_segment(check, known->newest, known->newest_ms);
}

/* A start makes the folder before the first checkpoint. */
static bool is_missing(log_check *check)
{
    const char *log = check->verifying->look->directory.log;
    if (file_exists(log)) return false;
    buffer_printf(&check->found,
                  "log: %s is missing: what it had behind the checkpoints is lost; put it back if "
                  "you can", log);
    buffer_append(&check->found, "", 1);
    return true;
}

/* --- all of it ------------------------------------------------------------------------------- */

/* The oldest checkpoint that is whole; false: there is none. */
static bool find_oldest(look *look)
{
    int64_t *times = NULL;
    size_t count = 0;
    bool is_found = false;
    if (directory_list_checkpoints(&look->directory, &times, &count) != WEIR_OK) return false;
    for (size_t i = 0; i < count && !is_found; i++)
        is_found = stored_checkpoint_read(&look->directory, times[i], &look->arena,
                                          &look->checkpoint) == WEIR_OK;
    free(times);
    return is_found;
}

static weir_status check_log(log_check *check)
{
    look *look = check->verifying->look;
    const manifest *manifest = &look->checkpoint.manifest;
    bool has_oldest = find_oldest(look);
    check->oldest_ms = has_oldest ? manifest->time_ms : INT64_MIN;
    check->known = look_known(look);
    if (is_missing(check)) return WEIR_OK;
    weir_status status = walk(check, has_oldest ? manifest : NULL);
    if (status != WEIR_OK) return status;
    if (has_oldest) {
        check_references(check);
        check_beginning(check, manifest);
    }
    check_end(check);
    return WEIR_OK;
}

static void release(log_check *check)
{
    buffer_release(&check->blocks);
    buffer_release(&check->recorded);
    buffer_release(&check->references);
    buffer_release(&check->found);
}

weir_status verify_log(verifying *verifying)
{
    weir_status status = WEIR_OK;
    for (int i = 1; i <= LOOKS_MAX; i++) {
        log_check check = {.verifying = verifying};
        status = check_log(&check);
        int64_t oldest_ms = check.oldest_ms;
        /* A context that runs may have dropped what this look was measured by: look again. */
        bool is_stale = check.found.size > 0 && i < LOOKS_MAX && find_oldest(verifying->look) &&
                        verifying->look->checkpoint.manifest.time_ms != oldest_ms;
        const char *text = check.found.bytes;
        for (; !is_stale && check.found.size > 0 && text < check.found.bytes + check.found.size;
             text += strlen(text) + 1)
            verify_damage(verifying, "%s", text);
        release(&check);
        if (!is_stale) break;
    }
    verify_progress(verifying, verifying->all_bytes - verifying->done_bytes, "log");
    return status;
}
