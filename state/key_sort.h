/* Sorting encoded keys. */
#ifndef STATE_KEY_SORT_H
#define STATE_KEY_SORT_H

#include <stddef.h>
#include <stdint.h>

typedef struct sort_key {
    uint64_t word;     /* of the sort */
    const char *bytes; /* 8 bytes beyond the end can be read */
    uint32_t size;
    uint32_t index;    /* whatever the caller wants to find again */
} sort_key;

/* By memcmp, shorter first. All different. `spare`: room for as many. */
void sort_keys(sort_key *keys, size_t count, sort_key *spare);

#endif
