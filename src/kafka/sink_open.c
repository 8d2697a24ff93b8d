#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log_line.h"
#include "kafka/settings.h"
#include "kafka/sink.h"

enum { START_MS = 10000, INIT_MS = 10000, INIT_TRIES = 6, STUCK_US = 15000000 };

void kafka_sink_begin_step(kafka_sink *sink)
{
    atomic_store(&sink->moved_us, clock_monotonic_us());
    atomic_store(&sink->waiting, -1);
}

/* What goes on, however slowly, is waited for: a graceful stop has an end of its own. */
static bool is_stuck(kafka_sink *sink)
{
    int64_t now_us = clock_monotonic_us();
    int waiting = kafka.outq_len(sink->client.handle);
    if (atomic_exchange(&sink->waiting, waiting) != waiting)
        atomic_store(&sink->moved_us, now_us);
    else if (now_us - atomic_load(&sink->moved_us) >= STUCK_US)
        atomic_store(&sink->is_stuck, true);
    return atomic_load(&sink->is_stuck);
}

bool kafka_sink_is_hopeless(kafka_sink *sink)
{
    if (!atomic_load(&sink->gives_up)) return false;
    return kafka_client_is_down(&sink->client) || is_stuck(sink);
}

/* --- the ledger ------------------------------------------------------------------------------ */

/* What the group has committed is read by a consumer of that group; it joins nothing. */
static weir_status read_committed(kafka_sink *sink, kafka_client *reader)
{
    rd_kafka_topic_partition_list_t *list = kafka.topic_partition_list_new(1);
    kafka.topic_partition_list_add(list, sink->options.topic, 0);
    rd_kafka_resp_err_t error = kafka.committed(reader->handle, list, INIT_MS);
    const rd_kafka_topic_partition_t *entry = &list->elems[0];
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = entry->err;
    sink->ledger_ms = entry->offset >= 0 ? entry->offset : -1;
    kafka.topic_partition_list_destroy(list);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return WEIR_OK;
    return kafka_client_fail(reader, WEIR_IO, "which batches the topic has cannot be read", error);
}

weir_status kafka_sink_read_ledger(kafka_sink *sink)
{
    const weir_kafka_property fixed[] = {{"group.id", sink->group},
                                         {"enable.auto.commit", "false"},
                                         {"isolation.level", "read_committed"},
                                         {NULL, NULL}};
    kafka_client_plan plan = {.type = RD_KAFKA_CONSUMER,
                              .label = sink->label,
                              .brokers = sink->options.brokers,
                              .given = sink->options.properties,
                              .given_count = sink->options.property_count,
                              .fixed = fixed};
    kafka_client reader;
    weir_status status = kafka_client_open(&reader, &plan);
    if (status != WEIR_OK) return status;
    status = kafka_client_wait(&reader, NULL, START_MS);
    if (status == WEIR_OK) status = read_committed(sink, &reader);
    kafka_client_close(&reader);
    return status;
}

/* --- the producer ---------------------------------------------------------------------------- */

static void delivered(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque)
{
    (void)handle;
    kafka_sink *sink = kafka_client_owner(opaque);
    if (message->err) atomic_store(&sink->failed, message->err);
}

static weir_status open_producer(kafka_sink *sink)
{
    static const weir_kafka_property defaults[] = {{"partitioner", "murmur2_random"},
                                                   {"reconnect.backoff.max.ms", "1000"},
                                                   /* Messages are sent while the batch is still
                                                    * computed; its end waits for none. */
                                                   {"linger.ms", "2"},
                                                   {"queue.buffering.max.messages", "1000000"},
                                                   {"queue.buffering.max.kbytes", "131072"},
                                                   /* A transaction is open while its batch is
                                                    * computed: as long as brokers allow. */
                                                   {"transaction.timeout.ms", "900000"},
                                                   {NULL, NULL}};
    const weir_kafka_property transactional[] = {{"transactional.id", sink->group}, {NULL, NULL}};
    static const weir_kafka_property plain[] = {{"enable.idempotence", "true"},
                                                {"delivery.report.only.error", "true"},
                                                {NULL, NULL}};
    kafka_client_plan plan = {.type = RD_KAFKA_PRODUCER,
                              .label = sink->label,
                              .brokers = sink->options.brokers,
                              .defaults = defaults,
                              .given = sink->options.properties,
                              .given_count = sink->options.property_count,
                              .fixed = sink->options.plain ? plain : transactional,
                              .delivered = sink->options.plain ? delivered : NULL,
                              .opaque_owner = sink};
    weir_status status = kafka_client_open(&sink->client, &plan);
    sink->is_open = status == WEIR_OK;
    return status;
}

/* Ends the transactions of whoever had this name before: waits until they are. */
static weir_status init_transactions(kafka_sink *sink)
{
    kafka_sink_begin_step(sink);
    for (int attempt = 1;; attempt++) {
        rd_kafka_error_t *error = kafka.init_transactions(sink->client.handle, INIT_MS);
        if (!error) return WEIR_OK;
        bool may_try = kafka.error_is_retriable(error) && attempt < INIT_TRIES &&
                       !kafka_sink_is_hopeless(sink);
        rd_kafka_resp_err_t code = kafka.error_code(error);
        kafka.error_destroy(error);
        kafka.poll(sink->client.handle, 0);
        if (!may_try)
            return kafka_client_fail(&sink->client, WEIR_IO, "cannot begin transactions", code);
    }
}

weir_status kafka_sink_open(kafka_sink *sink)
{
    kafka_sink_close(sink);
    weir_status status = open_producer(sink);
    if (status == WEIR_OK)
        status = kafka_client_wait(&sink->client, sink->options.topic, START_MS);
    if (status == WEIR_OK && !sink->options.plain) status = init_transactions(sink);
    if (status == WEIR_OK && !sink->options.plain) status = kafka_sink_read_ledger(sink);
    if (status != WEIR_OK) return status;
    sink->topic = kafka.topic_new(sink->client.handle, sink->options.topic, NULL);
    sink->is_in_doubt = false;
    if (!sink->topic)
        return kafka_client_fail(&sink->client, WEIR_IO, sink->options.topic, kafka.last_error());
    return WEIR_OK;
}

void kafka_sink_close(kafka_sink *sink)
{
    if (!sink->is_open) return;
    if (sink->topic) kafka.topic_destroy(sink->topic);
    sink->topic = NULL;
    kafka.purge(sink->client.handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    kafka_client_close(&sink->client);
    sink->is_open = false;
}
