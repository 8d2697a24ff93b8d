#include "operators/window_queues_inside.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_PANES = 64, SLACK = 4 << 20, AHEAD = 8 };

static window_form *create_form(const window_shape *shape)
{
    queues_form *form = memory_zero_alloc(1, sizeof *form);
    form->base = (window_form){&window_form_queues, shape};
    form->free_nodes = NONE;
    form->oldest = form->newest = INT64_MIN;
    form->is_inexact = !(shape->reduce->flags & (WEIR_EXACT | WEIR_EXACT_INTS));
    arena_init(&form->bytes, shape->budget);
    return &form->base;
}

/* What the budget knows of. */
static size_t form_bytes(const queues_form *form)
{
    size_t bytes = form->capacity * (sizeof *form->keys + sizeof *form->results) +
                   form->node_capacity * sizeof *form->nodes;
    for (size_t i = 0; i < form->pane_capacity; i++)
        bytes += form->panes[i].capacity * sizeof *form->panes[i].nodes;
    return bytes;
}

static void free_form(window_form *base)
{
    queues_form *form = (queues_form *)base;
    memory_budget_take(base->shape->budget, form_bytes(form));
    memory_free_large(form->keys, form->capacity * sizeof *form->keys);
    memory_free_large(form->results, form->capacity * sizeof *form->results);
    memory_free_large(form->nodes, form->node_capacity * sizeof *form->nodes);
    for (size_t i = 0; i < form->pane_capacity; i++) free(form->panes[i].nodes);
    free(form->panes);
    arena_release(&form->bytes);
    free(form->changed.numbers);
    free(form->gone.numbers);
    for (size_t i = 0; i < MANY_LISTS; i++) free(form->many[i].keys.numbers);
    free(form->back);
    free(form);
}

/* --- room ------------------------------------------------------------------------------------ */

static void *grow(const queues_form *form, void *old, size_t old_bytes, size_t bytes)
{
    void *grown = memory_alloc_large(bytes);
    if (old) memcpy(grown, old, old_bytes);
    memory_free_large(old, old_bytes);
    memory_budget_add(form->base.shape->budget, bytes - old_bytes);
    return grown;
}

static void reserve_keys(queues_form *form, size_t count)
{
    if (count > form->capacity) {
        size_t capacity = form->capacity ? form->capacity : FIRST_CAPACITY;
        while (capacity < count) capacity *= 2;
        form->keys = grow(form, form->keys, form->capacity * sizeof *form->keys,
                          capacity * sizeof *form->keys);
        form->results = grow(form, form->results, form->capacity * sizeof *form->results,
                             capacity * sizeof *form->results);
        form->capacity = capacity;
    }
    for (; form->count < count; form->count++)
        form->keys[form->count] = (key_queue){.head = NONE};
}

static uint32_t take_node(queues_form *form)
{
    uint32_t at = form->free_nodes;
    if (at != NONE) {
        form->free_nodes = form->nodes[at].next;
        return at;
    }
    if (form->node_count == form->node_capacity) {
        size_t capacity = form->node_capacity ? 2 * form->node_capacity : FIRST_CAPACITY;
        form->nodes = grow(form, form->nodes, form->node_capacity * sizeof *form->nodes,
                           capacity * sizeof *form->nodes);
        form->node_capacity = capacity;
    }
    return (uint32_t)form->node_count++;
}

/* Copies all that values reach to a new arena. Not while results are given out. */
static void compact(queues_form *form)
{
    arena old = form->bytes;
    arena_init(&form->bytes, old.budget);
    for (size_t i = 0; i < form->count; i++) {
        key_queue *key = &form->keys[i];
        if (key->head == NONE) continue;
        key->middle = queues_keep(form, key->middle);
        key->newest = queues_keep(form, key->newest);
        form->results[i] = queues_keep(form, form->results[i]);
        for (uint32_t at = key->head; at != NONE; at = form->nodes[at].next)
            form->nodes[at].value = queues_keep(form, form->nodes[at].value);
    }
    arena_release(&old);
    form->bytes_live = form->bytes.chunk_bytes;
}

/* --- a key ----------------------------------------------------------------------------------- */

/* One more value of its chunk. */
static void count_value(queues_form *form, key_queue *key, uint32_t number)
{
    if (key->of_chunk < MANY) key->of_chunk++;
    if (!form->is_inexact || key->is_many || key->of_chunk < MANY) return;
    key->is_many = true;
    queues_note_many(form, number, key->chunk);
}

