#include "context/machine.h"

#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

enum { TEXT_MAX = 4096 };

size_t machine_processors(void)
{
    cpu_set_t mine;
    if (sched_getaffinity(0, sizeof mine, &mine) == 0 && CPU_COUNT(&mine) > 0)
        return (size_t)CPU_COUNT(&mine);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (size_t)online : 1;
}

/* A small file as text; "" if there is none. */
static void read_text(const char *path, char text[TEXT_MAX])
{
    text[0] = '\0';
    int descriptor;
    size_t got = 0;
    if (!file_exists(path) || file_open_read(path, &descriptor) != WEIR_OK) return;
    if (file_read_at(descriptor, path, text, TEXT_MAX - 1, 0, &got) != WEIR_OK) got = 0;
    text[got] = '\0';
    (void)file_close(descriptor, path);
}

/* The limit that a file states; SIZE_MAX if it states none ("max"). */
static size_t read_limit(const char *path)
{
    char text[TEXT_MAX];
    read_text(path, text);
    char *end;
    unsigned long long limit = strtoull(text, &end, 10);
    return end == text || limit == 0 || limit > SIZE_MAX ? SIZE_MAX : (size_t)limit;
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Version 2: limits on the way from our own group up to the root, each of which holds. */
static size_t cgroup_limit(void)
{
    char text[TEXT_MAX];
    read_text("/proc/self/cgroup", text);
    char *group = strstr(text, "0::/");
    if (!group) return SIZE_MAX;
    group += 3;
    group[strcspn(group, "\n")] = '\0';
    size_t limit = SIZE_MAX;
    for (;;) {
        char path[TEXT_MAX + 64];
        snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.max", group);
        limit = least(limit, read_limit(path));
        char *slash = strrchr(group, '/');
        if (!slash) return limit;
        *slash = '\0';
    }
}

size_t machine_memory_bytes(void)
{
    long pages = sysconf(_SC_PHYS_PAGES);
    long page_bytes = sysconf(_SC_PAGESIZE);
    size_t memory = pages > 0 && page_bytes > 0 ? (size_t)pages * (size_t)page_bytes : SIZE_MAX;
    memory = least(memory, cgroup_limit());
    size_t version_1 = read_limit("/sys/fs/cgroup/memory/memory.limit_in_bytes");
    return least(memory, version_1);
}
