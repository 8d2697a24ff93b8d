/* Datasets inside the engine: a plan of how to compute partitions, and the partitions once they
 * are computed.
 *
 * A dataset is splits (leaves that can be read), a narrow step over a parent (partition by
 * partition, fused with the steps around it), a union, or wide: computed as a whole by a function
 * of its own, which runs stages. Whoever needs partitions calls dataset_run; wide datasets below,
 * and shared ones (used more than once), are computed first and then read as records. */
#ifndef OPERATORS_DATASET_H
#define OPERATORS_DATASET_H

#include "operators/scope.h"
#include "operators/step.h"
#include "record/split.h"
#include "weir/dataset.h"

typedef enum dataset_shape {
    DATASET_SPLITS,
    DATASET_NARROW,
    DATASET_UNION,
    DATASET_WIDE
} dataset_shape;

/* Computes dataset->results (one records for each partition) from the parents. */
typedef weir_status (*dataset_wide)(weir_dataset *dataset);

struct weir_dataset {
    scope *scope;
    const char *name; /* of the operator, for errors */
    dataset_shape shape;
    bool is_shared;   /* used more than once: computed on first use, then read */
    bool is_computed; /* results are there */
    size_t uses;
    unsigned chain;   /* steps from here to what can be read */
    unsigned levels;  /* computed ones below it, one behind the other */
    size_t partitions;
    split *const *splits; /* SPLITS */
    size_t parent_count;
    weir_dataset **parents;
    const step_class *step; /* NARROW */
    dataset_wide wide;      /* WIDE */
    /* parameters of the operator, as far as it has them */
    const weir_function *function;
    const weir_function *second_function;
    weir_value arg;
    size_t count; /* top, limit */
    bool descending;
    unsigned variant; /* which of a family */
    bool *is_inexact; /* combine: remembers from batch to batch that grouping matters; or NULL */
    void *operator_plan; /* what an operator with more parameters needs; plan arena, or borrowed */
    records *results;
};

/* --- Planning. All memory is the scope's plan arena; parents are borrowed. ------------------- */

weir_dataset *dataset_from_splits(scope *scope, split *const *splits, size_t count);
/* A narrow step over each partition of `in`. */
weir_dataset *dataset_narrow(weir_dataset *in, const step_class *step,
                             const weir_function *function, weir_value arg);
weir_dataset *dataset_union(scope *scope, weir_dataset *const *parents, size_t count);
/* A dataset computed by a function of its own. `partitions`: how many it will have. */
weir_dataset *dataset_wide_over(scope *scope, const char *name, dataset_wide wide,
                                weir_dataset *const *parents, size_t count, size_t partitions);

/* --- Computing ------------------------------------------------------------------------------- */

/* Computes the dataset into results, one records for each partition, unless that was done
 * already. */
weir_status dataset_compute(weir_dataset *dataset);

/* Computes what a run of the dataset reads, and does not compute itself; dataset_run does it
 * too. */
weir_status dataset_prepare(weir_dataset *dataset);

/* A stage: the partitions [from, from + count) of a dataset, each computed by one task and pushed
 * into the sink that `open` gives for it. Whatever the stage keeps, it copies into task->kept.
 * `close` is called when the partition is complete and well; current arena in open and close:
 * task->kept. */
typedef struct stage {
    sink *(*open)(struct stage *stage, task *task, size_t partition);
    /* NULL: nothing */
    void (*close)(struct stage *stage, task *task, size_t partition, sink *sink);
} stage;
/* Computes first what must be there before. The failure of the lowest failed partition is the
 * result. */
weir_status dataset_run(weir_dataset *dataset, stage *stage, size_t from, size_t count);

/* Runs tasks 0 .. count - 1 on the workers, outside any dataset; current arena: task->kept. The
 * same about failures. */
typedef struct work {
    void (*run)(struct work *work, task *task, size_t index);
} work;
weir_status scope_run(scope *scope, work *work, size_t count);

/* An array for the results of `partitions` partitions, empty, in the plan arena. */
records *dataset_make_results(scope *scope, size_t partitions);

#endif
