/* Windows with an inverse function: each goes on from the result before, which is the state of the
 * window's space: what left is taken out of the value of its key, what came is put in (O-32). A
 * key stays, with what is left of it (O-33), unless a filter does not keep it or neutral keys are
 * dropped, and it has no record in the window any more. As long as it has some it is remembered
 * also if the filter does not give it out, so that its value stays right (O-35). */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "operators/fold.h"
#include "operators/window_inside.h"

typedef struct inverse_work {
    work base;
    const window_batch *batch;
    scope *scope;
    records *results;
    /* slots of the set, [from, to) */
    size_t old_to; /* panes up to here were in the window before, and are not in this one */
    size_t gone_to; /* up to here they are not in this one, perhaps in none: a slide is missing */
    size_t new_from, new_to; /* panes that were not in the one before */
} inverse_work;

/* One partition at work. */
typedef struct inverse_target {
    const inverse_work *work;
    window *window;
    window_part *part;
    state_table *table;
    task *task;
    size_t target;
} inverse_target;

enum { PLACES_AHEAD = 16 };

static bool counts_live(const window *window)
{
    return window->stream->filter || window->stream->drops_neutral;
}

/* --- which keys have records ----------------------------------------------------------------- */

static const records *read_slot(const inverse_target *at, size_t slot)
{
    const records *records;
    weir_status status = pane_set_read(at->window->panes, slot, at->target, &records);
    if (status != WEIR_OK) task_fail(at->task, status, "%s", error_text());
    return records;
}

static void count_in(const inverse_target *at, size_t slot)
{
    window_part *part = at->part;
    const records *records = read_slot(at, slot);
    if (!records || records->count == 0) return;
    const uint32_t *found = window_number(part, records);
    if (part->numbers.count > part->live_capacity) {
        size_t capacity = 2 * part->numbers.count;
        part->live = memory_resize(part->live, capacity * sizeof *part->live);
        memset(part->live + part->live_capacity, 0,
               (capacity - part->live_capacity) * sizeof *part->live);
        part->live_capacity = capacity;
    }
    for (size_t i = 0; i < records->count; i++) part->live[found[i]]++;
}

static void remove_entry(const inverse_target *at, weir_value key)
{
    uint32_t index;
    state_table_find(at->table, &key, 1, &index);
    if (index == UINT32_MAX || weir_is_absent(at->table->entries[index].value)) return;
    state_table_touch(at->table, index);
    state_table_set(at->table, index, weir_absent());
}

/* A key without records has no number. */
static void count_out(const inverse_target *at, size_t slot)
{
    window_part *part = at->part;
    const records *records = read_slot(at, slot);
    if (!records) return;
    for (size_t i = 0; i < records->count; i++) {
        uint32_t number;
        key_numbers_find(&part->numbers, &records->keys[i], 1, &number);
        if (number == UINT32_MAX || --part->live[number] > 0) continue;
        if (at->window->stream->drops_neutral) remove_entry(at, records->keys[i]);
        key_numbers_remove(&part->numbers, &number, 1);
    }
}

static bool is_live(const inverse_target *at, weir_value key)
{
    uint32_t number;
    key_numbers_find(&at->part->numbers, &key, 1, &number);
    return number != UINT32_MAX;
}

/* --- values ---------------------------------------------------------------------------------- */

static void set(const inverse_target *at, uint32_t index, weir_value value)
{
    if (value_is_same(at->table->entries[index].value, value)) return;
    state_table_touch(at->table, index);
    state_table_set(at->table, index, value_present(value));
    if (state_table_is_wasteful(at->table)) state_table_compact(at->table);
    window_drop_scratch(at->task);
}

/* The entries of keys that are still where they stood when the pane came; the others are looked
 * up. */
static void find_again(const state_table *table, const weir_value *keys, size_t count,
                       uint32_t *indexes)
{
    for (size_t i = 0; i < count; i++) {
        size_t ahead = indexes[i + PLACES_AHEAD < count ? i + PLACES_AHEAD : i];
        if (ahead < table->count) __builtin_prefetch(&table->entries[ahead], 1);
        bool is_there =
            indexes[i] < table->count && value_is_same(table->entries[indexes[i]].key, keys[i]);
        if (!is_there) state_table_find(table, &keys[i], 1, &indexes[i]);
    }
}

