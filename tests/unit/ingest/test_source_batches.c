#include "unit/ingest/harness.h"

#include "ingest/source_batches.h"

static weir_stream *add_three(int partitions)
{
    weir_value first[] = {weir_int(1), weir_int(2), weir_int(3)};
    weir_value third[] = {weir_text("a")};
    weir_value batches[] = {weir_list(first, 3), weir_absent(), weir_list(third, 1)};
    return source_batches_add(harness_context(), batches, 3, partitions);
}

static void gives_each_batch_at_its_time(void **state)
{
    (void)state;
    weir_stream *stream = harness_need(add_three(2));
    harness_start();
    assert_batch(stream, 1000, "1 2 3");
    assert_int_equal(test.partitions, 2);
    assert_batch(stream, 2000, "");
    assert_true(test.batches[0].none);
    assert_batch(stream, 3000, "a");
    assert_int_equal(test.partitions, 2);
    assert_batch(stream, 4000, "");
    assert_false(test.batches[0].none);
    assert_int_equal(test.partitions, 2);
    assert_batch(stream, 1000, "1 2 3"); /* again */
}

static void time_counts_from_the_first_batch(void **state)
{
    (void)state;
    weir_stream *stream = harness_need(add_three(1));
    test.ingest.manual_clock = false;
    harness_start();
    assert_batch(stream, 1700000001000, "1 2 3");
    assert_batch(stream, 1700000003000, "a");
}

static void refuses_wrong_arguments(void **state)
{
    (void)state;
    weir_value number = weir_int(1);
    assert_null(source_batches_add(harness_context(), &number, 1, 1));
    assert_null(source_batches_add(harness_context(), NULL, 0, 0));
    assert_int_equal(test.lineage.status, WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(test.ingest.count, 0);
}

#define unit(name) cmocka_unit_test_setup_teardown(name, harness_set_up, harness_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(gives_each_batch_at_its_time),
        unit(time_counts_from_the_first_batch),
        unit(refuses_wrong_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
