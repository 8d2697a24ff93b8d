#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "operators/value_array.h"
#include "operators/window_form.h"

/* A pane of a chunk: as it came until its tail is made, then only that. */
typedef struct chunk_pane {
    int64_t offset; /* from the beginning of the chunk */
    pane *pane;     /* held; NULL: done with */
    const records *records;
    uint32_t *numbers;
    value_array *tail; /* this pane and those behind it in the chunk; or NULL */
} chunk_pane;

typedef struct chunk {
    bool is_used;
    int64_t number;
    chunk_pane *panes;   /* those that came, by rising offsets */
    size_t count;
    size_t capacity;
    size_t tails_from;   /* tails are made from this pane on */
    size_t live_from;    /* what is before was given up */
    value_array total;   /* of all panes, from the oldest on */
    const value_array *newest_tail; /* the one made last, or NULL */
} chunk;

enum { CHUNKS = 3, FIRST_PANES = 8 };

typedef struct form {
    window_form base;
    chunk chunks[CHUNKS]; /* a window touches so many at most: number modulo 3 */
    value_array **spare;  /* tails to be used again */
    size_t spare_count;
    size_t spare_capacity;
    uint32_t *gone;
    size_t gone_capacity;
} form;

/* --- memory ---------------------------------------------------------------------------------- */

static value_array *take_array(form *form)
{
    if (form->spare_count > 0) return form->spare[--form->spare_count];
    value_array *array = memory_alloc(sizeof *array);
    value_array_init(array, form->base.shape->budget);
    return array;
}

static void give_array(form *form, value_array *array)
{
    if (form->spare_count == form->spare_capacity) {
        form->spare_capacity = form->spare_capacity ? 2 * form->spare_capacity : 4;
        form->spare =
            memory_resize(form->spare, form->spare_capacity * sizeof(value_array *));
    }
    form->spare[form->spare_count++] = array;
}

static void free_array(value_array *array)
{
    value_array_release(array);
    free(array);
}

static void let_go(chunk_pane *at)
{
    pane_release(at->pane);
    free(at->numbers);
    at->pane = NULL;
    at->records = NULL;
    at->numbers = NULL;
}

static void clear_chunk(form *form, chunk *chunk)
{
    for (size_t i = 0; i < chunk->count; i++) {
        let_go(&chunk->panes[i]);
        if (chunk->panes[i].tail) give_array(form, chunk->panes[i].tail);
    }
    chunk->count = 0;
    value_array_clear(&chunk->total);
    chunk->is_used = false;
    chunk->newest_tail = NULL;
    chunk->tails_from = SIZE_MAX;
    chunk->live_from = 0;
}

static window_form *create_form(const window_shape *shape)
{
    form *form = memory_zero_alloc(1, sizeof *form);
    form->base = (window_form){&window_form_chunks, shape};
    for (size_t i = 0; i < CHUNKS; i++) {
        form->chunks[i].tails_from = SIZE_MAX;
        value_array_init(&form->chunks[i].total, shape->budget);
    }
    return &form->base;
}

static void free_form(window_form *base)
{
    form *form = (struct form *)base;
    for (size_t i = 0; i < CHUNKS; i++) {
        clear_chunk(form, &form->chunks[i]);
        value_array_release(&form->chunks[i].total);
        free(form->chunks[i].panes);
    }
    for (size_t i = 0; i < form->spare_count; i++) free_array(form->spare[i]);
    free(form->spare);
    free(form->gone);
    free(form);
}

static chunk *chunk_at(form *form, int64_t number)
{
    return &form->chunks[(number % CHUNKS + CHUNKS) % CHUNKS];
}

/* Behind those that came before. */
static void add_pane(chunk *chunk, chunk_pane pane)
{
    if (chunk->count == chunk->capacity) {
        chunk->capacity = chunk->capacity ? 2 * chunk->capacity : FIRST_PANES;
        chunk->panes = memory_resize(chunk->panes, chunk->capacity * sizeof *chunk->panes);
    }
    chunk->panes[chunk->count++] = pane;
}

/* NULL: no pane of it came. */
static chunk *find_chunk(form *form, int64_t number)
{
    chunk *chunk = chunk_at(form, number);
    return chunk->is_used && chunk->number == number ? chunk : NULL;
}

/* --- panes come ------------------------------------------------------------------------------ */

static uint32_t greatest(const uint32_t *numbers, size_t count)
{
    uint32_t most = 0;
    for (size_t i = 0; i < count; i++) most = most > numbers[i] ? most : numbers[i];
    return most;
}

/* array[number] = f(array[number], value), or the other way round. */
static void fold(const form *form, task *task, value_array *array, const chunk_pane *from,
                 bool is_before)
{
    const window_shape *shape = form->base.shape;
    const records *records = from->records;
    if (records->count == 0) return;
    value_array_reserve(array, (size_t)greatest(from->numbers, records->count) + 1);
    for (size_t i = 0; i < records->count && !task_is_failed(task); i++) {
        uint32_t at = from->numbers[i];
        weir_value there = array->items[at], value = records->values[i];
        value_array_set(array, at, is_before ? window_reduce(shape, value, there)
                                             : window_reduce(shape, there, value));
        window_drop_scratch(task);
    }
}

