/* Windows without an inverse: forms made from the panes. */
#include <stdlib.h>

#include "base/error.h"
#include "operators/window_inside.h"

/* --- which form ------------------------------------------------------------------------------ */

/* A slide goes over the arrays of all keys, or over the queues of the keys of two panes, which
 * costs several times as much for each. Between the bounds whatever there is stays. */
enum { FEW_PANES_OF_KEYS = 4, MANY_PANES_OF_KEYS = 8 };

static bool can_subtract(const window *window)
{
    const weir_function *reduce = window->reduce;
    return !window->is_general && reduce->inverse &&
           (reduce->flags & (WEIR_EXACT | WEIR_EXACT_INTS));
}

/* `keys`: of the window, `entries`: keys of its panes, added up. */
static const window_form_class *choose(const window *window, uint64_t keys, uint64_t entries,
                                       size_t panes)
{
    if (can_subtract(window)) return &window_form_subtract;
    uint64_t of_pane = panes ? entries / panes + 1 : 1;
    if (keys > MANY_PANES_OF_KEYS * of_pane) return &window_form_queues;
    if (keys < FEW_PANES_OF_KEYS * of_pane || !window->form) return &window_form_chunks;
    return window->form == &window_form_queues ? &window_form_queues : &window_form_chunks;
}

static uint64_t count_entries(const window *window)
{
    uint64_t entries = 0;
    for (size_t i = 0; i < window->panes->count; i++) entries += window->panes->slots[i].records;
    return entries;
}

/* Nothing is known yet: one partition stands for all. */
static weir_status choose_from_panes(window *window)
{
    pane_set *panes = window->panes;
    window_part sample = {0};
    uint64_t entries = 0;
    if (can_subtract(window)) {
        window->form = &window_form_subtract;
        return WEIR_OK;
    }
    key_numbers_init(&sample.numbers, NULL);
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < panes->count; i++) {
        const records *records;
        status = pane_set_read(panes, i, 0, &records);
        if (status != WEIR_OK) break;
        if (records->count > 0) window_number(&sample, records);
        entries += records->count;
    }
    window->form = choose(window, key_numbers_used(&sample.numbers), entries, panes->count);
    key_numbers_release(&sample.numbers);
    free(sample.found);
    return status;
}

/* Looked at often while the window fills, then once a chunk. */
static bool is_time_to_choose(const window_batch *batch)
{
    size_t panes = batch->window->panes->count;
    return (panes & (panes - 1)) == 0 || batch->index % batch->window->shape.chunk == 0;
}

static void choose_again(window_batch *batch)
{
    window *window = batch->window;
    uint64_t keys = 0;
    for (size_t i = 0; i < window->part_count; i++)
        keys += key_numbers_used(&window->parts[i].numbers);
    const window_form_class *form =
        choose(window, keys, count_entries(window), window->panes->count);
    if (form == window->form) return;
    window_forget(window);
    window->form = form;
}

/* --- tasks ----------------------------------------------------------------------------------- */

typedef struct form_work {
    work base;
    const window_batch *batch;
    records *results;
} form_work;

static void leave_for(window_part *part, int64_t index)
{
    const window_form_class *class = part->form->class;
    if (class->leave) class->leave(part->form, index, &part->numbers);
}

static bool enter_slot(window *window, task *task, size_t slot, size_t target)
{
    window_part *part = &window->parts[target];
    pane_set *panes = window->panes;
    const records *records;
    weir_status status = pane_set_read(panes, slot, target, &records);
    if (status != WEIR_OK) {
        task_fail(task, status, "%s", error_text());
        return false;
    }
    int64_t index = window_index(window, panes->slots[slot].time_ms);
    leave_for(part, index);
    const uint32_t *numbers = window_number(part, records);
    bool is_held = part->form->class->enter(part->form, task, index, panes->slots[slot].data,
                                            records, numbers);
    if (!is_held) atomic_store(&window->is_void, true);
    return is_held && !task_is_failed(task);
}

static void run_target(const form_work *work, task *task, size_t target)
{
    const window_batch *batch = work->batch;
    window *window = batch->window;
    window_part *part = &window->parts[target];
    size_t slot = batch->before;
    if (!part->form) {
        part->form = window->form->create(&part->shape);
        slot = 0;
    }
    bool has_pane = window->panes->count > batch->before;
    for (; slot < window->panes->count; slot++)
        if (!enter_slot(window, task, slot, target)) return;
    if (!has_pane) {
        leave_for(part, batch->index);
        part->form->class->enter(part->form, task, batch->index, NULL, NULL, NULL);
    }
    if (batch->is_slide)
        part->form->class->yield(part->form, task, batch->index, &part->numbers,
                                 &work->results[target]);
}

static void form_target(work *base, task *task, size_t target)
{
    form_work *work = (form_work *)base;
    task->function = work->batch->window->reduce->name;
    arena *before = arena_set_current(&task->scratch);
    run_target(work, task, target);
    arena_set_current(before);
}

/* --- a batch --------------------------------------------------------------------------------- */

weir_status window_run_forms(window_batch *batch, scope *scope, records *results)
{
    window *window = batch->window;
    weir_status status = WEIR_OK;
    if (window->is_built && is_time_to_choose(batch)) choose_again(batch);
    bool was_built = window->is_built;
    for (bool is_done = false; !is_done && status == WEIR_OK;) {
        window_open_panes(window, window->is_built ? batch->before : 0);
        if (!window->is_built && !window->form) status = choose_from_panes(window);
        atomic_store(&window->is_void, false);
        form_work work = {{form_target}, batch, results};
        if (status == WEIR_OK) status = scope_run(scope, &work.base, window->part_count);
        is_done = !atomic_load(&window->is_void);
        if (!is_done) {
            window->is_general = true;
            window->form = NULL;
            window_forget(window);
        }
    }
    if (status != WEIR_OK) return status;
    size_t taken = was_built ? batch->before : 0;
    for (size_t i = taken; i < window->panes->count; i++) pane_set_is_unwanted(window->panes, i);
    window->is_built = true;
    return WEIR_OK;
}
