/* When a checkpoint is written: behind the batch that bears its pause, or a little later if none
 * comes; at once if somebody asked for it; not at all if a newer one comes while it waits. */
#include "unit/context/harness.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "recovery/recovery.h"
#include "support/scratch.h"
#include "weir/weir.h"

enum { INTERVAL_MS = 1000, FOR_EVER_US = 1 << 30 };

static char base[64], place[80];
static _Atomic int64_t published_ms, published_us;
static _Atomic int publications;
static _Atomic bool is_held; /* whoever publishes one does not come back before this is over */

static void on_checkpoint(int64_t time_ms, bool is_due, void *user)
{
    (void)is_due;
    (void)user;
    published_us = clock_monotonic_us();
    publications++;
    published_ms = time_ms;
    while (is_held) clock_sleep_ms(1);
}

static weir_status build(weir_context *context, void *user)
{
    weir_stream *lines = weir_text_file_stream(context, user, NULL);
    weir_stream *pairs = weir_map(lines, &weir_fn_pair_with_one, weir_null());
    return weir_count_output(weir_map_with_state(pairs, &weir_fn_sum_no_emit, weir_null(), NULL));
}

static weir_context *start_with(int64_t checkpoint_ms)
{
    snprintf(place, sizeof place, "%s/directory", base);
    weir_durability durability = {.checkpoint_ms = checkpoint_ms};
    weir_context *context = NULL;
    published_ms = -1;
    assert_int_equal(weir_get_or_create(&context, place, &manual, &durability, build, base),
                     WEIR_OK);
    assert_int_equal(weir_on_checkpoint(context, on_checkpoint, NULL), WEIR_OK);
    assert_int_equal(weir_start(context), WEIR_OK);
    return context;
}

static weir_context *start(void) { return start_with(2 * INTERVAL_MS); }

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

/* --- newest wins ----------------------------------------------------------------------------- */

/* A file of that time on the manual clock. */
static void give_file(const char *word, int64_t time_ms)
{
    char path[80];
    struct timespec time = {time_ms / 1000, time_ms % 1000 * 1000000}, times[2] = {time, time};
    snprintf(path, sizeof path, "%s/%s", base, word);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "%s\n", word);
    fclose(file);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static bool note_key(const weir_state_entry *entry, void *user)
{
    size_t length = strlen(user);
    weir_format(entry->key, (char *)user + length, 64 - length);
    return true;
}

static const char *keys_at(int64_t time_ms, char keys[64])
{
    weir_state_query query = {.at_ms = time_ms};
    weir_state_visitor visitor = {.entry = note_key};
    keys[0] = '\0';
    assert_int_equal(weir_inspect_state(place, &query, &visitor, keys), WEIR_OK);
    return keys;
}

/* While the first is written two more fall due: the one between is given up, the last one has what
 * changed in both batches. */
static void only_the_newest_that_waits_is_written(void **state)
{
    (void)state;
    char keys[64];
    weir_context *context = start_with(INTERVAL_MS);
    int64_t zero_ms = ((recovery *)context->durable)->manifest.zero_ms;
    int before = publications;
    is_held = true;
    checkpointer_of(context)->rest_us = 0;
    assert_int_equal(weir_advance(context, INTERVAL_MS), WEIR_OK);
    wait_for(zero_ms + INTERVAL_MS);

    checkpointer_of(context)->rest_us = FOR_EVER_US;
    give_file("two", zero_ms + 2 * INTERVAL_MS);
    assert_int_equal(weir_advance(context, INTERVAL_MS), WEIR_OK);
    give_file("three", zero_ms + 3 * INTERVAL_MS);
    assert_int_equal(weir_advance(context, INTERVAL_MS), WEIR_OK);
    is_held = false;
    wait_for(zero_ms + 3 * INTERVAL_MS); /* at once: the rest is that of the one given up */
    assert_int_equal(publications - before, 2);
    assert_string_equal(keys_at(zero_ms + INTERVAL_MS, keys), "");
    assert_string_equal(keys_at(zero_ms + 3 * INTERVAL_MS, keys), "twothree");
    weir_context_free(context);
}

static int set_up(void **state)
{
    setup(state);
    return scratch_make(base, sizeof base, "weir-rest") ? 0 : -1;
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
        cmocka_unit_test_setup_teardown(only_the_newest_that_waits_is_written, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
