#include "wal/segment.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log_line.h"
#include "base/memory.h"
#include "wal/directory.h"

static weir_status allocate(wal_segment *segment, uint64_t capacity, uint64_t least)
{
    segment->capacity = capacity > least ? capacity : least;
    weir_status status =
        file_allocate(segment->file, segment->path, (int64_t)segment->capacity);
    if (status != WEIR_NO_SPACE || segment->capacity == least) return status;
    segment->capacity = least;
    return file_allocate(segment->file, segment->path, (int64_t)least);
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
    *segment = (wal_segment){0};
}

weir_status wal_segment_create(wal_segment *segment, const char *directory,
                               const wal_segment_header *header, uint64_t capacity, uint64_t least)
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
    status = allocate(segment, capacity, least + WAL_SEGMENT_HEADER);
    if (status == WEIR_OK) status = write_header(segment, header);
    if (status == WEIR_OK) return WEIR_OK;
    char why[ERROR_TEXT_MAX];
    (void)snprintf(why, sizeof why, "%s", error_text());
    file_close(segment->file, segment->path);
    file_remove_tree(segment->path);
    forget(segment);
    return error_set(status, "%s", why);
}

weir_status wal_segment_append(wal_segment *segment, struct iovec *pieces, size_t count,
                               uint64_t size)
{
    assert(size % WAL_STEP == 0);
    weir_status status = file_write_pieces(segment->file, segment->path, pieces, count,
                                           (int64_t)segment->offset);
    if (status == WEIR_OK) segment->offset += size;
    return status;
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
