/* What batches of a direct stream have, without a broker. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(has_the_messages_of_a_topic_made_anew, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
