#include "base/large_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

enum { STEP = 8 << 20, REST_MS = 10 };

static int open_directory(const char *directory)
{
    return open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Somebody may give it another name meanwhile. */
static bool is_only_ours(int descriptor, off_t *size)
{
    struct stat is;
    if (fstat(descriptor, &is) != 0) return false;
    *size = is.st_size;
    return S_ISREG(is.st_mode) && is.st_nlink == 1;
}

/* What fails is removed as it is. */
static void empty(int directory, const char *name, int64_t *rests_ms)
{
    off_t size;
    int descriptor = openat(directory, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) return;
    bool is_large = is_only_ours(descriptor, &size) && size > STEP;
    while (is_large && *rests_ms > 0 && is_only_ours(descriptor, &size) && size > 0) {
        if (ftruncate(descriptor, size > STEP ? size - STEP : 0) != 0) break;
        clock_sleep_ms(REST_MS);
        *rests_ms -= REST_MS;
    }
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
