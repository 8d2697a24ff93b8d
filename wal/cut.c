#include "wal/cut.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log_line.h"
#include "base/memory.h"
#include "wal/directory.h"
#include "wal/view.h"

/* --- Finding the end ------------------------------------------------------------------------- */

/* Looks at the header of a segment; *first is 0 if it is not right. */
static weir_status look_at(const char *directory, const uint8_t *context_id, uint64_t number,
                           uint64_t *first)
{
    wal_view view;
    *first = 0;
    weir_status status = wal_view_open(&view, directory, number);
    if (status != WEIR_OK) return status;
    if (view.has_header) *first = view.header.first_sequence;
    if (view.has_header && memcmp(view.header.context_id, context_id, WAL_CONTEXT_ID) != 0)
        status = error_set(WEIR_ILLEGAL_STATE, "%s: it belongs to another context; give each "
                           "context a directory of its own", view.path);
    wal_view_close(&view);
    return status;
}

/* Where to begin: a segment that begins with a smaller number than every one after it. Those
 * after it hold groups that were written again; one before it has nothing that it has not. */
static weir_status find_start(const char *directory, const uint8_t *context_id,
                              const wal_segment_list *list, wal_position *start)
{
    uint64_t newest = 0;
    for (size_t i = list->count; i-- > 0;) {
        uint64_t first;
        start->segment = list->numbers[i];
        weir_status status = look_at(directory, context_id, start->segment, &first);
        if (status != WEIR_OK) return status;
        if (first && newest && first < newest) return WEIR_OK;
        if (first && (newest == 0 || first < newest)) newest = first;
    }
    return WEIR_OK;
}

weir_status wal_find_end(const char *directory, const uint8_t *context_id, wal_end *end)
{
    wal_segment_list list = {0};
    wal_position start = {0};
    wal_reader *reader = NULL;
    weir_status status = wal_directory_list(directory, &list);
    if (status == WEIR_OK) status = find_start(directory, context_id, &list, &start);
    wal_segment_list_release(&list);
    if (status == WEIR_OK) status = wal_reader_open(&reader, directory, start, 0);
    if (status == WEIR_OK) status = wal_reader_skip_to_end(reader, end);
    wal_reader_free(reader);
    return status;
}

/* --- Cutting --------------------------------------------------------------------------------- */

static weir_status keep_tail(const char *directory, int file, const char *path,
                             const wal_end *end, uint64_t size)
{
    size_t got = 0;
    char *bytes = memory_alloc(size);
    weir_status status = file_read_at(file, path, bytes, size, (int64_t)end->tail.offset, &got);
    while (got > 0 && bytes[got - 1] == 0) got--; /* room that was not used */
    if (status == WEIR_OK)
        status = wal_directory_quarantine_tail(directory, end->tail, bytes, got);
    free(bytes);
    return status;
}

static void tell(const char *path, const wal_end *end, bool is_kept)
{
    log_line(WEIR_WARNING, "%s: cut at byte %" PRIu64 ": what follows was not written to its end, "
             "and was never acknowledged%s", path, end->tail.offset,
             is_kept ? "; it is kept in quarantine" : "");
}

/* What is torn behind a group that was synced can be nothing but the next one. The first group of
 * a segment has no such witness: all that the segment had may be gone. */
static weir_status set_tail_aside(const char *directory, const char *path, const wal_end *end,
                                  uint64_t size)
{
    int file;
    bool is_kept = end->torn_entries > 0 || end->tail.offset <= WAL_SEGMENT_HEADER;
    weir_status status = file_open_read(path, &file);
    if (status != WEIR_OK) return status;
    if (is_kept) status = keep_tail(directory, file, path, end, size - end->tail.offset);
    file_close(file, path);
    if (status == WEIR_OK) tell(path, end, is_kept);
    return status;
}

static weir_status truncate_at(const char *path, uint64_t offset, uint64_t size)
{
    int file;
    weir_status status = file_open_write(path, &file);
    if (status != WEIR_OK) return status;
    if (size > offset) status = file_truncate(file, path, (int64_t)offset);
    if (status == WEIR_OK) status = file_sync(file, path);
    weir_status closed = file_close(file, path);
    return status == WEIR_OK ? closed : status;
}

static weir_status cut_tail(const char *directory, const char *path, const wal_end *end,
                            uint64_t size)
{
    weir_status status = WEIR_OK;
    if (end->is_torn) status = set_tail_aside(directory, path, end, size);
    return status == WEIR_OK ? truncate_at(path, end->tail.offset, size) : status;
}

/* Room that was never used goes; whatever else is in the segment is kept, without the room. */
static weir_status remove_segment(const char *directory, const char *path, const wal_end *end)
{
    wal_view view;
    weir_status status = wal_view_open(&view, directory, end->tail.segment);
    if (status != WEIR_OK) return status;
    uint64_t size = view.size, used = wal_view_used(&view);
    wal_view_close(&view);
    if (used > 0) {
        status = truncate_at(path, used, size);
        if (status == WEIR_OK) status = wal_directory_quarantine(directory, end->tail.segment);
        if (status == WEIR_OK) tell(path, end, true);
    }
    return status == WEIR_OK ? file_remove_tree(path) : status;
}

weir_status wal_cut(const char *directory, const wal_end *end)
{
    file_info info = {0};
    char *path = wal_directory_segment(directory, end->tail.segment);
    if (!file_exists(path)) {
        free(path);
        return WEIR_OK;
    }
    weir_status status = file_stat(path, &info);
    if (status == WEIR_OK && end->tail.offset == 0)
        status = remove_segment(directory, path, end);
    else if (status == WEIR_OK)
        status = cut_tail(directory, path, end, (uint64_t)info.size);
    if (status == WEIR_OK) status = file_sync_directory(directory);
    free(path);
    return status;
}
