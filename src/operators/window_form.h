/* Forms: ways to have the reduced value of every key of a window at hand without going over all
 * the window. One keyed partition of a windowed stream; made from its panes alone, so that it can
 * be made again from them at any time (after a restart, or a batch that was taken back).
 *
 * A pane has an index: its time in slides of the parent since the zero time. A window at index t
 * holds the panes (t - length, t]. Keys have numbers (record/key_numbers.h), so that combining
 * panes is work on arrays.
 *
 * Values meet in one grouping, that depends on indexes and the partition alone: time is cut into
 * chunks of half a window (rounded up), so a window touches three of them at most; in each
 * partition at other times, so that what a new chunk costs falls on many slides. In the oldest,
 * that the window has the end of, panes are reduced from the newest back to the oldest; in the
 * chunks behind it from the oldest on; then these results, the oldest first. So a function that
 * rounds gives the same whatever the form, and after a restart. */
#ifndef OPERATORS_WINDOW_FORM_H
#define OPERATORS_WINDOW_FORM_H

#include "durability/panes.h"
#include "record/key_numbers.h"
#include "record/task.h"
#include "record/value.h"

/* What a form is made for. Constant. */
typedef struct window_shape {
    const weir_function *reduce;
    weir_value arg;
    int64_t length; /* panes in a full window, at least 1 */
    int64_t chunk;  /* panes in a chunk */
    int64_t phase;  /* chunks begin that many panes before multiples of their length; below it */
    memory_budget *budget; /* of what forms keep; or NULL */
} window_shape;

typedef struct window_form window_form;
typedef struct window_form_class {
    const char *name;
    window_form *(*create)(const window_shape *shape);
    void (*free)(window_form *form);
    /* Or NULL. Before the pane of `index` gets its numbers: a window that ends there is the next;
     * the keys of older panes alone may lose theirs. */
    void (*leave)(window_form *form, int64_t index, key_numbers *numbers);
    /* The pane of `index`, later than all before; NULL records: the batch has none. numbers[i] is
     * that of record i. `pane` (which the records are of) may be held. false: the form cannot hold
     * a value of it, and is void. */
    bool (*enter)(window_form *form, task *task, int64_t index, pane *pane, const records *records,
                  const uint32_t *numbers);
    /* Appends (key, value) for every key that the window ending at `index` holds (that of the
     * newest pane), and takes the numbers from the other keys. The result, and what it reaches,
     * may be the form's: it is only read, and valid until `leave` or the next pane. */
    void (*yield)(window_form *form, task *task, int64_t index, key_numbers *numbers,
                  records *result);
} window_form_class;

struct window_form {
    const window_form_class *class;
    const window_shape *shape;
};

/* The leaving pane is subtracted: all values ints, and a function with an exact inverse. Counts
 * for each key the panes that have it. */
extern const window_form_class window_form_subtract;
/* Arrays over all numbers, one for each pane of the oldest chunk: where panes have a good part of
 * all keys. A slide combines four arrays, whatever the length. */
extern const window_form_class window_form_chunks;
/* For each key a queue of its values: where panes have few of all keys. A slide costs what keys of
 * the entering and the leaving pane cost. */
extern const window_form_class window_form_queues;

/* Absent stands for nothing. Current arena: where the function makes its result. */
static inline weir_value window_reduce(const window_shape *shape, weir_value a, weir_value b)
{
    if (weir_is_absent(a)) return b;
    if (weir_is_absent(b)) return a;
    return value_present(shape->reduce->call.reduce(a, b, shape->arg));
}

/* What functions made was copied to where it stays. */
enum { WINDOW_SCRATCH_KEEP = 1 << 20 };
static inline void window_drop_scratch(task *task)
{
    if (task->scratch.chunk_bytes > WINDOW_SCRATCH_KEEP)
        arena_reset(&task->scratch, WINDOW_SCRATCH_KEEP);
}

static inline int64_t window_chunk_of(const window_shape *shape, int64_t index)
{
    int64_t at = index + shape->phase;
    return at >= 0 ? at / shape->chunk : (at - shape->chunk + 1) / shape->chunk;
}

/* The index of its first pane. */
static inline int64_t window_chunk_begin(const window_shape *shape, int64_t chunk)
{
    return chunk * shape->chunk - shape->phase;
}

#endif
