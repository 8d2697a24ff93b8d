#include "monitor/listeners.h"

#include <stdlib.h>

#include "base/memory.h"

void listeners_add(listeners *listeners, weir_batch_listener call, void *user)
{
    size_t count = listeners->count + 1;
    listeners->all = memory_resize(listeners->all, count * sizeof *listeners->all);
    listeners->all[listeners->count++] = (listener){call, user};
}

void listeners_call(const listeners *listeners, const weir_batch_summary *summary)
{
    for (size_t i = 0; i < listeners->count; i++)
        listeners->all[i].call(summary, listeners->all[i].user);
}

void listeners_release(listeners *listeners)
{
    free(listeners->all);
    *listeners = (struct listeners){0};
}
