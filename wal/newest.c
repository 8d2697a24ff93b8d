#include "wal/newest.h"

#include <inttypes.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "wal/directory.h"

static const char prefix[] = "newest.";

static void look_at(void *user, const char *name)
{
    uint64_t *newest = user;
    if (strncmp(name, prefix, sizeof prefix - 1) != 0) return;
    uint64_t number = wal_directory_number(name + sizeof prefix - 1, "");
    if (number > *newest) *newest = number;
}

uint64_t wal_newest_read(const char *directory)
{
    uint64_t newest = 0;
    if (!file_exists(directory)) return 0;
    (void)file_list(directory, look_at, &newest);
    return newest;
}

static void make_path(buffer *path, const char *directory, uint64_t number)
{
    buffer_printf(path, "%s/%s%0*" PRIu64, directory, prefix, WAL_SEGMENT_DIGITS, number);
    buffer_append(path, "", 1);
}

static bool make(const char *path)
{
    int file;
    if (file_create(path, &file) != WEIR_OK) return false;
    return file_close(file, path) == WEIR_OK;
}

void wal_newest_note(const char *directory, uint64_t number, uint64_t *noted)
{
    buffer before = {0}, path = {0};
    make_path(&before, directory, *noted);
    make_path(&path, directory, number);
    bool is_moved = *noted > 0 && file_rename(before.bytes, path.bytes) == WEIR_OK;
    if (is_moved || make(path.bytes)) *noted = number;
    buffer_release(&before);
    buffer_release(&path);
}

weir_status wal_newest_forget(const char *directory)
{
    weir_status status = WEIR_OK;
    for (uint64_t noted; status == WEIR_OK && (noted = wal_newest_read(directory)) > 0;) {
        buffer path = {0};
        make_path(&path, directory, noted);
        status = file_remove_tree(path.bytes);
        buffer_release(&path);
    }
    /* Also where none was there: who removed it may not have come to this. */
    return status == WEIR_OK ? file_sync_directory(directory) : status;
}
