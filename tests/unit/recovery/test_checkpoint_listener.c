/* Who is told of a checkpoint, and when: behind its batch, and whether it was due. */
#include "unit/context/harness.h"

#include <pthread.h>

#include "base/file.h"
#include "support/scratch.h"
#include "weir/weir.h"

enum { INTERVAL_MS = 1000, FILES = 5 };

static char base[64];
/* Two threads tell. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char heard[512];

static void append(const char *what, int64_t time_ms, const char *mark)
{
    pthread_mutex_lock(&mutex);
    size_t length = strlen(heard);
    snprintf(heard + length, sizeof heard - length, "%s%lld%s ", what, (long long)time_ms, mark);
    pthread_mutex_unlock(&mutex);
}

static void on_batch(const weir_batch_summary *summary, void *user)
{
    (void)user;
    append("batch ", summary->time_ms, "");
}

static void on_checkpoint(int64_t time_ms, bool is_due, void *user)
{
    (void)user;
    append("checkpoint ", time_ms, is_due ? " due" : " other");
}

static weir_status build(weir_context *context, void *user)
{
    const char *paths[FILES];
    for (int i = 0; i < FILES; i++) paths[i] = user;
    return weir_count_output(weir_text_files(context, paths, FILES));
}

static const char *place_of(const char *what)
{
    const char *place = strstr(heard, what);
    if (!place) fail_msg("no \"%s\" in %s", what, heard);
    return place;
}

static void they_come_behind_their_batches(void **state)
{
    (void)state;
    char file[80], directory[80];
    snprintf(file, sizeof file, "%s/lines", base);
    snprintf(directory, sizeof directory, "%s/directory", base);
    FILE *lines = fopen(file, "w");
    assert_non_null(lines);
    fputs("a\n", lines);
    fclose(lines);
    weir_options options = {.app_name = "heard", .batch_interval_ms = INTERVAL_MS};
    weir_durability durability = {.checkpoint_ms = 2 * INTERVAL_MS};
    weir_context *context = NULL;
    assert_int_equal(weir_get_or_create(&context, directory, &options, &durability, build, file),
                     WEIR_OK);
    assert_int_equal(weir_on_checkpoint(context, NULL, NULL), WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(weir_on_checkpoint(context, on_checkpoint, NULL), WEIR_OK);
    assert_int_equal(weir_on_batch(context, on_batch, NULL), WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(weir_await_termination(context, -1), WEIR_OK);
    assert_int_equal(weir_on_checkpoint(context, on_checkpoint, NULL), WEIR_ILLEGAL_STATE);
    weir_context_free(context);

    assert_true(place_of("checkpoint 0 other") < place_of("batch 1000"));
    assert_true(place_of("batch 2000") < place_of("checkpoint 2000 due"));
    assert_true(place_of("checkpoint 2000 due") < place_of("checkpoint 4000 due"));
    assert_true(place_of("batch 4000") < place_of("checkpoint 4000 due"));
    assert_true(place_of("checkpoint 4000 due") < place_of("checkpoint 5000 other"));
    assert_true(place_of("batch 5000") < place_of("checkpoint 5000 other"));
    assert_null(strstr(heard, "checkpoint 1000"));
}

static void there_are_none_without_a_directory(void **state)
{
    (void)state;
    weir_context *context = create(&manual);
    assert_int_equal(weir_on_checkpoint(context, on_checkpoint, NULL), WEIR_ILLEGAL_STATE);
    weir_context_free(context);
}

static int set_up(void **state)
{
    setup(state);
    heard[0] = '\0';
    return scratch_make(base, sizeof base, "weir-heard") ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return file_remove_tree(base) == WEIR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(they_come_behind_their_batches, set_up, tear_down),
        cmocka_unit_test_setup_teardown(there_are_none_without_a_directory, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
