/* Memory for benchmarks, which end when there is no memory. */
#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

#include <stddef.h>

/* `memory`, unless it is NULL: then the program ends with a message. */
void *memory_need(void *memory);
/* Zeroed pages of the system, large ones where it has them; given back with the same size. */
void *memory_pages(size_t size);
void memory_pages_free(void *memory, size_t size);

#endif
