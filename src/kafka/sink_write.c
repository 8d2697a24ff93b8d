/* Records of a batch as messages. Workers hand them to the library, which copies them. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "kafka/sink.h"
#include "operators/dataset.h"
#include "record/value.h"

enum { FULL_MS = 5, RECORD_PARTS = 7, PART_TIME = 3, PART_KEY, PART_VALUE, PART_HEADERS };

/* One partition of the dataset while it is written. */
typedef struct part {
    sink base;
    kafka_sink *to;
    buffer key;   /* texts of values that are no text */
    buffer value;
    uint64_t records;
} part;

typedef struct writing {
    stage base;
    kafka_sink *to;
    part *parts;
} writing;

/* A value as bytes; NULL: null. */
typedef struct piece {
    const void *bytes;
    size_t size;
} piece;

static void append(void *user, const char *text, size_t length)
{
    buffer_append(user, text, length);
}

/* `value` stays where it is: short strings stand in it. */
static piece piece_of(const weir_value *value, buffer *room)
{
    piece piece;
    if (weir_is_null(*value) || weir_is_absent(*value)) return (struct piece){NULL, 0};
    piece.bytes = weir_bytes(value, &piece.size);
    if (piece.bytes) return piece;
    if (weir_kind_of(*value) == WEIR_STRING || weir_kind_of(*value) == WEIR_BYTES)
        return (struct piece){"", 0};
    room->size = 0;
    buffer_reserve(room, 1);
    value_write(*value, append, room);
    return (struct piece){room->bytes, room->size};
}

/* Waits while the library's queue is full. */
static bool may_try_again(part *part, task *task)
{
    kafka.poll(part->to->client.handle, FULL_MS);
    if (kafka_sink_is_hopeless(part->to))
        task_fail(task, WEIR_IO, "%s: the context stops, and the brokers do not answer",
                  part->to->label);
    return !task_is_failed(task) && !atomic_load(&part->to->failed);
}

static void fail(part *part, task *task, rd_kafka_resp_err_t error)
{
    weir_status status =
        kafka_client_fail(&part->to->client, WEIR_IO, "a record cannot be written", error);
    task_fail(task, status, "%s", error_text());
}

static void write_pair(part *part, task *task, const weir_value *key, const weir_value *value)
{
    piece k = piece_of(key, &part->key), v = piece_of(value, &part->value);
    rd_kafka_resp_err_t error;
    do {
        /* The bytes are copied: the library does not write to them. */
        int failure = kafka.produce(part->to->topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
                                    (void *)(uintptr_t)v.bytes, v.size, k.bytes, k.size, NULL);
        error = failure ? kafka.last_error() : RD_KAFKA_RESP_ERR_NO_ERROR;
    } while (error == RD_KAFKA_RESP_ERR__QUEUE_FULL && may_try_again(part, task));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR && !task_is_failed(task)) fail(part, task, error);
}

/* --- with headers ---------------------------------------------------------------------------- */

static rd_kafka_headers_t *headers_of(weir_value list, buffer *room)
{
    size_t count, parts, length;
    const weir_value *items = weir_items(list, &count);
    rd_kafka_headers_t *headers = kafka.headers_new(count);
    for (size_t i = 0; i < count; i++) {
        const weir_value *pair = weir_items(items[i], &parts);
        const char *name = parts == 2 ? weir_bytes(&pair[0], &length) : NULL;
        if (!name) continue;
        piece value = piece_of(&pair[1], room);
        kafka.header_add(headers, name, (ssize_t)length, value.bytes, (ssize_t)value.size);
    }
    return headers;
}

static rd_kafka_resp_err_t produce_whole(part *part, const weir_value *item)
{
    rd_kafka_headers_t *headers = headers_of(item[PART_HEADERS], &part->key);
    piece key = piece_of(&item[PART_KEY], &part->key);
    piece value = piece_of(&item[PART_VALUE], &part->value);
    int64_t time_ms = weir_as_int(item[PART_TIME]);
    rd_kafka_vu_t parts[] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = part->to->topic},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)(uintptr_t)value.bytes, value.size}},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *)(uintptr_t)key.bytes, key.size}},
        {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = time_ms > 0 ? time_ms : 0},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
    };
    rd_kafka_error_t *error =
        kafka.produceva(part->to->client.handle, parts, sizeof parts / sizeof parts[0]);
    if (!error) return RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_resp_err_t code = kafka.error_code(error);
    kafka.error_destroy(error);
    kafka.headers_destroy(headers); /* they are taken otherwise */
    return code;
}

static void write_whole(part *part, task *task, weir_value record)
{
    size_t count;
    const weir_value *item = weir_items(record, &count);
    if (count != RECORD_PARTS) {
        task_fail(task, WEIR_ILLEGAL_ARGUMENT,
                  "%s: with \"records\" each value is a list (topic, partition, offset, time, "
                  "key, value, headers), as kafkaDirectStream gives it; this one is not",
                  part->to->label);
        return;
    }
    rd_kafka_resp_err_t error;
    do {
        error = produce_whole(part, item);
    } while (error == RD_KAFKA_RESP_ERR__QUEUE_FULL && may_try_again(part, task));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR && !task_is_failed(task)) fail(part, task, error);
}

/* --- the stage ------------------------------------------------------------------------------- */

static void push(sink *base, task *task, const weir_vector *vector)
{
    part *part = (struct part *)base;
    weir_value absent = weir_absent();
    for (size_t i = 0; i < vector->count && !task_is_failed(task); i++) {
        if (part->to->options.records)
            write_whole(part, task, vector->values[i]);
        else
            write_pair(part, task, vector->keys ? &vector->keys[i] : &absent, &vector->values[i]);
    }
    part->records += vector->count;
}

static sink *open_part(stage *base, task *task, size_t partition)
{
    (void)task;
    writing *writing = (struct writing *)base;
    part *part = &writing->parts[partition];
    part->base.push = push;
    part->to = writing->to;
    return &part->base;
}

weir_status kafka_sink_write(kafka_sink *to, weir_dataset *dataset, uint64_t *records)
{
    size_t count = dataset->partitions;
    kafka_sink_begin_step(to);
    writing writing = {{open_part, NULL}, to, memory_zero_alloc(count, sizeof(part))};
    weir_status status = dataset_run(dataset, &writing.base, 0, count);
    *records = 0;
    for (size_t i = 0; i < count; i++) {
        *records += writing.parts[i].records;
        buffer_release(&writing.parts[i].key);
        buffer_release(&writing.parts[i].value);
    }
    free(writing.parts);
    return status;
}
