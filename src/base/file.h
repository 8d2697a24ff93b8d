/* The only caller of open, write, fsync and rename for files that must last; and reading that
 * reports like it. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/status.h"

/* --- writing; every failure names the path --------------------------------------------------- */
weir_status file_create(const char *path, int *descriptor); /* truncates; mode 0644 */
/* All of it. */
weir_status file_write(int descriptor, const char *path, const void *bytes, size_t size);
weir_status file_sync(int descriptor, const char *path);
weir_status file_close(int descriptor, const char *path);
weir_status file_sync_directory(const char *path);
weir_status file_make_directory(const char *path);   /* an existing one is fine */
weir_status file_make_directories(const char *path); /* with its parents */
weir_status file_rename(const char *from, const char *to);
/* Exchanges two existing paths, atomically where the file system can, else by three renames
 * (the third name is `a` with ".exchange" behind it). */
weir_status file_exchange(const char *a, const char *b);
weir_status file_remove_tree(const char *path); /* a missing one is fine; follows no links */

/* --- reading --------------------------------------------------------------------------------- */
typedef struct file_info {
    int64_t size;
    int64_t modified_ms;
    bool is_directory;
    bool is_regular;
} file_info;
weir_status file_stat(const char *path, file_info *info);
weir_status file_open_read(const char *path, int *descriptor);
/* Reads up to `size` bytes at `offset`; *got is less only at the end of the file. */
weir_status file_read_at(int descriptor, const char *path, void *bytes, size_t size,
                         int64_t offset, size_t *got);
bool file_exists(const char *path);

#endif
