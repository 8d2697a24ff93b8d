/* Keys and their numbers: every key has a small one, dense and its own until it is removed; then
 * the number is given to another. So that what is known about keys can stand in arrays. One thread
 * at a time. */
#ifndef RECORD_KEY_NUMBERS_H
#define RECORD_KEY_NUMBERS_H

#include "base/arena.h"
#include "record/probe.h"

typedef struct key_numbers {
    table_slot *slots; /* a power of two of them, mask + 1 */
    size_t mask;
    weir_value *keys; /* by number; absent where nobody has it */
    size_t count;     /* numbers in use, or free, are below it */
    size_t capacity;
    uint32_t *freed;  /* numbers that nobody has, the next one last */
    size_t freed_count;
    size_t freed_capacity;
    arena bytes; /* of long keys; those of removed ones go when they are half of it */
    size_t bytes_live;
    bool is_wasteful; /* they are */
    memory_budget *budget; /* or NULL */
} key_numbers;

void key_numbers_init(key_numbers *numbers, memory_budget *budget);
void key_numbers_release(key_numbers *numbers);
static inline size_t key_numbers_used(const key_numbers *numbers)
{
    return numbers->count - numbers->freed_count;
}

/* The numbers of `count` (<= WEIR_VECTOR_SIZE) keys, given to those that have none; these keys are
 * copied. An absent key counts as null. What the keys here reach may move. */
void key_numbers_find_or_add(key_numbers *numbers, const weir_value *keys, size_t count,
                             uint32_t *found);
/* The same without adding: UINT32_MAX for a key that has none. */
void key_numbers_find(const key_numbers *numbers, const weir_value *keys, size_t count,
                      uint32_t *found);
/* Takes their numbers from `count` keys, each of which has one. What keys reach stays where it is
 * until others are added: results of a window refer to it. */
void key_numbers_remove(key_numbers *numbers, const uint32_t *gone, size_t count);
/* Gives the last key a number that nobody has, if there is a smaller one; to be called until it
 * returns false: then all numbers below `count` are in use. */
bool key_numbers_close_gap(key_numbers *numbers, uint32_t *from, uint32_t *to);

#endif
