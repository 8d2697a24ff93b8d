/* updateStateByKey, key by key: every key that has state or new values is called in every batch
 * (O-40). */
#include <string.h>

#include "base/error.h"
#include "operators/state_inside.h"

static weir_status find_bucket(const state_work *work, const task *task, size_t target,
                               const records *bucket, uint32_t *indexes)
{
    weir_status status = WEIR_OK;
    for (size_t at = 0; at < bucket->count && status == WEIR_OK; at += WEIR_VECTOR_SIZE) {
        size_t left = bucket->count - at;
        status = state_find_entries(work, task, target, bucket->keys + at,
                                    left < WEIR_VECTOR_SIZE ? left : WEIR_VECTOR_SIZE,
                                    indexes + at);
    }
    return status;
}

/* The entries of all records of the target, in the order of its buckets. */
static weir_status find_all(const state_work *work, const task *task, size_t target,
                            uint32_t *indexes)
{
    weir_status status = WEIR_OK;
    for (size_t piece = 0; piece < work->shuffle.pieces && status == WEIR_OK; piece++) {
        const records *bucket = shuffle_bucket(&work->shuffle, piece, target);
        status = find_bucket(work, task, target, bucket, indexes);
        indexes += bucket->count;
    }
    return status;
}

bool state_group_values(const state_work *work, task *task, size_t target, bool loads_all,
                        grouped_values *grouped)
{
    weir_status status = loads_all ? state_load_all(work->plan->space, target)
                                   : state_load_if_room(work->plan->space, target);
    if (work->puts_initial) state_put_initial(work, task, target);
    state_table_arrange(&work->plan->space->tables[target]); /* before there are indexes */
    uint32_t *indexes =
        arena_alloc(task->kept, shuffle_count(&work->shuffle, target) * sizeof *indexes);
    if (status == WEIR_OK) status = find_all(work, task, target, indexes);
    if (status != WEIR_OK) {
        task_fail(task, status, "%s", error_text());
        return false;
    }
    group_values(grouped, &work->shuffle, target, indexes,
                 work->plan->space->tables[target].count, task->kept);
    return true;
}

static weir_value call(const state_work *work, weir_value key, const weir_value *values,
                       size_t count, weir_value state)
{
    const weir_stream *stream = work->plan->stream;
    const weir_function *function = stream->function;
    if (stream->kind == STREAM_UPDATE_AT)
        return function->call.update_at(work->time_ms, key, values, count, state, stream->arg);
    return function->call.update(key, values, count, state, stream->arg);
}

static void update_entry(const state_work *work, state_table *table, uint32_t index,
                         const grouped_values *grouped, task *task, records *result)
{
    size_t count;
    const weir_value *values = group_values_of(grouped, index, &count);
    const state_entry *entry = &table->entries[index];
    if (count == 0 && weir_is_absent(entry->value)) return;
    weir_value state = call(work, entry->key, values, count, entry->value);
    if (task_is_failed(task)) return;
    state_change(table, index, state);
    if (!weir_is_absent(state))
        records_append(result, task->kept, table->entries[index].key, state);
    if (state_table_is_wasteful(table)) state_table_compact(table);
}

/* --- what is behind the table ---------------------------------------------------------------- */

typedef struct updating {
    const state_work *work;
    state_table *table;
    task *task;
    records *result;
} updating;

/* Keys without new values. Those whose state changes come into the table, no others. */
static weir_status update_behind(void *user, const weir_value *keys, const weir_value *values,
                                 const uint64_t *changed, size_t count)
{
    updating *updating = user;
    state_table *table = updating->table;
    task *task = updating->task;
    for (size_t i = 0; i < count; i++) {
        weir_value state = call(updating->work, keys[i], NULL, 0, values[i]);
        if (task_is_failed(task)) return task->status;
        if (!value_is_same(values[i], state)) {
            state_table_insert(table, keys[i], values[i], changed[i]);
            state_change(table, (uint32_t)table->count - 1, state);
        }
        if (!weir_is_absent(state)) records_append(updating->result, task->kept, keys[i], state);
        state_drop_scratch(task);
    }
    if (state_table_is_wasteful(table)) state_table_compact(table);
    task_check_memory(task);
    return task->status;
}

static void update_rest(const state_work *work, task *task, size_t target)
{
    state_space *space = work->plan->space;
    updating updating = {work, &space->tables[target], task, &work->results[target]};
    size_t walked = updating.result->count;
    weir_status status = state_scan_behind(space, target, update_behind, &updating);
    if (status != WEIR_OK) task_fail(task, status, "%s", error_text());
    else if (updating.result->count > walked) state_sort_records(updating.result);
}

/* --- a partition ----------------------------------------------------------------------------- */

void state_update_target(work *base, task *task, size_t target)
{
    state_work *work = (state_work *)base;
    state_table *table = &work->plan->space->tables[target];
    grouped_values grouped;
    task->function = work->plan->stream->function->name;
    if (!state_group_values(work, task, target, false, &grouped)) return;
    /* At once, as nearly every key stays. */
    records_reserve(&work->results[target], task->kept, table->count);
    state_walk walk = state_table_walk(table);
    uint32_t met = 0;
    arena *before = arena_set_current(&task->scratch);
    for (uint32_t index; !task_is_failed(task) && state_walk_next(&walk, &index);) {
        update_entry(work, table, index, &grouped, task, &work->results[target]);
        state_drop_scratch(task);
        if ((++met & 1023) == 0) task_check_memory(task);
    }
    if (!task_is_failed(task)) update_rest(work, task, target);
    arena_set_current(before);
    state_trim(work, target);
}
