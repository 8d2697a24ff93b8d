#include "unit/ingest/harness.h"

#include <pthread.h>
#include <stdatomic.h>

#include "support/literal.h"

static harvest got;

/* A receiver that the test plays: counts its starts and stops, and does what it is told. */
static struct player {
    weir_receiver *_Atomic receiver;
    atomic_int starts;
    atomic_int stops;
    atomic_int failing; /* so many starts fail */
    int stored_in_start;
    bool stores_in_stop;
    bool has_thread; /* stores numbers until it is refused */
    pthread_t thread;
    atomic_long stored;
} player;

static void *store_numbers(void *user)
{
    weir_receiver *receiver = user;
    while (weir_store(receiver, weir_absent(), weir_int(player.stored)) == WEIR_OK)
        player.stored++;
    return NULL;
}

static weir_status on_start(weir_receiver *receiver, void *user)
{
    assert_ptr_equal(user, &player);
    player.receiver = receiver;
    if (player.failing > 0) {
        player.failing--;
        player.starts++;
        return WEIR_IO;
    }
    for (int i = 0; i < player.stored_in_start; i++) {
        weir_status status = weir_store(receiver, weir_absent(), weir_int(i));
        if (status != WEIR_OK) return status;
    }
    player.starts++; /* behind the stores, which a stop in between would refuse */
    if (player.has_thread) pthread_create(&player.thread, NULL, store_numbers, receiver);
    return WEIR_OK;
}

static void on_stop(weir_receiver *receiver, void *user)
{
    (void)user;
    if (player.has_thread) pthread_join(player.thread, NULL);
    if (player.stores_in_stop) weir_store(receiver, weir_absent(), weir_text("last"));
    player.stops++;
}

static const weir_receiver_class class = {"player", on_start, on_stop};

static int set_up(void **state)
{
    int result = harness_set_up(state);
    weir_set_log(NULL, NULL, (weir_level)(WEIR_ERROR + 1)); /* failures are expected here */
    memset(&player, 0, sizeof player);
    memset(&got, 0, sizeof got);
    return result;
}

static void start(void)
{
    got.stream = harness_need(weir_receiver_stream(harness_context(), &class, &player));
    harness_start();
    run_until(player.starts > 0 && player.failing == 0);
}

static void stop(void)
{
    ingest_stop(&test.ingest);
    run_until(ingest_is_stopped(&test.ingest));
}

static void stores_single_records(void **state)
{
    (void)state;
    start();
    assert_int_equal(weir_store(player.receiver, weir_absent(), weir_int(1)), WEIR_OK);
    assert_int_equal(weir_store(player.receiver, weir_text("k"), weir_int(2)), WEIR_OK);
    weir_value pair = weir_pair(weir_text("p"), weir_absent());
    assert_int_equal(weir_store(player.receiver, weir_absent(), pair), WEIR_OK);
    assert_true(ingest_has_waiting(&test.ingest));
    assert_batch(got.stream, 1000, "1 (k,2) (p,null)");
    check_value("a pair is a record with a key", test.read.records.keys[2], weir_text("p"));
    assert_int_equal(test.partitions, 1);
    assert_false(ingest_has_waiting(&test.ingest));
    assert_batch(got.stream, 2000, "");
    assert_int_equal(test.partitions, 0);
    assert_int_equal(weir_receiver_stream_id(player.receiver), 0);
}

static void stores_blocks_in_order(void **state)
{
    (void)state;
    start();
    weir_value values[] = {weir_int(2), weir_int(3)};
    weir_value keys[] = {weir_text("a"), weir_text("b")};
    weir_store(player.receiver, weir_absent(), weir_int(1));
    assert_int_equal(weir_store_block(player.receiver, NULL, values, 2), WEIR_OK);
    assert_int_equal(weir_store_block(player.receiver, keys, values, 2), WEIR_OK);
    assert_int_equal(weir_store_block(player.receiver, NULL, NULL, 0), WEIR_OK);
    weir_store(player.receiver, weir_absent(), weir_int(4));
    assert_batch(got.stream, 1000, "1 2 3 (a,2) (b,3) 4");
    assert_int_equal(test.partitions, 4);
}

/* Numbers, nothing, short and long strings, a pair now and then: in blocks of all lengths. */
static weir_value mixed_value(size_t i)
{
    static char text[40] = "a string that is longer than a value is";
    switch (i % 11) {
    case 0: return weir_string(text, 30 + i % 10);
    case 1: return weir_absent();
    case 5: return weir_string(text, i % 15);
    case 7: return i % 7 ? weir_bool(true) : weir_pair(weir_int((int64_t)i), weir_int(1));
    default: return weir_int((int64_t)i);
    }
}

