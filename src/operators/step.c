#include "operators/step.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"

static void sink_push(sink *sink, task *task, const weir_vector *vector)
{
    step *step = (struct step *)sink;
    if (task_is_failed(task)) return;
    task->function = step->function ? step->function->name : step->class->name;
    step->class->push(step, vector);
}

/* Words straight from the text: no vector of lines is ever made. */
static void sink_push_text(sink *sink, task *task, const char *text, size_t length)
{
    step *step = (struct step *)sink;
    if (task_is_failed(task)) return;
    task->function = step->function->name;
    step->function->text_kernel(text, length, step->arg, &step->out.base);
    step_pass_out(step);
}

static void out_flush(out *out)
{
    step *step = (struct step *)((char *)out - offsetof(struct step, out));
    const char *function = step->task->function; /* goes on after those behind it have run */
    if (step->class->flush) step->class->flush(step);
    step_pass_out(step);
    task_check_memory(step->task); /* one record may become more than fits */
    step->task->function = function;
}

static step *step_create(void)
{
    step *step = memory_zero_alloc(1, sizeof *step);
    step->key_room = memory_alloc(WEIR_VECTOR_SIZE * sizeof *step->key_room);
    step->value_room = memory_alloc(WEIR_VECTOR_SIZE * sizeof *step->value_room);
    step->kept = memory_alloc(WEIR_VECTOR_SIZE * sizeof *step->kept);
    step->sink.push = sink_push;
    step->out.base = (weir_out){step->key_room, step->value_room, 0, WEIR_VECTOR_SIZE};
    step->out.flush = out_flush;
    return step;
}

step *step_take(step **free_steps, const step_class *class, const weir_function *function,
                weir_value arg, task *task, sink *next)
{
    step *step = *free_steps;
    if (step)
        *free_steps = step->link;
    else
        step = step_create();
    step->class = class;
    step->function = function;
    step->arg = arg;
    step->task = task;
    step->next = next;
    step->out.base.count = 0;
    step->gathered = (records){0};
    step->keyed_upto = 0;
    step->link = NULL;
    step->sink.push_text = class->takes_text && function->text_kernel ? sink_push_text : NULL;
    return step;
}

void step_finish(step *step)
{
    if (task_is_failed(step->task) || !step->class->finish) return;
    step->task->function = step->function ? step->function->name : step->class->name;
    step->class->finish(step);
    step_pass_out(step);
}

void step_free_all(step *free_steps)
{
    while (free_steps) {
        step *next = free_steps->link;
        free(free_steps->key_room);
        free(free_steps->value_room);
        free(free_steps->kept);
        free(free_steps);
        free_steps = next;
    }
}

_Static_assert((WEIR_ABSENT & 7) == 0 && (WEIR_PAIR & 7) == 0 && WEIR_PAIR == 8,
               "of all kinds, two have these bits clear");

/* Is any value a pair or absent, or any key there? Decides the common cases without looking at
 * single records again. */
static void look(const weir_value *keys, const weir_value *values, size_t count, bool *any_key,
                 bool *any_odd)
{
    uint64_t key_bits = 0, odd = 0;
    for (size_t i = 0; i < count; i++) {
        key_bits |= keys[i].head;
        odd |= (uint64_t)((values[i].head & 7) == 0);
    }
    *any_key = key_bits != 0;
    *any_odd = odd != 0;
}

void step_pass(step *step, weir_value *keys, weir_value *values, size_t count)
{
    if (count == 0 || task_is_failed(step->task)) return;
    bool any_key, any_odd;
    look(keys, values, count, &any_key, &any_odd);
    for (size_t i = 0; any_odd && i < count; i++) {
        if (weir_is_absent(keys[i]) && weir_kind_of(values[i]) == WEIR_PAIR) {
            value_unbox(values[i], &keys[i], &values[i]);
            any_key = true;
        }
        values[i] = value_present(values[i]);
    }
    weir_vector vector = {any_key ? keys : NULL, values, count};
    step->next->push(step->next, step->task, &vector);
}

void step_pass_out(step *step)
{
    size_t count = step->out.base.count;
    step->out.base.count = 0;
    step->keyed_upto = 0;
    step_pass(step, step->key_room, step->value_room, count);
}

weir_vector vector_as_pairs(const weir_vector *vector, weir_value *room)
{
    size_t absent = vector->keys ? 0 : vector->count;
    for (size_t i = 0; vector->keys && i < vector->count; i++) absent += vector->keys[i].head == 0;
    if (absent == 0) return *vector;
    weir_value *keys = room, *values = room + WEIR_VECTOR_SIZE;
    for (size_t i = 0; i < vector->count; i++) {
        bool plain = !vector->keys || weir_is_absent(vector->keys[i]);
        keys[i] = plain ? weir_null() : vector->keys[i];
        values[i] = plain ? weir_null() : vector->values[i];
    }
    return (weir_vector){keys, values, vector->count};
}

weir_vector vector_boxed(const weir_vector *vector, weir_value *room)
{
    if (!vector->keys) return *vector;
    for (size_t i = 0; i < vector->count; i++)
        room[i] = value_box(vector->keys[i], vector->values[i]);
    return (weir_vector){NULL, room, vector->count};
}
