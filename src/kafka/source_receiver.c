/* kafkaStream: what the ingest calls (ingest/source.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log_line.h"
#include "base/named_thread.h"
#include "kafka/receiver.h"
#include "kafka/sources.h"
#include "record/value.h"

enum { START_MS = 10000 };

/* --- threads --------------------------------------------------------------------------------- */

static int start_thread(kafka_consumer *consumer, size_t index)
{
    char name[THREAD_NAME_MAX];
    snprintf(name, sizeof name, "weir-kafka-%u", (unsigned)(index % 1000));
    int failure = named_thread_start(&consumer->thread, name, kafka_consumer_main, consumer);
    consumer->has_thread = failure == 0;
    return failure;
}

static void begin(kafka_receiver *self)
{
    self->is_begun = true;
    for (size_t i = 0; i < self->count; i++) {
        atomic_fetch_add(&self->running, 1);
        if (start_thread(&self->consumers[i], i) == 0) continue;
        atomic_fetch_sub(&self->running, 1);
        log_line(WEIR_ERROR, "%s: a thread cannot be started", self->label);
    }
}

static void async_closed(uv_handle_t *handle)
{
    kafka_receiver *self = handle->data;
    self->has_async = false;
    self->base.is_ended = true;
}

static void end(kafka_receiver *self)
{
    for (size_t i = 0; i < self->count; i++) {
        if (self->consumers[i].has_thread) pthread_join(self->consumers[i].thread, NULL);
        self->consumers[i].has_thread = false;
    }
    if (!uv_is_closing((uv_handle_t *)&self->async))
        uv_close((uv_handle_t *)&self->async, async_closed);
}

/* The first call comes after the start as a whole, when a restart has said what the log has of
 * each partition; the last one when the threads have ended. */
static void on_async(uv_async_t *async)
{
    kafka_receiver *self = async->data;
    if (!self->is_begun && !atomic_load(&self->is_stopping)) begin(self);
    if (atomic_load(&self->is_stopping) && atomic_load(&self->running) == 0) end(self);
}

/* --- start and stop -------------------------------------------------------------------------- */

static weir_status open_all(kafka_receiver *self)
{
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < self->count && status == WEIR_OK; i++) {
        kafka_consumer *consumer = &self->consumers[i];
        consumer->open.max_record_bytes = self->base.ingest->max_record_bytes;
        status = kafka_consumer_open(consumer);
        if (status == WEIR_OK && consumer->is_first)
            status = kafka_client_wait(&consumer->client, consumer->topic, START_MS);
    }
    return status;
}

static weir_status start(source *source)
{
    kafka_receiver *self = (kafka_receiver *)source;
    const ingest *ingest = source->ingest;
    rate_limiter_init(&self->limiter, ingest->max_rate, ingest->now_ms(ingest->now_user));
    weir_status status = open_all(self);
    if (status != WEIR_OK) return status; /* what is open is closed with the source */
    int failure = uv_async_init(ingest->loop, &self->async, on_async);
    if (failure)
        return error_set(WEIR_RUNTIME, "%s: cannot be started: %s", self->label,
                         uv_strerror(failure));
    self->async.data = self;
    self->has_async = true;
    uv_async_send(&self->async);
    return WEIR_OK;
}

static void stop(source *source)
{
    kafka_receiver *self = (kafka_receiver *)source;
    atomic_store(&self->is_stopping, true);
    uv_async_send(&self->async);
}

static void finish(source *source)
{
    kafka_receiver *self = (kafka_receiver *)source;
    for (size_t i = 0; i < self->count; i++) kafka_consumer_close(&self->consumers[i]);
}

/* --- batches --------------------------------------------------------------------------------- */

static weir_status cut(source *source, int64_t time_ms, source_batch *batch)
{
    (void)time_ms;
    kafka_receiver *self = (kafka_receiver *)source;
    batch->refused += atomic_exchange(&self->refused, 0);
    block_intake_take(&self->intake, batch);
    return WEIR_OK;
}

static bool has_waiting(source *source)
{
    return block_intake_has_waiting(&((kafka_receiver *)source)->intake);
}

