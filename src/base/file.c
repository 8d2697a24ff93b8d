#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"

static bool is_interrupted(int answer) { return answer < 0 && errno == EINTR; }

/* A link is there, and what it leads to is not: of a disk that is not mounted, for example. */
static weir_status fail_at(const char *path, const char *what)
{
    char target[PATH_MAX];
    int code = errno;
    ssize_t length =
        code == ENOENT || code == EEXIST ? readlink(path, target, sizeof target) : -1;
    errno = code;
    if (length < 0) return error_set_errno(WEIR_IO, "%s: %s", path, what);
    return error_set(WEIR_IO,
                     "%s: it is a link to %.*s, which is not there; make that, or mount it, or "
                     "remove the link",
                     path, (int)length, target);
}

static int open_at(int directory, const char *name, int flags)
{
    int descriptor;
    do {
        descriptor = openat(directory, name, flags | O_CLOEXEC, 0644);
    } while (is_interrupted(descriptor));
    return descriptor;
}

/* --- Writing --------------------------------------------------------------------------------- */

weir_status file_create(const char *path, int *descriptor)
{
    int opened = open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC);
    if (opened < 0) return error_set_errno(WEIR_IO, "%s: cannot create the file", path);
    *descriptor = opened;
    return WEIR_OK;
}

weir_status file_create_new(const char *path, int *descriptor)
{
    int opened = open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL);
    if (opened < 0) return error_set_errno(WEIR_IO, "%s: cannot create the file", path);
    *descriptor = opened;
    return WEIR_OK;
}

weir_status file_open_write(const char *path, int *descriptor)
{
    int opened = open_at(AT_FDCWD, path, O_WRONLY);
    if (opened < 0) return error_set_errno(WEIR_IO, "%s: cannot open the file to write", path);
    *descriptor = opened;
    return WEIR_OK;
}

weir_status file_write(int descriptor, const char *path, const void *bytes, size_t size)
{
    const char *rest = bytes;
    while (size > 0) {
        ssize_t written = write(descriptor, rest, size);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return error_set_errno(WEIR_IO, "%s: cannot write", path);
        rest += written;
        size -= (size_t)written;
    }
    return WEIR_OK;
}

/* The file system promised more than it can do, or a short write has left no whole blocks. true:
 * from now on it does. */
static bool goes_through_cache(int descriptor)
{
    int flags = fcntl(descriptor, F_GETFL);
    return flags >= 0 && (flags & O_DIRECT) &&
           fcntl(descriptor, F_SETFL, flags & ~O_DIRECT) == 0;
}

weir_status file_write_at(int descriptor, const char *path, const void *bytes, size_t size,
                          int64_t offset)
{
    const char *from = bytes;
    while (size > 0) {
        ssize_t written = pwrite(descriptor, from, size, offset);
        if (written < 0 && (errno == EINTR || (errno == EINVAL && goes_through_cache(descriptor))))
            continue;
        if (written < 0)
            return error_set_errno(WEIR_IO, "%s: cannot write at %lld", path, (long long)offset);
        from += written;
        offset += written;
        size -= (size_t)written;
    }
    return WEIR_OK;
}

weir_status file_allocate(int descriptor, const char *path, int64_t size)
{
    int answer;
    do {
        answer = fallocate(descriptor, 0, 0, size);
    } while (is_interrupted(answer));
    bool cannot = answer < 0 && (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL);
    if (answer == 0 || cannot) return WEIR_OK;
    return error_set_errno(WEIR_IO, "%s: cannot allocate %lld bytes", path, (long long)size);
}

bool file_write_past_cache(int descriptor)
{
#ifdef STATX_DIOALIGN
    struct statx facts;
    if (statx(descriptor, "", AT_EMPTY_PATH, STATX_DIOALIGN, &facts) != 0) return false;
    uint32_t file = facts.stx_dio_offset_align, memory = facts.stx_dio_mem_align;
    bool can = (facts.stx_mask & STATX_DIOALIGN) && file > 0 && FILE_BLOCK % file == 0 &&
               memory > 0 && FILE_BLOCK % memory == 0;
    if (!can) return false;
    int flags = fcntl(descriptor, F_GETFL);
    return flags >= 0 && fcntl(descriptor, F_SETFL, flags | O_DIRECT) == 0;
#else
    (void)descriptor; /* a system whose headers do not know how to ask */
    return false;
#endif
}

weir_status file_truncate(int descriptor, const char *path, int64_t size)
{
    int answer;
    do {
        answer = ftruncate(descriptor, size);
    } while (is_interrupted(answer));
    if (answer == 0) return WEIR_OK;
    return error_set_errno(WEIR_IO, "%s: cannot cut it at %lld", path, (long long)size);
}

static weir_status sync_by(int (*call)(int), int descriptor, const char *path)
{
    int answer;
    do {
        answer = call(descriptor);
    } while (is_interrupted(answer));
    if (answer < 0) return error_set_errno(WEIR_IO, "%s: cannot sync the file", path);
    return WEIR_OK;
}

