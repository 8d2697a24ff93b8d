/* What `bench restart-update` measures a restart by: opening the state of a checkpoint with
 * RocksDB alone, and reading every key and value once, in order.
 *
 *   state_scan DIRECTORY SCRATCH
 *
 * DIRECTORY is a context's, SCRATCH is made and removed. Prints milliseconds for both together,
 * and the number of keys. */
#include <dirent.h>
#include <rocksdb/c.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "state/restore.h"

enum { READAHEAD = 2 << 20 };

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "state_scan: %s: %s\n", what, why);
    exit(1);
}

/* Checkpoints have their time for a name. */
static long long newest_checkpoint(const char *directory)
{
    char path[4096];
    long long newest = -1;
    snprintf(path, sizeof path, "%s/checkpoints", directory);
    DIR *folder = opendir(path);
    if (!folder) fail(path, "cannot be read");
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char *end;
        long long time = strtoll(entry->d_name, &end, 10);
        if (*end == '\0' && time > newest) newest = time;
    }
    closedir(folder);
    if (newest < 0) fail(path, "no checkpoint is there");
    return newest;
}

static uint64_t scan_family(rocksdb_t *database, rocksdb_column_family_handle_t *family,
                            const rocksdb_readoptions_t *read)
{
    uint64_t keys = 0;
    char *error = NULL;
    volatile char last = 0;
    rocksdb_iterator_t *at = rocksdb_create_iterator_cf(database, read, family);
    for (rocksdb_iter_seek_to_first(at); rocksdb_iter_valid(at); rocksdb_iter_next(at)) {
        size_t key_size, size;
        const char *key = rocksdb_iter_key(at, &key_size);
        const char *value = rocksdb_iter_value(at, &size);
        last = (char)(key[key_size - 1] ^ value[size - 1]);
        keys++;
    }
    (void)last;
    rocksdb_iter_get_error(at, &error);
    if (error) fail("scan", error);
    rocksdb_iter_destroy(at);
    return keys;
}

/* All families but the default one, which is first: it holds no state. */
static uint64_t scan_all(const char *path)
{
    char *error = NULL;
    size_t count;
    uint64_t keys = 0;
    rocksdb_options_t *options = rocksdb_options_create();
    char **names = rocksdb_list_column_families(options, path, &count, &error);
    if (error) fail(path, error);
    const rocksdb_options_t **each = memory_alloc(count * sizeof *each);
    rocksdb_column_family_handle_t **families = memory_alloc(count * sizeof *families);
    for (size_t i = 0; i < count; i++) each[i] = options;
    rocksdb_t *database = rocksdb_open_column_families(options, path, (int)count,
                                                       (const char *const *)names, each, families,
                                                       &error);
    if (error) fail(path, error);
    rocksdb_readoptions_t *read = rocksdb_readoptions_create();
    rocksdb_readoptions_set_fill_cache(read, 0);
    rocksdb_readoptions_set_readahead_size(read, READAHEAD);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], "default") != 0) keys += scan_family(database, families[i], read);
        rocksdb_column_family_handle_destroy(families[i]);
    }
    rocksdb_close(database);
    rocksdb_readoptions_destroy(read);
    rocksdb_list_column_families_destroy(names, count);
    rocksdb_options_destroy(options);
    free(families);
    free(each);
    return keys;
}

int main(int count, char **words)
{
    char state[4200];
    if (count != 3) return 2;
    snprintf(state, sizeof state, "%s/checkpoints/%lld/state", words[1],
             newest_checkpoint(words[1]));
    if (state_restore(state, words[2]) != WEIR_OK) fail(state, error_text());
    int64_t begin_us = clock_monotonic_us();
    uint64_t keys = scan_all(words[2]);
    printf("%.3f %llu\n", (double)(clock_monotonic_us() - begin_us) / 1000,
           (unsigned long long)keys);
    if (file_remove_tree(words[2]) != WEIR_OK) fail(words[2], error_text());
    return 0;
}
