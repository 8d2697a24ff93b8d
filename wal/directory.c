#include "wal/directory.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "base/large_files.h"
#include "base/memory.h"

static const char suffix[] = ".segment";
static const char quarantine[] = "quarantine";
enum { PIECE = 1 << 20 };

__attribute__((format(printf, 1, 2))) static char *make_path(const char *format, ...)
{
    char *path = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&path, format, arguments);
    va_end(arguments);
    return length < 0 ? memory_copy_text("") : path;
}

char *wal_directory_segment(const char *directory, uint64_t number)
{
    return make_path("%s/%0*" PRIu64 "%s", directory, WAL_SEGMENT_DIGITS, number, suffix);
}

weir_status wal_directory_can_follow(const char *directory, uint64_t number)
{
    if (number < WAL_SEGMENT_MAX) return WEIR_OK;
    char *path = wal_directory_segment(directory, number);
    error_set(WEIR_DAMAGED, "%s: no segment can follow one of the highest number; if it is not of "
              "this log, move it away", path);
    free(path);
    return WEIR_DAMAGED;
}

/* --- Listing --------------------------------------------------------------------------------- */

uint64_t wal_directory_number(const char *name, const char *behind)
{
    uint64_t number = 0;
    size_t digits = strspn(name, "0123456789");
    if (digits < WAL_SEGMENT_DIGITS || digits > 19 || strcmp(name + digits, behind) != 0) return 0;
    for (size_t i = 0; i < digits; i++) number = number * 10 + (uint64_t)(name[i] - '0');
    return digits == WAL_SEGMENT_DIGITS || name[0] != '0' ? number : 0;
}

static void add_segment(void *user, const char *name)
{
    uint64_t number = wal_directory_number(name, suffix);
    if (number != 0) buffer_append(user, &number, sizeof number);
}

