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
/* Fails if there is something of that name. */
weir_status file_create_new(const char *path, int *descriptor);
weir_status file_open_write(const char *path, int *descriptor); /* an existing one, as it is */
/* All of it. */
weir_status file_write(int descriptor, const char *path, const void *bytes, size_t size);
/* All of it, at `offset`. */
weir_status file_write_at(int descriptor, const char *path, const void *bytes, size_t size,
                          int64_t offset);
/* Makes the file `size` bytes long and asks for room on the disk for all of it; a file system that
 * cannot do that is fine: the file is then as long as it was. */
weir_status file_allocate(int descriptor, const char *path, int64_t size);
/* From here on what is written goes to the disk without a copy in the system's cache, where the
 * file system says that it can do that. Then, and only then, everything that is written must
 * begin at a multiple of FILE_BLOCK in the file and in memory, and be as many bytes. It is synced
 * as ever. */
enum { FILE_BLOCK = 4096 };
bool file_write_past_cache(int descriptor);
weir_status file_truncate(int descriptor, const char *path, int64_t size);
weir_status file_sync(int descriptor, const char *path);
weir_status file_sync_data(int descriptor, const char *path); /* not the times of the file */
weir_status file_close(int descriptor, const char *path);
weir_status file_sync_directory(const char *path);
weir_status file_make_directory(const char *path);   /* an existing one is fine */
weir_status file_make_directories(const char *path); /* with its parents; durable */
weir_status file_rename(const char *from, const char *to);
weir_status file_link(const char *from, const char *to); /* an existing `to` is fine */
/* Exchanges two existing paths, atomically where the file system can, else by three renames
 * (the third name is `a` with ".exchange" behind it). */
weir_status file_exchange(const char *a, const char *b);
weir_status file_remove_tree(const char *path); /* a missing one is fine; follows no links */

/* --- reading --------------------------------------------------------------------------------- */
typedef struct file_info {
    int64_t size;
    int64_t modified_ms;
    uint64_t device; /* with the inode: which file it is, whatever its name */
    uint64_t inode;
    bool is_directory;
    bool is_regular;
} file_info;
weir_status file_stat(const char *path, file_info *info);
weir_status file_stat_open(int descriptor, const char *path, file_info *info);
weir_status file_open_read(const char *path, int *descriptor);
/* Reads up to `size` bytes at `offset`; *got is less only at the end of the file. */
weir_status file_read_at(int descriptor, const char *path, void *bytes, size_t size,
                         int64_t offset, size_t *got);
bool file_exists(const char *path);
/* A descriptor of what is there, whatever it is, to know it again; for file_close. */
weir_status file_open_place(const char *path, int *descriptor);
/* Is it still there under that path? */
bool file_is_in_place(const char *path, int descriptor);
bool file_is_same(const char *a, const char *b); /* both exist, and are names of one file */
/* What the disk of the path has room for, in bytes; INT64_MAX where it does not tell. */
int64_t file_room(const char *path);
/* Calls `listed` with each name in the directory but "." and "..", in no order. */
typedef void (*file_listed)(void *user, const char *name);
weir_status file_list(const char *path, file_listed listed, void *user);

#endif
