#include "operators/scope.h"

#include <stdlib.h>

#include "base/error.h"
#include "operators/step.h"

/* What a worker keeps from batch to batch for reuse; enough for the vectors and tables of ordinary
 * batches. */
enum { KEEP_BYTES = 8 << 20, KEEP_SCRATCH_BYTES = 1 << 20 };

void scope_init(scope *scope, pool *pool, size_t keyed_partitions, size_t batch_memory,
                size_t max_record_bytes)
{
    *scope = (struct scope){.pool = pool, .workers = pool_workers(pool),
                            .keyed_partitions = keyed_partitions};
    scope->budget.limit = batch_memory;
    arena_init(&scope->plan, &scope->budget);
    task_init(&scope->driver, 0, &scope->plan, &scope->budget);
    scope->worker = memory_zero_alloc(scope->workers, sizeof *scope->worker);
    for (size_t i = 0; i < scope->workers; i++) {
        scope_worker *worker = &scope->worker[i];
        arena_init(&worker->kept, &scope->budget);
        arena_init(&worker->fold, &scope->budget);
        arena_init(&worker->fold_room, &scope->budget);
        task_init(&worker->task, i, &worker->kept, &scope->budget);
        worker->task.max_record_bytes = max_record_bytes;
        table_init(&worker->table);
        worker->table.budget = &scope->budget;
    }
}

static void release_retired(scope_worker *worker)
{
    for (size_t i = 0; i < worker->retired_count; i++) arena_release(&worker->retired[i]);
    free(worker->retired);
    worker->retired = NULL;
    worker->retired_count = 0;
}

void scope_release(scope *scope)
{
    for (size_t i = 0; i < scope->workers; i++) {
        scope_worker *worker = &scope->worker[i];
        release_retired(worker);
        task_release(&worker->task);
        table_release(&worker->table);
        arena_release(&worker->fold_room);
        arena_release(&worker->fold);
        arena_release(&worker->kept);
        step_free_all(worker->free_steps);
    }
    free(scope->worker);
    task_release(&scope->driver);
    arena_release(&scope->plan);
}

void scope_begin(scope *scope, int64_t time_ms)
{
    scope->time_ms = time_ms;
    scope->records_in = 0;
    scope->refused = 0;
}

/* At most `keep`, and so little that a batch with a small limit does not begin with most of it
 * used. */
static size_t kept_bytes(const scope *scope, size_t keep, size_t owners)
{
    size_t share = scope->budget.limit / (8 * owners);
    return scope->budget.limit && share < keep ? share : keep;
}

/* Batches are alike: what one needed stays for the next, which then has no fresh pages to be
 * cleared. After a large one the rest is given back bit by bit. */
static void keep_recent(const scope *scope, scope_worker *worker)
{
    size_t used = arena_used_bytes(&worker->kept);
    size_t fading = worker->recent - worker->recent / 8;
    worker->recent = used > fading ? used : fading;
    size_t wanted = worker->recent > KEEP_BYTES ? worker->recent : KEEP_BYTES;
    arena_reset(&worker->kept, kept_bytes(scope, wanted, scope->workers));
}

/* The same for the table, which is given back at once when the batches no longer fill it. */
static void keep_recent_keys(const scope *scope, scope_worker *worker)
{
    table *table = &worker->table;
    size_t fading = worker->recent_keys - worker->recent_keys / 8;
    worker->recent_keys = table->most > fading ? table->most : fading;
    table->most = 0;
    size_t bytes = table_bytes(table);
    bool is_idle = bytes > KEEP_BYTES && table->capacity / 8 > worker->recent_keys;
    if (is_idle || bytes > kept_bytes(scope, SIZE_MAX, scope->workers)) table_release(table);
}

void scope_end(scope *scope)
{
    size_t keep_scratch = kept_bytes(scope, KEEP_SCRATCH_BYTES, scope->workers);
    for (size_t i = 0; i < scope->workers; i++) {
        scope_worker *worker = &scope->worker[i];
        table_clear(&worker->table); /* as long as its keys are there */
        keep_recent_keys(scope, worker);
        release_retired(worker);
        arena_reset(&worker->fold, 0);
        worker->fold_live = 0;
        arena_reset(&worker->fold_room, 0);
        arena_reset(&worker->task.scratch, keep_scratch);
        keep_recent(scope, worker);
    }
    arena_reset(&scope->plan, kept_bytes(scope, KEEP_SCRATCH_BYTES, 1));
}

weir_status scope_check_bytes(const scope *scope, const char *name, size_t bytes)
{
    if (scope->budget.limit == 0 || bytes <= scope->budget.limit) return WEIR_OK;
    return error_set(WEIR_NO_MEMORY,
                     "%s: the batch needs more than batch_memory, %zu bytes: %zu to lead records "
                     "from each partition to each other; raise it or make fewer partitions",
                     name, scope->budget.limit, bytes);
}

scope_driver scope_enter_driver(scope *scope, const char *function)
{
    scope_driver before = {task_current(), arena_current(), NULL};
    if (before.task_before == &scope->driver) before.function_before = scope->driver.function;
    else task_begin(&scope->driver, 0, scope->time_ms);
    scope->driver.function = function;
    task_set_current(&scope->driver);
    arena_set_current(&scope->plan);
    return before;
}

weir_status scope_leave_driver(scope *scope, scope_driver before)
{
    task_set_current(before.task_before);
    arena_set_current(before.arena_before);
    scope->driver.function = before.function_before;
    if (!task_is_failed(&scope->driver)) return WEIR_OK;
    return error_set(scope->driver.status, "%s", scope->driver.error);
}