/* The chunk is over for the key as well. */
static void move_on(key_queue *key, int64_t chunk)
{
    if (key->chunk == chunk) return;
    key->of_chunk = 0;
    key->is_many = false;
    key->middle = key->chunk == chunk - 1 ? key->newest : weir_absent();
    key->newest = weir_absent();
    key->chunk = chunk;
}

static weir_value add_value(queues_form *form, weir_value to, weir_value kept)
{
    weir_value sum = window_reduce(form->base.shape, to, kept);
    return value_is_same(sum, kept) || value_is_same(sum, to) ? sum : queues_keep(form, sum);
}

/* Returns the value's node. */
static uint32_t append(queues_form *form, uint32_t number, int64_t index, int64_t chunk,
                       weir_value value)
{
    uint32_t at = take_node(form);
    key_queue *key = &form->keys[number];
    weir_value kept = queues_keep(form, value);
    form->nodes[at] = (queue_node){kept, index, NONE, number};
    if (key->head == NONE) {
        key->middle = weir_absent();
        key->newest = form->results[number] = kept;
        key->chunk = chunk;
        key->folded = INT64_MIN;
        key->head = key->tail = at;
        key->of_chunk = 1;
        key->is_many = false;
        return at;
    }
    move_on(key, chunk);
    count_value(form, key, number);
    form->nodes[key->tail].next = at;
    key->tail = at;
    key->newest = add_value(form, key->newest, kept);
    weir_value *result = &form->results[number];
    if (form->is_inexact) queues_note_change(form, key, number);
    else if (!key->is_changed) *result = add_value(form, *result, kept);
    return at;
}

/* The oldest node of its key. */
static void drop(queues_form *form, uint32_t at)
{
    queue_node *node = &form->nodes[at];
    key_queue *key = &form->keys[node->number];
    key->head = node->next;
    node->next = form->free_nodes;
    form->free_nodes = at;
    if (key->head == NONE) queues_note(&form->gone, node->number);
    else queues_note_change(form, key, node->number);
}

static weir_value reduce_key(queues_form *form, key_queue *key)
{
    const window_shape *shape = form->base.shape;
    move_on(key, form->newest);
    weir_value value = weir_absent();
    const queue_node *head = &form->nodes[key->head];
    if (form->oldest < form->newest && window_chunk_of(shape, head->index) == form->oldest) {
        queues_fold_back(form, key, form->oldest);
        value = head->value;
    }
    if (form->newest - form->oldest == 2) value = window_reduce(shape, value, key->middle);
    return window_reduce(shape, value, key->newest);
}

/* --- panes that come and go ------------------------------------------------------------------ */

static entered *pane_at(const queues_form *form, size_t i)
{
    return &form->panes[(form->pane_first + i) & (form->pane_capacity - 1)];
}

static void grow_panes(queues_form *form)
{
    size_t capacity = form->pane_capacity ? 2 * form->pane_capacity : FIRST_PANES;
    entered *grown = memory_zero_alloc(capacity, sizeof *grown);
    for (size_t i = 0; i < form->pane_count; i++) grown[i] = *pane_at(form, i);
    free(form->panes);
    form->panes = grown;
    form->pane_capacity = capacity;
    form->pane_first = 0;
}

/* The pane has room for `count` nodes. */
static entered *add_pane(queues_form *form, int64_t index, size_t count)
{
    if (form->pane_count == form->pane_capacity) grow_panes(form);
    entered *pane = pane_at(form, form->pane_count++);
    if (count > pane->capacity) {
        memory_budget_add(form->base.shape->budget,
                          (count - pane->capacity) * sizeof *pane->nodes);
        pane->nodes = memory_resize(pane->nodes, count * sizeof *pane->nodes);
        pane->capacity = count;
    }
    pane->index = index;
    pane->count = 0;
    return pane;
}

static void drop_pane(queues_form *form, const entered *pane)
{
    for (size_t i = 0; i < pane->count; i++) {
        if (i + 2 * AHEAD < pane->count)
            __builtin_prefetch(&form->nodes[pane->nodes[i + 2 * AHEAD]], 1);
        if (i + AHEAD < pane->count)
            __builtin_prefetch(&form->keys[form->nodes[pane->nodes[i + AHEAD]].number], 1);
        drop(form, pane->nodes[i]);
    }
}

/* --- the form -------------------------------------------------------------------------------- */

