#include "base/large_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

enum { STEP = 8 << 20, REST_MS = 10 };

static int open_directory(const char *directory)
{
    return open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Somebody may give it another name meanwhile. */
static bool has_names(int descriptor, nlink_t names, off_t *size)
{
    struct stat is;
    if (fstat(descriptor, &is) != 0) return false;
    *size = is.st_size;
    return S_ISREG(is.st_mode) && is.st_nlink == names;
}

static int open_large(int directory, const char *name)
{
    return openat(directory, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/* As long as it has so many names. What fails is removed as it is. */
static void shorten(int descriptor, nlink_t names, int64_t *rests_ms)
{
    off_t size;
    bool is_large = has_names(descriptor, names, &size) && size > STEP;
    while (is_large && *rests_ms > 0 && has_names(descriptor, names, &size) && size > 0) {
        if (ftruncate(descriptor, size > STEP ? size - STEP : 0) != 0) break;
        clock_sleep_ms(REST_MS);
        *rests_ms -= REST_MS;
    }
}

static void empty(int directory, const char *name, int64_t *rests_ms)
{
    int descriptor = open_large(directory, name);
    if (descriptor < 0) return;
    shorten(descriptor, 1, rests_ms);
    close(descriptor);
}

void large_files_empty(const char *directory, int64_t rests_ms)
{
    int descriptor = open_directory(directory);
    if (descriptor < 0) return;
    /* The lock lasts as long as the listing, to which the descriptor is given. */
    DIR *listing = flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? fdopendir(descriptor) : NULL;
    if (!listing) {
        close(descriptor);
        return;
    }
    for (struct dirent *entry; rests_ms > 0 && (entry = readdir(listing)) != NULL;)
        empty(descriptor, entry->d_name, &rests_ms);
    closedir(listing);
}

int large_files_hold(const char *directory)
{
    int descriptor = open_directory(directory);
    if (descriptor < 0 || flock(descriptor, LOCK_SH | LOCK_NB) == 0) return descriptor;
    close(descriptor);
    return -1;
}

void large_files_release(int held)
{
    if (held >= 0) close(held);
}

weir_status large_file_remove(const char *path, int64_t *rests_ms)
{
    int descriptor = open_large(AT_FDCWD, path);
    weir_status status = file_remove_tree(path);
    if (descriptor < 0) return status;
    if (status == WEIR_OK && flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        shorten(descriptor, 0, rests_ms);
    close(descriptor);
    return status;
}

/* Where a file system knows no locks, nothing is shortened either. */
bool large_file_hold(int descriptor)
{
    return flock(descriptor, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}