static void take_out(const inverse_target *at, const weir_value *keys, const weir_value *values,
                     size_t count, uint32_t *places)
{
    const window *window = at->window;
    uint32_t room[WEIR_VECTOR_SIZE], *indexes = places ? places : room;
    if (places) find_again(at->table, keys, count, places);
    else state_table_find(at->table, keys, count, indexes);
    for (size_t i = 0; i < count && !task_is_failed(at->task); i++) {
        if (indexes[i] == UINT32_MAX) continue;
        weir_value before = at->table->entries[indexes[i]].value;
        if (weir_is_absent(before)) continue;
        set(at, indexes[i],
            window->inverse->call.reduce(before, values[i], window->stream->arg));
    }
}

/* inverse(f(x, y), x) = y? */
static void check_inverse(const inverse_target *at, weir_value key, weir_value before,
                          weir_value value, weir_value sum)
{
    const window *window = at->window;
    weir_value rest = window->inverse->call.reduce(sum, before, window->stream->arg);
    if (task_is_failed(at->task) || weir_equal(rest, value)) return;
    char texts[4][64], title[WINDOW_TITLE_MAX];
    weir_format(key, texts[0], sizeof texts[0]);
    weir_format(before, texts[1], sizeof texts[1]);
    weir_format(value, texts[2], sizeof texts[2]);
    weir_format(rest, texts[3], sizeof texts[3]);
    task_fail(at->task, WEIR_RUNTIME,
              "%s: the inverse %s does not undo %s: key %s: of %s with %s, it leaves %s when %s "
              "is taken out; give an exact inverse, or none",
              window_title(window, title), window->inverse->name, window->reduce->name, texts[0],
              texts[1], texts[2], texts[3], texts[1]);
}

static void put_in(const inverse_target *at, const weir_value *keys, const weir_value *values,
                   size_t count, uint32_t *places)
{
    const window *window = at->window;
    uint32_t room[WEIR_VECTOR_SIZE], *indexes = places ? places : room;
    state_table_find_or_add(at->table, keys, count, indexes);
    for (size_t i = 0; i < count && !task_is_failed(at->task); i++) {
        weir_value before = at->table->entries[indexes[i]].value;
        weir_value sum = values[i];
        if (!weir_is_absent(before)) {
            sum = window->reduce->call.reduce(before, values[i], window->stream->arg);
            if (window->stream->checks_inverse)
                check_inverse(at, keys[i], before, values[i], sum);
        }
        set(at, indexes[i], sum);
    }
}

/* `places`: room, or what was noted there when the keys came; NULL: nobody keeps it. */
typedef void (*change)(const inverse_target *at, const weir_value *keys, const weir_value *values,
                       size_t count, uint32_t *places);

static void change_all(const inverse_target *at, change change, const records *records,
                       uint32_t *places)
{
    for (size_t i = 0; i < records->count && !task_is_failed(at->task); i += WEIR_VECTOR_SIZE) {
        size_t left = records->count - i;
        change(at, records->keys + i, records->values + i,
               left < WEIR_VECTOR_SIZE ? left : WEIR_VECTOR_SIZE, places ? places + i : NULL);
    }
}

/* Several panes at once are reduced first, the oldest first. */
static void change_reduced(const inverse_target *at, change change, size_t from, size_t to)
{
    scope_worker *worker = &at->work->scope->worker[at->task->worker];
    table *table = &worker->table;
    fold fold = {at->window->reduce, at->window->stream->arg, false};
    uint32_t indexes[WEIR_VECTOR_SIZE];
    table_clear(table);
    for (size_t slot = from; slot < to; slot++) {
        const records *records = read_slot(at, slot);
        if (!records) return;
        for (size_t i = 0; i < records->count; i += WEIR_VECTOR_SIZE) {
            size_t left = records->count - i;
            size_t count = left < WEIR_VECTOR_SIZE ? left : WEIR_VECTOR_SIZE;
            table_find_or_add(table, &worker->kept, records->keys + i, count, indexes);
            fold_vector(&fold, worker, indexes, records->values + i, count);
        }
    }
    records reduced = {.keys = arena_alloc(&worker->kept, table->count * sizeof *reduced.keys),
                       .values = arena_alloc(&worker->kept, table->count * sizeof *reduced.values),
                       .count = table->count};
    for (size_t i = 0; i < table->count; i++) {
        reduced.keys[i] = table->entries[i].key;
        reduced.values[i] = table->entries[i].value;
    }
    fold_retire(worker);
    change_all(at, change, &reduced, NULL);
}

static void change_slots(const inverse_target *at, change change, size_t from, size_t to)
{
    if (to - from == 1) {
        const records *records = read_slot(at, from);
        if (!records) return;
        pane_part *part = &at->window->panes->slots[from].data->parts[at->target];
        if (change == put_in)
            part->places = arena_alloc(&part->memory, records->count * sizeof *part->places);
        change_all(at, change, records, part->places);
    } else if (to > from) {
        change_reduced(at, change, from, to);
    }
}

