/* When a stop waits no longer for the brokers of an output. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/error.h"
#include "kafka/sink.h"

enum { LONG_US = 60 * 1000 * 1000 };

static kafka_sink sink;
static int waiting; /* messages that no broker has taken */

static int outq_len(rd_kafka_t *handle)
{
    (void)handle;
    return waiting;
}

static int set_up(void **state)
{
    (void)state;
    if (kafka_load() != WEIR_OK) {
        print_message("%s\n", error_text());
        return -1;
    }
    kafka.outq_len = outq_len;
    pthread_mutex_init(&sink.client.mutex, NULL);
    atomic_store(&sink.gives_up, true);
    atomic_store(&sink.is_stuck, false);
    waiting = 7;
    kafka_sink_begin_step(&sink);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pthread_mutex_destroy(&sink.client.mutex);
    return 0;
}

static void pass_long(void)
{
    atomic_store(&sink.moved_us, atomic_load(&sink.moved_us) - LONG_US);
}

/* One broker of several, say: the others answer. */
static void is_not_waited_for_without_end(void **state)
{
    (void)state;
    assert_false(kafka_sink_is_hopeless(&sink));
    assert_false(kafka_sink_is_hopeless(&sink));
    pass_long();
    assert_true(kafka_sink_is_hopeless(&sink));
    kafka_sink_begin_step(&sink); /* another try */
    assert_true(kafka_sink_is_hopeless(&sink));
}

static void is_waited_for_while_it_goes_on(void **state)
{
    (void)state;
    for (; waiting > 0; waiting--) {
        assert_false(kafka_sink_is_hopeless(&sink));
        pass_long();
    }
    assert_false(kafka_sink_is_hopeless(&sink));
}

/* Nobody looked meanwhile. */
static void has_time_for_each_step(void **state)
{
    (void)state;
    assert_false(kafka_sink_is_hopeless(&sink));
    pass_long();
    kafka_sink_begin_step(&sink);
    assert_false(kafka_sink_is_hopeless(&sink));
}

static void is_waited_for_while_it_runs(void **state)
{
    (void)state;
    atomic_store(&sink.gives_up, false);
    for (int i = 0; i < 3; i++) {
        assert_false(kafka_sink_is_hopeless(&sink));
        pass_long();
    }
    atomic_store(&sink.gives_up, true);
    assert_false(kafka_sink_is_hopeless(&sink));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(is_not_waited_for_without_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(is_waited_for_while_it_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(has_time_for_each_step, set_up, tear_down),
        cmocka_unit_test_setup_teardown(is_waited_for_while_it_runs, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
