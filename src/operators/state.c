#include "operators/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "operators/state_inside.h"
#include "record/state_handle.h"

static uint64_t batch_index(const state_times *times, int64_t time_ms)
{
    return (uint64_t)((time_ms - times->zero_ms) / times->interval_ms);
}

/* --- what all operators do with a table ------------------------------------------------------ */

/* Loads what is behind the table for those keys that it does not know, each asked for once. */
static weir_status load_missing(const state_work *work, const task *task, size_t target,
                                const weir_value *keys, size_t count, uint32_t *indexes)
{
    state_space *space = work->plan->space;
    weir_value missing[WEIR_VECTOR_SIZE];
    size_t missed = 0;
    state_table_find(&space->tables[target], keys, count, indexes);
    for (size_t i = 0; i < count; i++)
        if (indexes[i] == UINT32_MAX) missing[missed++] = keys[i];
    if (missed == 0) return WEIR_OK;
    table *distinct = &work->scope->worker[task->worker].table; /* not in use in this stage */
    table_clear(distinct);
    table_find_or_add(distinct, task->kept, missing, missed, indexes);
    for (size_t i = 0; i < distinct->count; i++) missing[i] = distinct->entries[i].key;
    missed = distinct->count;
    table_clear(distinct);
    return space->load(space, target, missing, missed);
}

weir_status state_find_entries(const state_work *work, const task *task, size_t target,
                               const weir_value *keys, size_t count, uint32_t *indexes)
{
    state_space *space = work->plan->space;
    state_table *table = &space->tables[target];
    if (!table->is_complete && space->load) {
        weir_status status = load_missing(work, task, target, keys, count, indexes);
        if (status != WEIR_OK) return status;
    }
    state_table_find_or_add(table, keys, count, indexes);
    return WEIR_OK;
}

void state_trim(const state_work *work, size_t target)
{
    state_space *space = work->plan->space;
    if (space->trim) space->trim(space, target);
}

weir_status state_load_all(state_space *space, size_t target)
{
    bool must_load = !space->tables[target].is_complete && space->load_all;
    return must_load ? space->load_all(space, target) : WEIR_OK;
}

weir_status state_load_if_room(state_space *space, size_t target)
{
    bool has_room = space->tables[target].is_complete || !space->has_room ||
                    space->has_room(space, target);
    return has_room ? state_load_all(space, target) : WEIR_OK;
}

weir_status state_scan_behind(state_space *space, size_t target, state_space_visit visit,
                              void *user)
{
    bool is_all = space->tables[target].is_complete || !space->scan;
    return is_all ? WEIR_OK : space->scan(space, target, visit, user);
}

void state_put_initial(const state_work *work, task *task, size_t target)
{
    size_t count;
    const weir_value *items = weir_items(work->plan->stream->initial, &count);
    state_table *table = &work->plan->space->tables[target];
    for (size_t i = 0; i < count; i++) {
        weir_value key, state;
        uint32_t index;
        value_unbox(items[i], &key, &state);
        size_t home = placing_find(&work->plan->placing, task, key, work->plan->space->partitions);
        if (home != target || task_is_failed(task)) continue;
        state_table_find_or_add(table, &key, 1, &index);
        /* the first of equal keys counts */
        if (!weir_is_absent(table->entries[index].value)) continue;
        state_table_touch(table, index);
        state_table_set(table, index, state);
    }
}

void state_change(state_table *table, uint32_t index, weir_value state)
{
    if (value_is_same(table->entries[index].value, state)) return;
    state_table_touch(table, index);
    state_table_set(table, index, state);
}

/* --- what functions emit --------------------------------------------------------------------- */

void state_out_flush(out *base)
{
    state_out *out = (state_out *)base;
    for (size_t i = 0; i < base->base.count; i++) {
        weir_value key = out->keys[i], value = value_present(out->values[i]);
        if (weir_is_absent(key)) value_unbox(value, &key, &value);
        records_append(out->result, out->task->kept, key, value);
    }
    base->base.count = 0;
    task_check_memory(out->task);
}

state_out *state_out_make(task *task, records *result)
{
    state_out *out = arena_alloc(task->kept, sizeof *out);
    out->out = (struct out){{out->keys, out->values, 0, WEIR_VECTOR_SIZE}, state_out_flush};
    out->task = task;
    out->result = result;
    return out;
}

/* --- mapWithState ---------------------------------------------------------------------------- */

