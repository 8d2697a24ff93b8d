#include <limits.h>

#include "unit/ingest/harness.h"

static weir_value ints(int64_t from, int64_t to)
{
    weir_value items[64];
    size_t count = 0;
    for (int64_t i = from; i < to; i++) items[count++] = weir_int(i);
    return weir_list(items, count);
}

static void takes_one_dataset_a_batch(void **state)
{
    (void)state;
    weir_stream *queue = harness_need(weir_queue_stream(harness_context(), true, weir_absent()));
    harness_start();
    assert_int_equal(weir_queue_push(queue, ints(1, 4), 2), WEIR_OK);
    assert_int_equal(weir_queue_push(queue, ints(4, 4), 0), WEIR_OK);
    assert_int_equal(weir_queue_push(queue, ints(5, 6), 0), WEIR_OK);
    assert_true(ingest_has_waiting(&test.ingest));
    assert_batch(queue, 1000, "1 2 3");
    assert_int_equal(test.partitions, 2);
    assert_batch(queue, 2000, "");
    assert_int_equal(test.partitions, 1);
    assert_batch(queue, 3000, "5");
    assert_false(ingest_has_waiting(&test.ingest));
}

static void takes_all_at_once(void **state)
{
    (void)state;
    weir_stream *queue = harness_need(weir_queue_stream(harness_context(), false, weir_absent()));
    harness_start();
    weir_queue_push(queue, ints(1, 3), 1);
    weir_queue_push(queue, ints(3, 6), 3);
    assert_batch(queue, 1000, "1 2 3 4 5");
    assert_int_equal(test.partitions, 4);
}

static void an_empty_queue_gives_no_partitions(void **state)
{
    (void)state;
    weir_stream *queue = harness_need(weir_queue_stream(harness_context(), true, weir_absent()));
    harness_start();
    assert_batch(queue, 1000, "");
    assert_int_equal(test.partitions, 0);
    assert_false(test.batches[0].none);
}

static void an_empty_queue_gives_the_default(void **state)
{
    (void)state;
    weir_stream *queue = harness_need(weir_queue_stream(harness_context(), false, ints(7, 9)));
    harness_start();
    assert_batch(queue, 1000, "7 8");
    weir_queue_push(queue, ints(0, 1), 1);
    assert_batch(queue, 2000, "0");
    assert_batch(queue, 3000, "7 8");
}

static void the_default_is_cut_as_it_is_told(void **state)
{
    (void)state;
    weir_stream *queue = harness_need(weir_queue_stream(harness_context(), true, ints(1, 2)));
    assert_int_equal(weir_queue_default(queue, ints(0, 5), 3), WEIR_OK);
    assert_int_equal(weir_queue_default(queue, weir_int(1), 3), WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(weir_queue_default(queue, ints(0, 5), -1), WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(weir_queue_default(NULL, ints(0, 5), 1), WEIR_ILLEGAL_ARGUMENT);
    harness_start();
    assert_int_equal(weir_queue_default(queue, ints(0, 1), 1), WEIR_ILLEGAL_STATE);
    assert_batch(queue, 1000, "0 1 2 3 4");
    static const size_t sizes[] = {1, 2, 2};
    assert_int_equal(test.batches[0].count, 3);
    for (size_t i = 0; i < 3; i++) {
        const records_split *split = (const records_split *)test.batches[0].splits[i];
        assert_int_equal(split->records->count, sizes[i]);
    }
}

/* Positions floor(j * n / p) to floor((j + 1) * n / p). */
static void cuts_partitions_evenly(void **state)
{
    (void)state;
    weir_stream *queue = harness_need(weir_queue_stream(harness_context(), true, weir_absent()));
    harness_start();
    weir_queue_push(queue, ints(0, 10), 4);
    assert_batch(queue, 1000, "0 1 2 3 4 5 6 7 8 9");
    static const size_t sizes[] = {2, 3, 2, 3};
    for (size_t i = 0; i < 4; i++) {
        const records_split *split = (const records_split *)test.batches[0].splits[i];
        assert_int_equal(split->records->count, sizes[i]);
    }
}

static void records_are_copied_and_pairs_get_keys(void **state)
{
    (void)state;
    weir_stream *queue = harness_need(weir_queue_stream(harness_context(), true, weir_absent()));
    harness_start();
    arena scratch;
    arena_init(&scratch, NULL);
    arena_set_current(&scratch);
    weir_value records[] = {weir_pair(weir_text("a key that stands outside"), weir_int(1)),
                            weir_text("a text that stands outside"), weir_absent()};
    weir_queue_push(queue, weir_list(records, 3), 1);
    arena_set_current(NULL);
    arena_release(&scratch);
    assert_batch(queue, 1000, "(a key that stands outside,1) a text that stands outside null");
    assert_true(weir_is_string(test.read.records.keys[0]));
    assert_true(weir_is_absent(test.read.records.keys[1]));
}

static void refuses_wrong_arguments(void **state)
{
    (void)state;
    weir_stream *queue = weir_queue_stream(harness_context(), true, weir_absent());
    assert_int_equal(weir_queue_push(NULL, ints(0, 1), 1), WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(weir_queue_push(queue, weir_int(1), 1), WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(weir_queue_push(queue, ints(0, 1), -1), WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(weir_queue_push(queue, ints(0, 1), INT_MAX), WEIR_ILLEGAL_ARGUMENT);
    weir_value deep = weir_int(1); /* one level more is refused, not changed */
    for (int i = 0; i < 64; i++) deep = weir_list(&deep, 1);
    assert_int_equal(weir_queue_push(queue, weir_list(&deep, 1), 1), WEIR_OK);
    deep = weir_pair(deep, weir_null());
    assert_int_equal(weir_queue_push(queue, weir_list(&deep, 1), 1), WEIR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(weir_last_error(), "record 1 is nested deeper than 64"));
    assert_null(weir_queue_stream(harness_context(), true, weir_list(&deep, 1)));
    assert_null(weir_queue_stream(harness_context(), true, weir_int(3)));
    assert_int_equal(test.lineage.status, WEIR_ILLEGAL_ARGUMENT);
    assert_null(weir_queue_stream(NULL, true, weir_absent()));
}

static void a_started_context_takes_no_source(void **state)
{
    (void)state;
    harness_need(weir_queue_stream(harness_context(), true, weir_absent()));
    harness_start();
    assert_null(weir_queue_stream(harness_context(), true, weir_absent()));
    assert_int_equal(test.ingest.count, 1);
}

static void an_unused_source_is_not_cut(void **state)
{
    (void)state;
    weir_stream *unused = weir_queue_stream(harness_context(), true, weir_absent());
    weir_stream *queue = harness_need(weir_queue_stream(harness_context(), true, weir_absent()));
    harness_start();
    weir_queue_push(unused, ints(0, 1), 1);
    assert_false(ingest_has_waiting(&test.ingest));
    assert_batch(queue, 1000, "");
    assert_true(test.batches[0].none);
    assert_false(test.batches[1].none);
}

#define unit(name) cmocka_unit_test_setup_teardown(name, harness_set_up, harness_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(takes_one_dataset_a_batch),
        unit(takes_all_at_once),
        unit(an_empty_queue_gives_no_partitions),
        unit(an_empty_queue_gives_the_default),
        unit(the_default_is_cut_as_it_is_told),
        unit(cuts_partitions_evenly),
        unit(records_are_copied_and_pairs_get_keys),
        unit(refuses_wrong_arguments),
        unit(a_started_context_takes_no_source),
        unit(an_unused_source_is_not_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