static void learn_exactness(queues_form *form, const records *records)
{
    if (form->is_inexact || (form->base.shape->reduce->flags & WEIR_EXACT)) return;
    for (size_t i = 0; i < records->count; i++)
        form->is_inexact |= !weir_is_int(records->values[i]);
}

static void leave(window_form *base, int64_t index, key_numbers *numbers)
{
    queues_form *form = (queues_form *)base;
    int64_t first = index - base->shape->length + 1;
    for (; form->pane_count > 0 && pane_at(form, 0)->index < first; form->pane_count--) {
        drop_pane(form, pane_at(form, 0));
        form->pane_first++;
    }
    key_numbers_remove(numbers, form->gone.numbers, form->gone.count);
    form->gone.count = 0;
}

static bool enter(window_form *base, task *task, int64_t index, pane *pane, const records *records,
                  const uint32_t *numbers)
{
    (void)pane;
    queues_form *form = (queues_form *)base;
    if (form->bytes.chunk_bytes > 2 * form->bytes_live + SLACK) compact(form);
    if (!records || records->count == 0) return true;
    uint32_t most = 0;
    for (size_t i = 0; i < records->count; i++) most = most > numbers[i] ? most : numbers[i];
    reserve_keys(form, (size_t)most + 1);
    learn_exactness(form, records);
    entered *entered = add_pane(form, index, records->count);
    int64_t chunk = window_chunk_of(base->shape, index);
    for (size_t i = 0; i < records->count && !task_is_failed(task); i++) {
        size_t ahead = i + AHEAD < records->count ? i + AHEAD : i;
        __builtin_prefetch(&form->keys[numbers[ahead]], 1);
        __builtin_prefetch(&form->results[numbers[ahead]], 1);
        entered->nodes[entered->count++] = append(form, numbers[i], index, chunk,
                                                  records->values[i]);
        window_drop_scratch(task);
    }
    return true;
}

static void set_window(queues_form *form, int64_t index)
{
    const window_shape *shape = form->base.shape;
    int64_t oldest = window_chunk_of(shape, index - shape->length + 1);
    int64_t newest = window_chunk_of(shape, index);
    bool has_other_oldest = oldest != form->oldest;
    if (newest != form->newest) form->folded = 0;
    form->oldest = oldest;
    form->newest = newest;
    if (form->is_inexact && has_other_oldest) queues_regroup(form);
}

static void renew(queues_form *form, task *task, uint32_t number)
{
    key_queue *key = &form->keys[number];
    key->is_changed = false;
    form->results[number] = weir_absent();
    if (key->head != NONE) form->results[number] = queues_keep(form, reduce_key(form, key));
    window_drop_scratch(task);
}

static void renew_changed(queues_form *form, task *task)
{
    const number_list *changed = &form->changed;
    for (size_t i = 0; i < changed->count && !task_is_failed(task); i++) {
        size_t ahead = i + AHEAD < changed->count ? i + AHEAD : i;
        __builtin_prefetch(&form->keys[changed->numbers[ahead]], 1);
        __builtin_prefetch(&form->results[changed->numbers[ahead]], 1);
        renew(form, task, changed->numbers[i]);
    }
    form->changed.count = 0;
}

static void move_key(queues_form *form, uint32_t from, uint32_t to)
{
    form->keys[to] = form->keys[from];
    form->results[to] = form->results[from];
    for (uint32_t at = form->keys[to].head; at != NONE; at = form->nodes[at].next)
        form->nodes[at].number = to;
    if (form->is_inexact) queues_note_many_again(form, to);
}

static void close_gaps(queues_form *form, key_numbers *numbers)
{
    uint32_t from, to;
    while (key_numbers_close_gap(numbers, &from, &to)) move_key(form, from, to);
    form->count = numbers->count;
}

static void yield(window_form *base, task *task, int64_t index, key_numbers *numbers,
                  records *result)
{
    queues_form *form = (queues_form *)base;
    set_window(form, index);
    renew_changed(form, task);
    if (form->is_inexact) queues_fold_ahead(form, task, index);
    if (task_is_failed(task)) return;
    close_gaps(form, numbers);
    *result = (struct records){numbers->keys, form->results, form->count, form->count};
}

const window_form_class window_form_queues = {.name = "queues",
                                              .create = create_form,
                                              .free = free_form,
                                              .leave = leave,
                                              .enter = enter,
                                              .yield = yield};