/* One call of the function, and what becomes of the state. */
static void map_one(const state_work *work, state_table *table, uint32_t index, weir_value value,
                    bool is_timing_out, state_out *out)
{
    const weir_stream *stream = work->plan->stream;
    const state_entry *entry = &table->entries[index];
    bool existed = !weir_is_absent(entry->value);
    weir_state handle = state_handle_make(entry->value, is_timing_out);
    stream->function->call.map_state(&handle, work->time_ms, entry->key, value, stream->arg,
                                     &out->out.base);
    if (handle.is_removed || is_timing_out) {
        state_change(table, index, weir_absent());
    } else if (handle.is_updated) {
        state_table_touch(table, index);
        state_table_set(table, index, handle.value);
    } else if (existed && stream->timeout_ms > 0) {
        state_table_touch(table, index); /* data refreshes a key (O-53) */
    }
    if (!state_table_is_wasteful(table)) return;
    state_out_flush(&out->out);
    state_table_compact(table);
}

static weir_status map_bucket(const state_work *work, size_t target, const records *bucket,
                              task *task, state_out *out)
{
    state_table *table = &work->plan->space->tables[target];
    for (size_t at = 0; at < bucket->count && !task_is_failed(task); at += WEIR_VECTOR_SIZE) {
        size_t count = bucket->count - at < WEIR_VECTOR_SIZE
            ? bucket->count - at : WEIR_VECTOR_SIZE;
        uint32_t indexes[WEIR_VECTOR_SIZE];
        state_trim(work, target);
        weir_status status =
            state_find_entries(work, task, target, bucket->keys + at, count, indexes);
        if (status != WEIR_OK) return status;
        for (size_t i = 0; i < count && !task_is_failed(task); i++) {
            map_one(work, table, indexes[i], bucket->values[at + i], false, out);
            if (task->scratch.chunk_bytes <= STATE_SCRATCH_KEEP) continue;
            state_out_flush(&out->out);
            state_drop_scratch(task);
        }
        state_out_flush(&out->out);
    }
    return WEIR_OK;
}

static bool is_scan_due(const state_work *work)
{
    const weir_stream *stream = work->plan->stream;
    return stream->timeout_ms > 0 &&
           (work->time_ms - work->plan->times.zero_ms) % stream->timeout_scan_ms == 0;
}

/* The entries that time out. */
typedef struct due_places {
    state_table *table;
    state_due_times times;
    uint64_t look;
    state_place *items; /* memory_alloc */
    size_t count;
    size_t capacity;
} due_places;

static void add_due(due_places *due, uint32_t index)
{
    if (due->count == due->capacity) {
        due->capacity = due->capacity ? 2 * due->capacity : WEIR_VECTOR_SIZE;
        due->items = memory_resize(due->items, due->capacity * sizeof *due->items);
    }
    due->items[due->count++] = state_table_place(due->table, index);
}

/* Keys behind the table that are due come into it, no others. */
static weir_status add_behind(void *user, const weir_value *keys, const weir_value *values,
                              const uint64_t *changed, size_t count)
{
    due_places *due = user;
    for (size_t i = 0; i < count; i++) {
        if (state_due_first(&due->times, changed[i]) > due->look) continue;
        state_table_insert(due->table, keys[i], values[i], changed[i]);
        add_due(due, (uint32_t)due->table->count - 1);
    }
    return WEIR_OK;
}

static weir_status find_due(const state_work *work, size_t target, due_places *due)
{
    const weir_stream *stream = work->plan->stream;
    const state_times *times = &work->plan->times;
    state_space *space = work->plan->space;
    size_t count;
    *due = (due_places){.table = &space->tables[target],
                        .times = {(uint64_t)times->interval_ms, (uint64_t)stream->timeout_ms,
                                  (uint64_t)stream->timeout_scan_ms}};
    due->look = (uint64_t)((work->time_ms - times->zero_ms) / stream->timeout_scan_ms);
    weir_status status = state_load_if_room(space, target);
    if (status != WEIR_OK) return status;
    uint32_t *indexes = state_due_take(due->table, &due->times, due->look, &count);
    for (size_t i = 0; i < count; i++) add_due(due, indexes[i]);
    free(indexes);
    return state_scan_behind(space, target, add_behind, due);
}

/* Keys last changed strictly before t - timeout (O-54). */
static weir_status time_out(const state_work *work, size_t target, task *task, state_out *out)
{
    due_places due;
    weir_status status = find_due(work, target, &due);
    if (status == WEIR_OK) state_table_sort(due.table, due.items, due.count);
    for (size_t i = 0; i < due.count && status == WEIR_OK && !task_is_failed(task); i++) {
        map_one(work, due.table, due.items[i].index, weir_absent(), true, out);
        if (task->scratch.chunk_bytes <= STATE_SCRATCH_KEEP) continue;
        state_out_flush(&out->out);
        state_drop_scratch(task);
    }
    free(due.items);
    return status;
}

