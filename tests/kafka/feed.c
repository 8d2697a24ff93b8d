/* What tests ask of a broker: feed BROKERS VERB ...
 *
 *   topic NAME PARTITIONS [on=2,1] [CONFIG=VALUE]...  makes a topic; brokers 2 and 1 have it
 *                                             then, and 2 leads
 *   leaders NAME                              PARTITION LEADER, and how many brokers are in sync
 *   partitions NAME COUNT                     makes it have so many
 *   delete NAME
 *   trim NAME PARTITION OFFSET                deletes what is before it, as retention does
 *   put NAME [commit|abort|open]              lines of standard input: KEY TAB VALUE [TAB
 *                                             HEADER=VALUE]...; "\N" is null; in a transaction,
 *                                             which `open` leaves open
 *   count NAME COUNT KEYS                     COUNT messages "k0".."kN" -> "1" in turn
 *   fill NAME COUNT BYTES                     COUNT messages so large, sent a few at a time; their
 *                                             keys are "0", "1" ...
 *   get NAME                                  what read_committed readers see: PARTITION OFFSET
 *                                             KEY VALUE HEADERS
 *   committed GROUP NAME                      PARTITION OFFSET
 *   rewind GROUP NAME                         puts what the group has committed back to 0
 *   members GROUP                             how many members the group has
 *   fence TRANSACTIONS NAME                   takes the transactional id, says "taken", waits for
 *                                             the end of its input, then commits one message
 *
 * A failure is said, and is exit code 1. */
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 30000, AGAIN_US = 500000, TRIES = 60, LINE_MAX_BYTES = 1 << 16 };

static const char *brokers;

static _Noreturn void fail(const char *what, const char *why)
{
    fprintf(stderr, "feed: %s: %s\n", what, why);
    exit(1);
}

static void check(const char *what, rd_kafka_resp_err_t error)
{
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail(what, rd_kafka_err2str(error));
}

static void check_error(const char *what, rd_kafka_error_t *error)
{
    if (error) fail(what, rd_kafka_error_string(error));
}

static rd_kafka_t *open_client(rd_kafka_type_t type, const char *const *settings)
{
    char why[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", brokers, why, sizeof why);
    for (; settings && *settings; settings += 2)
        if (rd_kafka_conf_set(conf, settings[0], settings[1], why, sizeof why) !=
            RD_KAFKA_CONF_OK)
            fail(settings[0], why);
    rd_kafka_t *client = rd_kafka_new(type, conf, why, sizeof why);
    if (!client) fail("client", why);
    return client;
}

/* --- administration -------------------------------------------------------------------------- */

/* Waits for the answer: what it says of a topic. A topic that exists is an error, too: two cases
 * that share one would count each other's. */
static rd_kafka_resp_err_t hear(const char *what, rd_kafka_queue_t *queue)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, PATIENCE_MS);
    if (!event) fail(what, "no answer");
    check(what, rd_kafka_event_error(event));
    size_t count = 0;
    const rd_kafka_topic_result_t **results = NULL;
    const rd_kafka_CreateTopics_result_t *made = rd_kafka_event_CreateTopics_result(event);
    const rd_kafka_CreatePartitions_result_t *grown =
        rd_kafka_event_CreatePartitions_result(event);
    if (made) results = rd_kafka_CreateTopics_result_topics(made, &count);
    if (grown) results = rd_kafka_CreatePartitions_result_topics(grown, &count);
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    for (size_t i = 0; i < count && !error; i++) error = rd_kafka_topic_result_error(results[i]);
    rd_kafka_event_destroy(event);
    return error;
}

static void await(const char *what, rd_kafka_queue_t *queue) { check(what, hear(what, queue)); }

static void place_topic(rd_kafka_NewTopic_t *topic, int partitions, const char *brokers_text)
{
    char why[512], *end;
    int32_t ids[8];
    size_t count = 0;
    for (const char *at = brokers_text; count < 8; at = end + 1) {
        ids[count++] = (int32_t)strtol(at, &end, 10);
        if (*end != ',') break;
    }
    for (int i = 0; i < partitions; i++)
        if (rd_kafka_NewTopic_set_replica_assignment(topic, i, ids, count, why, sizeof why))
            fail(brokers_text, why);
}

