#include "state/pane_merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log_line.h"
#include "base/memory.h"

enum { MANY = 8 };

/* Files of a size between two limits wait for MANY of their kind: merged they are of the next. */
static const size_t limits[] = {8 << 10, 64 << 10, 512 << 10, 4 << 20};
enum { LIMITS = sizeof limits / sizeof limits[0] };

typedef struct file {
    size_t bytes;
    const char *first; /* keys; borrowed from the list */
    size_t first_size;
    const char *last;
    size_t last_size;
} file;

static int by_key(const void *a, const void *b)
{
    const file *left = a, *right = b;
    size_t shorter = left->first_size < right->first_size ? left->first_size : right->first_size;
    int order = memcmp(left->first, right->first, shorter);
    return order ? order : (left->first_size > right->first_size) -
                               (left->first_size < right->first_size);
}

/* Those of the family, by rising keys. The caller frees them. */
static file *list_family(const rocksdb_livefiles_t *list, const char *family, size_t *count)
{
    int all = rocksdb_livefiles_count(list);
    file *files = memory_alloc(((size_t)all + 1) * sizeof *files);
    *count = 0;
    for (int i = 0; i < all; i++) {
        if (strcmp(rocksdb_livefiles_column_family_name(list, i), family) != 0) continue;
        file *file = &files[(*count)++];
        file->bytes = rocksdb_livefiles_size(list, i);
        file->first = rocksdb_livefiles_smallestkey(list, i, &file->first_size);
        file->last = rocksdb_livefiles_largestkey(list, i, &file->last_size);
    }
    if (*count) qsort(files, *count, sizeof *files, by_key);
    return files;
}

/* How many of the youngest to merge; 0: none. */
static size_t choose(const file *files, size_t count)
{
    for (size_t i = 0; i < LIMITS; i++) {
        size_t run = 0, of_kind = 0, least = i > 0 ? limits[i - 1] : 0;
        for (; run < count && files[count - run - 1].bytes < limits[i]; run++)
            of_kind += files[count - run - 1].bytes >= least;
        if (of_kind >= MANY) return run;
    }
    return 0;
}

/* A merge that finds the disk full stops RocksDB's merging for some time, or for good; one that is
 * left out comes with the next checkpoint. What else is written meanwhile is the second half. */
static bool has_room(const database *database, const file *files, size_t count)
{
    enum { SPARE = 1 << 20 };
    int64_t needed = SPARE;
    for (size_t i = 0; i < count; i++) needed += 2 * (int64_t)files[i].bytes;
    return file_room(database->directory) >= needed;
}

static void merge(database *database, rocksdb_column_family_handle_t *family, const file *from,
                  const file *to)
{
    rocksdb_compactoptions_t *options = rocks_merge_options();
    rocksdb_compact_range_cf_opt(database->rocks, family, options, from->first, from->first_size,
                                 to->last, to->last_size);
    rocksdb_compactoptions_destroy(options);
}

/* RocksDB does not say how it went; but then there are as many files as before. */
static bool is_merged(const database *database, const char *family, size_t before)
{
    size_t count;
    const rocksdb_livefiles_t *list = rocksdb_livefiles(database->rocks);
    free(list_family(list, family, &count));
    rocksdb_livefiles_destroy(list);
    return count < before;
}

bool pane_merge(database *database, const char *name, rocksdb_column_family_handle_t *family)
{
    buffer quoted = {0};
    size_t count;
    database_quote(&quoted, COLUMN_PANES, name);
    buffer_append(&quoted, "", 1);
    const rocksdb_livefiles_t *list = rocksdb_livefiles(database->rocks);
    file *files = list_family(list, quoted.bytes, &count);
    size_t run = choose(files, count);
    bool is_good = true;
    if (run > 0 && has_room(database, &files[count - run], run)) {
        merge(database, family, &files[count - run], &files[count - 1]);
        is_good = is_merged(database, quoted.bytes, count);
    }
    if (!is_good)
        log_line(WEIR_WARNING,
                 "%s: %zu small files of the panes of \"%s\" could not be merged (is the disk "
                 "full?); nothing is lost, but if checkpoints fail from now on, start again",
                 database->directory, run, name);
    rocksdb_livefiles_destroy(list);
    buffer_release(&quoted);
    free(files);
    return is_good;
}