static void blocks_of_mixed_values_keep_all_of_them(void **state)
{
    (void)state;
    enum { MOST = 2000 };
    static const size_t lengths[] = {1, 2, 255, 256, 257, 511, 700, MOST};
    static weir_value values[MOST];
    start();
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        for (size_t j = 0; j < lengths[i]; j++) values[j] = mixed_value(j * (i + 1));
        assert_int_equal(weir_store_block(player.receiver, NULL, values, lengths[i]), WEIR_OK);
        assert_int_equal(harness_cut(got.stream, 1000 * (int64_t)(i + 1)), WEIR_OK);
        assert_int_equal(test.read.records.count, lengths[i]);
        for (size_t j = 0; j < lengths[i]; j++) {
            weir_value wanted = value_present(values[j]);
            weir_value key = records_key(&test.read.records, j);
            weir_value value = test.read.records.values[j];
            assert_true(weir_equal(weir_is_absent(key) ? value : weir_pair(key, value), wanted));
        }
    }
}

static void big_blocks_are_cut(void **state)
{
    (void)state;
    start();
    char text[10000];
    memset(text, 'x', sizeof text);
    for (int i = 0; i < 300; i++)
        weir_store(player.receiver, weir_absent(), weir_string(text, sizeof text));
    assert_int_equal(harness_cut(got.stream, 1000), WEIR_OK);
    assert_int_equal(test.partitions, 3);
    assert_int_equal(test.read.records.count, 300);
}

