#include "operators/window_queues_inside.h"

#include <stdlib.h>

static many_list *many_of(queues_form *form, int64_t chunk)
{
    return &form->many[(uint64_t)chunk % MANY_LISTS];
}

void queues_note_many(queues_form *form, uint32_t number, int64_t chunk)
{
    many_list *list = many_of(form, chunk);
    if (list->chunk != chunk) list->keys.count = 0;
    list->chunk = chunk;
    queues_note(&list->keys, number);
}

void queues_note_many_again(queues_form *form, uint32_t number)
{
    const window_shape *shape = form->base.shape;
    int64_t chunk = INT64_MIN, count = 0;
    for (uint32_t at = form->keys[number].head; at != NONE; at = form->nodes[at].next) {
        int64_t of_node = window_chunk_of(shape, form->nodes[at].index);
        count = of_node == chunk ? count + 1 : 1;
        chunk = of_node;
        if (count == MANY && chunk > form->oldest) queues_note_many(form, number, chunk);
    }
}

void queues_fold_back(queues_form *form, key_queue *key, int64_t chunk)
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
            queues_keep(form, window_reduce(form->base.shape, form->back[i], form->back[i + 1]));
    at = first;
    for (size_t i = 0; i < count; i++, at = form->nodes[at].next)
        form->nodes[at].value = form->back[i];
}

void queues_regroup(queues_form *form)
{
    const many_list *list = many_of(form, form->oldest);
    if (list->chunk != form->oldest) return;
    for (size_t i = 0; i < list->keys.count; i++) {
        uint32_t number = list->keys.numbers[i];
        if (number < form->count) queues_note_change(form, &form->keys[number], number);
    }
}

void queues_fold_ahead(queues_form *form, task *task, int64_t index)
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
            queues_fold_back(form, key, form->oldest);
        queues_fold_back(form, key, form->newest - 1);
        window_drop_scratch(task);
    }
}
