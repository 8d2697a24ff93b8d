#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "kafka/messages.h"
#include "kafka/receiver.h"
#include "record/block.h"
#include "record/value.h"

enum { STORE_TRIES = 4, SETTLE_MS = 3000, SEEK_MS = 10000, ASK_MS = 5000, AGAIN_MS = 100 };

/* --- into the open block --------------------------------------------------------------------- */

static int64_t stored_next(kafka_receiver *receiver, const char *topic, int32_t partition)
{
    pthread_mutex_lock(&receiver->mutex);
    const position *stored =
        positions_find(&receiver->stored, topic, strlen(topic), partition);
    int64_t next = stored ? stored->next : 0;
    pthread_mutex_unlock(&receiver->mutex);
    return next;
}

static void forget_stored(kafka_consumer *consumer, const char *topic, int32_t partition)
{
    kafka_receiver *receiver = consumer->receiver;
    pthread_mutex_lock(&receiver->mutex);
    position *stored = positions_find(&receiver->stored, topic, strlen(topic), partition);
    if (stored) stored->from = stored->next = 0;
    pthread_mutex_unlock(&receiver->mutex);
    position *untold = positions_find(&consumer->untold, topic, strlen(topic), partition);
    if (untold) untold->from = untold->next = 0;
}

void kafka_consumer_check_stored(kafka_consumer *consumer, const char *topic, int32_t partition,
                                 int64_t offset)
{
    int64_t low = -1, high = -1, next = stored_next(consumer->receiver, topic, partition);
    if (offset >= next) return;
    rd_kafka_resp_err_t error = kafka.query_watermark_offsets(
        consumer->client.handle, topic, partition, &low, &high, ASK_MS);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR || high < 0 || high >= next) return;
    log_line(WEIR_WARNING,
             "%s: topic %s, partition %" PRId32 ": the log has messages up to offset %" PRId64
             ", but the broker has %" PRId64 " to %" PRId64
             " only: the topic was made anew, and is received from there",
             consumer->receiver->label, topic, partition, next, low, high);
    forget_stored(consumer, topic, partition);
}

/* The end that came with the message is looked at first: it costs nothing. */
static bool is_stored(kafka_consumer *consumer, const char *topic,
                      const rd_kafka_message_t *message)
{
    kafka_receiver *receiver = consumer->receiver;
    int64_t low = -1, high = -1, next = stored_next(receiver, topic, message->partition);
    if (message->offset >= next) return false;
    rd_kafka_resp_err_t error = kafka.get_watermark_offsets(
        consumer->client.handle, topic, message->partition, &low, &high);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR || high < 0 || high >= next) return true;
    kafka_consumer_check_stored(consumer, topic, message->partition, message->offset);
    return message->offset < stored_next(receiver, topic, message->partition);
}

static void append(kafka_consumer *consumer, rd_kafka_message_t *message)
{
    kafka_receiver *receiver = consumer->receiver;
    weir_value key = weir_absent(), value;
    arena *before = arena_set_current(&consumer->room);
    messages_vector(&message, 1, receiver->options.form, receiver->options.bytes, &consumer->text,
                    &key, &value);
    weir_status status = record_builder_append(&consumer->open, key, value);
    arena_set_current(before);
    arena_reset(&consumer->room, 1 << 16);
    if (status == WEIR_OK) return;
    atomic_fetch_add(&receiver->refused, 1);
    log_damped(&consumer->failures, WEIR_WARNING,
               "%s: topic %s, partition %" PRId32 ", offset %" PRId64 ": %s", receiver->label,
               kafka.topic_name(message->rkt), message->partition, message->offset, error_text());
}

void kafka_consumer_take(kafka_consumer *consumer, rd_kafka_message_t *message)
{
    const char *topic = kafka.topic_name(message->rkt);
    kafka_consumer_note_gap(consumer, message);
    if (is_stored(consumer, topic, message)) {
        log_damped(&consumer->repeats, WEIR_INFO,
                   "%s: topic %s, partition %" PRId32 ": offset %" PRId64
                   " came again, is in the log already, and is left out",
                   consumer->receiver->label, topic, message->partition, message->offset);
        return;
    }
    if (consumer->collected.count == 0) consumer->opened_us = clock_monotonic_us();
    append(consumer, message);
    positions_get(&consumer->collected, topic, strlen(topic), message->partition, message->offset)
        ->next = message->offset + 1;
}

bool kafka_consumer_is_due(const kafka_consumer *consumer)
{
    int64_t interval_us = consumer->receiver->base.ingest->block_interval_ms * 1000;
    if (consumer->collected.count == 0) return false;
    return consumer->open.bytes.size >= BLOCK_BYTES ||
           clock_monotonic_us() - consumer->opened_us >= interval_us;
}

/* --- into the log ---------------------------------------------------------------------------- */

static block *cut(kafka_consumer *consumer)
{
    arena *before = arena_set_current(&consumer->room);
    (void)block_append_mark(&consumer->open.bytes, positions_value(&consumer->collected));
    arena_set_current(before);
    arena_reset(&consumer->room, 1 << 16);
    block *block = record_builder_cut(&consumer->open, consumer->receiver->base.id);
    block->format = BLOCK_MARKED;
    return block;
}

/* The reference stays the caller's. */
static weir_status store(kafka_consumer *consumer, block *block)
{
    block_receipt receipt = {.is_answered = true};
    block_intake_submit_for(&consumer->receiver->intake, block_hold(block), &receipt);
    return block_intake_wait(&receipt);
}

