/* updateStateByKey by a function that sees the keys of a whole partition (O-43).
 *
 * State lives in the partition of its key. What the function emits for keys of its own partition
 * becomes their state; a key of another partition is a stray: strays wait in buckets until every
 * partition is through, then they move to where they belong, in the order (source partition,
 * position). A key that is emitted twice in a batch, in whichever partitions, has no state that
 * could be told: the batch fails. */
#include <string.h>

#include "base/error.h"
#include "operators/reader.h"
#include "operators/state_inside.h"

static void fail_twice(task *task, weir_value key)
{
    char text[128];
    weir_format(key, text, sizeof text);
    task_fail(task, WEIR_RUNTIME,
              "function %s emitted the key %s twice in one batch; it must emit each key once",
              task->function, text);
}

/* strays[source] is NULL, or a bucket for each target. */
static records *stray_bucket(state_work *work, task *task, size_t source, size_t target)
{
    size_t size = work->plan->space->partitions * sizeof(records);
    if (!work->strays[source]) {
        work->strays[source] = arena_alloc(task->kept, size);
        memset(work->strays[source], 0, size);
    }
    return &work->strays[source][target];
}

/* Own keys go to the result, others to the buckets of strays. */
static void separate(state_work *work, task *task, size_t target, const records *emitted)
{
    for (size_t i = 0; i < emitted->count; i++) {
        weir_value key = records_key(emitted, i);
        if (weir_is_absent(key)) {
            task_fail(task, WEIR_RUNTIME,
                      "function %s emitted a record without a key; emit (key, state)",
                      task->function);
            return;
        }
        size_t home = placing_find(&work->plan->placing, task, key, work->plan->space->partitions);
        records *to =
            home == target ? &work->results[target] : stray_bucket(work, task, target, home);
        records_append_shared(to, task->kept, key, emitted->values[i]);
    }
}

static void set_entry(state_table *table, uint32_t index, weir_value state)
{
    /* What was emitted is a copy: the same text elsewhere in memory is no change. */
    if (!value_equal(table->entries[index].value, state)) state_change(table, index, state);
}

/* The own keys of the result become state, the others of the partition lose theirs. */
static void apply(state_work *work, task *task, size_t target)
{
    const records *own = &work->results[target];
    state_table *table = &work->plan->space->tables[target];
    size_t before = table->count;
    bool *is_emitted = arena_alloc(task->kept, before + own->count);
    memset(is_emitted, 0, before + own->count);
    for (size_t at = 0; at < own->count; at += WEIR_VECTOR_SIZE) {
        uint32_t indexes[WEIR_VECTOR_SIZE];
        weir_vector vector = records_vector(own, at, own->count - at);
        if (vector.count > WEIR_VECTOR_SIZE) vector.count = WEIR_VECTOR_SIZE;
        state_table_find_or_add(table, vector.keys, vector.count, indexes);
        for (size_t i = 0; i < vector.count; i++) {
            if (is_emitted[indexes[i]]) {
                fail_twice(task, vector.keys[i]);
                return;
            }
            is_emitted[indexes[i]] = true;
            set_entry(table, indexes[i], vector.values[i]);
        }
    }
    for (uint32_t i = 0; i < before; i++)
        if (!is_emitted[i]) state_change(table, i, weir_absent());
    if (state_table_is_wasteful(table)) state_table_compact(table);
}

void state_partition_target(work *base, task *task, size_t target)
{
    state_work *work = (state_work *)base;
    const weir_stream *stream = work->plan->stream;
    state_table *table = &work->plan->space->tables[target];
    grouped_values grouped;
    records emitted = {0};
    task->function = stream->function->name;
    if (!state_group_values(work, task, target, true, &grouped)) return;
    weir_keys keys = {state_table_walk(table), &grouped};
    state_out *out = state_out_make(task, &emitted);
    arena *before = arena_set_current(&task->scratch);
    stream->function->call.update_partition(work->time_ms, &keys, stream->arg, &out->out.base);
    state_out_flush(&out->out);
    arena_set_current(before);
    if (!task_is_failed(task)) separate(work, task, target, &emitted);
    if (!task_is_failed(task)) apply(work, task, target);
    state_drop_scratch(task);
    state_trim(work, target);
}

/* --- strays ---------------------------------------------------------------------------------- */

static size_t count_strays(const state_work *work, size_t target)
{
    size_t count = 0;
    for (size_t source = 0; source < work->plan->space->partitions; source++)
        if (work->strays[source]) count += work->strays[source][target].count;
    return count;
}

/* Behind what the partition itself has emitted: all in order, in one. */
static void append_strays(state_work *work, task *task, size_t target, records *all)
{
    const records *own = &work->results[target];
    for (size_t i = 0; i < own->count; i++)
        records_append_shared(all, task->kept, own->keys[i], own->values[i]);
    for (size_t source = 0; source < work->plan->space->partitions; source++) {
        const records *bucket = work->strays[source] ? &work->strays[source][target] : NULL;
        for (size_t i = 0; bucket && i < bucket->count; i++)
            records_append_shared(all, task->kept, bucket->keys[i], bucket->values[i]);
    }
}

static bool has_each_key_once(const state_work *work, task *task, const records *all)
{
    table *seen = &work->scope->worker[task->worker].table; /* not in use in this stage */
    bool is_once = true;
    table_clear(seen);
    for (size_t i = 0; i < all->count && is_once; i++) {
        uint32_t index;
        table_find_or_add(seen, task->kept, &all->keys[i], 1, &index);
        is_once = index == i;
        if (!is_once) fail_twice(task, all->keys[i]);
    }
    table_clear(seen);
    return is_once;
}

static weir_status set_strays(const state_work *work, task *task, size_t target,
                              const records *all, size_t from)
{
    state_table *table = &work->plan->space->tables[target];
    for (size_t at = from; at < all->count; at += WEIR_VECTOR_SIZE) {
        uint32_t indexes[WEIR_VECTOR_SIZE];
        size_t count = all->count - at < WEIR_VECTOR_SIZE ? all->count - at : WEIR_VECTOR_SIZE;
        weir_status status =
            state_find_entries(work, task, target, all->keys + at, count, indexes);
        if (status != WEIR_OK) return status;
        for (size_t i = 0; i < count; i++) set_entry(table, indexes[i], all->values[at + i]);
        if (state_table_is_wasteful(table)) state_table_compact(table);
        state_trim(work, target);
    }
    return WEIR_OK;
}

static void settle_target(work *base, task *task, size_t target)
{
    state_work *work = (state_work *)base;
    records all = {0};
    task->function = work->plan->stream->function->name;
    if (count_strays(work, target) == 0) return;
    append_strays(work, task, target, &all);
    if (!has_each_key_once(work, task, &all)) return;
    weir_status status = set_strays(work, task, target, &all, work->results[target].count);
    if (status != WEIR_OK) task_fail(task, status, "%s", error_text());
    work->results[target] = all;
}

weir_status state_settle_strays(state_work *work)
{
    size_t partitions = work->plan->space->partitions, strays = 0;
    for (size_t i = 0; i < partitions; i++) strays += work->strays[i] != NULL;
    if (strays == 0) return WEIR_OK;
    work->base.run = settle_target;
    return scope_run(work->scope, &work->base, partitions);
}
