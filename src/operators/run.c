/* How partitions are computed: tasks, chains of steps, stages. */
#include <pthread.h>
#include <string.h>

#include "base/error.h"
#include "operators/dataset.h"

enum { KEEP_SCRATCH_BYTES = 1 << 20 }; /* of what functions make for one vector */

/* What the tasks of one run share. */
typedef struct outcome {
    pthread_mutex_t lock;
    size_t failed_at; /* the lowest failed partition; SIZE_MAX: none */
    weir_status status;
    char error[1024];
} outcome;

static void outcome_init(outcome *outcome)
{
    pthread_mutex_init(&outcome->lock, NULL);
    outcome->failed_at = SIZE_MAX;
    outcome->status = WEIR_OK;
}

static void outcome_collect(outcome *outcome, scope *scope, task *task, size_t at)
{
    pthread_mutex_lock(&outcome->lock);
    scope->records_in += task->records_in;
    scope->refused += task->refused;
    if (task_is_failed(task) && at < outcome->failed_at) {
        outcome->failed_at = at;
        outcome->status = task->status;
        memcpy(outcome->error, task->error, sizeof outcome->error);
    }
    pthread_mutex_unlock(&outcome->lock);
}

/* Tasks are claimed in ascending order: all below a failed one are at work already, those above
 * need not begin. */
static bool outcome_is_failed_below(outcome *outcome, size_t at)
{
    pthread_mutex_lock(&outcome->lock);
    bool failed = outcome->failed_at < at;
    pthread_mutex_unlock(&outcome->lock);
    return failed;
}

static weir_status outcome_end(outcome *outcome)
{
    pthread_mutex_destroy(&outcome->lock);
    return outcome->status == WEIR_OK ? WEIR_OK : error_set(outcome->status, "%s", outcome->error);
}

/* --- one partition of a dataset -------------------------------------------------------------- */

/* The head of a chain: what a reader pushes into. */
typedef struct head {
    sink base;
    sink *first;
} head;

static void head_push(sink *base, task *task, const weir_vector *vector)
{
    sink *first = ((head *)base)->first;
    if (task_is_failed(task)) return;
    first->push(first, task, vector);
    arena_reset(&task->scratch, KEEP_SCRATCH_BYTES);
    task_check_memory(task);
}

static void head_push_text(sink *base, task *task, const char *text, size_t length)
{
    sink *first = ((head *)base)->first;
    if (task_is_failed(task)) return;
    first->push_text(first, task, text, length);
    arena_reset(&task->scratch, KEEP_SCRATCH_BYTES);
    task_check_memory(task);
}

/* Builds the chain of steps above partition `at` of the dataset, ending in `end`; gives its leaf
 * and, in *first, its head. */
static const split *build_chain(const weir_dataset *dataset, size_t at, scope_worker *worker,
                                sink *end, sink **first, step **head_step, records_split *room)
{
    *first = end;
    *head_step = NULL;
    for (;;) {
        if (dataset->is_computed) {
            *room = (records_split){{&records_split_class}, &dataset->results[at], false};
            return &room->base;
        }
        if (dataset->shape == DATASET_SPLITS) return dataset->splits[at];
        if (dataset->shape == DATASET_UNION) {
            weir_dataset *const *parent = dataset->parents;
            while (at >= (*parent)->partitions) at -= (*parent++)->partitions;
            dataset = *parent;
            continue;
        }
        step *step = step_take(&worker->free_steps, dataset->step, dataset->function, dataset->arg,
                               &worker->task, *first);
        step->link = NULL;
        if (*head_step) step->link = *head_step; /* the list runs from the head of the chain to its
                                                  * end */
        *head_step = step;
        *first = &step->sink;
        dataset = dataset->parents[0];
    }
}

/* Ends every step, from the head on, and gives the steps back. */
static void end_chain(step *head_step, scope_worker *worker)
{
    while (head_step) {
        step *next = head_step->link;
        step_finish(head_step);
        head_step->link = worker->free_steps;
        worker->free_steps = head_step;
        head_step = next;
    }
}

typedef struct run {
    weir_dataset *dataset;
    stage *stage;
    size_t from;
    outcome outcome;
} run;

static void read_partition(run *run, scope_worker *worker, size_t at)
{
    task *task = &worker->task;
    arena *scratch = arena_set_current(task->kept);
    sink *end = run->stage->open(run->stage, task, at);
    arena_set_current(scratch);
    step *head_step;
    records_split room;
    head head = {{head_push, NULL}, NULL};
    const split *leaf = build_chain(run->dataset, at, worker, end, &head.first, &head_step, &room);
    if (head.first->push_text) head.base.push_text = head_push_text;
    leaf->class->read(leaf, task, &head.base);
    end_chain(head_step, worker);
    task_check_memory(task);
    if (!run->stage->close || task_is_failed(task)) return;
    arena_set_current(task->kept);
    run->stage->close(run->stage, task, at, end);
    arena_set_current(scratch);
}

