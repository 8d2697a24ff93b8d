#include "operators/shuffle.h"

typedef struct scatter_sink {
    sink base;
    records *buckets; /* one for each target */
    size_t targets;
    shuffle_key by;
    const placing *placing;
    size_t next; /* SHUFFLE_EVENLY: where the next record goes */
} scatter_sink;

typedef struct scatter_stage {
    stage base;
    scatter_sink *sinks;
    shuffle *shuffle;
    shuffle_key by;
    const placing *placing;
} scatter_stage;

static void scatter_evenly(scatter_sink *sink, task *task, const weir_vector *vector)
{
    for (size_t i = 0; i < vector->count; i++) {
        weir_value key = vector->keys ? vector->keys[i] : weir_absent();
        records_append(&sink->buckets[sink->next], task->kept, key, vector->values[i]);
        sink->next = sink->next + 1 == sink->targets ? 0 : sink->next + 1;
    }
}

static void scatter_by_key(scatter_sink *sink, task *task, const weir_vector *vector)
{
    weir_value room[2 * WEIR_VECTOR_SIZE];
    weir_vector pairs = vector_as_pairs(vector, room);
    for (size_t i = 0; i < pairs.count; i++) {
        size_t target = placing_find(sink->placing, task, pairs.keys[i], sink->targets);
        records *bucket = &sink->buckets[target];
        records_append(bucket, task->kept, pairs.keys[i], pairs.values[i]);
    }
}

static void scatter_by_record(scatter_sink *sink, task *task, const weir_vector *vector)
{
    weir_value room[WEIR_VECTOR_SIZE];
    weir_vector boxed = vector_boxed(vector, room);
    for (size_t i = 0; i < boxed.count; i++) {
        records *bucket = &sink->buckets[value_partition(boxed.values[i], sink->targets)];
        records_append(bucket, task->kept, boxed.values[i], weir_null());
    }
}

static void scatter_push(sink *base, task *task, const weir_vector *vector)
{
    scatter_sink *sink = (scatter_sink *)base;
    switch (sink->by) {
    case SHUFFLE_BY_KEY: scatter_by_key(sink, task, vector); break;
    case SHUFFLE_BY_RECORD: scatter_by_record(sink, task, vector); break;
    case SHUFFLE_EVENLY: scatter_evenly(sink, task, vector); break;
    }
}

static sink *scatter_open(stage *base, task *task, size_t partition)
{
    (void)task;
    scatter_stage *stage = (scatter_stage *)base;
    scatter_sink *sink = &stage->sinks[partition];
    size_t targets = stage->shuffle->targets;
    *sink = (scatter_sink){.base = {scatter_push, NULL},
                           .buckets = shuffle_bucket(stage->shuffle, partition, 0),
                           .targets = targets,
                           .by = stage->by,
                           .placing = stage->placing,
                           .next = partition % targets};
    return &sink->base;
}

weir_status shuffle_run(weir_dataset *in, const char *name, shuffle_key by, const placing *placing,
                        size_t targets, shuffle *shuffle)
{
    static const struct placing by_hash = {0};
    arena *plan = &in->scope->plan;
    weir_status status =
        scope_check_bytes(in->scope, name, in->partitions * targets * sizeof(records));
    if (status != WEIR_OK) return status;
    *shuffle = (struct shuffle){in->partitions, targets,
                                dataset_make_results(in->scope, in->partitions * targets)};
    scatter_stage stage = {{scatter_open, NULL},
                           arena_alloc(plan, in->partitions * sizeof(scatter_sink)), shuffle, by,
                           placing ? placing : &by_hash};
    return dataset_run(in, &stage.base, 0, in->partitions);
}
