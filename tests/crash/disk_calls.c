#include "crash/disk_calls.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DESCRIPTORS = 4096, LOG_PATH = 1, CHECKPOINT_PATH = 2 };

typedef struct open_file {
    disk_node *node; /* NULL: not of the disk */
    size_t at;       /* where write goes on */
    int place;       /* LOG_PATH, CHECKPOINT_PATH, 0 */
} open_file;

static open_file files[DESCRIPTORS];
int disk_calls_are_told;

void disk_calls_trace(uint64_t call, const char *what, const char *path)
{
    if (disk_calls_are_told) fprintf(stderr, "      call %" PRIu64 ": %s %s\n", call, what, path);
}

/* The names that the linker gives to the real calls, and wants for the ones in their place. */
#define REAL(result, name, ...)           \
    result __real_##name(__VA_ARGS__);    \
    result __wrap_##name(__VA_ARGS__);

REAL(int, openat, int directory, const char *name, int flags, ...)
REAL(int, open, const char *name, int flags, ...)
REAL(ssize_t, write, int file, const void *bytes, size_t size)
REAL(ssize_t, pwrite, int file, const void *bytes, size_t size, off_t offset)
REAL(ssize_t, pread, int file, void *bytes, size_t size, off_t offset)
REAL(int, fallocate, int file, int mode, off_t offset, off_t size)
REAL(int, ftruncate, int file, off_t size)
REAL(int, fsync, int file)
REAL(int, fdatasync, int file)
REAL(int, close, int file)
REAL(int, mkdir, const char *path, mode_t mode)
REAL(int, rename, const char *from, const char *to)
REAL(int, renameat2, int a, const char *from, int b, const char *to, unsigned flags)
REAL(int, link, const char *from, const char *to)
REAL(int, unlinkat, int directory, const char *name, int flags)
REAL(DIR *, fdopendir, int descriptor)
REAL(struct dirent *, readdir, DIR *of)
REAL(int, closedir, DIR *of)

static open_file *file_of(int descriptor)
{
    bool is_ours = descriptor >= 0 && descriptor < DESCRIPTORS && files[descriptor].node;
    return is_ours ? &files[descriptor] : NULL;
}

static int place_of(const char *path)
{
    if (strstr(path, "/log/") || strstr(path, "/log")) return LOG_PATH;
    return strstr(path, "/checkpoints/") ? CHECKPOINT_PATH : 0;
}

/* --- opening --------------------------------------------------------------------------------- */

static int open_noted(int directory, const char *name, int flags, disk_node *parent,
                      const char *last)
{
    disk_node *node = disk_find_in(parent, last);
    bool is_new = !node && (flags & O_CREAT);
    bool empties = node && (flags & O_TRUNC) && !disk_is_directory(node) && disk_size(node) > 0;
    disk_verdict verdict = DISK_GOES_ON;
    if (is_new || empties) verdict = disk_decide(is_new ? "create" : "empty", name, is_new);
    else if (!disk_can_read()) verdict = DISK_FAILS;
    if (verdict == DISK_FAILS) return -1;
    int opened = __real_openat(directory, name, flags, 0644);
    if (opened < 0 || opened >= DESCRIPTORS) return opened;
    if (is_new) node = disk_make(parent, last, false);
    if (empties) disk_set_size(node, 0);
    files[opened] = (open_file){node, 0, place_of(name)};
    if (verdict == DISK_GOES_ON) return opened;
    __real_close(opened);
    files[opened].node = NULL;
    errno = EIO;
    return -1;
}

static int open_any(int directory, const char *name, int flags)
{
    const char *last = name;
    disk_lock();
    disk_node *parent = NULL;
    const open_file *inside = file_of(directory);
    if (inside && name[0] != '/') parent = inside->node;
    else if (disk_has(name)) parent = disk_find_parent(name, &last);
    int opened = parent ? open_noted(directory, name, flags, parent, last)
                        : __real_openat(directory, name, flags, 0644);
    if (!parent && opened >= 0 && opened < DESCRIPTORS) files[opened].node = NULL;
    disk_unlock();
    return opened;
}

int __wrap_openat(int directory, const char *name, int flags, ...)
{
    return open_any(directory, name, flags);
}

int __wrap_open(const char *name, int flags, ...) { return open_any(AT_FDCWD, name, flags); }

void disk_calls_forget_one(int descriptor)
{
    disk_lock();
    open_file *file = file_of(descriptor);
    if (file) file->node = NULL;
    disk_unlock();
}

int __wrap_close(int descriptor)
{
    disk_calls_forget_one(descriptor);
    return __real_close(descriptor);
}

/* --- content --------------------------------------------------------------------------------- */

