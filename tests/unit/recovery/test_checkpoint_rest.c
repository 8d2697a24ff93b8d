/* When a checkpoint is written: behind the batch that bears its pause, or a little later if none
 * comes; at once if somebody asked for it. */
#include "unit/context/harness.h"

#include <stdatomic.h>

#include "base/clock.h"
#include "base/file.h"
#include "recovery/recovery.h"
#include "weir/weir.h"

enum { INTERVAL_MS = 1000, FOR_EVER_US = 1 << 30 };

static char base[64];
static _Atomic int64_t published_ms, published_us;

static void on_checkpoint(int64_t time_ms, bool is_due, void *user)
{
    (void)is_due;
    (void)user;
    published_us = clock_monotonic_us();
    published_ms = time_ms;
}

static weir_status build(weir_context *context, void *user)
{
    weir_stream *lines = weir_text_file_stream(context, user, NULL);
    weir_stream *pairs = weir_map(lines, &weir_fn_pair_with_one, weir_null());
    return weir_count_output(weir_map_with_state(pairs, &weir_fn_sum_no_emit, weir_null(), NULL));
}

static weir_context *start(void)
{
    char directory[80];
    snprintf(directory, sizeof directory, "%s/directory", base);
    weir_durability durability = {.checkpoint_ms = 2 * INTERVAL_MS};
    weir_context *context = NULL;
    published_ms = -1;
    assert_int_equal(weir_get_or_create(&context, directory, &manual, &durability, build, base),
                     WEIR_OK);
    assert_int_equal(weir_on_checkpoint(context, on_checkpoint, NULL), WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_OK);
    return context;
}

static checkpointer *checkpointer_of(const weir_context *context)
{
    return &((recovery *)context->durable)->checkpointer;
}

static int64_t first_boundary_ms(const weir_context *context)
{
    return ((recovery *)context->durable)->manifest.zero_ms + 2 * INTERVAL_MS;
}

static void wait_for(int64_t time_ms)
{
    while (published_ms != time_ms) clock_sleep_ms(1);
}

static void it_rests_and_is_written_though_no_batch_comes(void **state)
{
    (void)state;
    weir_context *context = start();
    int64_t before_us = clock_monotonic_us();
    assert_int_equal(weir_advance(context, 2 * INTERVAL_MS), WEIR_OK);
    wait_for(first_boundary_ms(context));
    assert_true(published_us - before_us >= checkpointer_of(context)->rest_us);
    weir_context_free(context);
}

static void the_next_batch_ends_its_rest(void **state)
{
    (void)state;
    weir_context *context = start();
    checkpointer_of(context)->rest_us = FOR_EVER_US;
    assert_int_equal(weir_advance(context, 2 * INTERVAL_MS), WEIR_OK);
    assert_true(checkpointer_is_busy(checkpointer_of(context)));
    assert_int_not_equal(published_ms, first_boundary_ms(context));
    assert_int_equal(weir_advance(context, INTERVAL_MS), WEIR_OK);
    wait_for(first_boundary_ms(context));
    weir_context_free(context);
}

static void the_end_of_the_context_ends_its_rest(void **state)
{
    (void)state;
    weir_context *context = start();
    checkpointer_of(context)->rest_us = FOR_EVER_US;
    assert_int_equal(weir_advance(context, 2 * INTERVAL_MS), WEIR_OK);
    assert_int_equal(weir_stop(context, true), WEIR_OK);
    assert_true(published_ms >= first_boundary_ms(context));
    weir_context_free(context);
}

static int set_up(void **state)
{
    setup(state);
    snprintf(base, sizeof base, "/tmp/weir-rest-XXXXXX");
    return mkdtemp(base) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return file_remove_tree(base) == WEIR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_rests_and_is_written_though_no_batch_comes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_next_batch_ends_its_rest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_end_of_the_context_ends_its_rest, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
