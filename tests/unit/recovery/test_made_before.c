/* A context is made in a directory, and before it is started another one runs there: the start
 * goes on from what that has left, and asks of it what it would have asked at its making. */
#include "unit/context/harness.h"

#include "base/file.h"
#include "support/scratch.h"
#include "weir/library.h"
#include "weir/weir.h"

static char base[64], place[80];

/* The state "kept" by that function. */
static weir_status build(weir_context *context, void *user)
{
    weir_stream *lines = weir_text_file_stream(context, base, NULL);
    weir_stream *pairs = weir_map(lines, &weir_fn_pair_with_one, weir_null());
    weir_state_options options = {.name = "kept"};
    return weir_count_output(
        weir_update_state_by_key(pairs, user, weir_null(), &options));
}

static weir_context *make(const weir_function *update, int64_t interval_ms, int partitions)
{
    weir_context *context;
    weir_options options = manual;
    options.batch_interval_ms = interval_ms;
    options.partitions = partitions;
    assert_int_equal(weir_get_or_create(&context, place, &options, NULL, build, (void *)update),
                     WEIR_OK);
    return context;
}

static void run(weir_context *context)
{
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    assert_int_equal(weir_stop(context, true), WEIR_OK);
    weir_context_free(context);
}

static void expect_refused(weir_context *context, const char *text)
{
    assert_int_equal(weir_start(context), WEIR_INCOMPATIBLE);
    if (!strstr(weir_last_error(), text)) print_message("%s\n", weir_last_error());
    assert_non_null(strstr(weir_last_error(), text));
    weir_context_free(context);
}

static void what_was_left_since_then_is_judged(void **state)
{
    (void)state;
    weir_context *same = make(&weir_fn_sum_update, 1000, 4);
    weir_context *other_function = make(&weir_fn_last_update, 1000, 4);
    weir_context *other_interval = make(&weir_fn_sum_update, 500, 4);
    weir_context *other_partitions = make(&weir_fn_sum_update, 1000, 5);
    run(make(&weir_fn_sum_update, 1000, 4));
    expect_refused(other_function, "its function was \"sum_update\", it is \"last_update\"");
    expect_refused(other_interval, "this one has 500 ms and 4");
    expect_refused(other_partitions, "this one has 1000 ms and 5");
    run(same);
}

static int set_up(void **state)
{
    if (!scratch_make(base, sizeof base, "weir-before")) return -1;
    (void)snprintf(place, sizeof place, "%s/dir", base);
    return setup(state);
}

static int tear_down(void **state)
{
    (void)state;
    return file_remove_tree(base) == WEIR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_left_since_then_is_judged, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
