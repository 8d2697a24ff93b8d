/* What a context tells whoever makes it durable (the room recovery): a table of functions, empty
 * for a context without a directory. */
#ifndef BATCH_DURABLE_H
#define BATCH_DURABLE_H

#include "batch/batch.h"

typedef struct durable durable;
typedef struct durable_class {
    /* Loop thread: the batch was cut and its record is durable. May put into batch->place what a
     * checkpoint at this boundary needs. */
    void (*cut)(durable *durable, batch *batch);
    /* Batch runner's thread, while no batch is computed: the batch is good, its state final, its
     * done mark durable. */
    void (*done)(durable *durable, const batch *batch);
} durable_class;

struct durable {
    const durable_class *class;
};

#endif
