/* What a context tells whoever makes it durable (the room recovery): a table of functions, empty
 * for a context without a directory. */
#ifndef BATCH_DURABLE_H
#define BATCH_DURABLE_H

#include "batch/batch.h"

typedef struct durable durable;
typedef struct durable_class {
    /* Steps of a start, in this order, before any batch. A failure is one of the start.
     * Starting thread: the doors of the context are opened, its clock is set. */
    weir_status (*open)(durable *durable, weir_context *context);
    /* Loop thread, right after the sources have started: batches are made again. */
    weir_status (*resume)(durable *durable, weir_context *context);
    /* Loop thread: the batch was cut, and is computed once its record is durable. May put into
     * batch->place what a checkpoint at this boundary needs. */
    void (*cut)(durable *durable, batch *batch);
    /* Batch runner's thread, while no batch is computed: the batch is good, its state final, its
     * done mark durable. */
    void (*done)(durable *durable, const batch *batch);
    /* The same thread: the batch failed, or was not computed as one before it had failed and
     * streams keep state. It stays pending: whatever comes later, a restart must find it. */
    void (*failed)(durable *durable, const batch *batch);
    /* Any thread: a stop has begun. What waits for room on a full disk is given up. */
    void (*give_up)(durable *durable);
    /* Stopping thread, after the last batch, with the doors still open. `is_complete`: everything
     * was computed, so the end can be a checkpoint. WEIR_NO_CHECKPOINT: it could not be
     * written. */
    weir_status (*finish)(durable *durable, weir_context *context, bool is_complete);
    /* Closes the doors, after everything that goes through them; also if open failed. */
    void (*close)(durable *durable, weir_context *context);
    /* With the context. */
    void (*free)(durable *durable);
} durable_class;

struct durable {
    const durable_class *class;
};

#endif
