#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "kafka/receiver.h"

enum {
    POLL_MS = 50,
    ASK_MS = 5000,
    PROBE_US = 1000000,
    RATE_PAUSE_MAX_MS = 100,
};

/* --- partitions that come and go ------------------------------------------------------------- */

static void pause_all(kafka_consumer *consumer, bool is_paused)
{
    rd_kafka_topic_partition_list_t *partitions;
    if (consumer->is_paused == is_paused) return;
    if (kafka.assignment(consumer->client.handle, &partitions) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    if (is_paused) kafka.pause_partitions(consumer->client.handle, partitions);
    else kafka.resume_partitions(consumer->client.handle, partitions);
    kafka.topic_partition_list_destroy(partitions);
    consumer->is_paused = is_paused;
}

/* A partition begins where the group has committed, or behind what the log has of it: a process
 * that was killed may not have told the group. */
static void place(kafka_consumer *consumer, rd_kafka_topic_partition_list_t *partitions)
{
    kafka_receiver *receiver = consumer->receiver;
    bool is_known = kafka.committed(consumer->client.handle, partitions, ASK_MS) ==
                    RD_KAFKA_RESP_ERR_NO_ERROR;
    bool is_latest = is_known && receiver->options.start == WEIR_KAFKA_LATEST;
    for (int i = 0; i < partitions->cnt; i++) {
        const rd_kafka_topic_partition_t *given = &partitions->elems[i];
        kafka_consumer_check_stored(consumer, given->topic, given->partition, given->offset);
    }
    pthread_mutex_lock(&receiver->mutex);
    for (int i = 0; i < partitions->cnt; i++) {
        rd_kafka_topic_partition_t *given = &partitions->elems[i];
        const position *stored = positions_find(&receiver->stored, given->topic,
                                                strlen(given->topic), given->partition);
        if (given->err != RD_KAFKA_RESP_ERR_NO_ERROR) given->offset = RD_KAFKA_OFFSET_INVALID;
        else if (is_latest && given->offset < 0) given->offset = RD_KAFKA_OFFSET_END;
        given->err = RD_KAFKA_RESP_ERR_NO_ERROR;
        bool is_behind = stored && stored->next > 0 && stored->next > given->offset;
        if (is_behind) given->offset = stored->next;
    }
    pthread_mutex_unlock(&receiver->mutex);
}

static void assigned(kafka_consumer *consumer, rd_kafka_topic_partition_list_t *partitions,
                     bool is_cooperative)
{
    rd_kafka_t *handle = consumer->client.handle;
    place(consumer, partitions);
    kafka_consumer_note_dealt(consumer, partitions);
    /* What it keeps would stay paused. The loop pauses all again, if it must. */
    if (is_cooperative) pause_all(consumer, false);
    consumer->is_paused = false; /* of those that are given anew, none is */
    if (!is_cooperative) {
        kafka.assign(handle, partitions);
        return;
    }
    rd_kafka_error_t *error = kafka.incremental_assign(handle, partitions);
    if (error) kafka.error_destroy(error);
}

static void revoked(kafka_consumer *consumer, rd_kafka_topic_partition_list_t *partitions,
                    bool is_cooperative)
{
    rd_kafka_t *handle = consumer->client.handle;
    bool is_down = kafka_client_is_down(&consumer->client);
    kafka_consumer_settle(consumer, !is_down && !kafka.assignment_lost(handle));
    if (!is_cooperative) {
        kafka.assign(handle, NULL);
        return;
    }
    rd_kafka_error_t *error = kafka.incremental_unassign(handle, partitions);
    if (error) kafka.error_destroy(error);
}

static void rebalanced(rd_kafka_t *handle, rd_kafka_resp_err_t why,
                       rd_kafka_topic_partition_list_t *partitions, void *opaque)
{
    kafka_consumer *consumer = kafka_client_owner(opaque);
    bool is_cooperative = strcmp(kafka.rebalance_protocol(handle), "COOPERATIVE") == 0;
    bool is_given = why == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    log_line(WEIR_DEBUG, "%s: %d partitions %s", consumer->receiver->label, partitions->cnt,
             is_given ? "are dealt out to it" : "are taken back");
    if (is_given) assigned(consumer, partitions, is_cooperative);
    else revoked(consumer, partitions, is_cooperative);
}

/* --- its life -------------------------------------------------------------------------------- */

weir_status kafka_consumer_open(kafka_consumer *consumer)
{
    static const weir_kafka_property defaults[] = {{"queued.max.messages.kbytes", "16384"},
                                                   {"reconnect.backoff.max.ms", "1000"},
                                                   {NULL, NULL}};
    const kafka_receiver *receiver = consumer->receiver;
    /* Where retention has overtaken it: at the first message there is, not behind the last one.
     * Where it begins without an offset of the group's: place(). */
    const weir_kafka_property fixed[] = {
        {"group.id", receiver->options.group},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"auto.offset.reset", "earliest"},
        {NULL, NULL}};
    kafka_client_plan plan = {.type = RD_KAFKA_CONSUMER,
                              .label = receiver->label,
                              .brokers = receiver->options.brokers,
                              .defaults = defaults,
                              .given = receiver->options.properties,
                              .given_count = receiver->options.property_count,
                              .fixed = fixed,
                              .rebalanced = rebalanced,
                              .committed = kafka_consumer_told,
                              .opaque_owner = consumer};
    weir_status status = kafka_client_open(&consumer->client, &plan);
    consumer->is_open = status == WEIR_OK;
    return status;
}