static void create_topic(rd_kafka_t *client, rd_kafka_queue_t *queue, int count, char **argument)
{
    char why[512];
    /* The library wants -1 where the brokers are named. */
    int replicas = count > 2 && strncmp(argument[2], "on=", 3) == 0 ? -1 : 1;
    rd_kafka_NewTopic_t *topic =
        rd_kafka_NewTopic_new(argument[0], atoi(argument[1]), replicas, why, sizeof why);
    for (int i = 2; i < count; i++) {
        char *value = strchr(argument[i], '=');
        if (!value) fail(argument[i], "not CONFIG=VALUE");
        *value = '\0';
        if (strcmp(argument[i], "on") == 0) place_topic(topic, atoi(argument[1]), value + 1);
        else rd_kafka_NewTopic_set_config(topic, argument[i], value + 1);
    }
    rd_kafka_resp_err_t error;
    int tries = 0;
    do {
        if (tries) usleep(AGAIN_US);
        rd_kafka_CreateTopics(client, &topic, 1, NULL, queue);
        error = hear(argument[0], queue);
        /* So says a cluster whose only broker was away for a while. */
    } while (error == RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR && ++tries < TRIES);
    check(argument[0], error);
    rd_kafka_NewTopic_destroy(topic);
}

static void add_partitions(rd_kafka_t *client, rd_kafka_queue_t *queue, char **argument)
{
    char why[512];
    rd_kafka_NewPartitions_t *grown = rd_kafka_NewPartitions_new(
        argument[0], (size_t)atoi(argument[1]), why, sizeof why);
    rd_kafka_CreatePartitions(client, &grown, 1, NULL, queue);
    await(argument[0], queue);
    rd_kafka_NewPartitions_destroy(grown);
}

static void trim(rd_kafka_t *client, rd_kafka_queue_t *queue, char **argument)
{
    rd_kafka_topic_partition_list_t *before = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(before, argument[0], atoi(argument[1]))->offset =
        atoll(argument[2]);
    rd_kafka_DeleteRecords_t *deletion = rd_kafka_DeleteRecords_new(before);
    rd_kafka_DeleteRecords(client, &deletion, 1, NULL, queue);
    await(argument[0], queue);
    rd_kafka_DeleteRecords_destroy(deletion);
    rd_kafka_topic_partition_list_destroy(before);
}

