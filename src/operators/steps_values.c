/* Steps over the values of pairs: mapValues, flatMapValues; and the step before countByValue. A
 * value that is a pair is given to the function as a record with a key, and a keyed result becomes
 * a pair value again. */
#include "operators/step.h"

static void map_values_push(step *step, const weir_vector *given)
{
    weir_value room[2 * WEIR_VECTOR_SIZE];
    weir_vector in = vector_as_pairs(given, room);
    weir_map_call map = step->function->call.map;
    for (size_t i = 0; i < in.count; i++) {
        weir_value key, value, out_key = weir_absent(), out_value = weir_absent();
        value_unbox(in.values[i], &key, &value);
        map(key, value, step->arg, &out_key, &out_value);
        step->value_room[i] = value_box(out_key, value_present(out_value));
    }
    if (task_is_failed(step->task)) return;
    weir_vector made = {in.keys, step->value_room, in.count};
    step->next->push(step->next, step->task, &made);
}
const step_class step_map_values = {.name = "mapValues", .push = map_values_push};

/* Gives the emissions that do not have it yet the key of their record. */
static void key_emissions(step *step)
{
    for (size_t i = step->keyed_upto; i < step->out.base.count; i++) {
        weir_value value = value_present(step->value_room[i]);
        step->value_room[i] = value_box(step->key_room[i], value);
        step->key_room[i] = step->key;
    }
    step->keyed_upto = step->out.base.count;
}

static void flat_map_values_push(step *step, const weir_vector *given)
{
    weir_value room[2 * WEIR_VECTOR_SIZE];
    weir_vector in = vector_as_pairs(given, room);
    weir_flat_map_call flat_map = step->function->call.flat_map;
    for (size_t i = 0; i < in.count && !task_is_failed(step->task); i++) {
        weir_value key, value;
        value_unbox(in.values[i], &key, &value);
        step->key = in.keys[i];
        flat_map(key, value, step->arg, &step->out.base);
        key_emissions(step);
    }
    step_pass_out(step);
}
const step_class step_flat_map_values = {
    .name = "flatMapValues", .push = flat_map_values_push, .flush = key_emissions};

/* (record, 1): what countByValue sums. */
static void pair_with_one_push(step *step, const weir_vector *in)
{
    weir_vector boxed = vector_boxed(in, step->key_room);
    for (size_t i = 0; i < in->count; i++) step->value_room[i] = weir_int(1);
    weir_vector made = {boxed.values, step->value_room, in->count};
    step->next->push(step->next, step->task, &made);
}
const step_class step_pair_with_one = {.name = "countByValue", .push = pair_with_one_push};

/* The key of (record, null) as a record again: what distinct and its kin end with. */
static void key_as_record_push(step *step, const weir_vector *given)
{
    weir_value room[2 * WEIR_VECTOR_SIZE];
    weir_vector in = vector_as_pairs(given, room);
    for (size_t i = 0; i < in.count; i++) {
        step->key_room[i] = weir_absent();
        step->value_room[i] = in.keys[i];
    }
    step_pass(step, step->key_room, step->value_room, in.count);
}
const step_class step_key_as_record = {.name = "distinct", .push = key_as_record_push};
