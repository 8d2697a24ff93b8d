/* A program that no checkpoint could hold is refused at its first start, before anything is there:
 * not at the next one, which could not read a single checkpoint. */
#include "unit/context/harness.h"

#include "base/file.h"
#include "context/context.h"
#include "record/codec.h"
#include "support/scratch.h"
#include "weir/weir.h"

static char base[64], place[80];

/* The calls of weir/stream.h do not let it pass: it is put there behind their back. */
static weir_status build(weir_context *context, void *user)
{
    weir_value deep = weir_null();
    for (int i = 0; i < *(const int *)user; i++) deep = weir_list(&deep, 1);
    weir_stream *lines = weir_text_file_stream(context, base, NULL);
    lines->arg = deep;
    return weir_count_output(lines);
}

static weir_status start(int levels)
{
    weir_context *context;
    weir_options options = manual;
    assert_int_equal(weir_get_or_create(&context, place, &options, NULL, build, &levels),
                     WEIR_OK);
    weir_status status = weir_start(context);
    if (status == WEIR_OK) assert_int_equal(weir_stop(context, true), WEIR_OK);
    weir_context_free(context);
    return status;
}

static void it_is_refused_before_anything_is_there(void **state)
{
    (void)state;
    enum { DEEPEST = CODEC_DEPTH_MAX - 3 };
    assert_int_equal(start(DEEPEST + 1), WEIR_NOT_SERIALIZABLE);
    assert_non_null(strstr(weir_last_error(), "flatten it"));
    assert_false(file_exists(place));
    assert_int_equal(start(DEEPEST), WEIR_OK);
    assert_int_equal(start(DEEPEST), WEIR_OK);
}

static int set_up(void **state)
{
    if (!scratch_make(base, sizeof base, "weir-deep")) return -1;
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
        cmocka_unit_test_setup_teardown(it_is_refused_before_anything_is_there, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
