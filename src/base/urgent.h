/* Who waits for an answer, in this process: those who hand over a block, until they go on.
 *
 * Workers look here, and offer their processors between two tasks (pool.h). Of the process, not of
 * a context: a receiver may outlive its context, and the processors are everybody's. */
#ifndef BASE_URGENT_H
#define BASE_URGENT_H

#include <stdatomic.h>
#include <stdbool.h>

extern atomic_size_t urgent_count;

/* As often as each other. Any thread. */
static inline void urgent_begin(void)
{
    atomic_fetch_add_explicit(&urgent_count, 1, memory_order_relaxed);
}

static inline void urgent_end(void)
{
    atomic_fetch_sub_explicit(&urgent_count, 1, memory_order_relaxed);
}

static inline bool urgent_is(void)
{
    return atomic_load_explicit(&urgent_count, memory_order_relaxed) > 0;
}

#endif
