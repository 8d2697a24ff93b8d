/* Who wants to know what each batch did. Filled before the start, then called on the batch
 * runner's thread. */
#ifndef MONITOR_LISTENERS_H
#define MONITOR_LISTENERS_H

#include "weir/context.h"

typedef struct listener {
    weir_batch_listener call;
    void *user;
} listener;

/* Zero-initialised is empty. */
typedef struct listeners {
    listener *all;
    size_t count;
} listeners;

void listeners_add(listeners *listeners, weir_batch_listener call, void *user);
/* In the order they were added. */
void listeners_call(const listeners *listeners, const weir_batch_summary *summary);
void listeners_release(listeners *listeners);

#endif