void kafka_consumer_close(kafka_consumer *consumer)
{
    if (consumer->is_open) {
        kafka_client_leave(&consumer->client); /* while it knows what is dealt out to it */
        kafka_consumer_drop_dealt(consumer);
        kafka_client_close(&consumer->client);
    }
    consumer->is_open = false;
    record_builder_release(&consumer->open);
    positions_clear(&consumer->collected);
    positions_clear(&consumer->untold);
    arena_release(&consumer->room);
    buffer_release(&consumer->text);
}

/* --- the thread ------------------------------------------------------------------------------ */

/* Waits until there is a permit of the rate limit; false: not yet, look again. A message uses it:
 * who gets none leaves it to the others. */
static bool may_receive(kafka_consumer *consumer)
{
    kafka_receiver *receiver = consumer->receiver;
    const ingest *ingest = receiver->base.ingest;
    pthread_mutex_lock(&receiver->mutex);
    int64_t wait_ms =
        rate_limiter_wait_ms(&receiver->limiter, ingest->now_ms(ingest->now_user));
    pthread_mutex_unlock(&receiver->mutex);
    if (wait_ms == 0) return true;
    clock_sleep_ms(wait_ms < RATE_PAUSE_MAX_MS ? wait_ms : RATE_PAUSE_MAX_MS);
    return false;
}

static void use_permit(kafka_receiver *receiver)
{
    pthread_mutex_lock(&receiver->mutex);
    rate_limiter_use(&receiver->limiter, 1);
    pthread_mutex_unlock(&receiver->mutex);
}

static void report(kafka_consumer *consumer, const rd_kafka_message_t *event)
{
    log_damped(&consumer->failures, WEIR_WARNING, "%s: %s", consumer->receiver->label,
               kafka.err2str(event->err));
}

static void receive(kafka_consumer *consumer)
{
    rd_kafka_message_t *message = kafka.consumer_poll(consumer->client.handle, POLL_MS);
    if (!message) return;
    if (message->err) {
        report(consumer, message);
    } else {
        use_permit(consumer->receiver);
        kafka_consumer_take(consumer, message);
    }
    kafka.message_destroy(message);
}

static void subscribe(kafka_consumer *consumer)
{
    const kafka_receiver *receiver = consumer->receiver;
    buffer pattern = {0};
    rd_kafka_topic_partition_list_t *topics = kafka.topic_partition_list_new(1);
    /* Whole names, by librdkafka's way to say so. */
    if (!consumer->topic) buffer_printf(&pattern, "^(%s)$", receiver->options.pattern);
    buffer_append(&pattern, "", 1);
    kafka.topic_partition_list_add(topics, consumer->topic ? consumer->topic : pattern.bytes,
                                   RD_KAFKA_PARTITION_UA);
    buffer_release(&pattern);
    rd_kafka_resp_err_t error = kafka.subscribe(consumer->client.handle, topics);
    kafka.topic_partition_list_destroy(topics);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        log_line(WEIR_ERROR, "%s: cannot join the group %s: %s", receiver->label,
                 receiver->options.group, kafka.err2str(error));
}

static void look_for_brokers(kafka_consumer *consumer, int64_t *next_us)
{
    int64_t now_us = clock_monotonic_us();
    if (now_us < *next_us || !kafka_client_is_down(&consumer->client)) return;
    *next_us = now_us + PROBE_US;
    kafka_client_probe(&consumer->client);
}

void *kafka_consumer_main(void *user)
{
    kafka_consumer *consumer = user;
    kafka_receiver *receiver = consumer->receiver;
    int64_t probe_us = 0;
    kafka.poll_set_consumer(consumer->client.handle);
    subscribe(consumer);
    while (!atomic_load(&receiver->is_stopping)) {
        pause_all(consumer, memory_budget_is_over(&receiver->base.ingest->waiting));
        if (consumer->is_paused || may_receive(consumer)) receive(consumer);
        if (kafka_consumer_is_due(consumer)) kafka_consumer_flush(consumer);
        look_for_brokers(consumer, &probe_us);
        kafka_consumer_look_for_topic(consumer);
        if (consumer->must_rejoin) {
            kafka.unsubscribe(consumer->client.handle);
            subscribe(consumer);
            consumer->must_rejoin = false;
        }
    }
    kafka_consumer_settle(consumer, !kafka_client_is_down(&consumer->client));
    kafka_client_leave(&consumer->client); /* here, as it may take a while: all of them at once */
    if (atomic_fetch_sub(&receiver->running, 1) == 1) uv_async_send(&receiver->async);
    return NULL;
}
