/* A set of paths, each with a stamp and the time of its file. Zero-initialised is empty. One
 * thread at a time. */
#ifndef INGEST_PATH_SET_H
#define INGEST_PATH_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct path_entry {
    char *path; /* NULL: free */
    uint64_t hash;
    int64_t stamp;
    int64_t modified_ms;
} path_entry;

typedef struct path_set {
    path_entry *entries; /* open addressing; a power of two of them, or none */
    size_t capacity;
    size_t count;
} path_set;

/* The entry of the path, or NULL. Valid until the set changes; its numbers may be set. */
path_entry *path_set_find(const path_set *set, const char *path);
/* Adds a copy of the path, or sets the numbers of the one that is there. */
void path_set_add(path_set *set, const char *path, int64_t stamp, int64_t modified_ms);
/* Removes the paths with a stamp below `least`; adds them to `to`, if it is not NULL, with
 * `stamp`. */
void path_set_expire(path_set *set, int64_t least, path_set *to, int64_t stamp);
void path_set_release(path_set *set);

#endif