static void run_task(void *job, size_t index, size_t worker_index)
{
    run *run = job;
    scope *scope = run->dataset->scope;
    scope_worker *worker = &scope->worker[worker_index];
    size_t at = run->from + index;
    if (outcome_is_failed_below(&run->outcome, at)) return;
    task_begin(&worker->task, at, scope->time_ms);
    arena *arena_before = arena_current(); /* before the task brings its own */
    task *task_before = task_set_current(&worker->task);
    read_partition(run, worker, at);
    task_set_current(task_before);
    arena_set_current(arena_before);
    outcome_collect(&run->outcome, scope, &worker->task, at);
}

/* Computes the wide and the shared datasets that a chain of `dataset` would end in. */
static weir_status prepare_parents(weir_dataset *dataset)
{
    weir_status status = WEIR_OK;
    if (dataset->is_computed || dataset->shape == DATASET_SPLITS) return WEIR_OK;
    for (size_t i = 0; i < dataset->parent_count && status == WEIR_OK; i++) {
        weir_dataset *parent = dataset->parents[i];
        bool must = parent->shape == DATASET_WIDE || parent->is_shared;
        status = must ? dataset_compute(parent) : prepare_parents(parent);
    }
    return status;
}

weir_status dataset_prepare(weir_dataset *dataset)
{
    bool must = dataset->shape == DATASET_WIDE || dataset->is_shared;
    return must ? dataset_compute(dataset) : prepare_parents(dataset);
}

weir_status dataset_run(weir_dataset *dataset, stage *stage, size_t from, size_t count)
{
    weir_status status = dataset_prepare(dataset);
    if (status != WEIR_OK || count == 0) return status;
    run run = {.dataset = dataset, .stage = stage, .from = from};
    outcome_init(&run.outcome);
    pool_run(dataset->scope->pool, count, run_task, &run);
    return outcome_end(&run.outcome);
}

/* --- work that is no chain ------------------------------------------------------------------- */

typedef struct work_run {
    scope *scope;
    work *work;
    outcome outcome;
} work_run;

static void run_work(void *job, size_t index, size_t worker_index)
{
    work_run *run = job;
    task *task = &run->scope->worker[worker_index].task;
    if (outcome_is_failed_below(&run->outcome, index)) return;
    task_begin(task, index, run->scope->time_ms);
    arena *arena_before = arena_current();
    struct task *task_before = task_set_current(task);
    arena_set_current(task->kept);
    run->work->run(run->work, task, index);
    task_check_memory(task);
    task_set_current(task_before);
    arena_set_current(arena_before);
    outcome_collect(&run->outcome, run->scope, task, index);
}

weir_status scope_run(scope *scope, work *work, size_t count)
{
    work_run run = {.scope = scope, .work = work};
    outcome_init(&run.outcome);
    pool_run(scope->pool, count, run_work, &run);
    return outcome_end(&run.outcome);
}

/* --- a dataset as a whole -------------------------------------------------------------------- */

/* The records of each partition, copied. */
typedef struct collect_sink {
    sink base;
    records *to;
} collect_sink;

typedef struct collect_stage {
    stage base;
    records *results;
    collect_sink *sinks; /* one for each partition */
} collect_stage;

static void collect_push(sink *base, task *task, const weir_vector *vector)
{
    records_append_vector(((collect_sink *)base)->to, task->kept, vector);
}

static sink *collect_open(stage *base, task *task, size_t partition)
{
    (void)task;
    collect_stage *stage = (collect_stage *)base;
    collect_sink *sink = &stage->sinks[partition];
    *sink = (collect_sink){{collect_push, NULL}, &stage->results[partition]};
    return &sink->base;
}

static weir_status collect(weir_dataset *dataset, bool was_shared)
{
    scope *scope = dataset->scope;
    collect_stage stage = {{collect_open, NULL},
                           dataset_make_results(scope, dataset->partitions),
                           arena_alloc(&scope->plan, dataset->partitions * sizeof(collect_sink))};
    dataset->is_shared = false; /* or the run would ask for what it computes */
    weir_status status = dataset_run(dataset, &stage.base, 0, dataset->partitions);
    dataset->is_shared = was_shared;
    if (status == WEIR_OK) dataset->results = stage.results;
    return status;
}

weir_status dataset_compute(weir_dataset *dataset)
{
    if (dataset->is_computed) return WEIR_OK;
    weir_status status =
        dataset->shape == DATASET_WIDE ? dataset->wide(dataset) : collect(dataset,
                                                                          dataset->is_shared);
    dataset->is_computed = status == WEIR_OK;
    return status;
}
