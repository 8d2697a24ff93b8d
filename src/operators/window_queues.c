#include <stdlib.h>
#include <string.h>

#include "operators/window_form.h"

#define NONE UINT32_MAX
enum { FIRST_CAPACITY = 256, SLACK = 4 << 20 };

/* A value of one key in one pane; in the oldest chunk, once it is that: with the values behind
 * it. */
typedef struct node {
    weir_value value;
    int64_t index;
    uint32_t next; /* the next later one, or the next free one */
} node;

/* What is known of a key: its nodes, and what they give. */
typedef struct key_queue {
    weir_value middle; /* of the chunk before the newest */
    weir_value newest; /* of the chunk `chunk` */
    weir_value result; /* of the chunks that `stamp` says */
    int64_t first_index; /* of the head */
    int64_t chunk;
    int64_t folded; /* the chunk whose nodes are reduced from the newest back */
    uint32_t head;  /* NONE: nobody's number */
    uint32_t tail;
    uint64_t stamp; /* that of the form when the result was made; 0: it has changed */
} key_queue;

typedef struct form {
    window_form base;
    key_queue *keys; /* by number */
    size_t count;
    size_t capacity;
    node *nodes;
    size_t node_count;
    size_t node_capacity;
    uint32_t free_nodes;
    arena bytes; /* what values reach, and garbage */
    size_t bytes_live;
    int64_t oldest; /* chunks of the last window */
    int64_t newest;
    uint64_t stamp; /* changes with them; never 0 */
    uint32_t *gone;
    size_t gone_count;
    size_t gone_capacity;
    weir_value *back; /* room to reduce a queue from its end */
    size_t back_capacity;
} form;

static window_form *create_form(const window_shape *shape)
{
    form *form = memory_zero_alloc(1, sizeof *form);
    form->base = (window_form){&window_form_queues, shape};
    form->free_nodes = NONE;
    form->stamp = 1;
    form->oldest = form->newest = INT64_MIN;
    arena_init(&form->bytes, shape->budget);
    return &form->base;
}

static size_t form_bytes(const form *form)
{
    return form->capacity * sizeof *form->keys + form->node_capacity * sizeof *form->nodes;
}

static void free_form(window_form *base)
{
    form *form = (struct form *)base;
    memory_budget_take(base->shape->budget, form_bytes(form));
    memory_free_large(form->keys, form->capacity * sizeof *form->keys);
    memory_free_large(form->nodes, form->node_capacity * sizeof *form->nodes);
    arena_release(&form->bytes);
    free(form->gone);
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
        form->capacity = capacity;
    }
    for (; form->count < count; form->count++) form->keys[form->count].head = NONE;
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

/* Copies all that values reach to a new arena. Not while results refer to the old one. */
static void compact(form *form)
{
    arena old = form->bytes;
    arena_init(&form->bytes, old.budget);
    for (size_t i = 0; i < form->count; i++) {
        key_queue *key = &form->keys[i];
        if (key->head == NONE) continue;
        key->middle = keep(form, key->middle);
        key->newest = keep(form, key->newest);
        key->result = weir_absent();
        key->stamp = 0;
        for (uint32_t at = key->head; at != NONE; at = form->nodes[at].next)
            form->nodes[at].value = keep(form, form->nodes[at].value);
    }
    arena_release(&old);
    form->bytes_live = form->bytes.chunk_bytes;
}

/* --- a key ----------------------------------------------------------------------------------- */

/* The chunk is over for the key as well. */
static void move_on(key_queue *key, int64_t chunk)
{
    if (key->chunk == chunk) return;
    key->middle = key->chunk == chunk - 1 ? key->newest : weir_absent();
    key->newest = weir_absent();
    key->chunk = chunk;
}

static void append(form *form, uint32_t number, int64_t index, int64_t chunk, weir_value value)
{
    uint32_t at = take_node(form);
    key_queue *key = &form->keys[number];
    if (key->head == NONE) {
        *key = (key_queue){.first_index = index, .chunk = chunk, .folded = INT64_MIN, .head = at};
    } else {
        move_on(key, chunk);
        form->nodes[key->tail].next = at;
    }
    key->tail = at;
    key->stamp = 0;
    weir_value kept = keep(form, value);
    form->nodes[at] = (node){kept, index, NONE};
    weir_value newest = window_reduce(form->base.shape, key->newest, kept);
    key->newest = value_is_same(newest, kept) ? kept : keep(form, newest);
}

