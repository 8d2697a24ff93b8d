/* mapPartitions: a whole partition at once. */
#include "library/define.h"
#include "library/numbers.h"
#include "library/shapes.h"
#include "library/tables.h"
#include "record/table.h"
#include "record/task.h"

static void part_identity(weir_reader *records, weir_value arg, weir_out *out)
{
    (void)arg;
    weir_value key, value;
    while (weir_next(records, &key, &value)) weir_emit(out, key, value);
}

static void part_count(weir_reader *records, weir_value arg, weir_out *out)
{
    (void)arg;
    weir_value key, value;
    int64_t count = 0;
    while (weir_next(records, &key, &value)) count++;
    weir_emit(out, weir_absent(), weir_int(count));
}

static void part_sum(weir_reader *records, weir_value arg, weir_out *out)
{
    (void)arg;
    weir_value key, value, sum = weir_int(0);
    while (weir_next(records, &key, &value)) sum = add(sum, plain_of(key, value));
    weir_emit(out, weir_absent(), sum);
}

static void part_max(weir_reader *records, weir_value arg, weir_out *out)
{
    (void)arg;
    weir_value key, value;
    if (!weir_next(records, &key, &value)) return;
    weir_value greatest = value_box(key, value);
    while (weir_next(records, &key, &value)) greatest = greater(greatest, value_box(key, value));
    emit_record(out, greatest);
}

static void part_first(weir_reader *records, weir_value arg, weir_out *out)
{
    (void)arg;
    weir_value key, value;
    if (weir_next(records, &key, &value)) weir_emit(out, key, value);
}

static void part_one(weir_reader *records, weir_value arg, weir_out *out)
{
    (void)records;
    (void)arg;
    weir_emit(out, weir_absent(), weir_int(1));
}

static bool is_out_of_memory(task *task)
{
    if (!task) return false;
    task_check_memory(task);
    return task_is_failed(task);
}

static void part_distinct(weir_reader *records, weir_value arg, weir_out *out)
{
    (void)arg;
    task *task = task_current(); /* NULL: in a test of the function alone */
    table seen;
    table_init(&seen);
    seen.budget = task ? task->budget : NULL;
    weir_value key, value;
    for (size_t met = 1; weir_next(records, &key, &value); met++) {
        weir_value record = value_box(key, value);
        uint32_t index;
        table_find_or_add(&seen, arena_current(), &record, 1, &index);
        if (met % WEIR_VECTOR_SIZE == 0 && is_out_of_memory(task)) break;
    }
    /* Entries stand in the order in which they were added. */
    for (size_t i = 0; i < seen.count && !is_out_of_memory(task); i++)
        emit_record(out, seen.entries[i].key);
    table_release(&seen);
}

DEFINE_PARTITION(part_identity, .about = "the records of a partition as they are");
DEFINE_PARTITION(part_count, .about = "how many records a partition has");
DEFINE_PARTITION(part_sum,
                 .about = "the sum of a partition, from 0; null if a record is no number");
DEFINE_PARTITION(part_max, .about = "the greatest record of a partition, if there is any");
DEFINE_PARTITION(part_first, .about = "the first record of a partition, if there is any");
DEFINE_PARTITION(part_one, .about = "1 for each partition");
DEFINE_PARTITION(part_distinct, .about = "the first occurrence of each record of a partition");

const weir_function *const library_partitions[] = {
    &weir_fn_part_identity, &weir_fn_part_count, &weir_fn_part_sum,      &weir_fn_part_max,
    &weir_fn_part_first,    &weir_fn_part_one,   &weir_fn_part_distinct, NULL};
