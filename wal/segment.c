#include "wal/segment.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log_line.h"
#include "base/memory.h"
#include "wal/directory.h"

/* What a stage takes before it is written. */
enum { STAGE = 4 << 20 };

static uint64_t whole_blocks(uint64_t size)
{
    return (size + FILE_BLOCK - 1) / FILE_BLOCK * FILE_BLOCK;
}

/* A quarter of the room that is left, at most: checkpoints need some, too, and without them no
 * segment is ever dropped. */
static uint64_t choose_capacity(const wal_segment *segment, uint64_t wanted, uint64_t least)
{
    uint64_t room = (uint64_t)file_room(segment->directory) / 4;
    uint64_t capacity = wanted < room ? wanted : room;
    return capacity > least ? capacity : least;
}

static weir_status allocate(wal_segment *segment, uint64_t wanted, uint64_t least)
{
    segment->capacity = choose_capacity(segment, wanted, least);
    weir_status status = file_allocate(segment->file, segment->path,
                                       (int64_t)whole_blocks(segment->capacity));
    if (status != WEIR_NO_SPACE || segment->capacity == least) return status;
    /* ext4 keeps what it had found by then. */
    status = file_truncate(segment->file, segment->path, 0);
    segment->capacity = least;
    if (status != WEIR_OK) return status;
    return file_allocate(segment->file, segment->path, (int64_t)whole_blocks(least));
}

static weir_status write_header(wal_segment *segment, const wal_segment_header *header)
{
    char bytes[WAL_SEGMENT_HEADER];
    struct iovec piece = {bytes, sizeof bytes};
    wal_segment_header_encode(header, bytes);
    return wal_segment_append(segment, &piece, 1, sizeof bytes);
}

static void forget(wal_segment *segment)
{
    free(segment->path);
    free(segment->directory);
    free(segment->stage);
    *segment = (wal_segment){0};
}

weir_status wal_segment_create(wal_segment *segment, const char *directory,
                               const wal_segment_header *header, uint64_t capacity, uint64_t least,
                               bool past_cache)
{
    assert(!segment->path);
    *segment = (wal_segment){.number = header->number};
    segment->path = wal_directory_segment(directory, header->number);
    segment->directory = memory_copy_text(directory);
    weir_status status = file_create_new(segment->path, &segment->file);
    if (status != WEIR_OK) {
        forget(segment);
        return status;
    }
    segment->stage = memory_alloc_aligned(STAGE, FILE_BLOCK);
    status = allocate(segment, capacity, least + WAL_SEGMENT_HEADER);
    if (past_cache) (void)file_write_past_cache(segment->file);
    if (status == WEIR_OK) status = write_header(segment, header);
    if (status == WEIR_OK) return WEIR_OK;
    char why[ERROR_TEXT_MAX];
    (void)snprintf(why, sizeof why, "%s", error_text());
    file_close(segment->file, segment->path);
    file_remove_tree(segment->path);
    forget(segment);
    return error_set(status, "%s", why);
}

static weir_status write_stage(const wal_segment *segment, size_t size, uint64_t at)
{
    return file_write_at(segment->file, segment->path, segment->stage, size, (int64_t)at);
}

/* Begins with `used` bytes in the stage, which stand at `*at` in the file; gives what is in it in
 * the end. */
static weir_status stage_piece(const wal_segment *segment, struct iovec piece, size_t *used,
                               uint64_t *at)
{
    const char *from = piece.iov_base;
    for (size_t left = piece.iov_len; left > 0;) {
        size_t some = left < STAGE - *used ? left : STAGE - *used;
        memcpy(segment->stage + *used, from, some);
        *used += some;
        from += some;
        left -= some;
        if (*used < STAGE) continue;
        weir_status status = write_stage(segment, STAGE, *at);
        if (status != WEIR_OK) return status;
        *at += STAGE;
        *used = 0;
    }
    return WEIR_OK;
}

weir_status wal_segment_append(wal_segment *segment, const struct iovec *pieces, size_t count,
                               uint64_t size)
{
    assert(size % WAL_STEP == 0);
    size_t used = segment->offset % FILE_BLOCK;
    uint64_t at = segment->offset - used;
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < count && status == WEIR_OK; i++)
        status = stage_piece(segment, pieces[i], &used, &at);
    if (status != WEIR_OK) return status;
    size_t whole = whole_blocks(used);
    memset(segment->stage + used, 0, whole - used);
    if (whole > 0) status = write_stage(segment, whole, at);
    if (status != WEIR_OK) return status;
    size_t last = used / FILE_BLOCK * FILE_BLOCK;
    memmove(segment->stage, segment->stage + last, used - last);
    segment->offset += size;
    return WEIR_OK;
}

weir_status wal_segment_sync(wal_segment *segment)
{
    if (segment->durable == segment->offset) return WEIR_OK;
    weir_status status = file_sync_data(segment->file, segment->path);
    if (status == WEIR_OK && !segment->is_named) {
        status = file_sync_directory(segment->directory);
        segment->is_named = status == WEIR_OK;
    }
    if (status == WEIR_OK) segment->durable = segment->offset;
    return status;
}

/* What fails here costs room on the disk, nothing else. A segment of nothing is removed. */
static void close_at(wal_segment *segment, uint64_t size)
{
    weir_status cut = file_truncate(segment->file, segment->path, (int64_t)size);
    if (cut != WEIR_OK) log_line(WEIR_WARNING, "%s", error_text());
    if (file_close(segment->file, segment->path) != WEIR_OK)
        log_line(WEIR_WARNING, "%s", error_text());
    if (size == 0 && file_remove_tree(segment->path) != WEIR_OK)
        log_line(WEIR_WARNING, "%s", error_text());
    forget(segment);
}

void wal_segment_close(wal_segment *segment)
{
    if (segment->path) close_at(segment, segment->offset);
}

void wal_segment_abandon(wal_segment *segment)
{
    if (segment->path) close_at(segment, segment->durable);
}
