/* Steps: narrow operators at work. A chain of steps takes a partition's vectors from its split to the sink of the stage; each
 * step passes on what it makes a vector at a time. One chain belongs to one worker and is used for one partition after another. */
#ifndef OPERATORS_STEP_H
#define OPERATORS_STEP_H

#include "record/out.h"
#include "record/split.h"

typedef struct step step;

typedef struct step_class {
    const char *name;
    /* One vector; results go to the step's out or straight to the next sink. */
    void (*push)(step *step, const weir_vector *vector);
    /* Whole lines at once; only if the function has a text kernel. NULL: never. */
    void (*push_text)(step *step, const char *text, size_t length);
    /* The partition is at its end: what is left goes on. NULL: nothing. */
    void (*finish)(step *step);
    /* A new partition begins. NULL: nothing. */
    void (*begin)(step *step);
} step_class;

struct step {
    sink sink; /* takes vectors: calls class->push */
    out out;   /* where functions emit to: flushed into next */
    const step_class *class;
    const weir_function *function;
    weir_value arg;
    sink *next;
    task *task;
    records gathered; /* mapPartitions, glom */
    weir_value key;   /* flatMapValues: the key that emissions get */
    weir_value *key_room; /* WEIR_VECTOR_SIZE each, the out's */
    weir_value *value_room;
    uint32_t *kept; /* filter */
};

extern const step_class step_map, step_flat_map, step_filter, step_map_partitions, step_glom, step_map_values,
    step_flat_map_values, step_pair_with_one_boxed;

/* Makes a chain's step for a worker; memory is the worker's. */
step *step_create(const step_class *class, const weir_function *function, weir_value arg, arena *arena);
/* Connects a chain for one partition: step -> next. */
void step_begin(step *step, task *task, sink *next);
void step_finish(step *step);

#endif