static void records_that_cannot_be_stored_are_refused(void **state)
{
    (void)state;
    start();
    char *text = memory_zero_alloc(1, 2 << 20);
    weir_value big = weir_string(text, 2 << 20);
    free(text);
    weir_value values[] = {weir_int(1), big};
    weir_value deep = weir_int(1);
    for (int i = 0; i < 100; i++) deep = weir_list(&deep, 1);
    assert_int_equal(weir_store(player.receiver, weir_absent(), big), WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(weir_store(player.receiver, weir_absent(), deep), WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(weir_store_block(player.receiver, NULL, values, 2), WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(weir_store(player.receiver, weir_absent(), weir_int(5)), WEIR_OK);
    assert_batch(got.stream, 1000, "5");
    assert_int_equal(test.batches[0].refused, 4);
}

static void restarts_after_a_pause(void **state)
{
    (void)state;
    player.stored_in_start = 1;
    start();
    weir_receiver_restart(player.receiver, "the source is gone", 5);
    weir_receiver_restart(player.receiver, "and again", 5); /* it restarts already */
    run_until(player.starts == 2);
    assert_int_equal(player.stops, 1);
    run_until(harvest_reaches(&got, 2));
    assert_int_equal(got.count, 2);
    assert_false(weir_receiver_is_stopped(player.receiver));
}

static void a_pause_may_be_for_ever(void **state)
{
    (void)state;
    start();
    weir_receiver_restart(player.receiver, "never again", INT64_MAX);
    run_until(player.stops == 1);
    clock_sleep_ms(20);
    assert_int_equal(player.starts, 1); /* the end of the test ends the pause */
}

static void stopping_itself_is_not_final(void **state)
{
    (void)state;
    start();
    weir_receiver_stop(player.receiver, "enough");
    run_until(player.starts == 2);
    assert_int_equal(player.stops, 1);
    assert_int_equal(weir_store(player.receiver, weir_absent(), weir_int(1)), WEIR_OK);
}

static void a_start_that_fails_is_tried_again(void **state)
{
    (void)state;
    player.failing = 3;
    start();
    run_until(player.starts == 4);
    assert_int_equal(player.stops, 0);
    stop();
    assert_int_equal(player.stops, 1);
}

static void nothing_is_stored_once_it_is_stopped(void **state)
{
    (void)state;
    start();
    weir_receiver *receiver = player.receiver;
    test.ingest.restart_delay_ms = 100000;
    weir_receiver_stop(receiver, NULL);
    assert_true(weir_receiver_is_stopped(receiver));
    weir_value value = weir_int(1);
    assert_int_equal(weir_store(receiver, weir_absent(), value), WEIR_ILLEGAL_STATE);
    assert_int_equal(weir_store_block(receiver, NULL, &value, 1), WEIR_ILLEGAL_STATE);
    stop(); /* does not wait for the pause */
    assert_int_equal(player.starts, 1);
    assert_int_equal(player.stops, 1);
}

static void everything_stored_is_in_a_batch(void **state)
{
    (void)state;
    player.has_thread = player.stores_in_stop = true;
    start();
    run_until(player.stored > 1000);
    harvest_reaches(&got, 1);
    stop();
    harvest_reaches(&got, 1);
    assert_int_equal(got.count, player.stored + 1);
    weir_value last = test.read.records.values[test.read.records.count - 1];
    assert_true(weir_equal(last, weir_text("last")));
    assert_false(ingest_has_waiting(&test.ingest));
}

/* The clock stands still but for the test: so many records, and not one more. */
static void the_rate_is_kept(void **state)
{
    (void)state;
    test.ingest.max_rate = 50;
    player.has_thread = true;
    start();
    run_until(player.stored == 1);
    test.now_ms += 100;
    run_until(player.stored == 6);
    test.now_ms += 60000;
    run_until(player.stored == 56); /* at most a second's are kept */
    clock_sleep_ms(20);
    assert_int_equal(player.stored, 56);
    stop(); /* a store that waits ends */
    assert_int_equal(player.stored, 56);
}

static void memory_that_is_used_up_stops_the_storing(void **state)
{
    (void)state;
    test.ingest.waiting.limit = 1 << 20;
    player.has_thread = true;
    start();
    run_until(memory_budget_is_over(&test.ingest.waiting));
    clock_sleep_ms(20);
    long stored = player.stored;
    clock_sleep_ms(20);
    assert_int_equal(player.stored, stored);
    harness_cut(got.stream, 1000);
    harness_forget_batches();
    run_until(player.stored > stored);
}

/* --- A log that takes its time ------------------------------------------------------------------
 */

static struct slow_log {
    block_log log;
    _Atomic bool is_held; /* it does not answer yet */
    pthread_t thread;
    weir_status answer;
    block *block;
    block_log_stored stored;
    void *user;
} slow;

static void *answer_later(void *unused)
{
    (void)unused;
    clock_sleep_ms(10);
    while (slow.is_held) clock_sleep_ms(1);
    slow.stored(slow.user, slow.block, slow.answer ? error_set(slow.answer, "full") : WEIR_OK);
    return NULL;
}

static void append_slowly(block_log *log, block *block, block_log_stored stored, void *user)
{
    (void)log;
    slow.block = block;
    slow.stored = stored;
    slow.user = user;
    pthread_create(&slow.thread, NULL, answer_later, NULL);
}

static void store_block_waits_for_the_log(void **state)
{
    (void)state;
    block_log_class slow_class = *test.ingest.log->class;
    slow_class.append = append_slowly;
    slow.log.class = &slow_class;
    block_log *sound = test.ingest.log;
    test.ingest.log = &slow.log;
    start();
    weir_value value = weir_int(1);
    slow.answer = WEIR_OK;
    assert_int_equal(weir_store_block(player.receiver, NULL, &value, 1), WEIR_OK);
    pthread_join(slow.thread, NULL);
    assert_batch(got.stream, 1000, "1");
    slow.answer = WEIR_NO_SPACE;
    assert_int_equal(weir_store_block(player.receiver, NULL, &value, 1), WEIR_NO_SPACE);
    assert_string_equal(weir_last_error(), "full");
    pthread_join(slow.thread, NULL);
    assert_batch(got.stream, 2000, "");
    assert_int_equal(test.batches[0].refused, 0); /* the caller knows */

    slow.answer = WEIR_OK;
    slow.is_held = true;
    weir_store(player.receiver, weir_absent(), weir_int(2));
    assert_batch(got.stream, 3000, ""); /* cut now, safe later */
    assert_true(ingest_has_waiting(&test.ingest));
    slow.is_held = false;
    pthread_join(slow.thread, NULL);
    assert_batch(got.stream, 4000, "2");
    test.ingest.log = sound;
}

static void many_threads_store(void **state)
{
    (void)state;
    player.has_thread = true;
    start();
    pthread_t others[3];
    for (int i = 0; i < 3; i++) pthread_create(&others[i], NULL, store_numbers, player.receiver);
    run_until(player.stored > 5000);
    weir_receiver_report_error(player.receiver, "a small thing");
    stop();
    for (int i = 0; i < 3; i++) pthread_join(others[i], NULL);
    harvest_reaches(&got, 1);
    assert_int_equal(got.count, player.stored);
}

static void an_unused_receiver_is_not_started(void **state)
{
    (void)state;
    assert_non_null(weir_receiver_stream(harness_context(), &class, &player));
    harness_need(weir_queue_stream(harness_context(), true, weir_absent()));
    harness_start();
    stop();
    assert_int_equal(player.starts, 0);
}

static void refuses_wrong_arguments(void **state)
{
    (void)state;
    assert_null(weir_receiver_stream(harness_context(), NULL, NULL));
    assert_null(
        weir_receiver_stream(harness_context(), &(weir_receiver_class){.name = "x"}, NULL));
    assert_int_equal(test.lineage.status, WEIR_ILLEGAL_ARGUMENT);
}

#define unit(name) cmocka_unit_test_setup_teardown(name, set_up, harness_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(stores_single_records),
        unit(stores_blocks_in_order),
        unit(blocks_of_mixed_values_keep_all_of_them),
        unit(big_blocks_are_cut),
        unit(records_that_cannot_be_stored_are_refused),
        unit(restarts_after_a_pause),
        unit(a_pause_may_be_for_ever),
        unit(stopping_itself_is_not_final),
        unit(a_start_that_fails_is_tried_again),
        unit(nothing_is_stored_once_it_is_stopped),
        unit(everything_stored_is_in_a_batch),
        unit(the_rate_is_kept),
        unit(memory_that_is_used_up_stops_the_storing),
        unit(store_block_waits_for_the_log),
        unit(many_threads_store),
        unit(an_unused_receiver_is_not_started),
        unit(refuses_wrong_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
