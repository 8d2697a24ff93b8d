#include "recovery/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log_line.h"
#include "base/memory.h"

static char *join(const char *path, const char *name)
{
    size_t size = strlen(path) + strlen(name) + 2;
    char *joined = memory_alloc(size);
    snprintf(joined, size, "%s/%s", path, name);
    return joined;
}

void directory_init(directory *directory, const char *path)
{
    directory->path = memory_copy_text(path);
    directory->log = join(path, "log");
    directory->live = join(path, "live");
    directory->checkpoints = join(path, "checkpoints");
    directory->lock = -1;
}

void directory_release(directory *directory)
{
    if (directory->lock >= 0) close(directory->lock);
    free(directory->path);
    free(directory->log);
    free(directory->live);
    free(directory->checkpoints);
    memset(directory, 0, sizeof *directory);
    directory->lock = -1;
}

static void pass_name(void *user, const char *name)
{
    (void)user;
    (void)name;
}

/* It may be there, and we may not look. */
static bool is_hidden(const directory *directory)
{
    file_info info;
    if (file_stat(directory->checkpoints, &info) != WEIR_OK && error_is_denied()) return true;
    return file_exists(directory->log) &&
           file_list(directory->log, pass_name, NULL) != WEIR_OK && error_is_denied();
}

weir_status directory_check(const directory *directory)
{
    file_info info;
    weir_status status = file_stat(directory->path, &info);
    if (status != WEIR_OK) return status;
    if (info.is_directory &&
        (file_exists(directory->checkpoints) || directory_has_log(directory)))
        return WEIR_OK;
    if (info.is_directory && is_hidden(directory)) return WEIR_IO;
    return error_set(WEIR_NO_ELEMENT, "%s: there are no checkpoints and no log here",
                     directory->path);
}

/* A directory that was there may be one whose name is not durable, as whoever made it was killed.
 * A parent that we may not read cannot be synced by us. */
static weir_status sync_name(const directory *directory)
{
    char *parent = join(directory->path, "..");
    weir_status status =
        access(parent, R_OK) == 0 ? file_sync_directory(parent) : WEIR_OK;
    free(parent);
    return status;
}

/* What is put below it, files of RocksDB in a checkpoint that is written, has names as well. */
static weir_status check_length(const char *path)
{
    enum { BELOW = 128 };
    size_t length = strlen(path);
    if (length + BELOW < PATH_MAX) return WEIR_OK;
    return error_set(WEIR_ILLEGAL_ARGUMENT,
                     "the path of the directory is too long: it has %zu bytes, and %d are the "
                     "most that leave room for what is put there (%.60s...)",
                     length, PATH_MAX - BELOW - 1, path);
}

weir_status directory_create(const directory *directory)
{
    weir_status status = check_length(directory->path);
    if (status == WEIR_OK) status = file_make_directories(directory->path);
    if (status == WEIR_OK && !file_exists(directory->checkpoints)) status = sync_name(directory);
    if (status == WEIR_OK) status = file_make_directory(directory->log);
    if (status == WEIR_OK) status = file_make_directory(directory->checkpoints);
    if (status == WEIR_OK) status = file_sync_directory(directory->path);
    return status;
}

/* The text in the lock file only explains; the lock is the flock. */
static weir_status refuse_locked(const char *path, int descriptor)
{
    char holder[256] = "";
    ssize_t got = pread(descriptor, holder, sizeof holder - 1, 0);
    if (got > 0) holder[got] = '\0';
    holder[strcspn(holder, "\n")] = '\0';
    return error_set(WEIR_LOCKED, "%s is held by another process (%s); stop that one first", path,
                     *holder ? holder : "it does not say which");
}

static void explain(int descriptor)
{
    char host[128] = "", boot[64] = "", text[256];
    gethostname(host, sizeof host - 1);
    int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        ssize_t got = read(file, boot, sizeof boot - 1);
        boot[got > 0 ? (size_t)got : 0] = '\0';
        boot[strcspn(boot, "\n")] = '\0';
        close(file);
    }
    int length = snprintf(text, sizeof text, "pid %ld on %s, boot %s\n", (long)getpid(), host,
                          boot);
    if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, text, (size_t)length, 0) != length)
        return;
}

weir_status directory_check_held(const directory *directory)
{
    char *path = join(directory->path, "lock");
    bool is_held = file_is_in_place(path, directory->lock);
    free(path);
    if (is_held) return WEIR_OK;
    return error_set(WEIR_IO,
                     "%s, or the file `lock` in it, was moved or removed while it was in use: "
                     "nothing is written to what is there now, which may be another context's; "
                     "what was acknowledged is where it was moved to",
                     directory->path);
}

static weir_status lock(const char *path, int *descriptor)
{
    *descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (*descriptor < 0)
        return error_prefix(error_set_errno(WEIR_IO, "%s", path),
                            "a context lasts in a directory that it can write to");
    if (flock(*descriptor, LOCK_EX | LOCK_NB) == 0) return WEIR_OK;
    weir_status status = errno == EWOULDBLOCK
                             ? refuse_locked(path, *descriptor)
                             : error_set_errno(WEIR_IO, "%s: cannot be locked", path);
    close(*descriptor);
    return status;
}

