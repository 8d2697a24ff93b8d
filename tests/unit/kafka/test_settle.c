/* Before a member gives partitions back, its group knows all that the log has of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/error.h"
#include "kafka/receiver.h"

static int fails;       /* so many commits more */
static int calls;
static int64_t told[2]; /* the last one that did not fail: by partition */

static rd_kafka_resp_err_t commit(rd_kafka_t *handle,
                                  const rd_kafka_topic_partition_list_t *offsets, int is_async)
{
    (void)handle;
    calls++;
    assert_false(is_async);
    if (fails-- > 0) return RD_KAFKA_RESP_ERR__TRANSPORT;
    for (int i = 0; i < offsets->cnt; i++)
        told[offsets->elems[i].partition] = offsets->elems[i].offset;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

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
    kafka.commit = commit;
    fails = calls = 0;
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

static void gives_up(void **state)
{
    (void)state;
    fails = 1000;
    kafka_consumer_settle(&consumer, true);
    assert_in_range(calls, 2, 10);
    assert_int_equal(told[0], -1);
    assert_int_equal(consumer.untold.count, 0); /* somebody else's, from now on */
}

static void does_not_wait_for_nobody(void **state)
{
    (void)state;
    kafka_consumer_settle(&consumer, false);
    assert_int_equal(calls, 0);
    assert_int_equal(consumer.untold.count, 0);
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
        cmocka_unit_test_setup(gives_up, set_up),
        cmocka_unit_test_setup(does_not_wait_for_nobody, set_up),
        cmocka_unit_test_setup(leaves_out_what_is_forgotten, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