static void administrate(const char *verb, int count, char **argument)
{
    rd_kafka_t *client = open_client(RD_KAFKA_PRODUCER, NULL);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    if (strcmp(verb, "topic") == 0 && count >= 2) create_topic(client, queue, count, argument);
    else if (strcmp(verb, "partitions") == 0 && count == 2)
        add_partitions(client, queue, argument);
    else if (strcmp(verb, "trim") == 0 && count == 3) trim(client, queue, argument);
    else {
        rd_kafka_DeleteTopic_t *deletion = rd_kafka_DeleteTopic_new(argument[0]);
        rd_kafka_DeleteTopics(client, &deletion, 1, NULL, queue);
        await(argument[0], queue);
        rd_kafka_DeleteTopic_destroy(deletion);
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(client);
}

/* --- writing --------------------------------------------------------------------------------- */

static void delivered(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
    (void)client;
    (void)opaque;
    check("a message", message->err);
}

static rd_kafka_t *open_producer(const char *transaction)
{
    char why[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", brokers, why, sizeof why);
    rd_kafka_conf_set(conf, "partitioner", "murmur2_random", why, sizeof why);
    if (transaction)
        rd_kafka_conf_set(conf, "transactional.id", transaction, why, sizeof why);
    else {
        rd_kafka_conf_set(conf, "enable.idempotence", "true", why, sizeof why);
        rd_kafka_conf_set(conf, "log_level", "2", why, sizeof why);
        rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    }
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (!client) fail("producer", why);
    return client;
}

static void add_header(rd_kafka_headers_t *headers, char *text)
{
    char *value = strchr(text, '=');
    if (!value) fail(text, "not HEADER=VALUE");
    bool is_null = strcmp(value + 1, "\\N") == 0;
    rd_kafka_header_add(headers, text, value - text, is_null ? NULL : value + 1, -1);
}

static void put_line(rd_kafka_t *client, const char *topic, char *line)
{
    line[strcspn(line, "\n")] = '\0';
    char *key = strsep(&line, "\t"), *value = line ? strsep(&line, "\t") : NULL;
    if (!value) fail(key, "not KEY TAB VALUE");
    bool has_key = strcmp(key, "\\N") != 0, has_value = strcmp(value, "\\N") != 0;
    rd_kafka_headers_t *headers = rd_kafka_headers_new(4);
    while (line) add_header(headers, strsep(&line, "\t"));
    rd_kafka_resp_err_t error;
    do {
        rd_kafka_vu_t parts[] = {
            {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = topic},
            {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
            {.vtype = RD_KAFKA_VTYPE_KEY,
             .u.mem = {has_key ? key : NULL, has_key ? strlen(key) : 0}},
            {.vtype = RD_KAFKA_VTYPE_VALUE,
             .u.mem = {has_value ? value : NULL, has_value ? strlen(value) : 0}},
            {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
        };
        rd_kafka_error_t *failure =
            rd_kafka_produceva(client, parts, sizeof parts / sizeof parts[0]);
        error = failure ? rd_kafka_error_code(failure) : RD_KAFKA_RESP_ERR_NO_ERROR;
        if (failure) rd_kafka_error_destroy(failure);
        if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) rd_kafka_poll(client, 10);
    } while (error == RD_KAFKA_RESP_ERR__QUEUE_FULL);
    check("put", error);
}

static void put(const char *topic, const char *ending)
{
    static char line[LINE_MAX_BYTES];
    char id[64];
    snprintf(id, sizeof id, "feed-%ld", (long)getpid());
    rd_kafka_t *client = open_producer(ending ? id : NULL);
    if (ending) {
        check_error("transactions", rd_kafka_init_transactions(client, PATIENCE_MS));
        check_error("transaction", rd_kafka_begin_transaction(client));
    }
    while (fgets(line, sizeof line, stdin)) put_line(client, topic, line);
    check("flush", rd_kafka_flush(client, PATIENCE_MS));
    if (ending && strcmp(ending, "commit") == 0)
        check_error("commit", rd_kafka_commit_transaction(client, PATIENCE_MS));
    if (ending && strcmp(ending, "abort") == 0)
        check_error("abort", rd_kafka_abort_transaction(client, PATIENCE_MS));
    if (ending && strcmp(ending, "open") == 0) _exit(0); /* as if it had crashed */
    rd_kafka_destroy(client);
}

static void fence(const char *id, const char *topic)
{
    char line[] = "fence\t1";
    rd_kafka_t *client = open_producer(id);
    check_error("transactions", rd_kafka_init_transactions(client, PATIENCE_MS));
    printf("taken\n");
    fflush(stdout);
    while (getchar() != EOF) continue;
    check_error("transaction", rd_kafka_begin_transaction(client));
    put_line(client, topic, line);
    check_error("commit", rd_kafka_commit_transaction(client, PATIENCE_MS));
    rd_kafka_destroy(client);
}

static void count_up(const char *topic, long count, long keys)
{
    rd_kafka_t *client = open_producer(NULL);
    for (long i = 0; i < count; i++) {
        char line[64];
        snprintf(line, sizeof line, "k%ld\t1", i % keys);
        put_line(client, topic, line);
        rd_kafka_poll(client, 0);
    }
    check("flush", rd_kafka_flush(client, PATIENCE_MS));
    rd_kafka_destroy(client);
}

/* Fetched ahead in small portions: what is sent at once is stored, and read, as a whole. */
static void fill(const char *topic, long count, long size)
{
    enum { AT_ONCE = 4 };
    rd_kafka_t *client = open_producer(NULL);
    char *line = malloc((size_t)size + 32);
    if (!line) fail(topic, "no memory");
    for (long i = 0; i < count; i++) {
        int head = snprintf(line, 32, "%ld\t", i);
        memset(line + head, 'x', (size_t)size);
        line[head + size] = '\0';
        put_line(client, topic, line);
        if (i % AT_ONCE == AT_ONCE - 1) check("flush", rd_kafka_flush(client, PATIENCE_MS));
    }
    check("flush", rd_kafka_flush(client, PATIENCE_MS));
    free(line);
    rd_kafka_destroy(client);
}

/* --- reading --------------------------------------------------------------------------------- */

static rd_kafka_topic_partition_list_t *partitions_of(rd_kafka_t *client, const char *name)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, name, NULL);
    check(name, rd_kafka_metadata(client, 0, topic, &metadata, PATIENCE_MS));
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(8);
    for (int i = 0; i < metadata->topics[0].partition_cnt; i++)
        rd_kafka_topic_partition_list_add(list, name, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(topic);
    return list;
}

static void show_leaders(const char *name)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_t *client = open_client(RD_KAFKA_PRODUCER, NULL);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, name, NULL);
    check(name, rd_kafka_metadata(client, 0, topic, &metadata, PATIENCE_MS));
    for (int i = 0; i < metadata->topics[0].partition_cnt; i++) {
        const struct rd_kafka_metadata_partition *partition = &metadata->topics[0].partitions[i];
        printf("%" PRId32 "\t%" PRId32 "\t%d\n", partition->id, partition->leader,
               partition->isr_cnt);
    }
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(client);
}

