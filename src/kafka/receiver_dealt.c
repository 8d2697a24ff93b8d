/* What a member of the group knows of partitions that were dealt out to it.
 *
 * Of a topic that was deleted, librdkafka (2.0 at least) leaves marks in the queue of each
 * partition that hold the partition, which holds its broker, which rd_kafka_destroy waits for
 * without end. So the queues are kept here, and what is left in them is taken out before. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "kafka/receiver.h"

enum { DRAIN_COUNT = 64, LOOK_US = 1000000 };

/* Only of a partition that is not assigned: all that is in it is out of date. */
static void drain(rd_kafka_queue_t *queue)
{
    rd_kafka_message_t *messages[DRAIN_COUNT];
    ssize_t count;
    do {
        count = kafka.consume_batch_queue(queue, 0, messages, DRAIN_COUNT);
        for (ssize_t i = 0; i < count; i++) kafka.message_destroy(messages[i]);
    } while (count > 0);
    kafka.queue_destroy(queue);
}

static dealt_partition *find(const kafka_consumer *consumer, const char *topic, int32_t number)
{
    for (size_t i = 0; i < consumer->dealt_count; i++) {
        dealt_partition *dealt = &consumer->dealt[i];
        if (dealt->number == number && strcmp(dealt->topic, topic) == 0) return dealt;
    }
    return NULL;
}

static dealt_partition *get(kafka_consumer *consumer, const char *topic, int32_t number)
{
    dealt_partition *found = find(consumer, topic, number);
    if (found) return found;
    consumer->dealt = memory_resize(consumer->dealt,
                                    (consumer->dealt_count + 1) * sizeof(consumer->dealt[0]));
    found = &consumer->dealt[consumer->dealt_count++];
    *found = (dealt_partition){.topic = memory_copy_text(topic), .number = number};
    return found;
}

void kafka_consumer_note_dealt(kafka_consumer *consumer,
                               const rd_kafka_topic_partition_list_t *partitions)
{
    for (int i = 0; i < partitions->cnt; i++) {
        const rd_kafka_topic_partition_t *given = &partitions->elems[i];
        dealt_partition *dealt = get(consumer, given->topic, given->partition);
        /* That of the last time: another one where the topic was made anew. */
        if (dealt->queue) drain(dealt->queue);
        dealt->queue = kafka.queue_get_partition(consumer->client.handle, given->topic,
                                                 given->partition);
        dealt->next = given->offset;
    }
}

void kafka_consumer_drop_dealt(kafka_consumer *consumer)
{
    for (size_t i = 0; i < consumer->dealt_count; i++) {
        if (consumer->dealt[i].queue) drain(consumer->dealt[i].queue);
        free(consumer->dealt[i].topic);
    }
    free(consumer->dealt);
    consumer->dealt = NULL;
    consumer->dealt_count = 0;
}

/* Offsets are also missing where a topic is compacted and where transactions end: what is gone is
 * below the broker's first one. */
void kafka_consumer_note_gap(kafka_consumer *consumer, const rd_kafka_message_t *message)
{
    const char *topic = kafka.topic_name(message->rkt);
    dealt_partition *dealt = find(consumer, topic, message->partition);
    int64_t low = -1, high = -1;
    consumer->is_busy = true;
    if (!dealt) return;
    int64_t next = dealt->next;
    dealt->next = message->offset + 1;
    if (next < 0 || message->offset <= next ||
        kafka.get_watermark_offsets(consumer->client.handle, topic, message->partition, &low,
                                    &high) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        low <= next)
        return;
    log_line(WEIR_WARNING,
             "%s: topic %s, partition %" PRId32 ": offsets %" PRId64 " to %" PRId64
             " are gone before they were received: retention has overtaken the group %s",
             consumer->receiver->label, topic, message->partition, next,
             low < message->offset ? low : message->offset, consumer->receiver->options.group);
}

void kafka_consumer_look_for_topic(kafka_consumer *consumer)
{
    int64_t now_us = clock_monotonic_us();
    if (!consumer->topic || !consumer->is_first || now_us < consumer->look_us) return;
    bool was_busy = consumer->is_busy;
    consumer->is_busy = false;
    consumer->look_us = now_us + LOOK_US;
    if (was_busy || kafka_client_is_down(&consumer->client)) return;
    (void)kafka_client_look_for(&consumer->client, consumer->topic, &consumer->is_gone);
}
