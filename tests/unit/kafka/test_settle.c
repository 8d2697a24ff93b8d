/* Before a member gives partitions back, its group knows all that the log has of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/error.h"
#include "kafka/receiver.h"

typedef void answer_call(rd_kafka_t *handle, rd_kafka_resp_err_t error,
                         rd_kafka_topic_partition_list_t *offsets, void *opaque);

static int fails;       /* so many commits more; the next one after that is answered */
static bool is_silent;  /* nobody answers */
static int calls;
static int64_t told[2]; /* the last one that did not fail: by partition */
static rd_kafka_topic_partition_list_t *asked;
static answer_call *call;
static void *user;

static rd_kafka_resp_err_t commit_queue(rd_kafka_t *handle,
                                        const rd_kafka_topic_partition_list_t *offsets,
                                        rd_kafka_queue_t *queue, answer_call *answers,
                                        void *opaque)
{
    (void)handle, (void)queue;
    calls++;
    if (asked) kafka.topic_partition_list_destroy(asked);
    asked = kafka.topic_partition_list_new(offsets->cnt);
    for (int i = 0; i < offsets->cnt; i++)
        kafka.topic_partition_list_add(asked, offsets->elems[i].topic,
                                       offsets->elems[i].partition)
            ->offset = offsets->elems[i].offset;
    call = answers;
    user = opaque;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static int queue_poll_callback(rd_kafka_queue_t *queue, int timeout_ms)
{
    (void)queue;
    assert_in_range(timeout_ms, 1, 10000);
    if (is_silent) return 0;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (fails-- > 0) error = RD_KAFKA_RESP_ERR__TRANSPORT;
    for (int i = 0; i < asked->cnt && !error; i++)
        told[asked->elems[i].partition] = asked->elems[i].offset;
    call(NULL, error, asked, user);
    return 1;
}

static rd_kafka_queue_t *queue_new(rd_kafka_t *handle) { (void)handle; return NULL; }
static void queue_destroy(rd_kafka_queue_t *queue) { (void)queue; }

static char label[] = "in";
static kafka_receiver receiver = {.label = label};
static kafka_consumer consumer = {.receiver = &receiver};

static int set_up(void **state)
{
    (void)state;
    if (kafka_load() != WEIR_OK) {
        print_message("%s\n", error_text());
        return -1;
    }
    kafka.commit_queue = commit_queue;
    kafka.queue_poll_callback = queue_poll_callback;
    kafka.queue_new = queue_new;
    kafka.queue_destroy = queue_destroy;
    fails = calls = 0;
    is_silent = false;
    positions_clear(&consumer.untold);
    told[0] = told[1] = -1;
    positions_get(&consumer.untold, "t", 1, 0, 0)->next = 7;
    positions_get(&consumer.untold, "t", 1, 1, 0)->next = 9;
    return 0;
}

static void tells_all_again(void **state)
{
    (void)state;
    fails = 2;
    kafka_consumer_settle(&consumer, true);
    assert_int_equal(calls, 3);
    assert_int_equal(told[0], 7);
    assert_int_equal(told[1], 9);
    kafka_consumer_settle(&consumer, true);
    assert_int_equal(calls, 3);
}

static void does_not_wait_for_nobody(void **state)
{
    (void)state;
    kafka_consumer_settle(&consumer, false);
    assert_int_equal(calls, 0);
    assert_int_equal(consumer.untold.count, 0);
}

/* As it does where a broker hangs. */
static void has_an_end(void **state)
{
    (void)state;
    is_silent = true;
    kafka_consumer_settle(&consumer, true);
    assert_int_equal(told[0], -1);
    assert_int_equal(consumer.untold.count, 0);
}

/* As client.c hands it to callbacks. */
static struct {
    kafka_client *client;
    void *owner;
} owner = {NULL, &consumer};

/* What was answered before is not told again, nor waited for. */
static void waits_for_nothing_that_is_told(void **state)
{
    (void)state;
    rd_kafka_topic_partition_list_t *list = kafka.topic_partition_list_new(2);
    kafka.topic_partition_list_add(list, "t", 0)->offset = 7;
    kafka.topic_partition_list_add(list, "t", 1)->offset = 8; /* of 9 */
    kafka_consumer_told(NULL, RD_KAFKA_RESP_ERR__TRANSPORT, list, &owner);
    kafka_consumer_told(NULL, RD_KAFKA_RESP_ERR_NO_ERROR, list, &owner);
    kafka.topic_partition_list_destroy(list);
    kafka_consumer_settle(&consumer, true);
    assert_int_equal(calls, 1);
    assert_int_equal(told[0], -1);
    assert_int_equal(told[1], 9);
}

/* A topic that was made anew begins at 0 again. */
static void leaves_out_what_is_forgotten(void **state)
{
    (void)state;
    positions_find(&consumer.untold, "t", 1, 1)->next = 0;
    kafka_consumer_settle(&consumer, true);
    assert_int_equal(told[0], 7);
    assert_int_equal(told[1], -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(tells_all_again, set_up),
        cmocka_unit_test_setup(has_an_end, set_up),
        cmocka_unit_test_setup(waits_for_nothing_that_is_told, set_up),
        cmocka_unit_test_setup(does_not_wait_for_nobody, set_up),
        cmocka_unit_test_setup(leaves_out_what_is_forgotten, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
