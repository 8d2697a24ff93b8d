#include <stdlib.h>
#include <string.h>

#include "operators/window_form.h"

enum { FIRST_CAPACITY = 256 };

/* What is needed of a pane when it leaves. */
typedef struct entered {
    int64_t index;
    size_t count;
    int64_t *values;
    uint32_t *numbers;
} entered;

typedef struct form {
    window_form base;
    int64_t *sums; /* by number */
    uint32_t *live; /* panes that have the key; 0: the sum means nothing */
    size_t capacity;
    entered *panes; /* oldest first, from `first` on */
    size_t first;
    size_t count;
    size_t panes_capacity;
    uint32_t *gone; /* keys whose last pane has left */
    size_t gone_capacity;
} form;

static window_form *create_form(const window_shape *shape)
{
    form *form = memory_zero_alloc(1, sizeof *form);
    form->base = (window_form){&window_form_subtract, shape};
    return &form->base;
}

static size_t pane_bytes(const entered *pane)
{
    return pane->count * (sizeof *pane->values + sizeof *pane->numbers);
}

static void forget_pane(const form *form, entered *pane)
{
    memory_budget_take(form->base.shape->budget, pane_bytes(pane));
    free(pane->values);
    free(pane->numbers);
}

static void free_form(window_form *base)
{
    form *form = (struct form *)base;
    for (size_t i = form->first; i < form->count; i++) forget_pane(form, &form->panes[i]);
    size_t of_keys = form->capacity * (sizeof *form->sums + sizeof *form->live);
    memory_budget_take(base->shape->budget, of_keys);
    memory_free_large(form->sums, form->capacity * sizeof *form->sums);
    memory_free_large(form->live, form->capacity * sizeof *form->live);
    free(form->panes);
    free(form->gone);
    free(form);
}

static void *grow(void *old, size_t old_bytes, size_t bytes)
{
    void *grown = memory_alloc_large(bytes);
    if (old) memcpy(grown, old, old_bytes);
    memory_free_large(old, old_bytes);
    return grown;
}

static void reserve_keys(form *form, size_t count)
{
    size_t before = form->capacity, capacity = before ? before : FIRST_CAPACITY;
    while (capacity < count) capacity *= 2;
    if (capacity == before) return;
    form->sums = grow(form->sums, before * sizeof *form->sums, capacity * sizeof *form->sums);
    form->live = grow(form->live, before * sizeof *form->live, capacity * sizeof *form->live);
    memory_budget_add(form->base.shape->budget,
                      (capacity - before) * (sizeof *form->sums + sizeof *form->live));
    form->capacity = capacity;
}

static entered *add_pane(form *form, int64_t index, size_t count)
{
    if (form->count == form->panes_capacity && form->first > form->count / 2) {
        form->count -= form->first;
        memmove(form->panes, form->panes + form->first, form->count * sizeof *form->panes);
        form->first = 0;
    }
    if (form->count == form->panes_capacity) {
        form->panes_capacity = form->panes_capacity ? 2 * form->panes_capacity : 16;
        form->panes = memory_resize(form->panes, form->panes_capacity * sizeof *form->panes);
    }
    entered *pane = &form->panes[form->count++];
    *pane = (entered){index, count, memory_alloc(count * sizeof *pane->values),
                      memory_alloc(count * sizeof *pane->numbers)};
    memory_budget_add(form->base.shape->budget, pane_bytes(pane));
    return pane;
}

static bool are_ints(const weir_value *values, size_t count)
{
    bool ints = true;
    for (size_t i = 0; i < count; i++) ints &= weir_is_int(values[i]);
    return ints;
}

static bool put_in(form *form, const entered *pane)
{
    const window_shape *shape = form->base.shape;
    weir_reduce_call reduce = shape->reduce->call.reduce;
    bool ints = true;
    for (size_t i = 0; i < pane->count; i++) {
        uint32_t number = pane->numbers[i];
        weir_value sum = weir_int(pane->values[i]);
        if (form->live[number]++ > 0)
            sum = reduce(weir_int(form->sums[number]), sum, shape->arg);
        ints &= weir_is_int(sum);
        form->sums[number] = weir_as_int(sum);
    }
    return ints;
}

static bool enter(window_form *base, task *task, int64_t index, pane *pane, const records *records,
                  const uint32_t *numbers)
{
    (void)task, (void)pane;
    form *form = (struct form *)base;
    if (!records || records->count == 0) return true;
    if (!are_ints(records->values, records->count)) return false;
    entered *entered = add_pane(form, index, records->count);
    uint32_t most = 0;
    for (size_t i = 0; i < entered->count; i++) {
        entered->values[i] = weir_as_int(records->values[i]);
        entered->numbers[i] = numbers[i];
        most = most > numbers[i] ? most : numbers[i];
    }
    reserve_keys(form, (size_t)most + 1);
    return put_in(form, entered);
}

/* Gives how many keys went with it, into form->gone. */
static size_t take_out(form *form, const entered *pane)
{
    const window_shape *shape = form->base.shape;
    weir_reduce_call inverse = shape->reduce->inverse;
    size_t gone = 0;
    if (pane->count > form->gone_capacity) {
        form->gone_capacity = pane->count;
        form->gone = memory_resize(form->gone, pane->count * sizeof *form->gone);
    }
    for (size_t i = 0; i < pane->count; i++) {
        uint32_t number = pane->numbers[i];
        weir_value rest = inverse(weir_int(form->sums[number]), weir_int(pane->values[i]),
                                  shape->arg);
        form->sums[number] = weir_as_int(rest);
        if (--form->live[number] == 0) form->gone[gone++] = number;
    }
    return gone;
}

static void yield(window_form *base, task *task, int64_t index, key_numbers *numbers,
                  records *result)
{
    form *form = (struct form *)base;
    for (; form->first < form->count; form->first++) {
        entered *pane = &form->panes[form->first];
        if (pane->index > index - base->shape->length) break;
        key_numbers_remove(numbers, form->gone, take_out(form, pane));
        forget_pane(form, pane);
    }
    size_t used = key_numbers_used(numbers), at = 0;
    weir_value *keys = arena_alloc(task->kept, used * sizeof *keys);
    weir_value *values = arena_alloc(task->kept, used * sizeof *values);
    size_t count = numbers->count < form->capacity ? numbers->count : form->capacity;
    for (size_t i = 0; i < count; i++) {
        if (form->live[i] == 0) continue;
        keys[at] = numbers->keys[i];
        values[at++] = weir_int(form->sums[i]);
    }
    *result = (struct records){keys, values, at, used};
}

const window_form_class window_form_subtract = {.name = "subtract",
                                                .create = create_form,
                                                .free = free_form,
                                                .enter = enter,
                                                .yield = yield};
