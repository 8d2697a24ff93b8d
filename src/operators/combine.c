#include "operators/combine.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "operators/shuffle.h"

/* What one source partition adds to the shuffle: in each of its buckets, the run [begins, ends).
 * Where a worker folds all its partitions into one table they share buckets, and a run holds the
 * keys that were first met in that partition. Runs are merged in the order of the source
 * partitions: each key stands where it first occurred, whoever folded it. */
typedef struct part {
    size_t owner;
    size_t entries_upto; /* of the owner's table, after the partition */
    records *buckets;    /* one for each target */
    size_t *begins;
    size_t *ends;
} part;

typedef struct combine_stage combine_stage;

typedef struct combine_sink {
    sink base;
    combine_stage *stage;
    scope_worker *worker;
} combine_sink;

struct combine_stage {
    stage base;
    weir_dataset *dataset;
    scope *scope;
    fold fold;
    bool by_worker; /* a table for each worker, instead of one for each source partition */
    size_t targets;
    size_t part_count;
    part *parts;
    bool *has_begun;      /* by worker: its table is in use */
    _Atomic bool inexact; /* by worker: a value was met for which grouping matters */
    combine_sink *sinks;  /* one for each worker */
};

/* So many records at a time that the entries found are still in the first cache when they are
 * folded into. */
enum { FOLD_AT_ONCE = 256 };

static void combine_pairs(combine_stage *stage, scope_worker *worker, task *task,
                          const weir_vector *pairs)
{
    uint32_t indexes[FOLD_AT_ONCE];
    task->function = stage->fold.function->name;
    for (size_t at = 0; at < pairs->count; at += FOLD_AT_ONCE) {
        size_t count = pairs->count - at < FOLD_AT_ONCE ? pairs->count - at : FOLD_AT_ONCE;
        table_find_or_add(&worker->table, task->kept, pairs->keys + at, count, indexes);
        if (!fold_vector(&stage->fold, worker, indexes, pairs->values + at, count))
            atomic_store_explicit(&stage->inexact, true, memory_order_relaxed);
    }
}

static void combine_push(sink *base, task *task, const weir_vector *vector)
{
    combine_sink *sink = (combine_sink *)base;
    combine_stage *stage = sink->stage;
    weir_value room[2 * WEIR_VECTOR_SIZE];
    if (stage->dataset->variant == COMBINE_BY_RECORD) {
        uint32_t indexes[WEIR_VECTOR_SIZE];
        weir_vector boxed = vector_boxed(vector, room);
        table_find_or_add(&sink->worker->table, task->kept, boxed.values, boxed.count, indexes);
    } else {
        weir_vector pairs = vector_as_pairs(vector, room);
        combine_pairs(stage, sink->worker, task, &pairs);
    }
}

static sink *combine_open(stage *base, task *task, size_t partition)
{
    combine_stage *stage = (combine_stage *)base;
    scope_worker *worker = &stage->scope->worker[task->worker];
    if (!stage->by_worker || !stage->has_begun[task->worker]) table_clear(&worker->table);
    stage->has_begun[task->worker] = true;
    stage->parts[partition].owner = task->worker;
    combine_sink *sink = &stage->sinks[task->worker];
    *sink = (combine_sink){{combine_push, NULL}, stage, worker};
    return &sink->base;
}

/* --- sealing: from a table to buckets -------------------------------------------------------- */

/* Buckets with exactly the room that the entries need; gives each entry's target. */
static records *make_buckets(const table *table, size_t targets, arena *kept, uint32_t *target_of)
{
    size_t *counts = memory_zero_alloc(targets, sizeof *counts);
    for (size_t i = 0; i < table->count; i++) {
        target_of[i] = (uint32_t)value_partition(table->entries[i].key, targets);
        counts[target_of[i]]++;
    }
    records *buckets = arena_alloc(kept, targets * sizeof *buckets);
    for (size_t target = 0; target < targets; target++) {
        records *bucket = &buckets[target];
        *bucket = (records){.capacity = counts[target]};
        bucket->keys = arena_alloc(kept, counts[target] * sizeof *bucket->keys);
        bucket->values = arena_alloc(kept, counts[target] * sizeof *bucket->values);
    }
    free(counts);
    return buckets;
}

