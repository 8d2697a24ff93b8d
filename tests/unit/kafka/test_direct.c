/* What batches of a direct stream have, and what its group is told, without a broker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "context/context.h"
#include "kafka/direct.h"

static weir_context *context;
static source *from; /* which is the same as */
static direct *self;
static direct_partition *partition;
static int64_t told; /* last; -1: nothing */

/* Called, or waited for: queued only is not confirmed yet. */
static rd_kafka_resp_err_t commit(rd_kafka_t *handle,
                                  const rd_kafka_topic_partition_list_t *offsets, int is_queued)
{
    (void)handle, (void)is_queued;
    told = offsets->elems[0].offset;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* The last time, which is waited for. */
static bool is_silent; /* nobody answers */
static kafka_answered *answered;

static rd_kafka_resp_err_t commit_queue(rd_kafka_t *handle,
                                        const rd_kafka_topic_partition_list_t *offsets,
                                        rd_kafka_queue_t *queue, kafka_answered *call, void *user)
{
    (void)handle, (void)queue, (void)user;
    told = offsets->elems[0].offset;
    answered = call;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static int queue_poll_callback(rd_kafka_queue_t *queue, int timeout_ms)
{
    (void)queue;
    assert_in_range(timeout_ms, 1, 10000);
    if (is_silent) return 0;
    rd_kafka_topic_partition_list_t *list = kafka.topic_partition_list_new(1);
    kafka.topic_partition_list_add(list, "orders", 0)->offset = told;
    answered(NULL, RD_KAFKA_RESP_ERR_NO_ERROR, list, self);
    kafka.topic_partition_list_destroy(list);
    return 1;
}

static rd_kafka_queue_t *queue_new(rd_kafka_t *handle) { (void)handle; return NULL; }
static void queue_destroy(rd_kafka_queue_t *queue) { (void)queue; }

static int set_up(void **state)
{
    (void)state;
    static const char *const topics[] = {"orders"};
    weir_options options = {.batch_interval_ms = 1000, .master = "local[1]"};
    weir_kafka_options reading = {.brokers = "none:1",
                                  .topics = topics,
                                  .topic_count = 1,
                                  .group = "g",
                                  .reset = WEIR_KAFKA_GO_EARLIEST};
    if (kafka_load() != WEIR_OK || weir_context_create(&context, &options) != WEIR_OK ||
        !weir_kafka_direct_stream(context, &reading)) {
        print_message("%s\n", error_text());
        return -1;
    }
    kafka.commit = commit;
    kafka.commit_queue = commit_queue;
    kafka.queue_poll_callback = queue_poll_callback;
    kafka.queue_new = queue_new;
    kafka.queue_destroy = queue_destroy;
    from = context->ingest.sources[0];
    self = (direct *)from;
    partition = direct_partition_of(self, topics[0], strlen(topics[0]), 0);
    partition->next = partition->follows = partition->done = partition->committed = 0;
    partition->low = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    weir_context_free(context);
    return 0;
}

static source_batch cut(int64_t end)
{
    source_batch batch = {0};
    partition->end = end;
    assert_int_equal(from->class->cut(from, 1000, &batch), WEIR_OK);
    return batch;
}

/* A topic that was made anew has fewer messages than were read of the one before. */
static void has_the_messages_of_a_topic_made_anew(void **state)
{
    (void)state;
    source_batch batch = cut(100);
    source_batch_release(&batch);
    batch = cut(7);
    assert_int_equal(batch.count, 1);
    source_batch_release(&batch);
    batch = cut(7);
    assert_int_equal(batch.count, 0);
}

static void finish(source_batch batch)
{
    from->class->done(from, &batch);
    source_batch_release(&batch);
}

/* The answer to what was told comes later. */
static int64_t tell(void)
{
    told = -1;
    direct_commit(self);
    return told;
}

static void answer(int64_t offset)
{
    struct {
        kafka_client *client;
        void *owner;
    } owner = {&self->client, self}; /* as client.c hands it to callbacks */
    rd_kafka_topic_partition_list_t *list = kafka.topic_partition_list_new(1);
    kafka.topic_partition_list_add(list, "orders", 0)->offset = offset;
    direct_committed(NULL, RD_KAFKA_RESP_ERR_NO_ERROR, list, &owner);
    kafka.topic_partition_list_destroy(list);
}

static void is_told_what_is_done(void **state)
{
    (void)state;
    source_batch batch = cut(100);
    assert_int_equal(tell(), -1);
    finish(batch);
    assert_int_equal(tell(), 100);
    answer(100);
    assert_int_equal(tell(), -1);
}

static void has_an_end(void **state)
{
    (void)state;
    finish(cut(100));
    atomic_store(&self->is_stopping, true);
    is_silent = true;
    assert_int_equal(tell(), 100);
    assert_int_equal(partition->committed, 0);
    is_silent = false;
    assert_int_equal(tell(), 100);
    assert_int_equal(partition->committed, 100);
}

/* A topic that was made anew begins at 0, and the group is told of that one. */
static void is_told_of_a_topic_made_anew(void **state)
{
    (void)state;
    finish(cut(100));
    assert_int_equal(tell(), 100);
    answer(100);
    source_batch batch = cut(7);
    assert_int_equal(tell(), 0);
    answer(0);
    finish(batch);
    assert_int_equal(tell(), 7);
    answer(7);
    assert_int_equal(tell(), -1);
    finish(cut(9));
    assert_int_equal(tell(), 9);
}

/* What is done or answered late is of the topic before. */
static void is_told_nothing_of_the_topic_before(void **state)
{
    (void)state;
    source_batch old = cut(100), anew = cut(7);
    finish(old);
    assert_int_equal(tell(), 0);
    answer(100);
    finish(anew);
    assert_int_equal(tell(), 7);
}

/* The checkpoint is of the topic before, the batches behind it are of the new one. */
static void is_told_of_it_after_a_restart(void **state)
{
    (void)state;
    source_batch batch = {0};
    weir_value place[] = {weir_text("orders"), weir_int(0), weir_int(100)};
    weir_value places = weir_list(place, 3);
    weir_value range[] = {weir_text("orders"), weir_int(0), weir_int(0), weir_int(7)};
    weir_value ranges = weir_list(range, 4);
    assert_int_equal(from->class->restore(from, weir_list(&places, 1)), WEIR_OK);
    assert_int_equal(from->class->replay(from, 1000, weir_list(&ranges, 1), &batch), WEIR_OK);
    finish(batch);
    assert_int_equal(tell(), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(has_the_messages_of_a_topic_made_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(is_told_what_is_done, set_up, tear_down),
        cmocka_unit_test_setup_teardown(has_an_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(is_told_of_a_topic_made_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(is_told_nothing_of_the_topic_before, set_up, tear_down),
        cmocka_unit_test_setup_teardown(is_told_of_it_after_a_restart, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