/* A part of a write may be done before a crash: the first half of it. */
static ssize_t write_noted(int descriptor, open_file *file, const void *bytes, size_t size,
                           size_t offset)
{
    disk_verdict verdict = disk_decide("write", file->place == LOG_PATH ? "log" : "file", true);
    if (verdict == DISK_FAILS) return -1;
    if (__real_pwrite(descriptor, bytes, size, (off_t)offset) != (ssize_t)size) return -1;
    disk_write(file->node, bytes, size, offset);
    if (verdict == DISK_GOES_ON) return (ssize_t)size;
    errno = EIO;
    return -1;
}

ssize_t __wrap_write(int descriptor, const void *bytes, size_t size)
{
    disk_lock();
    open_file *file = file_of(descriptor);
    ssize_t written = file ? write_noted(descriptor, file, bytes, size, file->at)
                           : __real_write(descriptor, bytes, size);
    if (file && written > 0) file->at += (size_t)written;
    disk_unlock();
    return written;
}

ssize_t __wrap_pwrite(int descriptor, const void *bytes, size_t size, off_t offset)
{
    disk_lock();
    open_file *file = file_of(descriptor);
    ssize_t written = file ? write_noted(descriptor, file, bytes, size, (size_t)offset)
                           : __real_pwrite(descriptor, bytes, size, offset);
    disk_unlock();
    return written;
}

ssize_t __wrap_pread(int descriptor, void *bytes, size_t size, off_t offset)
{
    disk_lock();
    bool can = !file_of(descriptor) || disk_can_read();
    disk_unlock();
    return can ? __real_pread(descriptor, bytes, size, offset) : -1;
}

static int resize(int descriptor, off_t size, const char *what, bool needs_room)
{
    open_file *file = file_of(descriptor);
    disk_verdict verdict = disk_decide(what, "file", needs_room);
    if (verdict == DISK_FAILS || __real_ftruncate(descriptor, size) < 0) return -1;
    disk_set_size(file->node, (size_t)size);
    if (verdict == DISK_GOES_ON) return 0;
    errno = EIO;
    return -1;
}

int __wrap_fallocate(int descriptor, int mode, off_t offset, off_t size)
{
    int answer;
    disk_lock();
    open_file *file = file_of(descriptor);
    if (!file) answer = __real_fallocate(descriptor, mode, offset, size);
    else if ((size_t)size <= disk_size(file->node)) answer = 0;
    else answer = resize(descriptor, size, "allocate", true);
    disk_unlock();
    return answer;
}

int __wrap_ftruncate(int descriptor, off_t size)
{
    disk_lock();
    int answer = file_of(descriptor) ? resize(descriptor, size, "truncate", false)
                                     : __real_ftruncate(descriptor, size);
    disk_unlock();
    return answer;
}

/* --- syncs ----------------------------------------------------------------------------------- */

static bool is_left_out(const open_file *file)
{
    const disk_plan *plan = disk_current_plan();
    if (disk_is_directory(file->node)) return plan->no_name_sync;
    if (file->place == LOG_PATH) return plan->no_sync;
    return file->place == CHECKPOINT_PATH && plan->no_file_sync;
}

static int sync_noted(const open_file *file)
{
    static const char *const places[] = {"other", "log", "checkpoint"};
    bool is_directory = disk_is_directory(file->node);
    disk_verdict verdict =
        disk_decide(is_directory ? "sync names" : "sync", places[file->place], false);
    bool is_dead = !disk_can_read();
    if (verdict == DISK_FAILS && is_dead) return -1;
    if (!is_left_out(file)) disk_sync(file->node, verdict == DISK_FAILS);
    if (verdict == DISK_GOES_ON) return 0;
    errno = EIO;
    return -1;
}

static int sync_any(int descriptor)
{
    disk_lock();
    const open_file *file = file_of(descriptor);
    int answer = file ? sync_noted(file) : 0;
    disk_unlock();
    return answer;
}

int __wrap_fsync(int descriptor) { return sync_any(descriptor); }

int __wrap_fdatasync(int descriptor) { return sync_any(descriptor); }

/* --- names ----------------------------------------------------------------------------------- */

static int fail_late(disk_verdict verdict, int answer)
{
    if (answer == 0 && verdict == DISK_FAILS_AFTER) {
        errno = EIO;
        return -1;
    }
    return answer;
}