static void drop_before(form *form, key_queue *key, int64_t first)
{
    while (key->head != NONE && form->nodes[key->head].index < first) {
        uint32_t at = key->head;
        key->head = form->nodes[at].next;
        form->nodes[at].next = form->free_nodes;
        form->free_nodes = at;
        key->stamp = 0;
    }
    if (key->head != NONE) key->first_index = form->nodes[key->head].index;
}

/* The nodes of the oldest chunk, each with those behind it. */
static void fold_back(form *form, key_queue *key, int64_t chunk)
{
    if (key->folded == chunk) return;
    key->folded = chunk;
    int64_t end = (chunk + 1) * form->base.shape->chunk;
    size_t count = 0;
    for (uint32_t at = key->head; at != NONE && form->nodes[at].index < end;
         at = form->nodes[at].next)
        count++;
    if (count < 2) return;
    if (count > form->back_capacity) {
        form->back_capacity = 2 * count;
        form->back = memory_resize(form->back, form->back_capacity * sizeof *form->back);
    }
    uint32_t at = key->head;
    for (size_t i = 0; i < count; i++, at = form->nodes[at].next)
        form->back[i] = form->nodes[at].value;
    for (size_t i = count - 1; i-- > 0;)
        form->back[i] =
            keep(form, window_reduce(form->base.shape, form->back[i], form->back[i + 1]));
    at = key->head;
    for (size_t i = 0; i < count; i++, at = form->nodes[at].next)
        form->nodes[at].value = form->back[i];
}

static weir_value reduce_key(form *form, key_queue *key)
{
    const window_shape *shape = form->base.shape;
    move_on(key, form->newest);
    weir_value value = weir_absent();
    if (form->oldest < form->newest && window_chunk_of(shape, key->first_index) == form->oldest) {
        fold_back(form, key, form->oldest);
        value = form->nodes[key->head].value;
    }
    if (form->newest - form->oldest == 2) value = window_reduce(shape, value, key->middle);
    return window_reduce(shape, value, key->newest);
}

/* --- the form -------------------------------------------------------------------------------- */

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
    int64_t chunk = window_chunk_of(base->shape, index);
    for (size_t i = 0; i < records->count && !task_is_failed(task); i++) {
        size_t ahead = i + 8 < records->count ? i + 8 : i;
        __builtin_prefetch(&form->keys[numbers[ahead]], 1);
        append(form, numbers[i], index, chunk, records->values[i]);
        window_drop_scratch(task);
    }
    return true;
}

static void note_gone(form *form, uint32_t number)
{
    if (form->gone_count == form->gone_capacity) {
        form->gone_capacity = form->gone_capacity ? 2 * form->gone_capacity : FIRST_CAPACITY;
        form->gone = memory_resize(form->gone, form->gone_capacity * sizeof *form->gone);
    }
    form->gone[form->gone_count++] = number;
}

static void set_window(form *form, int64_t index)
{
    const window_shape *shape = form->base.shape;
    int64_t oldest = window_chunk_of(shape, index - shape->length + 1);
    int64_t newest = window_chunk_of(shape, index);
    if (oldest != form->oldest || newest != form->newest) form->stamp++;
    form->oldest = oldest;
    form->newest = newest;
}

static void yield(window_form *base, task *task, int64_t index, key_numbers *numbers,
                  records *result)
{
    form *form = (struct form *)base;
    set_window(form, index);
    size_t used = key_numbers_used(numbers), at = 0;
    weir_value *keys = arena_alloc(task->kept, used * sizeof *keys);
    weir_value *values = arena_alloc(task->kept, used * sizeof *values);
    int64_t first = index - base->shape->length + 1;
    form->gone_count = 0;
    for (size_t i = 0; i < form->count && !task_is_failed(task); i++) {
        key_queue *key = &form->keys[i];
        if (key->head == NONE) continue;
        if (key->first_index < first) drop_before(form, key, first);
        if (key->head == NONE) {
            note_gone(form, (uint32_t)i);
            continue;
        }
        if (key->stamp != form->stamp) {
            key->result = keep(form, reduce_key(form, key));
            key->stamp = form->stamp;
            window_drop_scratch(task);
        }
        keys[at] = numbers->keys[i];
        values[at++] = key->result;
    }
    if (!task_is_failed(task)) key_numbers_remove(numbers, form->gone, form->gone_count);
    *result = (struct records){keys, values, at, used};
}

const window_form_class window_form_queues = {"queues", create_form, free_form, enter, yield};
