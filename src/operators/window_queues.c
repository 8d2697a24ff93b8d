#include <stdlib.h>
#include <string.h>

#include "operators/window_form.h"

#define NONE UINT32_MAX
enum { FIRST_CAPACITY = 256, FIRST_PANES = 64, SLACK = 4 << 20, AHEAD = 8 };
/* So many values of a chunk give another result from the newest back than from the oldest on, if
 * the function rounds. Lists of the keys that have them are kept for the last chunks. */
enum { MANY = 3, MANY_LISTS = 4 };

/* A value of one key in one pane; in the oldest chunk, once it is that: with the values behind
 * it. */
typedef struct node {
    weir_value value;
    int64_t index;
    uint32_t next;   /* the next later one, or the next free one */
    uint32_t number; /* of the key */
} node;

/* What is known of a key: its nodes, and what they give. */
typedef struct key_queue {
    weir_value middle; /* of the chunk before the newest */
    weir_value newest; /* of the chunk `chunk` */
    int64_t chunk;
    int64_t folded;  /* nodes up to the end of this chunk are reduced from the newest back */
    uint32_t head;   /* NONE: nobody's number */
    uint32_t tail;
    bool is_changed; /* noted in `changed` */
    bool is_many;    /* noted in the list of `chunk` */
    uint8_t of_chunk; /* nodes of `chunk`, at most MANY */
} key_queue;

/* The nodes of a pane: when it leaves, their keys have changed. */
typedef struct entered {
    int64_t index; /* of the pane */
    uint32_t *nodes;
    size_t count;
    size_t capacity;
} entered;

typedef struct number_list {
    uint32_t *numbers;
    size_t count;
    size_t capacity;
} number_list;

/* Keys that have many values in a chunk, each at least once. Some had them under a number that is
 * another key's now. */
typedef struct many_list {
    int64_t chunk;
    number_list keys;
} many_list;

/* A slide looks at the keys that have changed alone. The numbers of keys that leave go to those
 * that enter, and what is then left free to the last keys: so the results stand side by side, and
 * are given out as they are. */
typedef struct form {
    window_form base;
    key_queue *keys;     /* by number */
    weir_value *results; /* by number, of the last window */
    size_t count;
    size_t capacity;
    node *nodes;
    size_t node_count;
    size_t node_capacity;
    uint32_t free_nodes;
    arena bytes; /* what values reach, and garbage */
    size_t bytes_live;
    entered *panes;  /* a ring: those in the window, the oldest first */
    size_t pane_first;
    size_t pane_count;
    size_t pane_capacity; /* a power of two */
    int64_t oldest;  /* chunks of the last window */
    int64_t newest;
    bool is_inexact; /* grouping matters: keys with many values in the chunk that becomes the
                      * oldest change with that */
    many_list many[MANY_LISTS]; /* by number of the chunk */
    size_t folded;   /* so many keys of the chunk before the newest were folded in advance */
    number_list changed;
    number_list gone;
    weir_value *back; /* room to reduce a queue from its end */
    size_t back_capacity;
} form;

static window_form *create_form(const window_shape *shape)
{
    form *form = memory_zero_alloc(1, sizeof *form);
    form->base = (window_form){&window_form_queues, shape};
    form->free_nodes = NONE;
    form->oldest = form->newest = INT64_MIN;
    form->is_inexact = !(shape->reduce->flags & (WEIR_EXACT | WEIR_EXACT_INTS));
    arena_init(&form->bytes, shape->budget);
    return &form->base;
}

/* What the budget knows of. */
static size_t form_bytes(const form *form)
{
    size_t bytes = form->capacity * (sizeof *form->keys + sizeof *form->results) +
                   form->node_capacity * sizeof *form->nodes;
    for (size_t i = 0; i < form->pane_capacity; i++)
        bytes += form->panes[i].capacity * sizeof *form->panes[i].nodes;
    return bytes;
}

static void free_form(window_form *base)
{
    form *form = (struct form *)base;
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

static void *grow(const form *form, void *old, size_t old_bytes, size_t bytes)
{
    void *grown = memory_alloc_large(bytes);
    if (old) memcpy(grown, old, old_bytes);
    memory_free_large(old, old_bytes);
    memory_budget_add(form->base.shape->budget, bytes - old_bytes);
    return grown;
}

static void reserve_keys(form *form, size_t count)
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

static uint32_t take_node(form *form)
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

static weir_value keep(form *form, weir_value value) { return value_copy(value, &form->bytes); }

static void note(number_list *list, uint32_t number)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : FIRST_CAPACITY;
        list->numbers = memory_resize(list->numbers, list->capacity * sizeof *list->numbers);
    }
    list->numbers[list->count++] = number;
}

