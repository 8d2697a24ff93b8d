/* What `bench state-over-budget` runs beside weir: the running sum as one would write it first,
 * with RocksDB and nothing else: each event is a get and a put.
 *
 *   rocks_loop DIRECTORY MEMORY_MIB LOAD_FILES FILE...
 *
 * The first LOAD_FILES files fill the database, the others are measured. RocksDB has the memory
 * that it is given: a quarter for write buffers, the rest as block cache. Filters and indexes come
 * on top, as by default: in a cache of this size they would push each other out all the time. No
 * log, no sync, no checkpoint. Prints events in M/s, and the most resident memory in
 * MiB. */
#include <errno.h>
#include <rocksdb/c.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "bench/rooms/resident.h"

enum { PROCESSORS = 2, WRITE_BUFFERS = 2, BITS_PER_KEY = 10, LINE_ROOM = 256 };

typedef struct loop {
    rocksdb_t *database;
    rocksdb_options_t *options;
    rocksdb_readoptions_t *read;
    rocksdb_writeoptions_t *write;
    uint64_t events;
} loop;

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "rocks_loop: %s: %s\n", what, why);
    exit(1);
}

static void open_database(loop *loop, const char *path, size_t memory)
{
    char *error = NULL;
    rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();
    rocksdb_block_based_options_set_filter_policy(
        table, rocksdb_filterpolicy_create_bloom_full(BITS_PER_KEY));
    rocksdb_block_based_options_set_block_cache(table,
                                                rocksdb_cache_create_lru(memory / 4 * 3));
    loop->options = rocksdb_options_create();
    rocksdb_options_set_create_if_missing(loop->options, 1);
    rocksdb_options_increase_parallelism(loop->options, PROCESSORS);
    rocksdb_options_set_write_buffer_size(loop->options, memory / 4 / WRITE_BUFFERS);
    rocksdb_options_set_max_write_buffer_number(loop->options, WRITE_BUFFERS);
    rocksdb_options_set_block_based_table_factory(loop->options, table);
    loop->read = rocksdb_readoptions_create();
    loop->write = rocksdb_writeoptions_create();
    rocksdb_writeoptions_disable_WAL(loop->write, 1);
    loop->database = rocksdb_open(loop->options, path, &error);
    if (error) fail(path, error);
}

static void add(loop *loop, const char *key, size_t size, int64_t number)
{
    char *error = NULL;
    size_t old_size;
    char *old = rocksdb_get(loop->database, loop->read, key, size, &old_size, &error);
    if (error) fail("get", error);
    int64_t sum = 0;
    if (old && old_size == sizeof sum) memcpy(&sum, old, sizeof sum);
    free(old);
    sum += number;
    rocksdb_put(loop->database, loop->write, key, size, (const char *)&sum, sizeof sum, &error);
    if (error) fail("put", error);
    loop->events++;
}

static void add_file(loop *loop, const char *path)
{
    char line[LINE_ROOM];
    FILE *file = fopen(path, "r");
    if (!file) fail(path, strerror(errno));
    while (fgets(line, sizeof line, file)) {
        const char *comma = strchr(line, ',');
        if (comma) add(loop, line, (size_t)(comma - line), strtoll(comma + 1, NULL, 10));
    }
    fclose(file);
}

int main(int count, char **words)
{
    if (count < 5) return 2;
    char path[4096];
    loop loop = {0};
    size_t memory = strtoull(words[2], NULL, 10) << 20;
    int first = 4 + atoi(words[3]);
    snprintf(path, sizeof path, "%s/rocks_loop.database", words[1]);
    if (file_remove_tree(path) != WEIR_OK) fail(path, error_text());
    open_database(&loop, path, memory);
    for (int i = 4; i < first && i < count; i++) add_file(&loop, words[i]);
    loop.events = 0;
    int64_t begin_us = clock_monotonic_us();
    for (int i = first; i < count; i++) add_file(&loop, words[i]);
    double us = (double)(clock_monotonic_us() - begin_us);
    printf("%.6f %.1f\n", (double)loop.events / us, resident_mib());
    rocksdb_close(loop.database);
    rocksdb_readoptions_destroy(loop.read);
    rocksdb_writeoptions_destroy(loop.write);
    rocksdb_options_destroy(loop.options);
    if (file_remove_tree(path) != WEIR_OK) fail(path, error_text());
    return 0;
}
