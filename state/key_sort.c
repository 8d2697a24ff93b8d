/* What the keys have in common at the front is skipped, the next 8 bytes are sorted as numbers
 * (radix sort over those of the 8 bytes that differ), and runs of keys with equal numbers in the
 * same way again. */
#include "state/key_sort.h"

#include <stdlib.h>
#include <string.h>

enum { FEW = 24, RADIX = 256, LEVELS_MAX = 64 };

static int compare(const sort_key *a, const sort_key *b, size_t skip)
{
    size_t shorter = a->size < b->size ? a->size : b->size;
    int order = shorter > skip ? memcmp(a->bytes + skip, b->bytes + skip, shorter - skip) : 0;
    return order ? order : (a->size > b->size) - (a->size < b->size);
}

static int compare_whole(const void *a, const void *b)
{
    return compare(a, b, 0);
}

static void sort_few(sort_key *keys, size_t count, size_t skip)
{
    for (size_t i = 1; i < count; i++) {
        sort_key key = keys[i];
        size_t at = i;
        for (; at > 0 && compare(&keys[at - 1], &key, skip) > 0; at--) keys[at] = keys[at - 1];
        keys[at] = key;
    }
}

/* The 8 bytes from `skip` on, as a number in their order; 0 behind the end. */
static inline uint64_t word_at(const sort_key *key, size_t skip)
{
    if (key->size <= skip) return 0;
    uint64_t word;
    memcpy(&word, key->bytes + skip, 8);
    word = __builtin_bswap64(word);
    size_t left = key->size - skip;
    return left >= 8 ? word : word & ~(UINT64_MAX >> 8 * left);
}

static size_t common_length(const sort_key *keys, size_t count, size_t skip)
{
    size_t common = keys[0].size;
    for (size_t i = 1; i < count; i++) {
        if (keys[i].size < common) common = keys[i].size;
        size_t same = skip;
        while (same + 8 <= common && word_at(&keys[0], same) == word_at(&keys[i], same)) same += 8;
        while (same < common && keys[0].bytes[same] == keys[i].bytes[same]) same++;
        common = same;
    }
    return common;
}

/* Stable, by one byte of the words. */
static void scatter(const sort_key *from, sort_key *to, size_t count, unsigned shift)
{
    size_t places[RADIX] = {0};
    for (size_t i = 0; i < count; i++) places[from[i].word >> shift & 0xff]++;
    for (size_t i = 0, sum = 0; i < RADIX; i++) {
        size_t here = places[i];
        places[i] = sum;
        sum += here;
    }
    for (size_t i = 0; i < count; i++) to[places[from[i].word >> shift & 0xff]++] = from[i];
}

static void sort_level(sort_key *keys, size_t count, sort_key *spare, size_t skip, int level);

/* Runs whose words are equal differ behind the words, or (at their end) in length. */
static void sort_runs(sort_key *keys, size_t count, sort_key *spare, size_t skip, int level)
{
    for (size_t begin = 0, end; begin < count; begin = end) {
        for (end = begin + 1; end < count && keys[end].word == keys[begin].word; end++) continue;
        if (end - begin > 1) sort_level(keys + begin, end - begin, spare, skip, level + 1);
    }
}

static void sort_level(sort_key *keys, size_t count, sort_key *spare, size_t skip, int level)
{
    if (count <= FEW) {
        sort_few(keys, count, skip);
        return;
    }
    skip = common_length(keys, count, skip);
    uint64_t differ = 0;
    for (size_t i = 0; i < count; i++) {
        keys[i].word = word_at(&keys[i], skip);
        differ |= keys[i].word ^ keys[0].word;
    }
    if (differ == 0 || level == LEVELS_MAX) { /* keys that are made to be slow here */
        qsort(keys, count, sizeof *keys, compare_whole);
        return;
    }
    sort_key *from = keys, *to = spare;
    for (unsigned shift = 0; shift < 64; shift += 8) {
        if ((differ >> shift & 0xff) == 0) continue;
        scatter(from, to, count, shift);
        sort_key *other = from;
        from = to;
        to = other;
    }
    if (from != keys) memcpy(keys, from, count * sizeof *keys);
    sort_runs(keys, count, spare, skip, level);
}

void sort_keys(sort_key *keys, size_t count, sort_key *spare)
{
    if (count > 1) sort_level(keys, count, spare, 0, 0);
}
