#include "wal/view.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/large_files.h"
#include "base/log_line.h"
#include "base/memory.h"
#include "wal/directory.h"

enum { WINDOW = 1 << 20, PAGE = 4096, SECTOR = 512, PADDING = 16 };

/* --- The window ------------------------------------------------------------------------------ */

/* Reads page by page what could not be read as a whole. */
static void load_pages(wal_view *view, uint64_t offset, size_t size)
{
    memset(view->window, 0, size);
    view->held = size;
    for (size_t done = 0; done < size;) {
        size_t got = 0;
        size_t some = PAGE - (offset + done) % PAGE;
        if (some > size - done) some = size - done;
        if (file_read_at(view->file, view->path, view->window + done, some,
                         (int64_t)(offset + done), &got) != WEIR_OK) {
            memset(view->window + done, 0, some);
            if (!view->is_unreadable) log_line(WEIR_ERROR, "%s", error_text());
            view->is_unreadable = true;
        }
        done += some;
    }
}

static void load(wal_view *view, uint64_t offset, size_t size)
{
    if (size > view->capacity) {
        free(view->window);
        view->window = memory_alloc(size + PADDING);
        memset(view->window + size, 0, PADDING);
        view->capacity = size;
    }
    view->at = offset;
    if (file_read_at(view->file, view->path, view->window, size, (int64_t)offset, &view->held) !=
        WEIR_OK)
        load_pages(view, offset, size);
}

/* The bytes of the file at `offset`; NULL if there are not so many. */
static const char *look(wal_view *view, uint64_t offset, size_t size)
{
    if (offset > view->size || size > view->size - offset) return NULL;
    if (offset < view->at || offset - view->at > view->held ||
        size > view->held - (size_t)(offset - view->at)) {
        uint64_t left = view->size - offset;
        size_t wanted = size > view->step ? size : view->step;
        load(view, offset, wanted < left ? wanted : (size_t)left);
        if (view->held < size) return NULL; /* somebody cut the file just now */
    }
    return view->window + (offset - view->at);
}

/* --- A segment ------------------------------------------------------------------------------- */

static weir_status read_header(wal_view *view)
{
    uint32_t version = 0;
    const char *bytes = look(view, 0, WAL_SEGMENT_HEADER);
    if (!bytes) return WEIR_OK;
    wal_header_state state = wal_segment_header_decode(bytes, &view->header, &version);
    if (state == WAL_HEADER_NEWER)
        return error_set(WEIR_UNSUPPORTED, "%s: it has format %u, and this weir knows %d; use a "
                         "newer weir", view->path, version, WAL_VERSION);
    view->has_header = state == WAL_HEADER_GOOD && view->header.number == view->number;
    view->is_misnamed = state == WAL_HEADER_GOOD && view->header.number != view->number;
    return WEIR_OK;
}

bool wal_view_is_beginning(wal_view *view)
{
    size_t size = view->size < SECTOR ? (size_t)view->size : SECTOR;
    if (size == 0) return true;
    const char *bytes = look(view, 0, size);
    return !view->is_misnamed && bytes && wal_segment_header_is_part(bytes, size);
}

static weir_status open_view(wal_view *view, const char *directory, uint64_t number, size_t step)
{
    file_info info = {0};
    *view = (wal_view){.number = number, .step = step};
    view->path = wal_directory_segment(directory, number);
    weir_status status = file_open_read(view->path, &view->file);
    if (status != WEIR_OK) {
        free(view->path);
        view->path = NULL;
        return status;
    }
    bool is_held = large_file_hold(view->file); /* the log may drop it meanwhile */
    status = is_held ? file_stat(view->path, &info)
                     : error_set(WEIR_IO, "%s: it is being removed", view->path);
    view->size = (uint64_t)info.size;
    if (status == WEIR_OK) status = read_header(view);
    if (status != WEIR_OK) wal_view_close(view);
    return status;
}

weir_status wal_view_open(wal_view *view, const char *directory, uint64_t number)
{
    return open_view(view, directory, number, WINDOW);
}

weir_status wal_view_open_for_one(wal_view *view, const char *directory, uint64_t number)
{
    return open_view(view, directory, number, PAGE);
}

void wal_view_read_again(wal_view *view) { view->held = 0; }

void wal_view_close(wal_view *view)
{
    if (!view->path) return;
    file_close(view->file, view->path);
    free(view->path);
    free(view->window);
    *view = (wal_view){0};
}

/* --- Entries --------------------------------------------------------------------------------- */

uint64_t wal_view_after(const wal_entry *entry)
{
    return entry->place.offset + wal_entry_space(entry->header.size);
}

wal_view_state wal_view_entry(wal_view *view, uint64_t offset, wal_entry *entry)
{
    const char *bytes = look(view, offset, WAL_ENTRY_HEADER);
    *entry = (wal_entry){.place = {view->number, offset}};
    if (!bytes || !wal_entry_header_decode(bytes, entry->place, &entry->header))
        return WAL_VIEW_NOTHING;
    bytes = look(view, offset, WAL_ENTRY_HEADER + (size_t)entry->header.size);
    if (!bytes) return WAL_VIEW_BAD_PAYLOAD;
    entry->payload = bytes + WAL_ENTRY_HEADER;
    uint64_t checksum = wal_checksum(entry->payload, entry->header.size, NULL, 0);
    return checksum == entry->header.payload_checksum ? WAL_VIEW_ENTRY : WAL_VIEW_BAD_PAYLOAD;
}

bool wal_view_find(wal_view *view, uint64_t offset, wal_entry *entry)
{
    while (offset + WAL_ENTRY_HEADER <= view->size) {
        wal_view_state state = wal_view_entry(view, offset, entry);
        if (state == WAL_VIEW_ENTRY) return true;
        /* The header of a bad payload is right, so its end is. */
        offset = state == WAL_VIEW_BAD_PAYLOAD ? wal_view_after(entry) : offset + WAL_STEP;
    }
    return false;
}

static bool is_zero(const char *bytes, size_t size)
{
    return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

/* Where the first page from `*offset` on that is not zero ends, which is the next offset; false:
 * there is none. */
static bool find_used(wal_view *view, uint64_t *offset)
{
    while (*offset < view->size) {
        uint64_t left = view->size - *offset;
        size_t some = left < PAGE ? (size_t)left : PAGE;
        const char *bytes = look(view, *offset, some);
        if (!bytes) return false; /* somebody cut the file just now */
        *offset += some;
        if (!is_zero(bytes, some)) return true;
    }
    return false;
}

bool wal_view_is_zero(wal_view *view, uint64_t offset)
{
    return !find_used(view, &offset) && !view->is_unreadable;
}

uint64_t wal_view_used(wal_view *view)
{
    uint64_t used = 0, offset = 0;
    while (find_used(view, &offset)) used = offset;
    return view->is_unreadable ? view->size : used;
}
