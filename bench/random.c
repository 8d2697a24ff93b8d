#include "bench/random.h"

#include <math.h>
#include <stdlib.h>

#include "bench/memory.h"

static uint64_t turned(uint64_t word, int bits) { return word << bits | word >> (64 - bits); }

void random_seed(random_state *random, uint64_t seed)
{
    for (size_t i = 0; i < 4; i++) {
        /* Any words will do, but all four zero. */
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        random->words[i] = seed ^ seed >> 32;
    }
    for (int i = 0; i < 16; i++) (void)random_next(random);
}

uint64_t random_next(random_state *random)
{
    uint64_t *s = random->words;
    uint64_t result = turned(s[0] + s[3], 23) + s[0], mixed = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= mixed;
    s[3] = turned(s[3], 45);
    return result;
}

uint64_t random_below(random_state *random, uint64_t limit)
{
    /* The limits here are so far below 2^32 that the rest of the division does not show. */
    return random_next(random) % limit;
}

static double random_fraction(random_state *random)
{
    return (double)(random_next(random) >> 11) * 0x1.0p-53;
}

void skew_init(skew *skew, size_t count, double theta)
{
    skew->count = count;
    skew->reached = memory_need(malloc(count * sizeof *skew->reached));
    skew->guide = memory_need(malloc(count * sizeof *skew->guide));
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += pow((double)(i + 1), -theta);
        skew->reached[i] = sum;
    }
    size_t rank = 0;
    for (size_t i = 0; i < count; i++) skew->reached[i] /= sum;
    for (size_t i = 0; i < count; i++) {
        while (rank + 1 < count && skew->reached[rank] * (double)count <= (double)i) rank++;
        skew->guide[i] = (uint32_t)rank;
    }
}

void skew_release(skew *skew)
{
    free(skew->reached);
    free(skew->guide);
}

size_t skew_draw(const skew *skew, random_state *random)
{
    double fraction = random_fraction(random);
    size_t rank = skew->guide[(size_t)(fraction * (double)skew->count)];
    while (rank + 1 < skew->count && skew->reached[rank] <= fraction) rank++;
    return rank;
}