static void fill_buckets(const table *table, size_t from, size_t to, records *buckets,
                         const uint32_t *target_of)
{
    for (size_t i = from; i < to; i++) {
        records *bucket = &buckets[target_of[i]];
        bucket->keys[bucket->count] = table->entries[i].key;
        bucket->values[bucket->count] = table->entries[i].value;
        bucket->count++;
    }
}

static size_t *bucket_counts(const records *buckets, size_t targets, arena *kept)
{
    size_t *counts = arena_alloc(kept, targets * sizeof *counts);
    for (size_t target = 0; target < targets; target++) counts[target] = buckets[target].count;
    return counts;
}

/* Empties a worker's table into the runs of the parts [from, to) that the worker owns. */
static void seal(combine_stage *stage, scope_worker *worker, size_t owner, size_t from, size_t to)
{
    table *table = &worker->table;
    uint32_t *target_of = memory_alloc(table->count * sizeof *target_of);
    records *buckets = make_buckets(table, stage->targets, &worker->kept, target_of);
    size_t filled = 0;
    for (size_t i = from; i < to; i++) {
        part *part = &stage->parts[i];
        if (part->owner != owner) continue;
        part->buckets = buckets;
        part->begins = bucket_counts(buckets, stage->targets, &worker->kept);
        fill_buckets(table, filled, part->entries_upto, buckets, target_of);
        part->ends = bucket_counts(buckets, stage->targets, &worker->kept);
        filled = part->entries_upto;
    }
    free(target_of);
    fold_retire(worker);
}

static void combine_close(stage *base, task *task, size_t partition, sink *sink)
{
    (void)sink;
    combine_stage *stage = (combine_stage *)base;
    scope_worker *worker = &stage->scope->worker[task->worker];
    stage->parts[partition].entries_upto = worker->table.count;
    if (!stage->by_worker) seal(stage, worker, task->worker, partition, partition + 1);
}

typedef struct seal_work {
    work base;
    combine_stage *stage;
} seal_work;

/* Index: the worker whose table is sealed, by whichever worker. */
static void seal_table(work *base, task *task, size_t owner)
{
    (void)task;
    combine_stage *stage = ((seal_work *)base)->stage;
    if (stage->has_begun[owner])
        seal(stage, &stage->scope->worker[owner], owner, 0, stage->part_count);
}

/* --- merging --------------------------------------------------------------------------------- */

typedef struct merge_work {
    work base;
    combine_stage *stage;
    records *results;
} merge_work;

static void merge_run(merge_work *work, scope_worker *worker, const part *part, size_t target)
{
    const records *bucket = &part->buckets[target];
    fold fold = work->stage->fold;
    fold.creates = false;
    for (size_t at = part->begins[target]; at < part->ends[target]; at += WEIR_VECTOR_SIZE) {
        size_t count = part->ends[target] - at;
        if (count > WEIR_VECTOR_SIZE) count = WEIR_VECTOR_SIZE;
        uint32_t indexes[WEIR_VECTOR_SIZE];
        table_find_or_add(&worker->table, &worker->kept, bucket->keys + at, count, indexes);
        fold_vector(&fold, worker, indexes, bucket->values + at, count);
    }
}

static void merge_target(work *base, task *task, size_t target)
{
    merge_work *work = (merge_work *)base;
    scope_worker *worker = &work->stage->scope->worker[task->worker];
    if (work->stage->fold.function) task->function = work->stage->fold.function->name;
    table_clear(&worker->table);
    for (size_t i = 0; i < work->stage->part_count; i++)
        merge_run(work, worker, &work->stage->parts[i], target);
    const table *table = &worker->table;
    records *result = &work->results[target];
    result->keys = arena_alloc(task->kept, table->count * sizeof *result->keys);
    result->values = arena_alloc(task->kept, table->count * sizeof *result->values);
    for (size_t i = 0; i < table->count; i++) {
        result->keys[i] = table->entries[i].key;
        result->values[i] = table->entries[i].value;
    }
    result->count = result->capacity = table->count;
    fold_retire(worker);
}