/* The list is the caller's to destroy. */
static rd_kafka_topic_partition_list_t *list_of(const positions *reached)
{
    rd_kafka_topic_partition_list_t *list =
        kafka.topic_partition_list_new((int)reached->count);
    for (size_t i = 0; i < reached->count; i++)
        if (reached->items[i].next > 0)
            kafka.topic_partition_list_add(list, reached->items[i].topic,
                                           reached->items[i].partition)
                ->offset = reached->items[i].next;
    return list;
}

static void say_untold(kafka_consumer *consumer, rd_kafka_resp_err_t error)
{
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    log_damped(&consumer->failures, WEIR_WARNING,
               "%s: the group %s could not be told what is received (%s); it may come again",
               consumer->receiver->label, consumer->receiver->options.group,
               kafka.err2str(error));
}

/* The answer comes by kafka_consumer_told. */
static void tell_group(kafka_consumer *consumer)
{
    positions_raise(&consumer->untold, &consumer->collected);
    rd_kafka_topic_partition_list_t *list = list_of(&consumer->collected);
    say_untold(consumer, list->cnt == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR
                                        : kafka.commit(consumer->client.handle, list, true));
    kafka.topic_partition_list_destroy(list);
}

static void drop_told(kafka_consumer *consumer, const rd_kafka_topic_partition_list_t *told)
{
    for (int i = 0; i < told->cnt; i++) {
        const rd_kafka_topic_partition_t *one = &told->elems[i];
        position *untold =
            positions_find(&consumer->untold, one->topic, strlen(one->topic), one->partition);
        bool is_told = untold && one->err == RD_KAFKA_RESP_ERR_NO_ERROR &&
                       one->offset >= untold->next;
        if (is_told) untold->from = untold->next = 0;
    }
}

void kafka_consumer_told(rd_kafka_t *handle, rd_kafka_resp_err_t error,
                         rd_kafka_topic_partition_list_t *offsets, void *opaque)
{
    (void)handle;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR && offsets)
        drop_told(kafka_client_owner(opaque), offsets);
}

static void note_answer(rd_kafka_t *handle, rd_kafka_resp_err_t error,
                        rd_kafka_topic_partition_list_t *offsets, void *opaque)
{
    (void)handle;
    kafka_consumer *consumer = opaque;
    consumer->answer = error;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR && offsets) drop_told(consumer, offsets);
}

/* Tells all that is not told, and waits for the answer until then. */
static rd_kafka_resp_err_t tell_and_wait(kafka_consumer *consumer, int64_t until_us)
{
    rd_kafka_topic_partition_list_t *list = list_of(&consumer->untold);
    int64_t left_ms = (until_us - clock_monotonic_us()) / 1000;
    rd_kafka_resp_err_t error = kafka_client_commit(
        &consumer->client, list, left_ms > 1 ? (int)left_ms : 1, note_answer, consumer);
    kafka.topic_partition_list_destroy(list);
    return error ? error : consumer->answer;
}

/* Goes back to the first message of the block that is lost. */
static void receive_again(kafka_consumer *consumer)
{
    const positions *collected = &consumer->collected;
    rd_kafka_topic_partition_list_t *list =
        kafka.topic_partition_list_new((int)collected->count);
    for (size_t i = 0; i < collected->count; i++)
        kafka.topic_partition_list_add(list, collected->items[i].topic,
                                       collected->items[i].partition)
            ->offset = collected->items[i].from;
    rd_kafka_error_t *error = kafka.seek_partitions(consumer->client.handle, list, SEEK_MS);
    consumer->must_rejoin = error != NULL; /* which begins at what the group knows */
    if (error) kafka.error_destroy(error);
    kafka.topic_partition_list_destroy(list);
}

void kafka_consumer_flush(kafka_consumer *consumer)
{
    kafka_receiver *receiver = consumer->receiver;
    if (consumer->collected.count == 0) return;
    block *block = cut(consumer);
    weir_status status = store(consumer, block);
    for (int i = 1; i < STORE_TRIES && status != WEIR_OK; i++) {
        clock_sleep_ms(AGAIN_MS);
        status = store(consumer, block);
    }
    block_drop(block);
    if (status == WEIR_OK) {
        pthread_mutex_lock(&receiver->mutex);
        positions_raise(&receiver->stored, &consumer->collected);
        pthread_mutex_unlock(&receiver->mutex);
        tell_group(consumer);
    } else {
        log_damped(&consumer->failures, WEIR_ERROR,
                   "%s: what was received cannot be stored, and is received again: %s",
                   receiver->label, error_text());
        receive_again(consumer);
    }
    positions_clear(&consumer->collected);
}

static bool is_all_told(const positions *untold)
{
    for (size_t i = 0; i < untold->count; i++)
        if (untold->items[i].next > 0) return false;
    return true;
}

void kafka_consumer_settle(kafka_consumer *consumer, bool is_heard)
{
    int64_t until_us = clock_monotonic_us() + SETTLE_MS * 1000;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    kafka_consumer_flush(consumer);
    while (is_heard && !is_all_told(&consumer->untold)) {
        error = tell_and_wait(consumer, until_us);
        if (is_all_told(&consumer->untold) || clock_monotonic_us() >= until_us ||
            kafka_client_is_down(&consumer->client))
            break;
        clock_sleep_ms(AGAIN_MS);
    }
    if (is_heard && !is_all_told(&consumer->untold))
        say_untold(consumer, error ? error : RD_KAFKA_RESP_ERR__PARTIAL);
    positions_clear(&consumer->untold);
}
