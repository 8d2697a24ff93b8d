#include "bench/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

void *memory_need(void *memory)
{
    if (memory) return memory;
    fputs("bench: out of memory\n", stderr);
    exit(1);
}

void *memory_pages(size_t size)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (memory == MAP_FAILED) return memory_need(NULL);
    (void)madvise(memory, size, MADV_HUGEPAGE); /* a wish; small pages do as well, slower */
    return memory;
}

void memory_pages_free(void *memory, size_t size)
{
    if (memory) munmap(memory, size);
}
