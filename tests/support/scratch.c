#include "support/scratch.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Several tests run at a time; the largest writes 300 MB. */
#define MEMORY_ROOM ((uint64_t)512 << 20)

static bool make_below(const char *parent, char *path, size_t size, const char *name)
{
    int length = snprintf(path, size, "%s/%s-XXXXXX", parent, name);
    return length > 0 && (size_t)length < size && mkdtemp(path);
}

static bool memory_has_room(void)
{
    struct statvfs found;
    if (access("/dev/shm", W_OK | X_OK) != 0 || statvfs("/dev/shm", &found) != 0) return false;
    return (uint64_t)found.f_bavail * found.f_frsize >= MEMORY_ROOM;
}

bool scratch_make(char *path, size_t size, const char *name)
{
    const char *wanted = getenv("TMPDIR");
    if (wanted && make_below(wanted, path, size, name)) return true;
    return make_below("/tmp", path, size, name);
}

bool scratch_make_in_memory(char *path, size_t size, const char *name)
{
    if (!getenv("TMPDIR") && memory_has_room() && make_below("/dev/shm", path, size, name))
        return true;
    return scratch_make(path, size, name);
}
