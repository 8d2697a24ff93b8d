/* What `bench log` runs: 1 MiB pieces of lines to a scratch directory in DIRECTORY, as fast as
 * they are acknowledged.
 *
 *   log_append disk DIRECTORY MIB           write, fdatasync, one after the other
 *   log_append log DIRECTORY MIB WAITING    blocks through the log, so many of them unanswered
 *
 * Prints `SECONDS SYNCS P50 P99`, the last two in microseconds from handing a piece over to its
 * answer. A program of its own, since it sees the rooms, where `bench` sees what is public. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "wal/log.h"

enum { PIECE = 1 << 20 };

typedef struct run {
    char *lines;
    size_t count;       /* of pieces */
    size_t waiting_max;
    int64_t *began_us;  /* [count] */
    int64_t *took_us;   /* [count] */
    uint64_t syncs;
    pthread_mutex_t mutex;
    pthread_cond_t answered;
    size_t waiting;     /* under the mutex, likewise the next */
    weir_status status;
} run;

static void fill(char *lines)
{
    uint32_t number = 1;
    for (size_t at = 0; at < PIECE;) {
        char line[20];
        number = number * 1664525 + 1013904223;
        int length = snprintf(line, sizeof line, "user%07u,%u\n", number % 10000000, number % 97);
        for (int i = 0; i < length && at < PIECE; i++) lines[at++] = line[i];
    }
    lines[PIECE - 1] = '\n';
}

/* --- The disk alone ------------------------------------------------------------------------- */

static weir_status write_pieces(run *run, int file, const char *path)
{
    for (size_t i = 0; i < run->count; i++) {
        int64_t begin_us = clock_monotonic_us();
        weir_status status = file_write(file, path, run->lines, PIECE);
        if (status == WEIR_OK) status = file_sync_data(file, path);
        if (status != WEIR_OK) return status;
        run->took_us[i] = clock_monotonic_us() - begin_us;
    }
    run->syncs = run->count;
    return WEIR_OK;
}

static weir_status use_disk(run *run, const char *directory)
{
    char path[5000];
    int file;
    snprintf(path, sizeof path, "%s/pieces", directory);
    weir_status status = file_create(path, &file);
    if (status != WEIR_OK) return status;
    status = write_pieces(run, file, path);
    file_close(file, path);
    return status;
}

/* --- The log -------------------------------------------------------------------------------- */

static void stored(void *user, block *block, weir_status status)
{
    run *run = user;
    pthread_mutex_lock(&run->mutex);
    if (status != WEIR_OK) run->status = status;
    run->took_us[block->number] = clock_monotonic_us() - run->began_us[block->number];
    run->waiting--;
    pthread_cond_signal(&run->answered);
    pthread_mutex_unlock(&run->mutex);
    block_drop(block);
}

static void append(run *run, block_log *log, size_t number)
{
    block *block = block_create(BLOCK_TEXT, 1, PIECE);
    memcpy(block->bytes, run->lines, PIECE);
    block->size = PIECE;
    block->number = number;
    pthread_mutex_lock(&run->mutex);
    while (run->waiting == run->waiting_max) pthread_cond_wait(&run->answered, &run->mutex);
    run->waiting++;
    pthread_mutex_unlock(&run->mutex);
    run->began_us[number] = clock_monotonic_us();
    log->class->append(log, block, stored, run);
}

static weir_status use_log(run *run, const char *directory)
{
    wal_options options = {.directory = directory};
    wal_log *log;
    weir_status status = wal_log_open(&log, &options, NULL);
    if (status != WEIR_OK) return status;
    block_log *door = wal_log_blocks(log);
    for (size_t i = 0; i < run->count; i++) append(run, door, i);
    door->class->drain(door);
    run->syncs = wal_log_statistics(log).syncs;
    wal_log_close(log);
    return run->status;
}

/* --- The program ---------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static weir_status use(run *run, bool is_log, const char *parent, int64_t *us)
{
    char directory[4096];
    snprintf(directory, sizeof directory, "%s/log-XXXXXX", parent);
    weir_status status = file_make_directories(parent);
    if (status != WEIR_OK) return status;
    if (!mkdtemp(directory)) return error_set_errno(WEIR_IO, "cannot make %s", directory);
    int64_t begin_us = clock_monotonic_us();
    status = is_log ? use_log(run, directory) : use_disk(run, directory);
    *us = clock_monotonic_us() - begin_us;
    weir_status removed = file_remove_tree(directory);
    return status == WEIR_OK ? removed : status;
}

static int measure(run *run, bool is_log, const char *parent)
{
    int64_t us = 0;
    if (use(run, is_log, parent, &us) != WEIR_OK) {
        fprintf(stderr, "log_append: %s\n", error_text());
        return 1;
    }
    qsort(run->took_us, run->count, sizeof *run->took_us, by_time);
    printf("%.6f %llu %lld %lld\n", (double)us / 1e6, (unsigned long long)run->syncs,
           (long long)run->took_us[run->count / 2],
           (long long)run->took_us[run->count * 99 / 100]);
    return 0;
}

int main(int argc, char **argv)
{
    bool is_log = argc == 5 && strcmp(argv[1], "log") == 0;
    if (!is_log && !(argc == 4 && strcmp(argv[1], "disk") == 0)) {
        fputs("usage: log_append disk DIRECTORY MIB | log DIRECTORY MIB WAITING\n", stderr);
        return 2;
    }
    run run = {.count = strtoul(argv[3], NULL, 10)};
    run.waiting_max = is_log ? strtoul(argv[4], NULL, 10) : 1;
    if (run.count == 0 || run.waiting_max == 0) return 2;
    pthread_mutex_init(&run.mutex, NULL);
    pthread_cond_init(&run.answered, NULL);
    run.lines = memory_alloc(PIECE);
    run.began_us = memory_zero_alloc(run.count, sizeof *run.began_us);
    run.took_us = memory_zero_alloc(run.count, sizeof *run.took_us);
    fill(run.lines);
    int code = measure(&run, is_log, argv[2]);
    free(run.took_us);
    free(run.began_us);
    free(run.lines);
    return code;
}