/* --- for a restart --------------------------------------------------------------------------- */

static void note_stored(kafka_receiver *self, weir_value list)
{
    pthread_mutex_lock(&self->mutex);
    positions_raise_by_value(&self->stored, list);
    pthread_mutex_unlock(&self->mutex);
}

static void note_block(kafka_receiver *self, const block *block)
{
    arena room;
    arena_init(&room, NULL);
    note_stored(self, block_mark(block, &room));
    arena_release(&room);
}

static weir_status replay(source *source, int64_t time_ms, weir_value what, source_batch *batch)
{
    weir_status status = block_intake_replay(source, time_ms, what, batch);
    for (size_t i = 0; i < batch->count; i++)
        note_block((kafka_receiver *)source, block_split_block(batch->splits[i]));
    return status;
}

static void adopt(source *source, block *block)
{
    note_block((kafka_receiver *)source, block);
    block_intake_adopt(source, block);
}

static weir_value save(source *source)
{
    kafka_receiver *self = (kafka_receiver *)source;
    pthread_mutex_lock(&self->mutex);
    weir_value list = positions_value(&self->stored);
    pthread_mutex_unlock(&self->mutex);
    return list;
}

static weir_status restore(source *source, weir_value saved)
{
    note_stored((kafka_receiver *)source, saved);
    return WEIR_OK;
}

/* --- making ---------------------------------------------------------------------------------- */

static void free_receiver(source *source)
{
    kafka_receiver *self = (kafka_receiver *)source;
    finish(source);
    block_intake_release(&self->intake);
    positions_clear(&self->stored);
    pthread_mutex_destroy(&self->mutex);
    free(self->consumers);
    free(self->label);
    arena_release(&self->arena);
    free(self);
}

static const source_class receiver_class = {.name = "kafkaStream",
                                            .start = start,
                                            .stop = stop,
                                            .cut = cut,
                                            .has_waiting = has_waiting,
                                            .free = free_receiver,
                                            .describe = block_intake_describe,
                                            .replay = replay,
                                            .save = save,
                                            .restore = restore,
                                            .adopt = adopt,
                                            .oldest = block_intake_oldest,
                                            .finish = finish};

/* One for each thread that each topic is given. */
static void make_consumers(kafka_receiver *self)
{
    const weir_kafka_options *options = &self->options;
    size_t topics = options->pattern ? 1 : options->topic_count, at = 0;
    for (size_t i = 0; i < topics; i++)
        self->count += options->threads && !options->pattern ? (size_t)options->threads[i] : 1;
    self->consumers = memory_zero_alloc(self->count, sizeof *self->consumers);
    for (size_t i = 0; i < topics; i++) {
        int threads = options->threads && !options->pattern ? options->threads[i] : 1;
        for (int j = 0; j < threads; j++, at++) {
            kafka_consumer *consumer = &self->consumers[at];
            consumer->receiver = self;
            consumer->topic = options->pattern ? NULL : options->topics[i];
            consumer->is_first = j == 0;
            arena_init(&consumer->room, NULL);
        }
    }
}

weir_stream *weir_kafka_stream(weir_context *context, const weir_kafka_options *options)
{
    if (!context) return NULL;
    weir_status status = settings_check(SETTINGS_RECEIVER, options);
    if (status == WEIR_OK) status = kafka_load();
    if (status != WEIR_OK) return source_refuse(context, status);
    kafka_register();
    kafka_receiver *self = memory_zero_alloc(1, sizeof *self);
    self->base.is_live = true;
    arena_init(&self->arena, NULL);
    self->options = settings_copy(options, &self->arena);
    self->label = sources_text(SETTINGS_RECEIVER, options);
    pthread_mutex_init(&self->mutex, NULL);
    block_intake_init(&self->intake, &self->base);
    make_consumers(self);
    weir_stream *stream = source_add(&self->base, &receiver_class, context, self->label);
    weir_value spec = settings_value(options);
    return source_describe_making(stream, settings_word(SETTINGS_RECEIVER), &spec, 1);
}
