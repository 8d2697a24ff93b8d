/* Queue sources: datasets that the program pushes (S-20..S-22). */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/log_line.h"
#include "ingest/source.h"
#include "ingest/stored_dataset.h"
#include "record/codec.h"
#include "record/value.h"
#include "weir/source.h"

typedef struct queued {
    struct queued *next;
    stored_dataset *dataset;
} queued;

typedef struct queue_source {
    source base;
    bool one_at_a_time;
    stored_dataset *when_empty; /* or NULL */
    pthread_mutex_t mutex;      /* the list: anyone pushes */
    queued *oldest;
    queued **end;
} queue_source;

static queued *take(queue_source *self, bool all)
{
    pthread_mutex_lock(&self->mutex);
    queued *taken = self->oldest;
    if (taken && !all) {
        self->oldest = taken->next;
        taken->next = NULL;
    } else {
        self->oldest = NULL;
    }
    if (!self->oldest) self->end = &self->oldest;
    pthread_mutex_unlock(&self->mutex);
    return taken;
}

static weir_status cut(source *source, int64_t time_ms, source_batch *batch)
{
    (void)time_ms;
    queue_source *self = (queue_source *)source;
    queued *taken = take(self, !self->one_at_a_time);
    if (!taken && self->when_empty) stored_dataset_give(self->when_empty, batch);
    while (taken) {
        queued *next = taken->next;
        stored_dataset_give(taken->dataset, batch);
        stored_dataset_drop(taken->dataset);
        free(taken);
        taken = next;
    }
    return WEIR_OK;
}

static bool has_waiting(source *source)
{
    queue_source *self = (queue_source *)source;
    pthread_mutex_lock(&self->mutex);
    bool waiting = self->oldest;
    pthread_mutex_unlock(&self->mutex);
    return waiting;
}

/* A bounded run ends with its last file, whatever was pushed: what it leaves is told, not lost in
 * silence. Empty datasets are no loss. */
static void finish(source *source)
{
    queue_source *self = (queue_source *)source;
    size_t datasets = 0, records = 0;
    uint64_t batches;
    if (!source->is_needed || !ingest_is_bounded(source->ingest, &batches)) return;
    pthread_mutex_lock(&self->mutex);
    for (const queued *item = self->oldest; item; item = item->next) {
        size_t count = stored_dataset_count(item->dataset);
        datasets += count > 0;
        records += count;
    }
    pthread_mutex_unlock(&self->mutex);
    if (datasets > 0)
        log_line(WEIR_WARNING,
                 "%s: the run is over, and what was pushed was not all read: datasets left: %zu, "
                 "with %zu records; push no more than there are batches",
                 source->stream->name ? source->stream->name : "queueStream", datasets,
                 records);
}

static void free_queue(source *source)
{
    queue_source *self = (queue_source *)source;
    for (queued *item = take(self, true), *next; item; item = next) {
        next = item->next;
        stored_dataset_drop(item->dataset);
        free(item);
    }
    stored_dataset_drop(self->when_empty);
    pthread_mutex_destroy(&self->mutex);
    free(self);
}

static const source_class queue_class = {
    .name = "queue", .cut = cut, .has_waiting = has_waiting, .finish = finish,
    .free = free_queue};

/* A list of records none of which is nested too deep. */
static weir_status check_records(const char *place, weir_value records)
{
    if (weir_kind_of(records) != WEIR_LIST)
        return error_set(WEIR_ILLEGAL_ARGUMENT, "%s must be a list", place);
    size_t count;
    const weir_value *items = weir_items(records, &count);
    for (size_t i = 0; i < count; i++)
        if (!value_fits_depth(items[i]))
            return error_set(WEIR_ILLEGAL_ARGUMENT,
                             "%s: record %zu is nested deeper than %d lists and pairs; flatten it",
                             place, i + 1, CODEC_DEPTH_MAX);
    return WEIR_OK;
}

weir_stream *weir_queue_stream(weir_context *context, bool one_at_a_time,
                               weir_value default_records)
{
    if (!context) return NULL;
    weir_status status = WEIR_OK;
    if (!weir_is_absent(default_records))
        status = check_records("queueStream: the default records", default_records);
    if (status != WEIR_OK) return source_refuse(context, status);
    queue_source *self = memory_zero_alloc(1, sizeof *self);
    self->one_at_a_time = one_at_a_time;
    self->end = &self->oldest;
    pthread_mutex_init(&self->mutex, NULL);
    if (!weir_is_absent(default_records))
        self->when_empty = stored_dataset_create(default_records, 1);
    return source_add(&self->base, &queue_class, context, "queueStream");
}

/* Is it a queue, with records that it can take? `what` names the call. */
static weir_status check_dataset(const char *what, const weir_stream *queue, weir_value records,
                                 int partitions)
{
    const source *source = queue ? queue->source : NULL;
    if (!source || source->class != &queue_class)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "%s: this stream is not one that weir_queue_stream gave", what);
    char place[64];
    snprintf(place, sizeof place, "%s: the records", what);
    weir_status status = check_records(place, records);
    if (status != WEIR_OK) return status;
    if (partitions < 0 || partitions > LINEAGE_PARTITIONS_MAX)
        return error_set(WEIR_ILLEGAL_ARGUMENT, "%s: %d partitions; give 1 to %d (0: one)", what,
                         partitions, LINEAGE_PARTITIONS_MAX);
    return WEIR_OK;
}

weir_status weir_queue_default(weir_stream *queue, weir_value records, int partitions)
{
    weir_status status = check_dataset("queue default", queue, records, partitions);
    if (status == WEIR_OK) status = lineage_check_open(queue->lineage, "queue default");
    if (status != WEIR_OK) return status;
    queue_source *self = (queue_source *)queue->source;
    stored_dataset_drop(self->when_empty);
    self->when_empty = stored_dataset_create(records, partitions ? (size_t)partitions : 1);
    return WEIR_OK;
}

weir_status weir_queue_push(weir_stream *queue, weir_value records, int partitions)
{
    weir_status status = check_dataset("queue push", queue, records, partitions);
    if (status != WEIR_OK) return status;
    if (queue->lineage->is_stopped)
        return error_set(WEIR_ILLEGAL_STATE,
                         "queue push: the context has stopped; nothing is computed any more");
    queue_source *self = (queue_source *)queue->source;
    queued *item = memory_alloc(sizeof *item);
    *item = (queued){NULL, stored_dataset_create(records, partitions ? (size_t)partitions : 1)};
    pthread_mutex_lock(&self->mutex);
    *self->end = item;
    self->end = &item->next;
    pthread_mutex_unlock(&self->mutex);
    return WEIR_OK;
}
