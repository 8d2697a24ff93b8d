/* The thread of a member of the group: what it asks the library for, and what it spends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/error.h"
#include "kafka/receiver.h"

enum { LOOKS_MAX = 10, TOPICS = 200 };

static char label[] = "in";
static ingest sources;
static kafka_receiver receiver = {.base = {.ingest = &sources}, .label = label};
static kafka_consumer consumer = {.receiver = &receiver, .client.has_left = true};
static char subscribed[TOPICS * 16];
static int looks; /* at the clock */
static int polls;
static int events; /* so many polls give nothing, and so many then an error; then a message */
static rd_kafka_message_t failure = {.err = RD_KAFKA_RESP_ERR__TRANSPORT};
static char text[] = "x";
static rd_kafka_message_t message = {.payload = text, .len = 1};

static void end(void)
{
    positions_clear(&consumer.collected); /* no log is there to take it */
    atomic_store(&receiver.is_stopping, true);
}

/* It stands still. Whoever waits for it to move on has to come to an end, too. */
static int64_t now_ms(void *user)
{
    (void)user;
    if (++looks == LOOKS_MAX) end();
    return 0;
}

static rd_kafka_message_t *consumer_poll(rd_kafka_t *handle, int timeout_ms)
{
    (void)handle, (void)timeout_ms;
    polls++;
    if (polls <= events) return NULL;
    if (polls <= 2 * events) return &failure;
    if (polls == 2 * events + 1) return &message;
    end();
    return NULL;
}

static void message_destroy(rd_kafka_message_t *ended) { (void)ended; }
static const char *topic_name(const rd_kafka_topic_t *topic) { (void)topic; return "t"; }
static rd_kafka_resp_err_t poll_set_consumer(rd_kafka_t *handle)
{
    (void)handle;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t subscribe(rd_kafka_t *handle,
                                     const rd_kafka_topic_partition_list_t *topics)
{
    (void)handle;
    snprintf(subscribed, sizeof subscribed, "%s", topics->elems[0].topic);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static int set_up(void **state)
{
    (void)state;
    if (kafka_load() != WEIR_OK) {
        print_message("%s\n", error_text());
        return -1;
    }
    kafka.consumer_poll = consumer_poll;
    kafka.message_destroy = message_destroy;
    kafka.topic_name = topic_name;
    kafka.poll_set_consumer = poll_set_consumer;
    kafka.subscribe = subscribe;
    sources.now_ms = now_ms;
    sources.block_interval_ms = 1000 * 1000;
    pthread_mutex_init(&receiver.mutex, NULL);
    pthread_mutex_init(&consumer.client.mutex, NULL);
    arena_init(&consumer.room, NULL);
    consumer.open.max_record_bytes = 1 << 20;
    atomic_store(&receiver.is_stopping, false);
    atomic_store(&receiver.running, 2); /* not the last one */
    looks = polls = events = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    kafka_consumer_close(&consumer);
    pthread_mutex_destroy(&consumer.client.mutex);
    pthread_mutex_destroy(&receiver.mutex);
    return 0;
}

/* The permits are those of all members: one that waits for messages leaves them to the others. */
static void only_a_message_costs_a_permit(void **state)
{
    (void)state;
    events = 3;
    rate_limiter_init(&receiver.limiter, 10, 0);
    kafka_consumer_main(&consumer);
    assert_int_equal(polls, 2 * events + 1);
    assert_int_equal(looks, LOOKS_MAX); /* for the second message it has waited in vain */
    assert_int_equal(receiver.limiter.permille, 0);
}

/* As a pattern that names many topics is. */
static void asks_for_a_long_pattern_whole(void **state)
{
    (void)state;
    char pattern[sizeof subscribed], expected[sizeof subscribed];
    size_t length = 0;
    for (int i = 0; i < TOPICS; i++)
        length += (size_t)snprintf(pattern + length, sizeof pattern - length, "%sorders-%d",
                                   i ? "|" : "", i);
    snprintf(expected, sizeof expected, "^(%.*s)$", (int)length, pattern);
    receiver.options.pattern = pattern;
    atomic_store(&receiver.is_stopping, true);
    kafka_consumer_main(&consumer);
    receiver.options.pattern = NULL;
    assert_string_equal(subscribed, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_a_message_costs_a_permit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(asks_for_a_long_pattern_whole, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
