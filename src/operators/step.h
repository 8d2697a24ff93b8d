/* Steps: narrow operators at work. A chain of steps takes a partition's vectors from its split to
 * the sink of the stage; each step passes on what it makes a vector at a time. A chain belongs to
 * one worker. */
#ifndef OPERATORS_STEP_H
#define OPERATORS_STEP_H

#include "record/out.h"
#include "record/split.h"

typedef struct step step;

typedef struct step_class {
    const char *name;
    /* One vector; what it gives goes to step->next before the call returns. */
    void (*push)(step *step, const weir_vector *vector);
    /* The partition is at its end. NULL: nothing is left over. */
    void (*finish)(step *step);
    /* How a full or ended out goes on; NULL: step_pass_out. */
    void (*flush)(step *step);
    /* A flat map with a text kernel may take whole lines. */
    bool takes_text;
} step_class;

struct step {
    sink sink; /* takes vectors for the step */
    out out;   /* where its function emits to; its rooms are key_room and value_room */
    const step_class *class;
    const weir_function *function; /* or NULL */
    weir_value arg;
    sink *next;
    task *task;
    records gathered;  /* mapPartitions, glom: the partition so far */
    weir_value key;    /* flatMapValues: the key that emissions get */
    size_t keyed_upto; /* flatMapValues: emissions that have it already */
    weir_value *key_room; /* WEIR_VECTOR_SIZE each */
    weir_value *value_room;
    uint32_t *kept; /* filter: positions */
    step *link;     /* in a worker's list of free steps; in a chain, the step before this one */
};

extern const step_class step_map, step_flat_map, step_filter, step_map_partitions, step_glom,
    step_map_values, step_flat_map_values, step_pair_with_one, step_key_as_record;

/* Takes a step from the list, or makes one, and puts it before `next`. */
step *step_take(step **free_steps, const step_class *class, const weir_function *function,
                weir_value arg, task *task, sink *next);
/* Ends the partition for one step. */
void step_finish(step *step);
void step_free_all(step *free_steps);

/* Passes on what is in the step's out, pair values on a plain stream turned into keyed records,
 * and absent values into null. */
void step_pass_out(step *step);
/* Passes on a vector made of rooms of the step (or constant), after the same normalisation. */
void step_pass(step *step, weir_value *keys, weir_value *values, size_t count);

/* The vector as records of pairs: an absent key becomes null, and its value null (spec 02 §3).
 * `room` is scratch space of 2 x WEIR_VECTOR_SIZE values, used only if there is an absent key. */
weir_vector vector_as_pairs(const weir_vector *vector, weir_value *room);
/* The vector as plain records: pairs boxed into one value, in the current arena. `room`:
 * WEIR_VECTOR_SIZE values. */
weir_vector vector_boxed(const weir_vector *vector, weir_value *room);

#endif
