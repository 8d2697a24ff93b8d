#include "ingest/stored_dataset.h"

#include <stdlib.h>

struct stored_dataset {
    _Atomic unsigned references;
    arena arena;
    size_t count;
    records partitions[];
};

typedef struct stored_split {
    records_split records;
    stored_dataset *dataset;
} stored_split;

stored_dataset *stored_dataset_create(weir_value list, size_t partitions)
{
    stored_dataset *dataset = memory_zero_alloc(1, sizeof *dataset + partitions * sizeof(records));
    dataset->references = 1;
    dataset->count = partitions;
    arena_init(&dataset->arena, NULL);
    size_t count;
    const weir_value *items = weir_items(list, &count);
    size_t from = 0;
    for (size_t i = 0; i < partitions; i++) {
        size_t to = (size_t)((__uint128_t)(i + 1) * count / partitions);
        records *records = &dataset->partitions[i];
        records_reserve(records, &dataset->arena, to - from);
        for (; from < to; from++) {
            weir_value key, value;
            value_unbox(items[from], &key, &value);
            records_append(records, &dataset->arena, key, value_present(value));
        }
    }
    return dataset;
}

void stored_dataset_drop(stored_dataset *dataset)
{
    if (!dataset || atomic_fetch_sub(&dataset->references, 1) != 1) return;
    arena_release(&dataset->arena);
    free(dataset);
}

size_t stored_dataset_count(const stored_dataset *dataset)
{
    size_t count = 0;
    for (size_t i = 0; i < dataset->count; i++) count += dataset->partitions[i].count;
    return count;
}

static weir_status read_stored(const split *split, task *task, sink *sink)
{
    return records_split_class.read(split, task, sink);
}

static void free_stored(split *split)
{
    stored_split *self = (stored_split *)split;
    stored_dataset_drop(self->dataset);
    free(self);
}

static const split_class stored_split_class = {
    .name = "stored records", .read = read_stored, .free = free_stored};

void stored_dataset_give(stored_dataset *dataset, source_batch *batch)
{
    for (size_t i = 0; i < dataset->count; i++) {
        stored_split *split = memory_zero_alloc(1, sizeof *split);
        split->records = (records_split){{&stored_split_class}, &dataset->partitions[i], true};
        split->dataset = dataset;
        atomic_fetch_add(&dataset->references, 1);
        source_batch_add(batch, &split->records.base);
    }
}