static bool is_one_set_of_buckets(const combine_stage *stage)
{
    for (size_t i = 1; i < stage->part_count; i++)
        if (stage->parts[i].buckets != stage->parts[0].buckets) return false;
    return true;
}

static weir_status merge(combine_stage *stage, records *results)
{
    if (stage->part_count == 0) return WEIR_OK;
    if (is_one_set_of_buckets(stage)) {
        memcpy(results, stage->parts[0].buckets, stage->targets * sizeof *results);
        return WEIR_OK;
    }
    merge_work work = {{merge_target}, stage, results};
    return scope_run(stage->scope, &work.base, stage->targets);
}

/* --- the whole ------------------------------------------------------------------------------- */

/* Runs of each part, and sets of buckets, for each target. */
static weir_status check_bytes(const combine_stage *stage, size_t parts, size_t sets)
{
    size_t of_target = 2 * parts * sizeof(size_t) + sets * sizeof(records);
    return scope_check_bytes(stage->scope, stage->dataset->name, stage->targets * of_target);
}

static weir_status run_stage(combine_stage *stage, weir_dataset *in, bool by_worker)
{
    arena *plan = &stage->scope->plan;
    size_t workers = stage->scope->workers;
    weir_status status = check_bytes(stage, in->partitions, by_worker ? 0 : in->partitions);
    if (status != WEIR_OK) return status;
    stage->base = (struct stage){combine_open, combine_close};
    stage->by_worker = by_worker;
    stage->part_count = in->partitions;
    stage->parts = arena_alloc(plan, in->partitions * sizeof *stage->parts);
    memset(stage->parts, 0, in->partitions * sizeof *stage->parts);
    stage->sinks = arena_alloc(plan, workers * sizeof *stage->sinks);
    stage->has_begun = arena_alloc(plan, workers * sizeof *stage->has_begun);
    memset(stage->has_begun, 0, workers * sizeof *stage->has_begun);
    status = dataset_run(in, &stage->base, 0, in->partitions);
    if (status != WEIR_OK || !by_worker || atomic_load(&stage->inexact)) return status;
    seal_work work = {{seal_table}, stage};
    return scope_run(stage->scope, &work.base, workers);
}

static bool grouping_cannot_matter(const weir_dataset *dataset)
{
    const weir_function *function = dataset->function;
    if (dataset->is_inexact && *dataset->is_inexact) return false;
    if (!function) return true;
    return (function->flags & WEIR_COMMUTATIVE) &&
           (function->flags & (WEIR_EXACT | WEIR_EXACT_INTS));
}

/* Without a function nothing is folded: an entry's value is null. */
static void fill_absent_values(records *results, size_t targets)
{
    for (size_t target = 0; target < targets; target++)
        for (size_t i = 0; i < results[target].count; i++) results[target].values[i] = weir_null();
}

weir_status combine_wide(weir_dataset *dataset)
{
    weir_dataset *in = dataset->parents[0];
    combine_stage stage = {.dataset = dataset, .scope = dataset->scope,
                           .targets = dataset->partitions};
    stage.fold = (fold){dataset->function, dataset->arg,
                        dataset->function && dataset->function->kind == WEIR_KIND_COMBINE};
    bool by_worker = grouping_cannot_matter(dataset);
    weir_status status = dataset_prepare(in); /* read once, however often the stage is run */
    uint64_t records_in = stage.scope->records_in, refused = stage.scope->refused;
    if (status == WEIR_OK) status = run_stage(&stage, in, by_worker);
    /* again, in the order that is promised */
    if (status == WEIR_OK && by_worker && atomic_load(&stage.inexact)) {
        if (dataset->is_inexact) *dataset->is_inexact = true;
        stage.scope->records_in = records_in;
        stage.scope->refused = refused;
        status = run_stage(&stage, in, false);
    }
    dataset->results = dataset_make_results(dataset->scope, dataset->partitions);
    if (status == WEIR_OK) status = merge(&stage, dataset->results);
    if (status == WEIR_OK && dataset->variant == COMBINE_BY_RECORD)
        fill_absent_values(dataset->results, dataset->partitions);
    return status;
}
