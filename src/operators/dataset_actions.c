/* The actions of weir/dataset.h, but for those that write files (outputs). */
#include "base/error.h"
#include "operators/gather.h"
#include "operators/reader.h"

static weir_status no_dataset(void)
{
    return error_set(WEIR_ILLEGAL_ARGUMENT,
                     "an action was given no dataset: the call that planned it failed");
}

weir_status weir_dataset_count(weir_dataset *in, uint64_t *count)
{
    return in ? gather_count(in, count) : no_dataset();
}

/* The records of arrays as one list value in the plan arena. */
static weir_value list_of(const records *partitions, size_t count, arena *plan)
{
    size_t total = 0, at = 0;
    for (size_t i = 0; i < count; i++) total += partitions[i].count;
    weir_value list;
    arena *before = arena_set_current(plan);
    weir_value *items = value_make_list(total, &list);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < partitions[i].count; j++)
            items[at++] = value_box(records_key(&partitions[i], j), partitions[i].values[j]);
    arena_set_current(before);
    return list;
}

weir_status weir_dataset_collect(weir_dataset *in, weir_value *list)
{
    if (!in) return no_dataset();
    weir_status status = dataset_compute(in);
    if (status == WEIR_OK) *list = list_of(in->results, in->partitions, &in->scope->plan);
    return status;
}

weir_status weir_dataset_take(weir_dataset *in, size_t count, weir_value *list)
{
    if (!in) return no_dataset();
    records taken = {0};
    weir_status status = gather_take(in, count, &taken);
    if (status == WEIR_OK) *list = list_of(&taken, 1, &in->scope->plan);
    return status;
}

weir_status weir_dataset_first(weir_dataset *in, weir_value *record)
{
    weir_value list;
    size_t count;
    weir_status status = weir_dataset_take(in, 1, &list);
    if (status != WEIR_OK) return status;
    const weir_value *items = weir_items(list, &count);
    if (count == 0)
        return error_set(WEIR_NO_ELEMENT, "the first record of an empty dataset was asked for");
    *record = items[0];
    return WEIR_OK;
}

weir_status weir_dataset_reduce(weir_dataset *in, const weir_function *reduce, weir_value arg,
                                weir_value *result)
{
    if (!in) return no_dataset();
    if (!reduce || reduce->kind != WEIR_KIND_REDUCE)
        return error_set(WEIR_ILLEGAL_ARGUMENT, "weir_dataset_reduce needs a reduce function");
    weir_status status = gather_fold(in, weir_absent(), reduce, reduce, arg, result);
    if (status == WEIR_OK && weir_is_absent(*result))
        return error_set(WEIR_NO_ELEMENT, "an empty dataset cannot be reduced");
    return status;
}

weir_status weir_dataset_aggregate(weir_dataset *in, weir_value zero, const weir_function *fold,
                                   const weir_function *merge, weir_value arg, weir_value *result)
{
    if (!in) return no_dataset();
    if (!fold || !merge || fold->kind != WEIR_KIND_REDUCE || merge->kind != WEIR_KIND_REDUCE ||
        weir_is_absent(zero))
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "weir_dataset_aggregate needs two reduce functions and a zero");
    weir_status status = gather_fold(in, zero, fold, merge, arg, result);
    if (status == WEIR_OK && weir_is_absent(*result)) *result = zero; /* no partitions at all */
    return status;
}

/* --- foreachPartition ------------------------------------------------------------------------ */

typedef struct foreach_work {
    work base;
    const weir_dataset *in;
    const weir_function *function;
    weir_value arg;
} foreach_work;

static void foreach_one(work *base, task *task, size_t partition)
{
    foreach_work *work = (foreach_work *)base;
    weir_reader reader = reader_over(&work->in->results[partition]);
    const weir_output_id *output = work->in->scope->output;
    weir_output_id id = output ? *output : (weir_output_id){0};
    id.partition = partition;
    task->function = work->function->name;
    error_set(WEIR_OK, "%s", ""); /* whatever failed on this thread before was something else */
    task->output = output ? &id : NULL;
    weir_status status = work->function->call.foreach_partition(&reader, partition, task->time_ms,
                                                                work->arg);
    task->output = NULL;
    if (status != WEIR_OK && !task_is_failed(task))
        task_fail(task, status, "function %s: %s", work->function->name,
                  *error_text() ? error_text() : weir_status_text(status));
}

weir_status weir_dataset_foreach_partition(weir_dataset *in, const weir_function *function,
                                           weir_value arg)
{
    if (!in) return no_dataset();
    if (!function || function->kind != WEIR_KIND_FOREACH_PARTITION)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "weir_dataset_foreach_partition needs a foreachPartition function");
    weir_status status = dataset_compute(in);
    if (status != WEIR_OK) return status;
    foreach_work work = {{foreach_one}, in, function, arg};
    return scope_run(in->scope, &work.base, in->partitions);
}
