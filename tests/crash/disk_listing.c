/* Directories that are listed: by name, whatever order the file system has, as it is when they are
 * opened. */
#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "crash/disk_calls.h"
#include "crash/turns.h"

typedef struct listing {
    struct listing *next;
    DIR *of;
    struct dirent *entries;
    size_t count;
    size_t at;
} listing;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static listing *listings; /* under the mutex; what one says is its reader's */

DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);
DIR *__real_fdopendir(int descriptor);
DIR *__wrap_fdopendir(int descriptor);
struct dirent *__real_readdir(DIR *of);
struct dirent *__wrap_readdir(DIR *of);
int __real_closedir(DIR *of);
int __wrap_closedir(DIR *of);

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct dirent *)a)->d_name, ((const struct dirent *)b)->d_name);
}

static DIR *keep(DIR *of)
{
    if (!of) return NULL;
    listing *made = memory_zero_alloc(1, sizeof *made);
    made->of = of;
    for (const struct dirent *entry; (entry = __real_readdir(of));) {
        size_t count = made->count;
        bool is_full = count >= 8 && (count & (count - 1)) == 0;
        if (count == 0 || is_full)
            made->entries =
                memory_resize(made->entries, (count ? 2 * count : 8) * sizeof *made->entries);
        made->entries[made->count++] = *entry;
    }
    if (made->count) qsort(made->entries, made->count, sizeof *made->entries, by_name);
    turns_plain_lock(&mutex);
    made->next = listings;
    listings = made;
    turns_plain_unlock(&mutex);
    return of;
}

DIR *__wrap_opendir(const char *path)
{
    disk_lock();
    bool can = !disk_has(path) || disk_can_read();
    disk_unlock();
    return can ? keep(__real_opendir(path)) : NULL;
}

DIR *__wrap_fdopendir(int descriptor) { return keep(__real_fdopendir(descriptor)); }

static listing **find(const DIR *of)
{
    listing **at = &listings;
    while (*at && (*at)->of != of) at = &(*at)->next;
    return at;
}

struct dirent *__wrap_readdir(DIR *of)
{
    turns_plain_lock(&mutex);
    listing *found = *find(of);
    turns_plain_unlock(&mutex);
    return found->at < found->count ? &found->entries[found->at++] : NULL;
}

int __wrap_closedir(DIR *of)
{
    turns_plain_lock(&mutex);
    listing **at = find(of), *found = *at;
    *at = found->next;
    turns_plain_unlock(&mutex);
    free(found->entries);
    free(found);
    disk_calls_forget_one(dirfd(of));
    return __real_closedir(of);
}
