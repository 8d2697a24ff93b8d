/* Datasets inside the engine: a plan of how to compute partitions, and the partitions once they are computed.
 *
 * A dataset is splits (leaves that can be read), a narrow step over a parent (partition by partition, fused with the steps
 * around it), a union, or wide: computed as a whole by a function of its own, which runs stages. Whoever needs partitions
 * calls dataset_run; wide datasets below, and shared ones (used more than once), are computed first and then read as records. */
#ifndef OPERATORS_DATASET_H
#define OPERATORS_DATASET_H

#include "operators/scope.h"
#include "operators/step.h"
#include "record/split.h"
#include "weir/dataset.h"

typedef enum dataset_shape { DATASET_SPLITS, DATASET_NARROW, DATASET_UNION, DATASET_WIDE } dataset_shape;

/* Computes dataset->results (one records for each partition) from the parents. */
typedef weir_status (*dataset_wide)(weir_dataset *dataset);

struct weir_dataset {
    scope *scope;
    dataset_shape shape;
    bool is_shared;   /* used more than once: computed on first use */
    bool is_computed; /* results are there */
    size_t partitions;
    split *const *splits; /* SPLITS */
    size_t parent_count;
    weir_dataset **parents;
    step_class const *step; /* NARROW */
    dataset_wide wide;      /* WIDE */
    const weir_function *function;
    weir_value arg;
    size_t count; /* limit, top */
    bool descending;
    int join; /* which join */
    records *results;
};

/* Planning. All memory is the scope's plan arena. */
weir_dataset *dataset_from_splits(scope *scope, split *const *splits, size_t count);
weir_dataset *dataset_from_records(scope *scope, records *partitions, size_t count); /* borrowed */
weir_dataset *dataset_narrow(weir_dataset *in, const step_class *step, const weir_function *function, weir_value arg);
weir_dataset *dataset_union(scope *scope, weir_dataset *const *parents, size_t count);
weir_dataset *dataset_wide_of(scope *scope, dataset_wide wide, weir_dataset *const *parents, size_t count,
                              size_t partitions);

/* Computes what must be there before partitions of the dataset can be read: wide and shared datasets below. */
weir_status dataset_prepare(weir_dataset *dataset);
/* Computes the dataset itself into results. */
weir_status dataset_compute(weir_dataset *dataset);

/* Runs the partitions [from, from + count) on the workers, each into the sink that `open` gives for (partition, worker);
 * `close` is called after the last vector of a partition (also of a failed one: look at task_is_failed). The first failure
 * by partition number is the result. */
typedef struct stage {
    sink *(*open)(struct stage *stage, task *task, size_t partition);
    void (*close)(struct stage *stage, task *task, size_t partition, sink *sink);
} stage;
weir_status dataset_run(weir_dataset *dataset, stage *stage, size_t from, size_t count);

#endif
