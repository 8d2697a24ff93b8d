/* A context that is made from its directory alone needs the functions of the checkpoint, each of
 * its kind: what is gone or of another kind now is named, and nothing is touched. */
#include "unit/context/harness.h"

#include "base/file.h"
#include "recovery/manifest.h"
#include "recovery/lineage_codec.h"
#include "recovery/sealed_file.h"
#include "support/scratch.h"
#include "weir/library.h"
#include "weir/weir.h"

enum { INTERVAL_MS = 1000 };

static char base[64], input[80], place[80], stored[120];

static weir_status build(weir_context *context, void *user)
{
    (void)user;
    const char *const paths[] = {input};
    weir_stream *lines = weir_text_files(context, paths, 1);
    weir_stream *words = weir_flat_map(lines, &weir_fn_split_ws, weir_null());
    weir_stream *ones = weir_map(words, &weir_fn_pair_with_one, weir_null());
    weir_state_options options = {.partitioner = &weir_fn_by_modulus};
    weir_stream *sums =
        weir_update_state_by_key(ones, &weir_fn_sum_update, weir_null(), &options);
    weir_foreach_rdd(sums, &weir_fn_note, weir_null());
    return weir_error(context);
}

static void run(void)
{
    weir_context *context;
    weir_options options = {.batch_interval_ms = INTERVAL_MS, .master = "local[1]"};
    assert_int_equal(weir_get_or_create(&context, place, &options, NULL, build, NULL), WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(weir_await_termination(context, -1), WEIR_OK);
    weir_context_free(context);
}

/* In the stored lineage, one name for another of the same length. */
static void rename_function(const char *from, const char *to)
{
    buffer bytes = {0};
    size_t at = 0, length = strlen(from);
    assert_int_equal(strlen(to), length);
    assert_int_equal(sealed_file_read(stored, lineage_magic, &bytes), WEIR_OK);
    while (at + length <= bytes.size && memcmp(bytes.bytes + at, from, length) != 0) at++;
    assert_true(at + length <= bytes.size);
    memcpy(bytes.bytes + at, to, length);
    assert_int_equal(file_remove_tree(stored), WEIR_OK);
    assert_int_equal(sealed_file_write(stored, lineage_magic, &bytes), WEIR_OK);
    buffer_release(&bytes);
}

static void each_is_named_and_nothing_is_touched(void **state)
{
    (void)state;
    static const struct {
        const char *had;
        const char *has;
        const char *said;
    } rows[] = {
        {"split_ws", "gone_now", "the flatMap function \"gone_now\" of the checkpoint is not"},
        {"pair_with_one", "gone_with_one", "the map function \"gone_with_one\" of the"},
        {"sum_update", "gone_sums_", "the updateStateByKey function \"gone_sums_\" of the"},
        {"by_modulus", "gone_place", "the partitioner function \"gone_place\" of the"},
        {"note", "gone", "the foreachRDD function \"gone\" of the checkpoint is not known"},
        {"split_ws", "sum_list", "\"sum_list\" of the checkpoint is a map function now"},
        {"note", "last", "the foreachRDD function \"last\" of the checkpoint is a reduce"},
    };
    run();
    assert_string_equal(noted, "1000:[(or,1), (to,2), (be,2)] ");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        weir_context *context = NULL;
        rename_function(rows[i].had, rows[i].has);
        assert_int_equal(weir_recover(&context, place, NULL, NULL), WEIR_NOT_SERIALIZABLE);
        if (!strstr(weir_last_error(), rows[i].said))
            fail_msg("\"%s\" is not in \"%s\"", rows[i].said, weir_last_error());
        assert_null(context);
        rename_function(rows[i].has, rows[i].had);
    }
    weir_context *context;
    weir_resumption resumption;
    assert_int_equal(weir_recover(&context, place, NULL, NULL), WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(weir_await_termination(context, -1), WEIR_OK);
    assert_int_equal(weir_get_resumption(context, &resumption), WEIR_OK);
    assert_true(resumption.is_finished);
    weir_context_free(context);
}

static int set_up(void **state)
{
    setup(state);
    if (!scratch_make(base, sizeof base, "weir-names")) return -1;
    snprintf(input, sizeof input, "%s/in", base);
    snprintf(place, sizeof place, "%s/dir", base);
    snprintf(stored, sizeof stored, "%s/checkpoints/%d/lineage", place, INTERVAL_MS);
    FILE *file = fopen(input, "w");
    return file && fputs("to be or to be\n", file) >= 0 && fclose(file) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return file_remove_tree(base) == WEIR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_is_named_and_nothing_is_touched, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