static void print_bytes(const void *bytes, size_t size)
{
    if (bytes) printf("\t%.*s", (int)size, (const char *)bytes);
    else printf("\t\\N");
}

static void print_message(const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers;
    printf("%" PRId32 "\t%" PRId64, message->partition, message->offset);
    print_bytes(message->key, message->key_len);
    print_bytes(message->payload, message->len);
    if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const char *name;
        const void *value;
        size_t size;
        for (size_t i = 0; !rd_kafka_header_get_all(headers, i, &name, &value, &size); i++)
            printf("\t%s=%.*s", name, value ? (int)size : 2, value ? (const char *)value : "\\N");
    }
    printf("\n");
}

static void get(const char *topic)
{
    const char *settings[] = {"group.id", "feed", "enable.partition.eof", "true",
                              "enable.auto.commit", "false", NULL};
    rd_kafka_t *client = open_client(RD_KAFKA_CONSUMER, settings);
    rd_kafka_poll_set_consumer(client);
    rd_kafka_topic_partition_list_t *list = partitions_of(client, topic);
    check("assign", rd_kafka_assign(client, list));
    for (int left = list->cnt; left > 0;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(client, PATIENCE_MS);
        if (!message) fail(topic, "no message and no end");
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) left--;
        else if (!message->err) print_message(message);
        rd_kafka_message_destroy(message);
    }
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_consumer_close(client);
    rd_kafka_destroy(client);
}

static void show_committed(const char *group, const char *topic)
{
    const char *settings[] = {"group.id", group, NULL};
    rd_kafka_t *client = open_client(RD_KAFKA_CONSUMER, settings);
    rd_kafka_topic_partition_list_t *list = partitions_of(client, topic);
    check(group, rd_kafka_committed(client, list, PATIENCE_MS));
    for (int i = 0; i < list->cnt; i++)
        printf("%" PRId32 "\t%" PRId64 "\n", list->elems[i].partition,
               list->elems[i].offset >= 0 ? list->elems[i].offset : -1);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(client);
}

static void rewind_group(const char *group, const char *topic)
{
    const char *settings[] = {"group.id", group, NULL};
    rd_kafka_t *client = open_client(RD_KAFKA_CONSUMER, settings);
    rd_kafka_topic_partition_list_t *list = partitions_of(client, topic);
    for (int i = 0; i < list->cnt; i++) list->elems[i].offset = 0;
    check(group, rd_kafka_commit(client, list, 0));
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(client);
}

static void count_members(const char *group)
{
    const struct rd_kafka_group_list *groups;
    rd_kafka_t *client = open_client(RD_KAFKA_PRODUCER, NULL);
    check(group, rd_kafka_list_groups(client, group, &groups, PATIENCE_MS));
    printf("%d\n", groups->group_cnt ? groups->groups[0].member_cnt : 0);
    rd_kafka_group_list_destroy(groups);
    rd_kafka_destroy(client);
}

int main(int count, char **argument)
{
    if (count < 4) fail("usage", "feed BROKERS VERB NAME ...; see the top of its source");
    brokers = argument[1];
    const char *verb = argument[2];
    char **rest = argument + 3;
    int left = count - 3;
    if (strcmp(verb, "put") == 0) put(rest[0], left > 1 ? rest[1] : NULL);
    else if (strcmp(verb, "count") == 0 && left == 3)
        count_up(rest[0], atol(rest[1]), atol(rest[2]));
    else if (strcmp(verb, "fill") == 0 && left == 3)
        fill(rest[0], atol(rest[1]), atol(rest[2]));
    else if (strcmp(verb, "get") == 0) get(rest[0]);
    else if (strcmp(verb, "committed") == 0 && left == 2) show_committed(rest[0], rest[1]);
    else if (strcmp(verb, "rewind") == 0 && left == 2) rewind_group(rest[0], rest[1]);
    else if (strcmp(verb, "fence") == 0 && left == 2) fence(rest[0], rest[1]);
    else if (strcmp(verb, "members") == 0) count_members(rest[0]);
    else if (strcmp(verb, "leaders") == 0) show_leaders(rest[0]);
    else administrate(verb, left, rest);
    return 0;
}