int __wrap_mkdir(const char *path, mode_t mode)
{
    if (!disk_has(path)) return __real_mkdir(path, mode);
    const char *name;
    int answer = -1;
    disk_lock();
    disk_node *parent = disk_find_parent(path, &name);
    bool is_new = parent && *name && !disk_find_in(parent, name);
    disk_verdict verdict = is_new ? disk_decide("mkdir", path, true) : DISK_GOES_ON;
    if (verdict != DISK_FAILS && (is_new || disk_can_read())) {
        answer = __real_mkdir(path, mode);
        if (answer == 0 && is_new) disk_make(parent, name, true);
        answer = fail_late(verdict, answer);
    }
    disk_unlock();
    return answer;
}

int __wrap_rename(const char *from, const char *to)
{
    if (!disk_has(from) || !disk_has(to)) return __real_rename(from, to);
    char from_copy[512];
    const char *name, *to_name;
    if (disk_on_rename) disk_on_rename(from, to);
    int answer = -1;
    disk_lock();
    disk_node *parent = disk_find_parent(from, &name);
    (void)snprintf(from_copy, sizeof from_copy, "%s", name);
    disk_node *to_parent = disk_find_parent(to, &to_name);
    disk_verdict verdict = disk_decide("rename to", to, true);
    if (verdict != DISK_FAILS && (answer = __real_rename(from, to)) == 0) {
        disk_rename(parent, from_copy, to_parent, to_name);
        answer = fail_late(verdict, answer);
    }
    disk_unlock();
    return answer;
}

int __wrap_renameat2(int a, const char *from, int b, const char *to, unsigned flags)
{
    if (!disk_has(from) || !disk_has(to)) return __real_renameat2(a, from, b, to, flags);
    char from_copy[512];
    const char *name, *to_name;
    int answer = -1;
    disk_lock();
    disk_node *parent = disk_find_parent(from, &name);
    (void)snprintf(from_copy, sizeof from_copy, "%s", name);
    disk_node *to_parent = disk_find_parent(to, &to_name);
    disk_verdict verdict = disk_decide("exchange", to, true);
    if (verdict != DISK_FAILS && (answer = __real_renameat2(a, from, b, to, flags)) == 0) {
        disk_exchange(parent, from_copy, to_parent, to_name);
        answer = fail_late(verdict, answer);
    }
    disk_unlock();
    return answer;
}

int __wrap_link(const char *from, const char *to)
{
    if (!disk_has(from) || !disk_has(to)) return __real_link(from, to);
    const char *name;
    int answer = -1;
    disk_lock();
    disk_node *node = disk_find(from);
    disk_node *parent = disk_find_parent(to, &name);
    disk_verdict verdict = disk_decide("link", to, true);
    if (verdict != DISK_FAILS && (answer = __real_link(from, to)) == 0) {
        disk_link(parent, name, node);
        answer = fail_late(verdict, answer);
    }
    disk_unlock();
    return answer;
}

int __wrap_unlinkat(int directory, const char *name, int flags)
{
    const char *last = name;
    int answer = -1;
    disk_lock();
    disk_node *parent = NULL;
    const open_file *inside = file_of(directory);
    if (inside && name[0] != '/') parent = inside->node;
    else if (disk_has(name)) parent = disk_find_parent(name, &last);
    const disk_node *node = parent ? disk_find_in(parent, last) : NULL;
    bool can = node && (disk_is_directory(node) == ((flags & AT_REMOVEDIR) != 0));
    disk_verdict verdict = can ? disk_decide("remove", name, false) : DISK_GOES_ON;
    if (verdict != DISK_FAILS && (!parent || disk_can_read() || can)) {
        answer = __real_unlinkat(directory, name, flags);
        if (answer == 0 && can) disk_remove(parent, last);
        answer = fail_late(verdict, answer);
    }
    disk_unlock();
    return answer;
}

/* --- past the disk --------------------------------------------------------------------------- */

void disk_calls_forget(void) { memset(files, 0, sizeof files); }

static void clear_in(int parent, const char *name)
{
    int inside = __real_openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = inside < 0 ? NULL : __real_fdopendir(inside);
    if (!listing) return;
    for (struct dirent *entry; (entry = __real_readdir(listing));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (__real_unlinkat(inside, entry->d_name, 0) == 0) continue;
        clear_in(inside, entry->d_name);
        (void)__real_unlinkat(inside, entry->d_name, AT_REMOVEDIR);
    }
    __real_closedir(listing);
}

void disk_calls_clear(const char *root) { clear_in(AT_FDCWD, root); }

void disk_calls_lay_file(const char *path, const void *bytes, size_t size)
{
    int file = __real_openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (size && __real_write(file, bytes, size) != (ssize_t)size) perror(path);
    __real_close(file);
}

void disk_calls_lay_directory(const char *path) { (void)__real_mkdir(path, 0755); }

void disk_calls_remove(const char *path) { (void)__real_unlinkat(AT_FDCWD, path, 0); }