weir_status directory_lock(directory *directory)
{
    char *path = join(directory->path, "lock");
    int descriptor;
    weir_status status = lock(path, &descriptor);
    /* Between the two steps somebody may have removed what we opened. */
    while (status == WEIR_OK && !file_is_in_place(path, descriptor)) {
        close(descriptor);
        status = lock(path, &descriptor);
    }
    if (status == WEIR_OK) {
        explain(descriptor);
        directory->lock = descriptor;
    }
    free(path);
    return status;
}

weir_status directory_renew_live(const directory *directory, char **path)
{
    uint64_t random;
    char name[17];
    weir_status status = file_remove_tree(directory->live);
    if (status == WEIR_OK) status = file_make_directory(directory->live);
    if (status != WEIR_OK) return status;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return error_set_errno(WEIR_RUNTIME, "no random bytes for a name in %s", directory->live);
    snprintf(name, sizeof name, "%016" PRIx64, random);
    *path = join(directory->live, name);
    return WEIR_OK;
}

static int compare_times(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

static bool is_time(const char *name, int64_t *time_ms)
{
    char *end;
    errno = 0;
    *time_ms = strtoll(name, &end, 10);
    return end != name && *end == '\0' && errno == 0 && name[0] >= '0' && name[0] <= '9';
}

/* Those before a failure are not all: an older checkpoint would be taken for the newest one. */
static weir_status read_times(const directory *directory, DIR *opened, int64_t **times,
                              size_t *count)
{
    for (;;) {
        int64_t time_ms;
        errno = 0;
        const struct dirent *entry = readdir(opened);
        if (!entry && errno)
            return error_set_errno(WEIR_IO, "%s: cannot be listed", directory->checkpoints);
        if (!entry) return WEIR_OK;
        if (!is_time(entry->d_name, &time_ms)) continue;
        *times = memory_resize(*times, (*count + 1) * sizeof **times);
        (*times)[(*count)++] = time_ms;
    }
}

weir_status directory_list_checkpoints(const directory *directory, int64_t **times, size_t *count)
{
    *times = NULL;
    *count = 0;
    DIR *opened = opendir(directory->checkpoints);
    if (!opened) {
        if (errno == ENOENT) return WEIR_OK;
        if (errno == ENOTDIR)
            return error_set(WEIR_IO,
                             "%s is in the way: it, or what it is to be in, is no directory",
                             directory->path);
        return error_set_errno(WEIR_IO, "%s: cannot be listed", directory->checkpoints);
    }
    weir_status status = read_times(directory, opened, times, count);
    closedir(opened);
    if (status != WEIR_OK) {
        free(*times);
        *times = NULL;
        *count = 0;
        return status;
    }
    if (*count) qsort(*times, *count, sizeof **times, compare_times);
    return WEIR_OK;
}

char *directory_checkpoint_path(const directory *directory, int64_t time_ms, const char *name)
{
    size_t size = strlen(directory->checkpoints) + (name ? strlen(name) : 0) + 32;
    char *path = memory_alloc(size);
    snprintf(path, size, "%s/%" PRId64 "%s%s", directory->checkpoints, time_ms, name ? "/" : "",
             name ? name : "");
    return path;
}

int directory_descriptor(const char *path) { return open(path, O_PATH | O_CLOEXEC | O_DIRECTORY); }

/* What was set aside before is kept: the name has a number behind it then. */
static char *free_name(const char *quarantine, int64_t time_ms)
{
    size_t size = strlen(quarantine) + 64;
    char *name = memory_alloc(size);
    snprintf(name, size, "%s/%" PRId64, quarantine, time_ms);
    for (int i = 1; file_exists(name); i++)
        snprintf(name, size, "%s/%" PRId64 ".%d", quarantine, time_ms, i);
    return name;
}

static weir_status set_aside(const directory *directory, const char *quarantine, int64_t time_ms)
{
    char *from = directory_checkpoint_path(directory, time_ms, NULL);
    char *to = free_name(quarantine, time_ms);
    weir_status status = file_rename(from, to);
    if (status == WEIR_OK)
        log_line(WEIR_WARNING, "the checkpoint of %" PRId64 " ms is set aside: %s", time_ms, to);
    free(from);
    free(to);
    return status;
}

weir_status directory_set_aside(const directory *directory, int64_t time_ms)
{
    int64_t *times;
    size_t count;
    weir_status status = directory_list_checkpoints(directory, &times, &count);
    if (status != WEIR_OK) return status;
    if (count > 0 && times[count - 1] > time_ms) {
        char *quarantine = join(directory->checkpoints, "quarantine");
        status = file_make_directory(quarantine);
        for (size_t i = 0; i < count && status == WEIR_OK; i++)
            if (times[i] > time_ms) status = set_aside(directory, quarantine, times[i]);
        if (status == WEIR_OK) status = file_sync_directory(quarantine);
        if (status == WEIR_OK) status = file_sync_directory(directory->checkpoints);
        free(quarantine);
    }
    free(times);
    return status;
}

bool directory_has_log(const directory *directory)
{
    bool found = false;
    DIR *opened = opendir(directory->log);
    if (!opened) return false;
    for (struct dirent *entry; !found && (entry = readdir(opened));)
        found = strstr(entry->d_name, ".segment") != NULL;
    closedir(opened);
    return found;
}
