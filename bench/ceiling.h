/* The limit of the machine: the same work as the engine's, in loops written for it alone. Wide
 * instructions find the delimiters, keys stand inline in one table, and every look-up is asked for
 * ahead of time. No records, no functions, no partitions, no batches.
 *
 * Files are read whole, one after another; reading is measured. With two threads each takes half
 * of every file. */
#ifndef BENCH_CEILING_H
#define BENCH_CEILING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ceiling ceiling;

typedef struct ceiling_result {
    double seconds;
    uint64_t records;  /* words or events */
    uint64_t distinct; /* words: different ones of each file, added up; events: different keys */
} ceiling_result;

enum { CEILING_THREADS = 2 };

/* Makes room for the biggest file. Paths are borrowed. A failure prints why; NULL. */
ceiling *ceiling_create(char *const *paths, size_t count);
void ceiling_free(ceiling *ceiling);
/* Counts each word of each file by itself; two threads count on their own, then merge. */
bool ceiling_words(ceiling *ceiling, int threads, ceiling_result *result);
/* From now on sums are made to last: after every `files` files the whole table is written to a new
 * file, which is synced and takes the place of `path` (borrowed). */
void ceiling_dump_every(ceiling *ceiling, size_t files, const char *path);
/* Adds the value of each line "key,value" to the sum of the key, over all files; two threads pass
 * on to each other what belongs to the other's half of the keys. */
bool ceiling_sums(ceiling *ceiling, int threads, ceiling_result *result);
/* The same over the last `files` files, after each file: it is reduced by itself and put into
 * the sums, and what the oldest gave is taken out; every sum that is left is counted
 * (`distinct`, added up). One thread. */
bool ceiling_window(ceiling *ceiling, size_t files, ceiling_result *result);
/* Seconds that it takes to copy so many keys and values out of a table, one after another. */
double ceiling_emit(uint64_t count);

#endif
