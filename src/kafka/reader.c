#include "kafka/reader.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log_line.h"

enum {
    LOOK_MS = 100,           /* between looks at whether it is worth waiting */
    STOPPING_MS = 3000,      /* patience once the context stops */
    SEEK_MS = 10000,
    ASK_MS = 5000
};

void kafka_reader_init(kafka_reader *reader, kafka_client *client, const char *topic,
                       int32_t partition, int64_t patience_ms, bool resets)
{
    memset(reader, 0, sizeof *reader);
    reader->client = client;
    reader->topic = topic;
    reader->partition = partition;
    reader->patience_ms = patience_ms;
    reader->resets = resets;
    pthread_mutex_init(&reader->mutex, NULL);
}

static void drop_held(kafka_reader *reader)
{
    while (reader->first < reader->end) kafka.message_destroy(reader->held[reader->first++]);
    reader->first = reader->end = 0;
}

static void close_handle(kafka_reader *reader)
{
    drop_held(reader);
    if (!reader->handle) return;
    kafka.consume_stop(reader->handle, reader->partition);
    kafka.queue_destroy(reader->queue);
    kafka.topic_destroy(reader->handle);
    reader->handle = NULL;
    reader->queue = NULL;
}

void kafka_reader_release(kafka_reader *reader)
{
    close_handle(reader);
    pthread_mutex_destroy(&reader->mutex);
}

/* --- going to an offset ---------------------------------------------------------------------- */

static weir_status open_at(kafka_reader *reader, int64_t offset)
{
    reader->handle = kafka.topic_new(reader->client->handle, reader->topic, NULL);
    if (!reader->handle)
        return kafka_client_fail(reader->client, WEIR_IO, reader->topic, kafka.last_error());
    reader->queue = kafka.queue_new(reader->client->handle);
    reader->at = offset;
    if (kafka.consume_start_queue(reader->handle, reader->partition, offset, reader->queue) == 0)
        return WEIR_OK;
    weir_status status =
        kafka_client_fail(reader->client, WEIR_IO, reader->topic, kafka.last_error());
    kafka.queue_destroy(reader->queue);
    kafka.topic_destroy(reader->handle);
    reader->handle = NULL;
    return status;
}

/* Another order than that of the batches: a batch that is tried again, or one of the log. */
static weir_status move_to(kafka_reader *reader, int64_t offset)
{
    if (!reader->handle) return open_at(reader, offset);
    if (reader->at == offset) return WEIR_OK;
    drop_held(reader);
    reader->at = offset;
    if (kafka.seek(reader->handle, reader->partition, offset, SEEK_MS) ==
        RD_KAFKA_RESP_ERR_NO_ERROR)
        return WEIR_OK;
    close_handle(reader); /* a seek fails while the leader is not known: begins anew */
    return open_at(reader, offset);
}

/* --- what comes ------------------------------------------------------------------------------ */

/* Takes no more than the range can have: what is taken counts no longer as fetched ahead, and the
 * library would fetch as much again. */
static bool refill(kafka_reader *reader, int64_t to)
{
    int64_t wanted = to - reader->at;
    size_t most = wanted < READER_MESSAGES ? (size_t)wanted : READER_MESSAGES;
    reader->first = reader->end = 0;
    ssize_t count = kafka.consume_batch_queue(reader->queue, 0, reader->held, most);
    if (count <= 0) {
        reader->held[0] = kafka.consume_queue(reader->queue, LOOK_MS);
        count = reader->held[0] ? 1 : 0;
    }
    reader->end = (size_t)count;
    return count > 0;
}