static void map_target(work *base, task *task, size_t target)
{
    state_work *work = (state_work *)base;
    task->function = work->plan->stream->function->name;
    state_out *out = state_out_make(task, &work->results[target]);
    weir_status status = WEIR_OK;
    if (work->puts_initial) state_put_initial(work, task, target);
    arena *before = arena_set_current(&task->scratch);
    for (size_t piece = 0; piece < work->shuffle.pieces && status == WEIR_OK; piece++)
        status = map_bucket(work, target, shuffle_bucket(&work->shuffle, piece, target), task,
                            out);
    if (status == WEIR_OK && is_scan_due(work)) status = time_out(work, target, task, out);
    state_out_flush(&out->out);
    arena_set_current(before);
    state_trim(work, target);
    if (status != WEIR_OK) task_fail(task, status, "%s", error_text());
}

/* --- the datasets ---------------------------------------------------------------------------- */

static weir_status state_wide(weir_dataset *dataset)
{
    const state_plan *plan = dataset->operator_plan;
    scope *scope = dataset->scope;
    state_space *space = plan->space;
    stream_kind kind = plan->stream->kind;
    bool is_by_partition = kind == STREAM_UPDATE_PARTITION;
    state_work work = {.base = {kind == STREAM_MAP_WITH_STATE ? map_target
                                : is_by_partition             ? state_partition_target
                                                              : state_update_target},
                       .plan = plan,
                       .scope = scope,
                       .batch = batch_index(&plan->times, scope->time_ms),
                       .time_ms = scope->time_ms,
                       .results = dataset_make_results(scope, space->partitions),
                       .puts_initial = space->begun == 0};
    if (is_by_partition) {
        size_t size = space->partitions * sizeof *work.strays;
        work.strays = arena_alloc(&scope->plan, size);
        memset(work.strays, 0, size);
    }
    if (dataset->parent_count) {
        weir_status status = shuffle_run(dataset->parents[0], dataset->name, SHUFFLE_BY_KEY,
                                         &plan->placing, space->partitions, &work.shuffle);
        if (status != WEIR_OK) return status;
    }
    if (work.puts_initial) space->begun = work.batch;
    dataset->results = work.results;
    weir_status status = scope_run(scope, &work.base, space->partitions);
    return status == WEIR_OK && is_by_partition ? state_settle_strays(&work) : status;
}

weir_dataset *plan_state(scope *scope, const weir_stream *stream, state_space *space,
                         const state_times *times, weir_dataset *in)
{
    /* The initial state of updateStateByKey waits for the first dataset. */
    if (!in && stream_kind_updates(stream->kind) && space->begun == 0) return NULL;
    weir_dataset *made = dataset_wide_over(scope, stream_kind_text(stream->kind), state_wide, &in,
                                           in ? 1 : 0, space->partitions);
    state_plan *plan = arena_alloc(&scope->plan, sizeof *plan);
    *plan = (state_plan){
        stream, space, *times, {stream->partitioner, stream->partitioner_arg}};
    made->operator_plan = plan;
    return made;
}

typedef struct snapshot_work {
    work base;
    state_space *space;
    records *results;
} snapshot_work;

/* Keys that are behind the table go into the result without it. */
static weir_status show_behind(void *user, const weir_value *keys, const weir_value *values,
                               const uint64_t *changed, size_t count)
{
    state_showing *showing = user;
    (void)changed;
    for (size_t i = 0; i < count; i++)
        records_append(showing->result, showing->task->kept, keys[i], values[i]);
    task_check_memory(showing->task);
    return showing->task->status;
}

static void snapshot_target(work *base, task *task, size_t target)
{
    snapshot_work *work = (snapshot_work *)base;
    state_table *table = &work->space->tables[target];
    state_showing showing = {&work->results[target], task};
    weir_status status = state_load_if_room(work->space, target);
    if (status == WEIR_OK) state_table_arrange(table);
    state_walk walk = state_table_walk(table);
    for (uint32_t index; status == WEIR_OK && state_walk_next(&walk, &index);) {
        const state_entry *entry = &table->entries[index];
        if (!weir_is_absent(entry->value))
            records_append(showing.result, task->kept, entry->key, entry->value);
    }
    size_t arranged = showing.result->count;
    if (status == WEIR_OK) status = state_scan_behind(work->space, target, show_behind, &showing);
    if (status != WEIR_OK) task_fail(task, status, "%s", error_text());
    else if (showing.result->count > arranged) state_sort_records(showing.result);
}

static weir_status snapshots_wide(weir_dataset *dataset)
{
    weir_status status = dataset_compute(dataset->parents[0]);
    if (status != WEIR_OK) return status;
    state_space *space = dataset->operator_plan;
    dataset->results = dataset_make_results(dataset->scope, space->partitions);
    snapshot_work work = {{snapshot_target}, space, dataset->results};
    return scope_run(dataset->scope, &work.base, space->partitions);
}

weir_dataset *plan_snapshots(weir_dataset *in, state_space *space)
{
    weir_dataset *made = dataset_wide_over(in->scope, "stateSnapshots", snapshots_wide, &in, 1,
                                           space->partitions);
    made->operator_plan = space;
    return made;
}
