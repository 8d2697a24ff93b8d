/* Memory from the system, and budgets that count it.
 *
 * memory_alloc and its kin never return NULL: when the system has no memory left the process ends
 * with a message, as nothing sensible can be done. What users can bring about (a batch that is too
 * big) is bounded by budgets before that. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

void *memory_alloc(size_t size);                  /* uninitialised */
void *memory_zero_alloc(size_t count, size_t size);
void *memory_resize(void *memory, size_t size);
void *memory_alloc_aligned(size_t size, size_t alignment); /* a power of two; uninitialised */
char *memory_copy_text(const char *text);         /* NULL gives NULL */

/* Large, zeroed, aligned to 2 MiB where it helps, with huge pages asked for, else to cache lines:
 * what looks up one entry shall wait for one line. Freed by memory_free_large(same size). */
void *memory_alloc_large(size_t size);
void memory_free_large(void *memory, size_t size);
/* Gives back what is behind the first `used` bytes, as far as it can; its content is lost. */
void memory_trim_large(void *memory, size_t size, size_t used);

/* A limit shared by many arenas. Going over it is allowed and remembered: who works for the budget
 * asks now and then. */
typedef struct memory_budget {
    _Atomic size_t used;
    size_t limit; /* 0: none */
} memory_budget;

void memory_budget_add(memory_budget *budget, size_t bytes);  /* NULL budget: nothing */
void memory_budget_take(memory_budget *budget, size_t bytes);
bool memory_budget_is_over(memory_budget *budget);
/* Is there room for so much more? */
bool memory_budget_has(memory_budget *budget, size_t bytes);

#endif