/* Makes the tail of the newest pane that has none yet. false: they are all there. */
static bool make_tail(form *form, task *task, chunk *chunk)
{
    if (chunk->tails_from > chunk->count) chunk->tails_from = chunk->count;
    while (chunk->tails_from > chunk->live_from) {
        chunk_pane *at = &chunk->panes[--chunk->tails_from];
        if (!at->pane) continue;
        at->tail = take_array(form);
        if (chunk->newest_tail) value_array_copy(at->tail, chunk->newest_tail);
        else value_array_clear(at->tail);
        fold(form, task, at->tail, at, true);
        chunk->newest_tail = at->tail;
        let_go(at);
        return true;
    }
    return false;
}

static bool enter(window_form *base, task *task, int64_t index, pane *pane, const records *records,
                  const uint32_t *numbers)
{
    form *form = (struct form *)base;
    int64_t number = window_chunk_of(base->shape, index);
    chunk *chunk = chunk_at(form, number);
    if (!chunk->is_used || chunk->number != number) {
        clear_chunk(form, chunk);
        chunk->is_used = true;
        chunk->number = number;
    }
    if (records && records->count > 0) {
        size_t bytes = records->count * sizeof *numbers;
        add_pane(chunk, (chunk_pane){.offset = index - window_chunk_begin(base->shape, number),
                                     .pane = pane_hold(pane), .records = records,
                                     .numbers = memcpy(memory_alloc(bytes), numbers, bytes)});
        fold(form, task, &chunk->total, &chunk->panes[chunk->count - 1], false);
    }
    /* The chunk before is complete: in half a window of slides its tails are made, one each. */
    struct chunk *before = find_chunk(form, number - 1);
    if (before) make_tail(form, task, before);
    return true;
}

/* --- results --------------------------------------------------------------------------------- */

/* What a window is reduced from: up to three arrays, the oldest first. */
typedef struct parts {
    const value_array *part[CHUNKS];
    size_t count;
} parts;

static void add_part(parts *parts, const value_array *part)
{
    if (part && part->count > 0) parts->part[parts->count++] = part;
}

/* What stands before the window is not needed any more. */
static void let_leave(form *form, chunk *chunk, int64_t from)
{
    for (; chunk->live_from < chunk->count; chunk->live_from++) {
        chunk_pane *at = &chunk->panes[chunk->live_from];
        if (at->offset >= from) return;
        let_go(at);
        if (!at->tail) continue;
        if (at->tail == chunk->newest_tail) chunk->newest_tail = NULL;
        give_array(form, at->tail);
        at->tail = NULL;
    }
}

/* The tail of the chunk that begins with `index`; NULL if there are no panes from there on. */
static const value_array *find_tail(form *form, task *task, chunk *chunk, int64_t index)
{
    int64_t from = index - window_chunk_begin(form->base.shape, chunk->number);
    size_t first = chunk->live_from;
    while (first < chunk->count && chunk->panes[first].offset < from) first++;
    while (chunk->tails_from > first && make_tail(form, task, chunk)) continue;
    let_leave(form, chunk, from);
    return first < chunk->count ? chunk->panes[first].tail : NULL;
}

static parts find_parts(form *form, task *task, int64_t index)
{
    const window_shape *shape = form->base.shape;
    int64_t first = index - shape->length + 1;
    int64_t oldest = window_chunk_of(shape, first), newest = window_chunk_of(shape, index);
    parts parts = {.count = 0};
    for (int64_t number = oldest; number <= newest; number++) {
        chunk *chunk = find_chunk(form, number);
        if (!chunk) continue;
        bool is_cut = number == oldest && number != newest;
        add_part(&parts, is_cut ? find_tail(form, task, chunk, first) : &chunk->total);
    }
    return parts;
}

static weir_value reduce_parts(const form *form, const parts *parts, size_t number)
{
    weir_value value = weir_absent();
    for (size_t i = 0; i < parts->count; i++)
        value = window_reduce(form->base.shape, value, value_array_get(parts->part[i], number));
    return value;
}

static void note_gone(form *form, size_t *count, uint32_t number)
{
    if (*count == form->gone_capacity) {
        form->gone_capacity = form->gone_capacity ? 2 * form->gone_capacity : 256;
        form->gone = memory_resize(form->gone, form->gone_capacity * sizeof *form->gone);
    }
    form->gone[(*count)++] = number;
}

static void yield(window_form *base, task *task, int64_t index, key_numbers *numbers,
                  records *result)
{
    form *form = (struct form *)base;
    parts parts = find_parts(form, task, index);
    size_t used = key_numbers_used(numbers), at = 0, gone = 0;
    weir_value *keys = arena_alloc(task->kept, used * sizeof *keys);
    weir_value *values = arena_alloc(task->kept, used * sizeof *values);
    for (size_t i = 0; i < numbers->count && !task_is_failed(task); i++) {
        if (weir_is_absent(numbers->keys[i])) continue; /* nobody's number */
        weir_value value = reduce_parts(form, &parts, i);
        if (weir_is_absent(value)) {
            note_gone(form, &gone, (uint32_t)i);
            continue;
        }
        keys[at] = numbers->keys[i];
        values[at++] = value_copy(value, task->kept);
        window_drop_scratch(task);
    }
    if (!task_is_failed(task)) key_numbers_remove(numbers, form->gone, gone);
    *result = (struct records){keys, values, at, used};
}

const window_form_class window_form_chunks = {.name = "chunks",
                                              .create = create_form,
                                              .free = free_form,
                                              .enter = enter,
                                              .yield = yield};
