#include "operators/gather.h"

#include <string.h>

#include "operators/fold.h"
#include "operators/shuffle.h"

/* --- count ----------------------------------------------------------------------------------- */

typedef struct count_sink {
    sink base;
    uint64_t count;
} count_sink;

typedef struct count_stage {
    stage base;
    count_sink *sinks; /* one for each partition */
} count_stage;

static void count_push(sink *base, task *task, const weir_vector *vector)
{
    (void)task;
    ((count_sink *)base)->count += vector->count;
}

static sink *count_open(stage *base, task *task, size_t partition)
{
    (void)task;
    count_sink *sink = &((count_stage *)base)->sinks[partition];
    *sink = (count_sink){{count_push, NULL}, 0};
    return &sink->base;
}

weir_status gather_count(weir_dataset *dataset, uint64_t *count)
{
    *count = 0;
    if (dataset->shape == DATASET_WIDE || dataset->is_shared) {
        weir_status status = dataset_compute(dataset);
        for (size_t i = 0; status == WEIR_OK && i < dataset->partitions; i++)
            *count += dataset->results[i].count;
        return status;
    }
    count_stage stage = {{count_open, NULL},
                         arena_alloc(&dataset->scope->plan,
                                     dataset->partitions * sizeof(count_sink))};
    weir_status status = dataset_run(dataset, &stage.base, 0, dataset->partitions);
    for (size_t i = 0; status == WEIR_OK && i < dataset->partitions; i++)
        *count += stage.sinks[i].count;
    return status;
}

/* The one partition of a dataset of at most one record. */
static void set_single(weir_dataset *dataset, weir_value record)
{
    dataset->results = dataset_make_results(dataset->scope, 1);
    if (weir_is_absent(record)) return;
    weir_value key, value;
    value_unbox(record, &key, &value);
    records_append_shared(&dataset->results[0], &dataset->scope->plan, key, value);
}

weir_status count_wide(weir_dataset *dataset)
{
    uint64_t count;
    weir_status status = gather_count(dataset->parents[0], &count);
    if (status == WEIR_OK) set_single(dataset, weir_int((int64_t)count));
    return status;
}

/* --- fold ------------------------------------------------------------------------------------ */

/* What has been folded so far, in an arena of its own, so that what was replaced can be given up:
 * an accumulator may be a long string or list that grows with every record. */
typedef struct accumulator {
    weir_value value;
    arena arena;
    size_t live;
} accumulator;

typedef struct fold_sink {
    sink base;
    const fold *fold;
    scope_worker *worker;
    accumulator accumulator;
} fold_sink;

typedef struct fold_stage {
    stage base;
    fold fold;
    scope *scope;
    fold_sink *sinks; /* one for each partition */
} fold_stage;

enum { FOLD_SLACK = 1 << 20, ROOM_KEEP = 64 << 10 };

static void accumulator_replace(accumulator *accumulator, weir_value folded)
{
    if (value_is_same(folded, accumulator->value)) return;
    accumulator->value = value_copy(folded, &accumulator->arena);
    if (accumulator->arena.chunk_bytes <= 2 * accumulator->live + FOLD_SLACK) return;
    arena fresh;
    arena_init(&fresh, accumulator->arena.budget);
    accumulator->value = value_copy(accumulator->value, &fresh);
    arena_release(&accumulator->arena);
    accumulator->arena = fresh;
    accumulator->live = fresh.chunk_bytes;
}

/* The function works in `room`, the current arena: what it made is copied, if it is the result,
 * and given up. */
static void accumulator_take(accumulator *accumulator, const fold *fold, arena *room,
                             weir_value value)
{
    accumulator_replace(accumulator, fold_one(fold, accumulator->value, value));
    if (room->chunk_bytes > ROOM_KEEP) arena_reset(room, ROOM_KEEP);
}

static void fold_push(sink *base, task *task, const weir_vector *vector)
{
    fold_sink *sink = (fold_sink *)base;
    weir_value room[WEIR_VECTOR_SIZE];
    weir_vector boxed = vector_boxed(vector, room);
    task->function = sink->fold->function->name;
    arena *fold_room = &sink->worker->fold_room;
    arena *before = arena_set_current(fold_room);
    for (size_t i = 0; i < boxed.count && !task_is_failed(task); i++)
        accumulator_take(&sink->accumulator, sink->fold, fold_room, boxed.values[i]);
    arena_set_current(before);
    arena_reset(fold_room, ROOM_KEEP);
}

static sink *fold_open(stage *base, task *task, size_t partition)
{
    fold_stage *stage = (fold_stage *)base;
    fold_sink *sink = &stage->sinks[partition];
    sink->worker = &stage->scope->worker[task->worker];
    return &sink->base;
}

/* The partial results in the order of the partitions, on the runner's thread. */
static weir_status merge_partials(const fold_stage *stage, size_t count, const fold *merge,
                                  weir_value *result)
{
    scope *scope = stage->scope;
    scope_driver before = scope_enter_driver(scope, merge->function->name);
    accumulator total = {.value = weir_absent()};
    arena room;
    arena_init(&total.arena, &scope->budget);
    arena_init(&room, &scope->budget);
    arena *plan = arena_set_current(&room);
    for (size_t i = 0; i < count && !task_is_failed(&scope->driver); i++)
        if (!weir_is_absent(stage->sinks[i].accumulator.value))
            accumulator_take(&total, merge, &room, stage->sinks[i].accumulator.value);
    arena_set_current(plan);
    *result = value_copy(total.value, &scope->plan);
    arena_release(&room);
    arena_release(&total.arena);
    return scope_leave_driver(scope, before);
}