static int by_number(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

weir_status wal_directory_list(const char *directory, wal_segment_list *list)
{
    buffer numbers = {0};
    if (!file_exists(directory)) return WEIR_OK;
    weir_status status = file_list(directory, add_segment, &numbers);
    if (status != WEIR_OK) {
        buffer_release(&numbers);
        return status;
    }
    list->count = numbers.size / sizeof *list->numbers;
    list->numbers = (uint64_t *)(void *)numbers.bytes;
    if (list->count > 1) qsort(list->numbers, list->count, sizeof *list->numbers, by_number);
    return WEIR_OK;
}

void wal_segment_list_release(wal_segment_list *list)
{
    free(list->numbers);
    *list = (wal_segment_list){0};
}

/* --- Quarantine ------------------------------------------------------------------------------ */

/* The path of the folder, made if it is not there; given to the caller. */
static weir_status make_quarantine(const char *directory, char **path)
{
    *path = make_path("%s/%s", directory, quarantine);
    if (file_exists(*path)) return WEIR_OK;
    weir_status status = file_make_directory(*path);
    if (status == WEIR_OK) status = file_sync_directory(directory);
    return status;
}

static bool have_same_bytes(int a, const char *a_path, int b, const char *b_path)
{
    char *pieces = memory_alloc(2 * (size_t)PIECE);
    bool are_same = true;
    int64_t offset = 0;
    for (size_t got = PIECE, other = 0; got == PIECE && are_same; offset += PIECE) {
        are_same = file_read_at(a, a_path, pieces, PIECE, offset, &got) == WEIR_OK &&
                   file_read_at(b, b_path, pieces + PIECE, PIECE, offset, &other) == WEIR_OK &&
                   got == other && memcmp(pieces, pieces + PIECE, got) == 0;
    }
    free(pieces);
    return are_same;
}

static bool is_copy(const char *a, const char *b)
{
    int left, right;
    bool is_same = false;
    if (file_open_read(a, &left) != WEIR_OK) return false;
    if (file_open_read(b, &right) == WEIR_OK) {
        is_same = have_same_bytes(left, a, right, b);
        file_close(right, b);
    }
    file_close(left, a);
    return is_same;
}

/* The name under which the segment is kept, or is to be: the first one that no other file has;
 * given to the caller. A number may have been given again since a segment of it was set aside. */
static char *kept_name(const char *folder, uint64_t number, const char *segment)
{
    char *path = wal_directory_segment(folder, number);
    for (unsigned i = 1; file_exists(path) && !file_is_same(path, segment) &&
                         !is_copy(path, segment); i++) {
        free(path);
        path = make_path("%s/%0*" PRIu64 "%s.%u", folder, WAL_SEGMENT_DIGITS, number, suffix, i);
    }
    return path;
}

static weir_status copy_bytes(int in, const char *from, int out, const char *to)
{
    char *piece = memory_alloc(PIECE);
    weir_status status = WEIR_OK;
    int64_t offset = 0;
    for (size_t got = PIECE; got == PIECE && status == WEIR_OK; offset += PIECE) {
        got = 0;
        status = file_read_at(in, from, piece, PIECE, offset, &got);
        if (status == WEIR_OK) status = file_write(out, to, piece, got);
    }
    if (status == WEIR_OK) status = file_sync(out, to);
    free(piece);
    return status;
}

static weir_status copy(const char *from, const char *to)
{
    int in, out;
    weir_status status = file_open_read(from, &in);
    if (status != WEIR_OK) return status;
    status = file_create(to, &out);
    if (status == WEIR_OK) {
        status = copy_bytes(in, from, out, to);
        weir_status closed = file_close(out, to);
        if (status == WEIR_OK) status = closed;
    }
    file_close(in, from);
    return status;
}

/* By a second name for the file, or a copy where it can have none: the first name is dropped with
 * the log before it. */
static weir_status keep(const char *segment, const char *kept)
{
    if (file_exists(kept) || file_link(segment, kept) == WEIR_OK) return WEIR_OK;
    char *temporary = make_path("%s.tmp", kept);
    weir_status status = copy(segment, temporary);
    if (status == WEIR_OK) status = file_rename(temporary, kept);
    if (status != WEIR_OK && file_exists(temporary)) (void)file_remove_tree(temporary);
    free(temporary);
    return status;
}

weir_status wal_directory_quarantine(const char *directory, uint64_t number)
{
    char *folder;
    char *segment = wal_directory_segment(directory, number);
    if (!file_exists(segment)) { /* what is missing cannot be kept */
        free(segment);
        return WEIR_OK;
    }
    weir_status status = make_quarantine(directory, &folder);
    char *kept = kept_name(folder, number, segment);
    if (status == WEIR_OK) status = keep(segment, kept);
    if (status == WEIR_OK) status = file_sync_directory(folder);
    free(kept);
    free(segment);
    free(folder);
    return status;
}

static weir_status write_whole(const char *path, const void *bytes, size_t size)
{
    int file;
    weir_status status = file_create(path, &file);
    if (status != WEIR_OK) return status;
    status = file_write(file, path, bytes, size);
    if (status == WEIR_OK) status = file_sync(file, path);
    weir_status closed = file_close(file, path);
    return status == WEIR_OK ? closed : status;
}

weir_status wal_directory_quarantine_tail(const char *directory, wal_position from,
                                          const void *bytes, size_t size)
{
    char *folder;
    weir_status status = make_quarantine(directory, &folder);
    char *path = make_path("%s/%0*" PRIu64 "%s.from-%" PRIu64, folder, WAL_SEGMENT_DIGITS,
                           from.segment, suffix, from.offset);
    if (status == WEIR_OK) status = write_whole(path, bytes, size);
    if (status == WEIR_OK) status = file_sync_directory(folder);
    free(path);
    free(folder);
    return status;
}

/* --- Deleting -------------------------------------------------------------------------------- */

weir_status wal_directory_drop_before(const char *directory, uint64_t number)
{
    enum { RESTS_MS = 500 };
    wal_segment_list list = {0};
    bool has_dropped = false;
    int64_t rests_ms = RESTS_MS; /* the next group is synced meanwhile */
    weir_status status = wal_directory_list(directory, &list);
    for (size_t i = 0; status == WEIR_OK && i + 1 < list.count; i++) {
        if (list.numbers[i] >= number) break;
        char *path = wal_directory_segment(directory, list.numbers[i]);
        status = large_file_remove(path, &rests_ms);
        has_dropped = true;
        free(path);
    }
    if (status == WEIR_OK && has_dropped) status = file_sync_directory(directory);
    wal_segment_list_release(&list);
    return status;
}
