#include "operators/fold.h"

#include <stdlib.h>

enum { FOLD_SLACK = 4 << 20, ROOM_KEEP = 64 << 10 };

weir_value fold_one(const fold *fold, weir_value accumulator, weir_value value)
{
    const weir_function *function = fold->function;
    bool is_first = weir_is_absent(accumulator);
    if (!function) return is_first ? value : accumulator;
    if (fold->creates) {
        if (is_first) return function->create(value, fold->arg);
        if (function->merge_value) return function->merge_value(accumulator, value, fold->arg);
        return function->call.reduce(accumulator, function->create(value, fold->arg), fold->arg);
    }
    return is_first ? value : function->call.reduce(accumulator, value, fold->arg);
}

/* Moves the living accumulators to a new arena. */
static void compact(scope_worker *worker)
{
    arena fresh;
    arena_init(&fresh, worker->fold.budget);
    for (size_t i = 0; i < worker->table.count; i++)
        worker->table.entries[i].value = value_copy(worker->table.entries[i].value, &fresh);
    arena_release(&worker->fold);
    worker->fold = fresh;
    worker->fold_live = fresh.chunk_bytes;
}

/* What functions made so far has been stored elsewhere, if it was a result. */
static void drop_room(scope_worker *worker)
{
    if (worker->fold_room.chunk_bytes > ROOM_KEEP) arena_reset(&worker->fold_room, ROOM_KEEP);
}

static void keep_outside(scope_worker *worker, weir_entry *entry, weir_value folded)
{
    entry->value = value_copy_outside(folded, &worker->fold);
    if (worker->fold.chunk_bytes > 2 * worker->fold_live + FOLD_SLACK) compact(worker);
    drop_room(worker);
}

/* A result that is not outside is stored as it is; the others are rare, or slow anyway. */
static inline void store(scope_worker *worker, weir_entry *entry, weir_value folded)
{
    if (!value_is_outside(folded)) {
        weir_put(&entry->value, folded);
    } else if (!value_is_same(folded, entry->value)) {
        keep_outside(worker, entry, folded);
    }
}

static bool are_ints(const weir_value *values, size_t count)
{
    bool ints = true;
    for (size_t i = 0; i < count; i++) ints &= weir_is_int(values[i]);
    return ints;
}

static void reduce_vector(const fold *fold, scope_worker *worker, const uint32_t *indexes,
                          const weir_value *values, size_t count)
{
    weir_entry *entries = worker->table.entries;
    weir_reduce_call reduce = fold->function->call.reduce;
    weir_value arg = fold->arg;
    for (size_t i = 0; i < count; i++) {
        weir_entry *entry = &entries[indexes[i]];
        if (weir_is_absent(entry->value))
            store(worker, entry, values[i]);
        else
            store(worker, entry, reduce(entry->value, values[i], arg));
    }
}

bool fold_vector(const fold *fold, scope_worker *worker, const uint32_t *indexes,
                 const weir_value *values, size_t count)
{
    weir_entry *entries = worker->table.entries;
    const weir_function *function = fold->function;
    bool is_reduce = function && !fold->creates;
    if (is_reduce && function->kernel.reduce &&
        function->kernel.reduce(entries, indexes, values, count, fold->arg))
        return true;
    arena *before = arena_set_current(&worker->fold_room);
    if (is_reduce)
        reduce_vector(fold, worker, indexes, values, count);
    else
        for (size_t i = 0; i < count; i++) {
            weir_entry *entry = &entries[indexes[i]];
            store(worker, entry, fold_one(fold, entry->value, values[i]));
        }
    arena_set_current(before);
    drop_room(worker);
    return !function || !(function->flags & WEIR_EXACT_INTS) || are_ints(values, count);
}

void fold_retire(scope_worker *worker)
{
    if (worker->fold.chunk_bytes > 0) {
        worker->retired = memory_resize(worker->retired,
                                        (worker->retired_count + 1) * sizeof *worker->retired);
        worker->retired[worker->retired_count++] = worker->fold;
        arena_init(&worker->fold, worker->kept.budget);
    }
    worker->fold_live = 0;
}