/* Copies all that values reach to a new arena. Not while results are given out. */
static void compact(form *form)
{
    arena old = form->bytes;
    arena_init(&form->bytes, old.budget);
    for (size_t i = 0; i < form->count; i++) {
        key_queue *key = &form->keys[i];
        if (key->head == NONE) continue;
        key->middle = keep(form, key->middle);
        key->newest = keep(form, key->newest);
        form->results[i] = keep(form, form->results[i]);
        for (uint32_t at = key->head; at != NONE; at = form->nodes[at].next)
            form->nodes[at].value = keep(form, form->nodes[at].value);
    }
    arena_release(&old);
    form->bytes_live = form->bytes.chunk_bytes;
}

/* --- a key ----------------------------------------------------------------------------------- */

static void note_change(form *form, key_queue *key, uint32_t number)
{
    if (key->is_changed) return;
    key->is_changed = true;
    note(&form->changed, number);
}

static many_list *many_of(form *form, int64_t chunk)
{
    return &form->many[(uint64_t)chunk % MANY_LISTS];
}

static void note_many(form *form, uint32_t number, int64_t chunk)
{
    many_list *list = many_of(form, chunk);
    if (list->chunk != chunk) list->keys.count = 0;
    list->chunk = chunk;
    note(&list->keys, number);
}

