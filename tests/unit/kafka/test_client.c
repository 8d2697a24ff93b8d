/* How a client ends: in a bounded time, also where the library would wait for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/error.h"
#include "kafka/client.h"

enum { NEVER = -1 };

static int polls_left; /* until the group is left */
static bool has_group;
static int destroyed, asked, queues;

static rd_kafka_error_t *consumer_close_queue(rd_kafka_t *handle, rd_kafka_queue_t *queue)
{
    (void)handle, (void)queue;
    asked++;
    return has_group ? NULL : (rd_kafka_error_t *)&has_group;
}

static int consumer_closed(rd_kafka_t *handle) { (void)handle; return polls_left == 0; }

static int queue_poll_callback(rd_kafka_queue_t *queue, int timeout_ms)
{
    (void)queue, (void)timeout_ms;
    if (polls_left > 0) polls_left--;
    return 0;
}

static void error_destroy(rd_kafka_error_t *error) { (void)error; }
static rd_kafka_queue_t *queue_new(rd_kafka_t *handle) { (void)handle; queues++; return NULL; }
static void queue_destroy(rd_kafka_queue_t *queue) { (void)queue; queues--; }
static void destroy(rd_kafka_t *handle) { (void)handle; destroyed++; }

static char made;
static void *opaque; /* of what was made */

/* A real one would have threads, of which the thread sanitizer knows nothing. */
static rd_kafka_t *new(rd_kafka_type_t type, rd_kafka_conf_t *conf, char *why, size_t size)
{
    (void)type, (void)why, (void)size;
    kafka.conf_destroy(conf);
    return (rd_kafka_t *)&made;
}

static void set_opaque(rd_kafka_conf_t *conf, void *given) { (void)conf; opaque = given; }
static void *opaque_of(const rd_kafka_t *handle) { (void)handle; return opaque; }

static kafka_client client;

static int set_up(void **state)
{
    static const kafka_client_plan plan = {
        .type = RD_KAFKA_CONSUMER, .label = "in", .brokers = "localhost:1"};
    (void)state;
    if (kafka_load() != WEIR_OK) {
        print_message("%s\n", error_text());
        return -1;
    }
    kafka.new = new;
    kafka.conf_set_opaque = set_opaque;
    kafka.opaque = opaque_of;
    kafka.consumer_close_queue = consumer_close_queue;
    kafka.consumer_closed = consumer_closed;
    kafka.queue_poll_callback = queue_poll_callback;
    kafka.error_destroy = error_destroy;
    kafka.queue_new = queue_new;
    kafka.queue_destroy = queue_destroy;
    kafka.destroy = destroy;
    has_group = true;
    destroyed = asked = queues = 0;
    assert_int_equal(kafka_client_open(&client, &plan), WEIR_OK);
    client.leave_ms = 50;
    return 0;
}

static void leaves_once(void **state)
{
    (void)state;
    polls_left = 3;
    kafka_client_leave(&client);
    assert_int_equal(polls_left, 0);
    kafka_client_close(&client);
    assert_int_equal(asked, 1);
    assert_int_equal(destroyed, 1);
    assert_int_equal(queues, 0);
}

static void without_a_group(void **state)
{
    (void)state;
    polls_left = NEVER;
    has_group = false;
    kafka_client_close(&client);
    assert_int_equal(destroyed, 1);
    assert_int_equal(queues, 0);
}

/* Its queue stays, too: the library uses it yet. */
static void is_left_behind(void **state)
{
    (void)state;
    polls_left = NEVER;
    kafka_client_close(&client);
    assert_null(client.handle);
    assert_int_equal(destroyed, 0);
    assert_int_equal(queues, 1);
    free(opaque);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(leaves_once, set_up),
        cmocka_unit_test_setup(without_a_group, set_up),
        cmocka_unit_test_setup(is_left_behind, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
