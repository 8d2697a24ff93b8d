/* The ceiling of the benchmarks over Kafka: a bare librdkafka consumer that only counts.
 *
 *   kafka_bare BROKERS fill TOPIC PARTITIONS COUNT KEYS   makes a topic of COUNT messages,
 *                                                         unless it is there: key kN, values
 *                                                         of 16 to 100 bytes
 *   kafka_bare BROKERS count TOPIC                        reads it to its end
 *
 * Prints two numbers: messages, seconds. */
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PATIENCE_MS = 30000, TAKE = 1024, VALUE_MIN = 16, VALUE_MAX = 100 };

static _Noreturn void fail(const char *what, const char *why)
{
    fprintf(stderr, "kafka_bare: %s: %s\n", what, why);
    exit(1);
}

static void check(const char *what, rd_kafka_resp_err_t error)
{
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail(what, rd_kafka_err2str(error));
}

static rd_kafka_t *open_client(rd_kafka_type_t type, const char *brokers)
{
    char why[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", brokers, why, sizeof why);
    if (type == RD_KAFKA_CONSUMER) {
        rd_kafka_conf_set(conf, "group.id", "kafka_bare", why, sizeof why);
        rd_kafka_conf_set(conf, "enable.auto.commit", "false", why, sizeof why);
        rd_kafka_conf_set(conf, "enable.partition.eof", "true", why, sizeof why);
    } else {
        rd_kafka_conf_set(conf, "linger.ms", "20", why, sizeof why);
        rd_kafka_conf_set(conf, "delivery.report.only.error", "true", why, sizeof why);
    }
    rd_kafka_t *client = rd_kafka_new(type, conf, why, sizeof why);
    if (!client) fail("client", why);
    return client;
}

/* false: it was there already. */
static bool create_topic(rd_kafka_t *client, const char *name, int partitions)
{
    char why[512];
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(name, partitions, 1, why, sizeof why);
    rd_kafka_CreateTopics(client, &topic, 1, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, PATIENCE_MS);
    if (!event) fail(name, "no answer");
    check(name, rd_kafka_event_error(event));
    size_t count;
    rd_kafka_resp_err_t error = rd_kafka_topic_result_error(
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)[0]);
    if (error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) check(name, error);
    rd_kafka_event_destroy(event);
    rd_kafka_NewTopic_destroy(topic);
    rd_kafka_queue_destroy(queue);
    return error == RD_KAFKA_RESP_ERR_NO_ERROR;
}

static void produce(rd_kafka_t *client, const char *name, long count, long keys)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, name, NULL);
    char value[VALUE_MAX + 1];
    unsigned random = 1;
    for (long i = 0; i < count; i++) {
        char key[32];
        random = random * 1103515245u + 12345u;
        int length = VALUE_MIN + (int)(random >> 16) % (VALUE_MAX - VALUE_MIN + 1);
        int key_length = snprintf(key, sizeof key, "k%ld", (long)(random >> 8) % keys);
        snprintf(value, sizeof value, "%0*d", length, 1);
        while (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, value,
                                (size_t)length, key, (size_t)key_length, NULL) != 0) {
            if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
                check(name, rd_kafka_last_error());
            rd_kafka_poll(client, 10);
        }
    }
    check("flush", rd_kafka_flush(client, 10 * PATIENCE_MS));
    rd_kafka_topic_destroy(topic);
}

static int assign_all(rd_kafka_t *client, const char *name)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, name, NULL);
    check(name, rd_kafka_metadata(client, 0, topic, &metadata, PATIENCE_MS));
    int partitions = metadata->topics[0].partition_cnt;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    for (int i = 0; i < partitions; i++)
        rd_kafka_topic_partition_list_add(list, name, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    check("assign", rd_kafka_assign(client, list));
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(topic);
    return partitions;
}

static long count_messages(rd_kafka_t *client, const char *name)
{
    static rd_kafka_message_t *messages[TAKE];
    rd_kafka_poll_set_consumer(client);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(client);
    int left = assign_all(client, name);
    long count = 0;
    while (left > 0) {
        ssize_t got = rd_kafka_consume_batch_queue(queue, 100, messages, TAKE);
        for (ssize_t i = 0; i < got; i++) {
            if (messages[i]->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) left--;
            else if (messages[i]->err) fail(name, rd_kafka_err2str(messages[i]->err));
            else count++;
            rd_kafka_message_destroy(messages[i]);
        }
    }
    rd_kafka_queue_destroy(queue);
    return count;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int count, char **argument)
{
    if (count < 4) fail("usage", "kafka_bare BROKERS fill|count TOPIC ...");
    bool fills = strcmp(argument[2], "fill") == 0;
    if (fills && count != 7) fail("usage", "fill TOPIC PARTITIONS COUNT KEYS");
    double start = now();
    rd_kafka_t *client =
        open_client(fills ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, argument[1]);
    long messages = fills ? atol(argument[5]) : 0;
    if (fills && create_topic(client, argument[3], atoi(argument[4])) && messages > 0)
        produce(client, argument[3], messages, atol(argument[6]));
    if (!fills) messages = count_messages(client, argument[3]);
    printf("%ld %.6f\n", messages, now() - start);
    fflush(stdout);
    if (!fills) rd_kafka_consumer_close(client);
    rd_kafka_destroy(client);
    return 0;
}
