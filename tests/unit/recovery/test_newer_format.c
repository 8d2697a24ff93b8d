/* A checkpoint that a newer weir has written: a start goes on from no other, as that would compute
 * again what is done, and those who say what a start would do say so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka needs those before it */
#include <cmocka.h>

#include "base/file.h"
#include "record/codec.h"
#include "recovery/lineage_codec.h"
#include "recovery/manifest.h"
#include "recovery/sealed_file.h"
#include "support/scratch.h"
#include "weir/weir.h"

enum { FILES = 3 };

static char place[64], directory[96], said[4096];
static char paths[FILES][96];

static void keep_line(weir_level level, const char *text, void *user)
{
    (void)level, (void)user;
    size_t length = strlen(said);
    snprintf(said + length, sizeof said - length, "%s\n", text);
}

static weir_status build(weir_context *context, void *user)
{
    const char *names[FILES];
    (void)user;
    for (size_t i = 0; i < FILES; i++) names[i] = paths[i];
    weir_stream *ones = weir_map(weir_text_files(context, names, FILES), &weir_fn_pair_with_one,
                                 weir_null());
    return weir_count_output(
        weir_update_state_by_key(ones, &weir_fn_sum_update, weir_null(), NULL));
}

static const weir_options options = {
    .app_name = "newer", .master = "local[1]", .batch_interval_ms = 1000, .partitions = 1};

static weir_status run(const weir_durability *durability)
{
    weir_context *context;
    weir_status status =
        weir_get_or_create(&context, directory, &options, durability, build, NULL);
    if (status == WEIR_OK) status = weir_start(context);
    if (status == WEIR_OK) status = weir_await_termination(context, -1);
    weir_context_free(context);
    return status;
}

/* Two checkpoints, of 2000 and 3000 ms. */
static int set_up(void **state)
{
    (void)state;
    weir_set_log(keep_line, NULL, WEIR_WARNING);
    if (!scratch_make(place, sizeof place, "newer")) return -1;
    snprintf(directory, sizeof directory, "%s/context", place);
    for (size_t i = 0; i < FILES; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/f%zu", place, i);
        FILE *file = fopen(paths[i], "w");
        if (!file) return -1;
        fputs("word\n", file);
        fclose(file);
    }
    weir_status status = run(&(weir_durability){.checkpoint_ms = 1000});
    said[0] = '\0';
    return status == WEIR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    weir_set_log(NULL, NULL, WEIR_INFO);
    return file_remove_tree(place) == WEIR_OK ? 0 : -1;
}

static void write_lineage(const char *checkpoint, const buffer *payload)
{
    char path[160];
    snprintf(path, sizeof path, "%s/checkpoints/%s/lineage", directory, checkpoint);
    assert_int_equal(file_remove_tree(path), WEIR_OK);
    assert_int_equal(sealed_file_write(path, lineage_magic, payload), WEIR_OK);
}

static void make_newer(const char *checkpoint)
{
    buffer payload = {0};
    weir_value parts[] = {weir_int(2), weir_list(NULL, 0), weir_list(NULL, 0)};
    assert_true(codec_encode(&payload, weir_list(parts, 3)));
    write_lineage(checkpoint, &payload);
    buffer_release(&payload);
}

static void damage(const char *checkpoint)
{
    buffer payload = {0};
    buffer_append(&payload, "nothing", 7);
    write_lineage(checkpoint, &payload);
    buffer_release(&payload);
}

static void no_verdict(const weir_verdict *verdict, void *user)
{
    (void)user;
    fail_msg("%s %s is %s", verdict->what, verdict->name, verdict->verdict);
}

static void expect_refused(void)
{
    weir_restart_facts facts;
    assert_int_equal(weir_inspect_restart(directory, NULL, &facts), WEIR_UNSUPPORTED);
    assert_int_equal(facts.checkpoint_ms, WEIR_NEWEST);
    assert_int_equal(weir_inspect_program(directory, &options, NULL, build, NULL, no_verdict, NULL,
                                          NULL),
                     WEIR_UNSUPPORTED);
    assert_int_equal(run(NULL), WEIR_UNSUPPORTED);
}

static void a_start_goes_on_from_no_older_one(void **state)
{
    (void)state;
    make_newer("3000");
    expect_refused();
    assert_string_equal(said, ""); /* nobody was told of another one */
}

/* It is found on the way back from one that is damaged. */
static void nor_from_one_before_that(void **state)
{
    (void)state;
    make_newer("2000");
    damage("3000");
    expect_refused();
}

/* Asked for by its time, the one before is not newer. */
static void unless_that_is_asked_for(void **state)
{
    (void)state;
    weir_restart_facts facts;
    make_newer("3000");
    weir_durability from = {.from_ms = 2000, .checkpoint_ms = 1000};
    assert_int_equal(weir_inspect_restart(directory, &from, &facts), WEIR_OK);
    assert_int_equal(facts.checkpoint_ms, 2000);
    assert_int_equal(run(&from), WEIR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_start_goes_on_from_no_older_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nor_from_one_before_that, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unless_that_is_asked_for, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
