#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "state/key_sort.h"
#include "support/random_values.h"

enum { COUNT = 3000, SIZE_MAX_KEY = 40, PADDING = 8 };

static int compare(const void *a, const void *b)
{
    const sort_key *left = a, *right = b;
    size_t shorter = left->size < right->size ? left->size : right->size;
    int order = memcmp(left->bytes, right->bytes, shorter);
    return order ? order : (left->size > right->size) - (left->size < right->size);
}

typedef size_t (*key_maker)(random_source *random, size_t number, char *bytes);

static size_t make_any(random_source *random, size_t number, char *bytes)
{
    (void)number;
    size_t size = random_below(random, SIZE_MAX_KEY);
    for (size_t i = 0; i < size; i++) bytes[i] = (char)random_below(random, 256);
    return size;
}

/* Long common beginnings, few different bytes, zeros at ends. */
static size_t make_alike(random_source *random, size_t number, char *bytes)
{
    (void)number;
    size_t size = 12 + random_below(random, SIZE_MAX_KEY - 12);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(i % 11 == 10 || i > 25 ? random_below(random, 2) : 7);
    return size;
}

static size_t make_numbers(random_source *random, size_t number, char *bytes)
{
    (void)random;
    memcpy(bytes, "user00000000", 12);
    for (size_t i = 11, rest = number * 7919 % COUNT; rest; i--, rest /= 10)
        bytes[i] = (char)('0' + rest % 10);
    return 12;
}

static void sorts(key_maker make, size_t count)
{
    random_source random = {count};
    char *bytes = calloc(COUNT, SIZE_MAX_KEY + PADDING);
    sort_key *keys = calloc(COUNT, sizeof *keys), *spare = calloc(COUNT, sizeof *spare);
    sort_key *expected = calloc(COUNT, sizeof *expected);
    for (size_t i = 0; i < count; i++) {
        char *place = bytes + i * (SIZE_MAX_KEY + PADDING);
        keys[i].bytes = place;
        keys[i].size = (uint32_t)make(&random, i, place);
        memset(place + keys[i].size, 0x55, PADDING); /* must not count */
        keys[i].index = (uint32_t)i;
    }
    memcpy(expected, keys, COUNT * sizeof *keys);
    qsort(expected, count, sizeof *expected, compare);
    sort_keys(keys, count, spare);
    uint64_t seen = 0, all = 0;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(compare(&keys[i], &expected[i]), 0);
        seen += (uint64_t)keys[i].index * keys[i].index;
        all += (uint64_t)i * i;
    }
    assert_int_equal(seen, all);
    free(bytes);
    free(keys);
    free(spare);
    free(expected);
}

static void sorts_any_keys(void **state)
{
    (void)state;
    for (size_t count = 0; count < 60; count++) sorts(make_any, count);
    sorts(make_any, COUNT);
}

static void sorts_keys_that_are_much_alike(void **state)
{
    (void)state;
    sorts(make_alike, 100);
    sorts(make_alike, COUNT);
    sorts(make_numbers, COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_any_keys),
        cmocka_unit_test(sorts_keys_that_are_much_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
