#include "ingest/source_batches.h"

#include <assert.h>
#include <stdlib.h>

#include "base/error.h"
#include "ingest/source.h"
#include "ingest/stored_dataset.h"
#include "record/value.h"

typedef struct batches_source {
    source base;
    size_t count;
    stored_dataset **batches; /* NULL where there is no dataset */
    stored_dataset *empty;
    int64_t zero_ms; /* batch i is at zero + i x interval */
    bool is_cut;
} batches_source;

static weir_status cut(source *source, int64_t time_ms, source_batch *batch)
{
    batches_source *self = (batches_source *)source;
    int64_t interval_ms = source->ingest->batch_interval_ms;
    if (!self->is_cut && !source->ingest->manual_clock) self->zero_ms = time_ms - interval_ms;
    self->is_cut = true;
    int64_t at = (time_ms - self->zero_ms) / interval_ms - 1;
    assert(at >= 0);
    stored_dataset *dataset = (uint64_t)at < self->count ? self->batches[at] : self->empty;
    if (dataset)
        stored_dataset_give(dataset, batch);
    else
        batch->none = true;
    return WEIR_OK;
}

/* A batch is known by its time. */
static weir_value describe(source *source, const source_batch *batch)
{
    (void)source;
    (void)batch;
    return weir_null();
}

static weir_status replay(source *source, int64_t time_ms, weir_value what, source_batch *batch)
{
    (void)what;
    return cut(source, time_ms, batch);
}

static void free_batches(source *source)
{
    batches_source *self = (batches_source *)source;
    for (size_t i = 0; i < self->count; i++) stored_dataset_drop(self->batches[i]);
    stored_dataset_drop(self->empty);
    free(self->batches);
    free(self);
}

static const source_class batches_class = {.name = "batches", .cut = cut, .free = free_batches,
                                           .describe = describe, .replay = replay};

weir_stream *source_batches_add(weir_context *context, const weir_value *batches, size_t count,
                                int partitions)
{
    if (!context) return NULL;
    if (partitions < 1)
        return source_refuse(context,
                             error_set(WEIR_ILLEGAL_ARGUMENT,
                                       "batches: %d partitions; give 1 or more", partitions));
    for (size_t i = 0; i < count; i++) {
        if (!weir_is_absent(batches[i]) && weir_kind_of(batches[i]) != WEIR_LIST)
            return source_refuse(
                context,
                error_set(WEIR_ILLEGAL_ARGUMENT,
                          "batches: batch %zu must be a list of records, or absent", i + 1));
    }
    batches_source *self = memory_zero_alloc(1, sizeof *self);
    self->count = count;
    self->batches = memory_zero_alloc(count, sizeof(self->batches[0]));
    self->empty = stored_dataset_create(weir_list(NULL, 0), (size_t)partitions);
    for (size_t i = 0; i < count; i++) {
        if (!weir_is_absent(batches[i]))
            self->batches[i] = stored_dataset_create(batches[i], (size_t)partitions);
    }
    weir_value arguments[2] = {weir_null(), weir_int(partitions)};
    weir_value *given = value_make_list(count, &arguments[0]);
    for (size_t i = 0; i < count; i++)
        given[i] = weir_is_absent(batches[i]) ? weir_null() : batches[i];
    weir_stream *stream = source_add(&self->base, &batches_class, context, "batches");
    return source_describe_making(stream, "batches", arguments, 2);
}
