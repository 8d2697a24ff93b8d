/* Steps over whole records: map, flatMap, filter, and over whole partitions: mapPartitions,
 * glom. */
#include <string.h>

#include "operators/reader.h"
#include "operators/step.h"

static inline weir_value key_at(const weir_vector *vector, size_t at)
{
    return vector->keys ? vector->keys[at] : weir_absent();
}

/* --- map ------------------------------------------------------------------------------------- */

static void map_push(step *step, const weir_vector *in)
{
    if (step->function->kernel.map) {
        weir_vector made = {NULL, NULL, in->count};
        step->function->kernel.map(in, step->arg, &made, step->key_room, step->value_room);
        if (!task_is_failed(step->task)) step->next->push(step->next, step->task, &made);
        return;
    }
    weir_map_call map = step->function->call.map;
    memset(step->key_room, 0, in->count * sizeof *step->key_room);
    memset(step->value_room, 0, in->count * sizeof *step->value_room);
    for (size_t i = 0; i < in->count; i++)
        map(key_at(in, i), in->values[i], step->arg, &step->key_room[i], &step->value_room[i]);
    step_pass(step, step->key_room, step->value_room, in->count);
}
const step_class step_map = {.name = "map", .push = map_push};

/* --- flatMap --------------------------------------------------------------------------------- */

static void flat_map_push(step *step, const weir_vector *in)
{
    if (step->function->kernel.flat_map) {
        step->function->kernel.flat_map(in, step->arg, &step->out.base);
    } else {
        weir_flat_map_call flat_map = step->function->call.flat_map;
        for (size_t i = 0; i < in->count && !task_is_failed(step->task); i++)
            flat_map(key_at(in, i), in->values[i], step->arg, &step->out.base);
    }
    step_pass_out(step);
}
const step_class step_flat_map = {.name = "flatMap", .push = flat_map_push, .takes_text = true};

/* --- filter ---------------------------------------------------------------------------------- */

static size_t choose(step *step, const weir_vector *in)
{
    if (step->function->kernel.filter)
        return step->function->kernel.filter(in, step->arg, step->kept);
    weir_filter_call filter = step->function->call.filter;
    size_t kept = 0;
    for (size_t i = 0; i < in->count; i++) {
        step->kept[kept] = (uint32_t)i;
        kept += filter(key_at(in, i), in->values[i], step->arg);
    }
    return kept;
}

static void filter_push(step *step, const weir_vector *in)
{
    size_t kept = choose(step, in);
    if (kept == 0 || task_is_failed(step->task)) return;
    for (size_t i = 0; i < kept; i++) step->value_room[i] = in->values[step->kept[i]];
    for (size_t i = 0; in->keys && i < kept; i++) step->key_room[i] = in->keys[step->kept[i]];
    weir_vector made = {in->keys ? step->key_room : NULL, step->value_room, kept};
    step->next->push(step->next, step->task, &made);
}
const step_class step_filter = {.name = "filter", .push = filter_push};

/* --- mapPartitions, glom: the partition is gathered first ------------------------------------ */

static void gather_push(step *step, const weir_vector *in)
{
    records_append_vector(&step->gathered, step->task->kept, in);
}

static void map_partitions_finish(step *step)
{
    weir_reader reader = reader_over(&step->gathered);
    step->function->call.partition(&reader, step->arg, &step->out.base);
}
const step_class step_map_partitions = {.name = "mapPartitions", .push = gather_push,
                                        .finish = map_partitions_finish};

static void glom_finish(step *step)
{
    weir_value list;
    weir_value *items = value_make_list(step->gathered.count, &list);
    for (size_t i = 0; i < step->gathered.count; i++)
        items[i] = value_box(records_key(&step->gathered, i), step->gathered.values[i]);
    weir_emit(&step->out.base, weir_absent(), list);
}
const step_class step_glom = {.name = "glom", .push = gather_push, .finish = glom_finish};