weir_status gather_fold(weir_dataset *dataset, weir_value zero, const weir_function *function,
                        const weir_function *merge, weir_value arg, weir_value *result)
{
    scope *scope = dataset->scope;
    size_t count = dataset->partitions;
    fold_stage stage = {{fold_open, NULL}, {function, arg, false}, scope,
                        arena_alloc(&scope->plan, count * sizeof(fold_sink))};
    for (size_t i = 0; i < count; i++) {
        stage.sinks[i] = (fold_sink){{fold_push, NULL}, &stage.fold, NULL, {.value = zero}};
        arena_init(&stage.sinks[i].accumulator.arena, &scope->budget);
    }
    weir_status status = dataset_run(dataset, &stage.base, 0, count);
    fold merging = {merge, arg, false};
    if (status == WEIR_OK) status = merge_partials(&stage, count, &merging, result);
    for (size_t i = 0; i < count; i++) arena_release(&stage.sinks[i].accumulator.arena);
    return status;
}

weir_status reduce_wide(weir_dataset *dataset)
{
    weir_value result;
    weir_status status = gather_fold(dataset->parents[0], weir_absent(), dataset->function,
                                     dataset->function, dataset->arg, &result);
    if (status == WEIR_OK) set_single(dataset, result);
    return status;
}

/* --- the first records ----------------------------------------------------------------------- */

typedef struct take_sink {
    sink base;
    records taken;
    size_t wanted;
} take_sink;

typedef struct take_stage {
    stage base;
    take_sink *sinks;
    size_t wanted;
} take_stage;

static void take_push(sink *base, task *task, const weir_vector *vector)
{
    take_sink *sink = (take_sink *)base;
    weir_vector first = *vector;
    size_t missing = sink->wanted - sink->taken.count;
    if (first.count > missing) first.count = missing;
    if (first.count > 0) records_append_vector(&sink->taken, task->kept, &first);
}

static sink *take_open(stage *base, task *task, size_t partition)
{
    (void)task;
    take_stage *stage = (take_stage *)base;
    take_sink *sink = &stage->sinks[partition];
    *sink = (take_sink){{take_push, NULL}, {0}, stage->wanted};
    return &sink->base;
}

weir_status gather_take(weir_dataset *dataset, size_t count, records *taken)
{
    arena *plan = &dataset->scope->plan;
    take_stage stage = {{take_open, NULL},
                        arena_alloc(plan, dataset->partitions * sizeof(take_sink)), count};
    size_t at = 0, width = 1;
    while (at < dataset->partitions && taken->count < count) {
        size_t some = dataset->partitions - at < width ? dataset->partitions - at : width;
        weir_status status = dataset_run(dataset, &stage.base, at, some);
        if (status != WEIR_OK) return status;
        for (size_t i = at; i < at + some && taken->count < count; i++) {
            const records *from = &stage.sinks[i].taken;
            for (size_t j = 0; j < from->count && taken->count < count; j++)
                records_append_shared(taken, plan, records_key(from, j), from->values[j]);
        }
        at += some;
        width *= 4;
    }
    return WEIR_OK;
}

weir_status limit_wide(weir_dataset *dataset)
{
    dataset->results = dataset_make_results(dataset->scope, 1);
    return gather_take(dataset->parents[0], dataset->count, &dataset->results[0]);
}

/* --- repartition, cartesian ------------------------------------------------------------------ */

weir_status repartition_wide(weir_dataset *dataset)
{
    shuffle shuffle;
    weir_status status = shuffle_run(dataset->parents[0], dataset->name, SHUFFLE_EVENLY, NULL,
                                     dataset->partitions, &shuffle);
    if (status != WEIR_OK) return status;
    dataset->results = dataset_make_results(dataset->scope, dataset->partitions);
    for (size_t i = 0; i < dataset->partitions; i++) {
        records *result = &dataset->results[i];
        for (size_t piece = 0; piece < shuffle.pieces; piece++) {
            const records *bucket = shuffle_bucket(&shuffle, piece, i);
            for (size_t j = 0; j < bucket->count; j++)
                records_append_shared(result, &dataset->scope->plan, records_key(bucket, j),
                                      bucket->values[j]);
        }
    }
    return WEIR_OK;
}

typedef struct cartesian_work {
    work base;
    const weir_dataset *left;
    const weir_dataset *right;
    records *results;
} cartesian_work;

static void cartesian_partition(work *base, task *task, size_t index)
{
    cartesian_work *work = (cartesian_work *)base;
    const records *left = &work->left->results[index];
    task->function = "cartesian";
    for (size_t i = 0; i < left->count; i++) {
        weir_value record = value_box(records_key(left, i), left->values[i]);
        for (size_t p = 0; p < work->right->partitions; p++) {
            const records *right = &work->right->results[p];
            task_check_memory(task);
            if (task_is_failed(task)) return;
            for (size_t j = 0; j < right->count; j++)
                records_append_shared(&work->results[index], task->kept, record,
                                      value_box(records_key(right, j), right->values[j]));
        }
    }
}

weir_status cartesian_wide(weir_dataset *dataset)
{
    weir_status status = dataset_compute(dataset->parents[0]);
    if (status == WEIR_OK) status = dataset_compute(dataset->parents[1]);
    if (status != WEIR_OK) return status;
    dataset->results = dataset_make_results(dataset->scope, dataset->partitions);
    cartesian_work work = {{cartesian_partition}, dataset->parents[0], dataset->parents[1],
                           dataset->results};
    return scope_run(dataset->scope, &work.base, dataset->partitions);
}
