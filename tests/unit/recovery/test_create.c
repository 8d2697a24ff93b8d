/* A context that lasts is made: only where none is active, with its default options. */
#include "unit/context/harness.h"

#include "base/file.h"
#include "recovery/recovery.h"
#include "support/scratch.h"
#include "weir/weir.h"

static char base[64], place[80];
static int builds;

static weir_status build(weir_context *context, void *user)
{
    builds++;
    return weir_count_output(weir_text_file_stream(context, user, NULL));
}

static weir_context *get_active_or_create(const char *in)
{
    weir_context *context = NULL;
    assert_int_equal(
        weir_get_active_or_create(&context, in, &manual, NULL, build, base), WEIR_OK);
    assert_non_null(context);
    return context;
}

/* C-33. One that is made is active only from its start on. */
static void an_active_one_is_not_built_again(void **state)
{
    (void)state;
    char other[80];
    snprintf(other, sizeof other, "%s/other", base);
    builds = 0;
    weir_context *context = get_active_or_create(place);
    assert_int_equal(builds, 1);
    assert_int_equal(weir_get_state(context), WEIR_INITIALIZED);
    assert_int_equal(weir_start(context), WEIR_OK);

    assert_ptr_equal(get_active_or_create(place), context);
    assert_ptr_equal(get_active_or_create(other), context);
    assert_int_equal(builds, 1);
    assert_false(file_exists(other));

    assert_int_equal(weir_stop(context, true), WEIR_OK);
    weir_context *next = get_active_or_create(place);
    assert_int_equal(builds, 2);
    assert_ptr_not_equal(next, context);
    weir_context_free(next);
    weir_context_free(context);
}

/* Of the batch interval, the least multiple of at least 10 s. */
static void checkpoints_come_every_ten_seconds_or_a_little_later(void **state)
{
    (void)state;
    static const struct {
        int64_t interval_ms, checkpoint_ms;
    } rows[] = {{500, 10000}, {3000, 12000}, {20000, 20000}, {10000, 10000}, {10001, 10001}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        weir_options options = manual;
        weir_context *context;
        options.batch_interval_ms = rows[i].interval_ms;
        assert_int_equal(weir_get_or_create(&context, place, &options, NULL, build, base),
                         WEIR_OK);
        assert_int_equal(((recovery *)context->durable)->options.checkpoint_ms,
                         rows[i].checkpoint_ms);
        weir_context_free(context);
    }
}

static int set_up(void **state)
{
    setup(state);
    if (!scratch_make(base, sizeof base, "weir-create")) return -1;
    snprintf(place, sizeof place, "%s/directory", base);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return file_remove_tree(base) == WEIR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_active_one_is_not_built_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(checkpoints_come_every_ten_seconds_or_a_little_later,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