/* What was wanted is not there: from where is there something? */
static void pass_over(kafka_reader *reader, int64_t to, task *task)
{
    int64_t low = -1, high = -1;
    rd_kafka_resp_err_t error = kafka.query_watermark_offsets(
        reader->client->handle, reader->topic, reader->partition, &low, &high, ASK_MS);
    bool is_known = error == RD_KAFKA_RESP_ERR_NO_ERROR;
    close_handle(reader); /* the library fetches no more after such an error: begins anew */
    if (!reader->resets || !is_known) {
        task_fail(task, WEIR_IO,
                  "%s: topic %s, partition %" PRId32 ": the batch consists of offsets %" PRId64
                  " to %" PRId64 ", but the broker has %" PRId64 " to %" PRId64
                  " only: retention has overtaken it, or the topic was made anew; set \"reset\" "
                  "to go on with what is there",
                  reader->client->label, reader->topic, reader->partition, reader->at, to, low,
                  high);
        return;
    }
    int64_t next = low > reader->at && low < to ? low : to;
    log_line(WEIR_WARNING,
             "%s: topic %s, partition %" PRId32 ": offsets %" PRId64 " to %" PRId64
             " are gone before they were read; left out",
             reader->client->label, reader->topic, reader->partition, reader->at, next);
    if (move_to(reader, next) != WEIR_OK) task_fail(task, WEIR_IO, "%s", error_text());
}

/* A message that stands for an error, or for the end of the log. */
static void take_event(kafka_reader *reader, const rd_kafka_message_t *event, int64_t to,
                       task *task)
{
    switch (event->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        if (event->offset >= to) reader->at = to;
        break;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
        pass_over(reader, to, task);
        break;
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__BAD_MSG:
        task_fail(task, WEIR_IO, "%s: topic %s, partition %" PRId32 ", offset %" PRId64 ": %s",
                  reader->client->label, reader->topic, reader->partition, reader->at,
                  kafka.err2str(event->err));
        close_handle(reader);
        break;
    default: break; /* passes: a broker is down, a leader has moved */
    }
}

/* Gives the messages of the range that are held. */
static void give_held(kafka_reader *reader, int64_t to, task *task, kafka_reader_take take,
                      void *user)
{
    size_t from = reader->first, count = 0;
    while (reader->first + count < reader->end) {
        const rd_kafka_message_t *message = reader->held[reader->first + count];
        if (message->err || message->offset >= to || message->offset < reader->at) break;
        reader->at = message->offset + 1;
        count++;
    }
    if (count > 0) take(user, task, reader->held + from, count);
    for (size_t i = 0; i < count; i++) kafka.message_destroy(reader->held[reader->first++]);
    if (reader->first == reader->end || reader->at >= to) return;
    rd_kafka_message_t *next = reader->held[reader->first];
    if (next->err) {
        reader->held[reader->first++] = NULL;
        take_event(reader, next, to, task); /* may drop what is held */
        kafka.message_destroy(next);
    } else if (next->offset >= to) {
        reader->at = to; /* what lies between is not there; the message is held for later */
    } else {
        kafka.message_destroy(next); /* from before a seek */
        reader->first++;
    }
}

static void give_up(const kafka_reader *reader, int64_t to, int64_t waited_ms, task *task)
{
    task_fail(task, WEIR_IO,
              "%s: topic %s, partition %" PRId32 ": no message came for %.1f s, at offset %" PRId64
              " of a batch that goes to %" PRId64 "; are the brokers up?",
              reader->client->label, reader->topic, reader->partition, (double)waited_ms / 1000,
              reader->at, to);
}

void kafka_reader_read(kafka_reader *reader, int64_t from, int64_t to, task *task,
                       const _Atomic bool *is_stopping, kafka_reader_take take, void *user)
{
    pthread_mutex_lock(&reader->mutex);
    int64_t heard_us = clock_monotonic_us();
    if (move_to(reader, from) != WEIR_OK) task_fail(task, WEIR_IO, "%s", error_text());
    while (reader->handle && reader->at < to && !task_is_failed(task)) {
        if (reader->first < reader->end || refill(reader, to)) {
            int64_t before = reader->at;
            give_held(reader, to, task, take, user);
            if (reader->at > before) heard_us = clock_monotonic_us();
            continue;
        }
        int64_t waited_ms = (clock_monotonic_us() - heard_us) / 1000;
        bool is_hurried = atomic_load(is_stopping) && waited_ms >= STOPPING_MS;
        if (waited_ms >= reader->patience_ms || is_hurried) give_up(reader, to, waited_ms, task);
    }
    pthread_mutex_unlock(&reader->mutex);
}