/* One more value of its chunk. */
static void count_value(form *form, key_queue *key, uint32_t number)
{
    if (key->of_chunk < MANY) key->of_chunk++;
    if (!form->is_inexact || key->is_many || key->of_chunk < MANY) return;
    key->is_many = true;
    note_many(form, number, key->chunk);
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

static weir_value add_value(form *form, weir_value to, weir_value kept)
{
    weir_value sum = window_reduce(form->base.shape, to, kept);
    return value_is_same(sum, kept) || value_is_same(sum, to) ? sum : keep(form, sum);
}

/* Returns the value's node. */
static uint32_t append(form *form, uint32_t number, int64_t index, int64_t chunk, weir_value value)
{
    uint32_t at = take_node(form);
    key_queue *key = &form->keys[number];
    weir_value kept = keep(form, value);
    form->nodes[at] = (node){kept, index, NONE, number};
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
    if (form->is_inexact) note_change(form, key, number);
    else if (!key->is_changed) *result = add_value(form, *result, kept);
    return at;
}

/* The oldest node of its key. */
static void drop(form *form, uint32_t at)
{
    node *node = &form->nodes[at];
    key_queue *key = &form->keys[node->number];
    key->head = node->next;
    node->next = form->free_nodes;
    form->free_nodes = at;
    if (key->head == NONE) note(&form->gone, node->number);
    else note_change(form, key, node->number);
}

/* The nodes of one chunk, each with those behind it. Those of older chunks have been folded. */
static void fold_back(form *form, key_queue *key, int64_t chunk)
{
    if (key->folded >= chunk) return;
    key->folded = chunk;
    int64_t begin = window_chunk_begin(form->base.shape, chunk);
    int64_t end = begin + form->base.shape->chunk;
    uint32_t first = key->head;
    while (first != NONE && form->nodes[first].index < begin) first = form->nodes[first].next;
    size_t count = 0;
    for (uint32_t at = first; at != NONE && form->nodes[at].index < end; at = form->nodes[at].next)
        count++;
    if (count < 2) return;
    if (count > form->back_capacity) {
        form->back_capacity = 2 * count;
        form->back = memory_resize(form->back, form->back_capacity * sizeof *form->back);
    }
    uint32_t at = first;
    for (size_t i = 0; i < count; i++, at = form->nodes[at].next)
        form->back[i] = form->nodes[at].value;
    for (size_t i = count - 1; i-- > 0;)
        form->back[i] =
            keep(form, window_reduce(form->base.shape, form->back[i], form->back[i + 1]));
    at = first;
    for (size_t i = 0; i < count; i++, at = form->nodes[at].next)
        form->nodes[at].value = form->back[i];
}

static weir_value reduce_key(form *form, key_queue *key)
{
    const window_shape *shape = form->base.shape;
    move_on(key, form->newest);
    weir_value value = weir_absent();
    const node *head = &form->nodes[key->head];
    if (form->oldest < form->newest && window_chunk_of(shape, head->index) == form->oldest) {
        fold_back(form, key, form->oldest);
        value = head->value;
    }
    if (form->newest - form->oldest == 2) value = window_reduce(shape, value, key->middle);
    return window_reduce(shape, value, key->newest);
}

/* --- panes that come and go ------------------------------------------------------------------ */

static entered *pane_at(const form *form, size_t i)
{
    return &form->panes[(form->pane_first + i) & (form->pane_capacity - 1)];
}

static void grow_panes(form *form)
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
static entered *add_pane(form *form, int64_t index, size_t count)
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

static void drop_pane(form *form, const entered *pane)
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

static void learn_exactness(form *form, const records *records)
{
    if (form->is_inexact || (form->base.shape->reduce->flags & WEIR_EXACT)) return;
    for (size_t i = 0; i < records->count; i++)
        form->is_inexact |= !weir_is_int(records->values[i]);
}

static void leave(window_form *base, int64_t index, key_numbers *numbers)
{
    form *form = (struct form *)base;
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
    form *form = (struct form *)base;
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

/* In the chunk that has become the oldest values meet from the newest back. */
static void regroup(form *form)
{
    const many_list *list = many_of(form, form->oldest);
    if (list->chunk != form->oldest) return;
    for (size_t i = 0; i < list->keys.count; i++) {
        uint32_t number = list->keys.numbers[i];
        if (number < form->count) note_change(form, &form->keys[number], number);
    }
}

static void set_window(form *form, int64_t index)
{
    const window_shape *shape = form->base.shape;
    int64_t oldest = window_chunk_of(shape, index - shape->length + 1);
    int64_t newest = window_chunk_of(shape, index);
    bool has_other_oldest = oldest != form->oldest;
    if (newest != form->newest) form->folded = 0;
    form->oldest = oldest;
    form->newest = newest;
    if (form->is_inexact && has_other_oldest) regroup(form);
}

static void renew(form *form, task *task, uint32_t number)
{
    key_queue *key = &form->keys[number];
    key->is_changed = false;
    form->results[number] = weir_absent();
    if (key->head != NONE) form->results[number] = keep(form, reduce_key(form, key));
    window_drop_scratch(task);
}

static void renew_changed(form *form, task *task)
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

/* The chunk behind the newest will be the oldest: some of its keys are folded for that in each
 * slide, so that no slide has to fold them all. */
static void fold_ahead(form *form, task *task, int64_t index)
{
    const window_shape *shape = form->base.shape;
    const many_list *list = many_of(form, form->newest - 1);
    if (form->oldest >= form->newest - 1 || list->chunk != form->newest - 1) return;
    int64_t gone_by = index - window_chunk_begin(shape, form->newest) + 1;
    size_t count = list->keys.count;
    size_t end = (size_t)((double)count * (double)gone_by / (double)shape->chunk);
    for (; form->folded < end && form->folded < count && !task_is_failed(task); form->folded++) {
        uint32_t number = list->keys.numbers[form->folded];
        key_queue *key = &form->keys[number];
        if (number >= form->count || key->head == NONE) continue;
        if (window_chunk_of(shape, form->nodes[key->head].index) == form->oldest)
            fold_back(form, key, form->oldest);
        fold_back(form, key, form->newest - 1);
        window_drop_scratch(task);
    }
}

/* Its new number is in the lists too. */
static void note_many_again(form *form, uint32_t number)
{
    const window_shape *shape = form->base.shape;
    int64_t chunk = INT64_MIN, count = 0;
    for (uint32_t at = form->keys[number].head; at != NONE; at = form->nodes[at].next) {
        int64_t of_node = window_chunk_of(shape, form->nodes[at].index);
        count = of_node == chunk ? count + 1 : 1;
        chunk = of_node;
        if (count == MANY && chunk > form->oldest) note_many(form, number, chunk);
    }
}

static void move_key(form *form, uint32_t from, uint32_t to)
{
    form->keys[to] = form->keys[from];
    form->results[to] = form->results[from];
    for (uint32_t at = form->keys[to].head; at != NONE; at = form->nodes[at].next)
        form->nodes[at].number = to;
    if (form->is_inexact) note_many_again(form, to);
}

static void close_gaps(form *form, key_numbers *numbers)
{
    uint32_t from, to;
    while (key_numbers_close_gap(numbers, &from, &to)) move_key(form, from, to);
    form->count = numbers->count;
}

static void yield(window_form *base, task *task, int64_t index, key_numbers *numbers,
                  records *result)
{
    form *form = (struct form *)base;
    set_window(form, index);
    renew_changed(form, task);
    if (form->is_inexact) fold_ahead(form, task, index);
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
