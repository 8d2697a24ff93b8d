#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { HUGE_PAGE = 2 * 1024 * 1024, CACHE_LINE = 64 };

static _Noreturn void end_without_memory(size_t size)
{
    fprintf(stderr, "weir: error: no memory left (%zu bytes were asked for), ending\n", size);
    abort();
}

void *memory_alloc(size_t size)
{
    void *memory = malloc(size ? size : 1);
    if (!memory) end_without_memory(size);
    return memory;
}

void *memory_zero_alloc(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size ? size : 1);
    if (!memory) end_without_memory(count * size);
    return memory;
}

void *memory_resize(void *memory, size_t size)
{
    void *moved = realloc(memory, size ? size : 1);
    if (!moved) end_without_memory(size);
    return moved;
}

char *memory_copy_text(const char *text)
{
    if (!text) return NULL;
    size_t size = strlen(text) + 1;
    return memcpy(memory_alloc(size), text, size);
}

static size_t mapped_size(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (size > SIZE_MAX - HUGE_PAGE - page) end_without_memory(size);
    return (size + page - 1) / page * page;
}

void *memory_alloc_aligned(size_t size, size_t alignment)
{
    void *memory = aligned_alloc(alignment, (size / alignment + 1) * alignment); /* never 0 */
    if (!memory) end_without_memory(size);
    return memory;
}

static void *alloc_lines(size_t size)
{
    return memset(memory_alloc_aligned(size, CACHE_LINE), 0, size);
}

void *memory_alloc_large(size_t size)
{
    if (size < HUGE_PAGE) return alloc_lines(size);
    /* The system aligns to small pages only: map too much, give back what sticks out. */
    size_t wanted = mapped_size(size);
    char *mapped = mmap(NULL, wanted + HUGE_PAGE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) end_without_memory(size);
    size_t before = (HUGE_PAGE - ((uintptr_t)mapped & (HUGE_PAGE - 1))) & (HUGE_PAGE - 1);
    if (before > 0) munmap(mapped, before);
    munmap(mapped + before + wanted, HUGE_PAGE - before); /* never 0: before < HUGE_PAGE */
    madvise(mapped + before, wanted, MADV_HUGEPAGE); /* a wish; without it small pages do */
    return mapped + before;
}

void memory_free_large(void *memory, size_t size)
{
    if (!memory) return;
    if (size < HUGE_PAGE)
        free(memory);
    else
        munmap(memory, mapped_size(size));
}

void memory_trim_large(void *memory, size_t size, size_t used)
{
    size_t kept = (used + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE; /* no huge page is taken apart */
    if (size < HUGE_PAGE || kept >= size) return;
    (void)madvise((char *)memory + kept, mapped_size(size) - kept, MADV_DONTNEED);
}

void memory_budget_add(memory_budget *budget, size_t bytes)
{
    if (budget) atomic_fetch_add_explicit(&budget->used, bytes, memory_order_relaxed);
}

void memory_budget_take(memory_budget *budget, size_t bytes)
{
    if (budget) atomic_fetch_sub_explicit(&budget->used, bytes, memory_order_relaxed);
}

bool memory_budget_is_over(memory_budget *budget)
{
    if (!budget || budget->limit == 0) return false;
    return atomic_load_explicit(&budget->used, memory_order_relaxed) > budget->limit;
}

bool memory_budget_has(memory_budget *budget, size_t bytes)
{
    if (!budget || budget->limit == 0) return true;
    size_t used = atomic_load_explicit(&budget->used, memory_order_relaxed);
    return used < budget->limit && budget->limit - used >= bytes;
}
