#include "ingest/path_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { CAPACITY_MIN = 16 };

/* FNV-1a */
static uint64_t hash_path(const char *path)
{
    uint64_t hash = 0xcbf29ce484222325U;
    for (; *path; path++) hash = (hash ^ (unsigned char)*path) * 0x100000001b3U;
    return hash ^ (hash >> 32);
}

/* Where the path stands, or where it would. */
static path_entry *find_place(const path_set *set, const char *path, uint64_t hash)
{
    for (size_t at = hash;; at++) {
        path_entry *entry = &set->entries[at & (set->capacity - 1)];
        if (!entry->path) return entry;
        if (entry->hash == hash && strcmp(entry->path, path) == 0) return entry;
    }
}

path_entry *path_set_find(const path_set *set, const char *path)
{
    if (set->count == 0) return NULL;
    path_entry *entry = find_place(set, path, hash_path(path));
    return entry->path ? entry : NULL;
}

/* Takes the path of the entry, which is not in the set. */
static void put(path_set *set, path_entry entry)
{
    *find_place(set, entry.path, entry.hash) = entry;
    set->count++;
}

static void resize(path_set *set, size_t capacity)
{
    path_set old = *set;
    set->entries = memory_zero_alloc(capacity, sizeof(set->entries[0]));
    set->capacity = capacity;
    set->count = 0;
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.entries[i].path) put(set, old.entries[i]);
    }
    free(old.entries);
}

void path_set_add(path_set *set, const char *path, int64_t stamp, int64_t modified_ms)
{
    path_entry *known = path_set_find(set, path);
    if (known) {
        known->stamp = stamp;
        known->modified_ms = modified_ms;
        return;
    }
    if (2 * (set->count + 1) > set->capacity)
        resize(set, set->capacity ? 2 * set->capacity : CAPACITY_MIN);
    put(set, (path_entry){memory_copy_text(path), hash_path(path), stamp, modified_ms});
}

/* Holes would end the search for others too early: places the rest anew. */
static void close_holes(path_set *set, size_t removed)
{
    if (removed) resize(set, set->capacity);
}

void path_set_expire(path_set *set, int64_t least, path_set *to, int64_t stamp)
{
    size_t removed = 0;
    for (size_t i = 0; i < set->capacity; i++) {
        path_entry *entry = &set->entries[i];
        if (!entry->path || entry->stamp >= least) continue;
        if (to) path_set_add(to, entry->path, stamp, entry->modified_ms);
        free(entry->path);
        entry->path = NULL;
        removed++;
    }
    close_holes(set, removed);
}

void path_set_release(path_set *set)
{
    for (size_t i = 0; i < set->capacity; i++) free(set->entries[i].path);
    free(set->entries);
    memset(set, 0, sizeof *set);
}
