#include "operators/group.h"

#include <string.h>

typedef struct group_work {
    work base;
    weir_dataset *dataset;
    shuffle shuffles[2];
    records *results;
} group_work;

/* What one task has in hand. */
typedef struct grouping {
    const weir_dataset *dataset;
    const table *table;
    grouped_values sides[2]; /* by entry of the table */
    arena *kept;
    records *result;
    task *task; /* once it has failed nothing more is made */
} grouping;

static void find_bucket(scope_worker *worker, const records *bucket, uint32_t *indexes)
{
    for (size_t at = 0; at < bucket->count; at += WEIR_VECTOR_SIZE) {
        size_t left = bucket->count - at;
        table_find_or_add(&worker->table, &worker->kept, bucket->keys + at,
                          left < WEIR_VECTOR_SIZE ? left : WEIR_VECTOR_SIZE, indexes + at);
    }
}

static uint32_t *find_entries(scope_worker *worker, const shuffle *shuffle, size_t target)
{
    size_t count = shuffle_count(shuffle, target), found = 0;
    uint32_t *indexes = arena_alloc(&worker->kept, count * sizeof *indexes);
    for (size_t piece = 0; piece < shuffle->pieces; piece++) {
        const records *bucket = shuffle_bucket(shuffle, piece, target);
        find_bucket(worker, bucket, indexes + found);
        found += bucket->count;
    }
    return indexes;
}

/* Counts, sums up, distributes. */
void group_values(grouped_values *grouped, const shuffle *shuffle, size_t target,
                  const uint32_t *indexes, size_t entries, arena *kept)
{
    size_t count = shuffle_count(shuffle, target);
    grouped->begins = arena_alloc(kept, (entries + 2) * sizeof *grouped->begins);
    grouped->values = arena_alloc(kept, count * sizeof *grouped->values);
    memset(grouped->begins, 0, (entries + 2) * sizeof *grouped->begins);
    uint32_t *next = grouped->begins + 1; /* while filling: where the next value of an entry
                                           * goes */
    for (size_t i = 0; i < count; i++) next[indexes[i] + 1]++;
    for (size_t e = 1; e <= entries; e++) next[e] += next[e - 1];
    for (size_t piece = 0; piece < shuffle->pieces; piece++) {
        const records *bucket = shuffle_bucket(shuffle, piece, target);
        for (size_t i = 0; i < bucket->count; i++)
            grouped->values[next[*indexes++]++] = bucket->values[i];
    }
}

static size_t count_of(const grouped_values *side, size_t entry)
{
    return side->begins[entry + 1] - side->begins[entry];
}

static weir_value list_of(const grouped_values *side, size_t entry)
{
    return weir_list(side->values + side->begins[entry], count_of(side, entry));
}

/* Whoever makes nothing more for want of memory fails the task at once: later there may be enough
 * again, and nobody would know that records are missing. */
static bool must_stop(const grouping *grouping)
{
    task_check_memory(grouping->task);
    return task_is_failed(grouping->task);
}

static void emit(grouping *grouping, weir_value key, weir_value value)
{
    records_append_shared(grouping->result, grouping->kept, key, value);
}

/* Every combination of the values of an entry; an empty side counts as one null where the join is
 * outer. */
static void emit_join(grouping *grouping, size_t entry, weir_value key, bool keeps_left,
                      bool keeps_right)
{
    const grouped_values *left = &grouping->sides[0], *right = &grouping->sides[1];
    size_t lefts = count_of(left, entry), rights = count_of(right, entry);
    const weir_value *left_values = left->values + left->begins[entry];
    const weir_value *right_values = right->values + right->begins[entry];
    for (size_t i = 0; i < lefts && !must_stop(grouping); i++) {
        for (size_t j = 0; j < rights; j++)
            emit(grouping, key, weir_pair(left_values[i], right_values[j]));
        if (rights == 0 && keeps_left) emit(grouping, key, weir_pair(left_values[i], weir_null()));
    }
    for (size_t j = 0; lefts == 0 && keeps_right && j < rights; j++)
        emit(grouping, key, weir_pair(weir_null(), right_values[j]));
}

static void emit_left_without_right(grouping *grouping, size_t entry, weir_value key)
{
    const grouped_values *left = &grouping->sides[0];
    if (count_of(&grouping->sides[1], entry) > 0) return;
    for (size_t i = left->begins[entry]; i < left->begins[entry + 1]; i++)
        emit(grouping, key, left->values[i]);
}

static void emit_entry(grouping *grouping, size_t entry)
{
    weir_value key = grouping->table->entries[entry].key;
    const grouped_values *left = &grouping->sides[0], *right = &grouping->sides[1];
    switch ((group_variant)grouping->dataset->variant) {
    case GROUP_BY_KEY: emit(grouping, key, list_of(left, entry)); break;
    case GROUP_COGROUP:
        emit(grouping, key, weir_pair(list_of(left, entry), list_of(right, entry)));
        break;
    case GROUP_JOIN: emit_join(grouping, entry, key, false, false); break;
    case GROUP_LEFT_OUTER: emit_join(grouping, entry, key, true, false); break;
    case GROUP_RIGHT_OUTER: emit_join(grouping, entry, key, false, true); break;
    case GROUP_FULL_OUTER: emit_join(grouping, entry, key, true, true); break;
    case GROUP_SUBTRACT_KEY:
    case GROUP_SUBTRACT: emit_left_without_right(grouping, entry, key); break;
    case GROUP_INTERSECTION:
        if (count_of(left, entry) > 0 && count_of(right, entry) > 0)
            emit(grouping, key, weir_null());
        break;
    }
}

static void group_target(work *base, task *task, size_t target)
{
    group_work *work = (group_work *)base;
    scope_worker *worker = &work->dataset->scope->worker[task->worker];
    grouping grouping = {.dataset = work->dataset, .table = &worker->table, .kept = task->kept,
                         .result = &work->results[target], .task = task};
    uint32_t *indexes[2];
    task->function = work->dataset->name;
    table_clear(&worker->table);
    for (size_t i = 0; i < work->dataset->parent_count; i++)
        indexes[i] = find_entries(worker, &work->shuffles[i], target);
    for (size_t i = 0; i < work->dataset->parent_count; i++)
        group_values(&grouping.sides[i], &work->shuffles[i], target, indexes[i],
                     worker->table.count, task->kept);
    for (size_t entry = 0; entry < worker->table.count; entry++) {
        emit_entry(&grouping, entry);
        if ((entry & 1023) == 1023 && must_stop(&grouping)) return;
    }
}

weir_status group_wide(weir_dataset *dataset)
{
    bool by_record = dataset->variant == GROUP_SUBTRACT || dataset->variant == GROUP_INTERSECTION;
    group_work work = {{group_target}, dataset, {{0}},
                       dataset_make_results(dataset->scope, dataset->partitions)};
    for (size_t i = 0; i < dataset->parent_count; i++) {
        weir_status status = shuffle_run(dataset->parents[i], dataset->name,
                                         by_record ? SHUFFLE_BY_RECORD : SHUFFLE_BY_KEY, NULL,
                                         dataset->partitions, &work.shuffles[i]);
        if (status != WEIR_OK) return status;
    }
    dataset->results = work.results;
    return scope_run(dataset->scope, &work.base, dataset->partitions);
}
