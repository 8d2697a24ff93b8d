/* Random numbers that are the same on every machine, and draws from a skewed distribution. */
#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* xoshiro256++ */
typedef struct random_state {
    uint64_t words[4];
} random_state;

void random_seed(random_state *random, uint64_t seed);
uint64_t random_next(random_state *random);
/* Below `limit` (> 0), as good as evenly. */
uint64_t random_below(random_state *random, uint64_t limit);

/* Rank i of `count` comes up in proportion to (i + 1)^-theta; theta 0 is even, 1 is Zipf's law. */
typedef struct skew {
    double *reached; /* [count]: the probability of this rank or one before it */
    uint32_t *guide; /* [count]: the first rank that reaches more than i / count */
    size_t count;
} skew;

void skew_init(skew *skew, size_t count, double theta);
void skew_release(skew *skew);
size_t skew_draw(const skew *skew, random_state *random);

#endif
