/* What the benchmarks read: files made once from fixed seeds, and kept beside the program. */
#ifndef BENCH_INPUTS_H
#define BENCH_INPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct inputs {
    char **paths;
    size_t count;
    uint64_t records; /* words or events in all files together */
    uint64_t bytes;
} inputs;

/* `files` files of `words` words (a multiple of ten), ten a line: 100,000 different words of 3 to
 * 10 letters, by Zipf's law. A failure prints why. */
bool inputs_words(inputs *inputs, const char *directory, size_t files, uint64_t words);
/* `files` files of `events` lines "userNNNNNNN,V", V from 0 to 99, over `keys` users: even for
 * theta 0, else skewed, the frequent users scattered. */
bool inputs_events(inputs *inputs, const char *directory, size_t files, uint64_t events,
                   uint64_t keys, double theta);
/* `files` files of `users` such lines, in which every user comes once: the first users in the
 * first file, and so on. */
bool inputs_users(inputs *inputs, const char *directory, size_t files, uint64_t users);
void inputs_release(inputs *inputs);

#endif