weir_status file_sync(int descriptor, const char *path)
{
    return sync_by(fsync, descriptor, path);
}

weir_status file_sync_data(int descriptor, const char *path)
{
    return sync_by(fdatasync, descriptor, path);
}

weir_status file_close(int descriptor, const char *path)
{
    /* Linux frees the descriptor even when it answers EINTR: closing again could hit another
     * thread's file. */
    if (close(descriptor) < 0 && errno != EINTR)
        return error_set_errno(WEIR_IO, "%s: cannot close the file", path);
    return WEIR_OK;
}

weir_status file_sync_directory(const char *path)
{
    int directory = open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
    if (directory < 0) return error_set_errno(WEIR_IO, "%s: cannot open the directory", path);
    int answer;
    do {
        answer = fsync(directory);
    } while (is_interrupted(answer));
    weir_status status = WEIR_OK;
    /* EINVAL: this file system cannot sync directories (some network ones); nothing to be done. */
    if (answer < 0 && errno != EINVAL)
        status = error_set_errno(WEIR_IO, "%s: cannot sync the directory", path);
    close(directory);
    return status;
}

static bool is_directory(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

weir_status file_make_directory(const char *path)
{
    if (mkdir(path, 0755) == 0) return WEIR_OK;
    int code = errno;
    if (is_directory(path)) return WEIR_OK; /* not only EEXIST: the root may answer EROFS */
    errno = code;
    return fail_at(path, "cannot make the directory");
}

/* Makes path[0, length), and syncs the directory that it is in if it was not there. */
static weir_status make_durable_directory(char *path, size_t length)
{
    char after = path[length];
    path[length] = '\0';
    bool was_there = is_directory(path);
    weir_status status = was_there ? WEIR_OK : file_make_directory(path);
    size_t parent = length;
    while (parent > 0 && path[parent - 1] != '/') parent--;
    path[length] = after;
    if (was_there || status != WEIR_OK) return status;
    if (parent == 0) return file_sync_directory(".");
    char next = path[parent];
    path[parent] = '\0';
    status = file_sync_directory(path);
    path[parent] = next;
    return status;
}

weir_status file_make_directories(const char *path)
{
    if (!*path || is_directory(path)) return file_make_directory(path);
    char *part = memory_copy_text(path);
    weir_status status = WEIR_OK;
    for (size_t at = 0; status == WEIR_OK; at++) {
        bool ends = !part[at] || part[at] == '/';
        if (ends && at > 0 && part[at - 1] != '/') status = make_durable_directory(part, at);
        if (!part[at]) break;
    }
    free(part);
    return status;
}

static int rename_once(const char *from, const char *to)
{
    int answer;
    do {
        answer = rename(from, to);
    } while (is_interrupted(answer));
    return answer;
}

weir_status file_rename(const char *from, const char *to)
{
    if (rename_once(from, to) < 0)
        return error_set_errno(WEIR_IO, "%s: cannot rename to %s", from, to);
    return WEIR_OK;
}

weir_status file_link(const char *from, const char *to)
{
    if (link(from, to) == 0 || errno == EEXIST) return WEIR_OK;
    return error_set_errno(WEIR_IO, "%s: cannot link it as %s", from, to);
}

/* By a third name beside `a`; what was done is undone when a step fails. */
static weir_status exchange_by_renames(const char *a, const char *b)
{
    static const char suffix[] = ".exchange";
    size_t length = strlen(a);
    while (length > 1 && a[length - 1] == '/') length--; /* beside a directory, not inside it */
    char *aside = memory_alloc(length + sizeof suffix);
    memcpy(aside, a, length);
    memcpy(aside + length, suffix, sizeof suffix);

    weir_status status = file_remove_tree(aside); /* of a process that ended in the middle */
    if (status == WEIR_OK) status = file_rename(b, aside);
    if (status == WEIR_OK) {
        status = file_rename(a, b);
        if (status == WEIR_OK) {
            status = file_rename(aside, a);
            if (status != WEIR_OK) rename_once(b, a);
        }
        if (status != WEIR_OK) rename_once(aside, b);
    }
    free(aside);
    return status;
}

weir_status file_exchange(const char *a, const char *b)
{
    int answer;
    do {
        answer = renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
    } while (is_interrupted(answer));
    if (answer == 0) return WEIR_OK;
    bool cannot = errno == ENOSYS || errno == EINVAL || errno == EOPNOTSUPP;
    if (cannot) return exchange_by_renames(a, b);
    return error_set_errno(WEIR_IO, "%s: cannot exchange with %s", a, b);
}

/* --- Removing a tree ------------------------------------------------------------------------- */

static int remove_entry(int directory, const char *name);

/* Removes what is in the directory behind `descriptor`, and closes it. Like remove_entry: 0, or -1
 * with errno of the first failure. */
static int remove_entries(int descriptor)
{
    DIR *listing = fdopendir(descriptor);
    if (!listing) {
        int code = errno;
        close(descriptor);
        errno = code;
        return -1;
    }
    int code = 0;
    while (code == 0) {
        errno = 0;
        struct dirent *entry = readdir(listing);
        if (!entry) {
            code = errno;
            break;
        }
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (remove_entry(dirfd(listing), entry->d_name) < 0) code = errno;
    }
    closedir(listing);
    errno = code;
    return code == 0 ? 0 : -1;
}

static int unlink_once(int directory, const char *name, int flags)
{
    int answer;
    do {
        answer = unlinkat(directory, name, flags);
    } while (is_interrupted(answer));
    return answer < 0 && errno == ENOENT ? 0 : answer; /* somebody else was faster */
}

/* A link is removed, never followed: not even one that takes the place of a directory just now. */
static int remove_entry(int directory, const char *name)
{
    if (unlink_once(directory, name, 0) == 0) return 0;
    if (errno != EISDIR && errno != EPERM) return -1;
    int code = errno;
    int inside = open_at(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (inside < 0) {
        if (errno == ENOTDIR || errno == ELOOP) errno = code; /* why it cannot be unlinked */
        return errno == ENOENT ? 0 : -1;
    }
    if (remove_entries(inside) < 0) return -1;
    return unlink_once(directory, name, AT_REMOVEDIR);
}

weir_status file_remove_tree(const char *path)
{
    if (remove_entry(AT_FDCWD, path) < 0)
        return error_set_errno(WEIR_IO, "%s: cannot remove", path);
    return WEIR_OK;
}

/* --- Reading --------------------------------------------------------------------------------- */

static void fill_info(const struct stat *found, file_info *info)
{
    info->size = found->st_size;
    info->modified_ms = (int64_t)found->st_mtim.tv_sec * 1000 + found->st_mtim.tv_nsec / 1000000;
    info->device = found->st_dev;
    info->inode = found->st_ino;
    info->is_directory = S_ISDIR(found->st_mode);
    info->is_regular = S_ISREG(found->st_mode);
}

weir_status file_stat(const char *path, file_info *info)
{
    struct stat found;
    if (stat(path, &found) < 0) return fail_at(path, "cannot look at it");
    fill_info(&found, info);
    return WEIR_OK;
}

weir_status file_stat_open(int descriptor, const char *path, file_info *info)
{
    struct stat found;
    if (fstat(descriptor, &found) < 0)
        return error_set_errno(WEIR_IO, "%s: cannot look at it", path);
    fill_info(&found, info);
    return WEIR_OK;
}

bool file_is_same(const char *a, const char *b)
{
    struct stat left, right;
    return stat(a, &left) == 0 && stat(b, &right) == 0 && left.st_dev == right.st_dev &&
           left.st_ino == right.st_ino;
}

weir_status file_open_read(const char *path, int *descriptor)
{
    int opened = open_at(AT_FDCWD, path, O_RDONLY);
    if (opened < 0) return error_set_errno(WEIR_IO, "%s: cannot open the file", path);
    *descriptor = opened;
    return WEIR_OK;
}

weir_status file_read_at(int descriptor, const char *path, void *bytes, size_t size,
                         int64_t offset, size_t *got)
{
    char *place = bytes;
    size_t total = 0;
    while (total < size) {
        ssize_t more = pread(descriptor, place + total, size - total, offset + (int64_t)total);
        if (more < 0 && errno == EINTR) continue;
        if (more < 0) {
            return error_set_errno(WEIR_IO, "%s: cannot read %zu bytes at %lld", path, size,
                                   (long long)offset);
        }
        if (more == 0) break;
        total += (size_t)more;
    }
    *got = total;
    return WEIR_OK;
}

bool file_exists(const char *path) { return access(path, F_OK) == 0; }

weir_status file_open_place(const char *path, int *descriptor)
{
    *descriptor = open(path, O_PATH | O_CLOEXEC);
    return *descriptor >= 0 ? WEIR_OK : error_set_errno(WEIR_IO, "%s: cannot be opened", path);
}

bool file_is_in_place(const char *path, int descriptor)
{
    struct stat there, held;
    return stat(path, &there) == 0 && fstat(descriptor, &held) == 0 &&
           there.st_dev == held.st_dev && there.st_ino == held.st_ino;
}

int64_t file_room(const char *path)
{
    struct statvfs disk;
    if (statvfs(path, &disk) != 0 || disk.f_blocks == 0) return INT64_MAX;
    if (disk.f_bavail > (uint64_t)INT64_MAX / disk.f_frsize) return INT64_MAX;
    return (int64_t)(disk.f_bavail * disk.f_frsize);
}

weir_status file_list(const char *path, file_listed listed, void *user)
{
    DIR *listing = opendir(path);
    if (!listing) return error_set_errno(WEIR_IO, "%s: cannot list the directory", path);
    weir_status status = WEIR_OK;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(listing);
        if (!entry && errno) status = error_set_errno(WEIR_IO, "%s: cannot list it", path);
        if (!entry) break;
        bool is_self = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        if (!is_self) listed(user, entry->d_name);
    }
    closedir(listing);
    return status;
}