/* --- results --------------------------------------------------------------------------------- */

static bool is_kept(const inverse_target *at, const state_entry *entry)
{
    const weir_stream *stream = at->window->stream;
    return !stream->filter ||
           stream->filter->call.filter(entry->key, entry->value, stream->filter_arg);
}

static void yield(const inverse_target *at)
{
    state_table *table = at->table;
    records *result = &at->work->results[at->target];
    records_reserve(result, at->task->kept, table->live);
    state_walk walk = state_table_walk(table);
    const weir_function *filter = at->window->stream->filter;
    if (filter) at->task->function = filter->name;
    for (uint32_t i; state_walk_next(&walk, &i) && !task_is_failed(at->task);) {
        const state_entry *entry = &table->entries[i];
        if (weir_is_absent(entry->value)) continue;
        if (is_kept(at, entry)) {
            records_append(result, at->task->kept, entry->key, entry->value);
        } else if (!is_live(at, entry->key)) {
            state_table_touch(table, i);
            state_table_set(table, i, weir_absent());
        }
    }
}

/* --- a batch --------------------------------------------------------------------------------- */

static void run_slide(const inverse_target *at)
{
    const inverse_work *work = at->work;
    const window *window = at->window;
    at->task->function = window->inverse->name;
    change_slots(at, take_out, 0, work->old_to);
    at->task->function = window->reduce->name;
    change_slots(at, put_in, work->new_from, work->new_to);
    if (counts_live(at->window))
        for (size_t i = 0; i < work->gone_to && !task_is_failed(at->task); i++)
            count_out(at, i);
    if (!task_is_failed(at->task)) yield(at);
}

/* Panes that only the window before had were counted with it. */
static void count_panes(const inverse_target *at)
{
    const window_batch *batch = at->work->batch;
    size_t from = at->window->is_built ? batch->before : 0;
    for (size_t i = from; i < at->window->panes->count && !task_is_failed(at->task); i++)
        count_in(at, i);
}

static weir_status load_all(const inverse_target *at)
{
    state_space *space = at->window->space;
    bool must = !at->table->is_complete && space->load_all;
    return must ? space->load_all(space, at->target) : WEIR_OK;
}

static void inverse_task(work *base, task *task, size_t target)
{
    inverse_work *work = (inverse_work *)base;
    window *window = work->batch->window;
    inverse_target at = {work, window, &window->parts[target], &window->space->tables[target],
                         task, target};
    task->function = window->reduce->name;
    arena *before = arena_set_current(&task->scratch);
    if (counts_live(window)) count_panes(&at);
    if (work->batch->is_slide && !task_is_failed(task)) {
        weir_status status = load_all(&at);
        state_table_arrange(at.table); /* before there are indexes */
        if (status == WEIR_OK) run_slide(&at);
        else task_fail(task, status, "%s", error_text());
        if (window->space->trim) window->space->trim(window->space, target);
    }
    arena_set_current(before);
}

/* When the window before ended: batches between may have been given up, or be of a time for which
 * there are none. At each slide the panes that it no longer has have expired (window.c). */
static int64_t last_slide_ms(const window *window)
{
    int64_t expired_ms = window->panes->final_expired_ms;
    return expired_ms == INT64_MIN ? INT64_MIN : expired_ms + window->stream->window_ms;
}

weir_status window_run_inverse(window_batch *batch, scope *scope, records *results)
{
    window *window = batch->window;
    const weir_stream *stream = window->stream;
    int64_t end_ms = batch->time_ms - stream->window_ms; /* no longer in the window */
    int64_t last_ms = last_slide_ms(window);
    inverse_work work = {.base = {inverse_task}, .batch = batch, .scope = scope,
                         .results = results};
    work.gone_to = pane_set_after(window->panes, end_ms);
    work.old_to = pane_set_after(window->panes, end_ms < last_ms ? end_ms : last_ms);
    work.new_from = pane_set_after(window->panes, last_ms > end_ms ? last_ms : end_ms);
    work.new_to = window->panes->count;
    bool must_count = counts_live(window) && !window->is_built;
    window_open_panes(window, must_count ? 0 : batch->before);
    for (size_t i = 0; i < work.new_to; i++)
        if (i < work.gone_to || i >= work.new_from) pane_set_open(window->panes, i);
    weir_status status = scope_run(scope, &work.base, window->part_count);
    window->is_built = status == WEIR_OK;
    return status;
}
