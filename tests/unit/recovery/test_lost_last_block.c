/* The newest block is lost, and its batch is given up: what comes then has another number, so that
 * a later start does not take it for the one that the batch had. */
#include "unit/context/harness.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "support/scratch.h"
#include "wal/directory.h"
#include "weir/weir.h"

static char base[64], place[80];

/* --- a receiver ----------------------------------------------------------------------------- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static weir_receiver *receiver; /* under the mutex */

static weir_status on_start(weir_receiver *started, void *user)
{
    (void)user;
    pthread_mutex_lock(&mutex);
    receiver = started;
    pthread_mutex_unlock(&mutex);
    return WEIR_OK;
}

static void on_stop(weir_receiver *stopped, void *user) { (void)stopped, (void)user; }

static const weir_receiver_class numbers_class = {
    .name = "numbers", .on_start = on_start, .on_stop = on_stop};

static void store(int64_t number)
{
    weir_value value = weir_int(number);
    weir_receiver *found = NULL;
    while (!found) {
        pthread_mutex_lock(&mutex);
        found = receiver;
        pthread_mutex_unlock(&mutex);
        if (!found) clock_sleep_ms(1);
    }
    assert_int_equal(weir_store_block(found, NULL, &value, 1), WEIR_OK);
}

static weir_status build(weir_context *context, void *user)
{
    (void)user;
    weir_stream *numbers = weir_receiver_stream(context, &numbers_class, NULL);
    return weir_foreach_rdd(numbers, &weir_fn_note, weir_null());
}

/* --- runs ----------------------------------------------------------------------------------- */

/* `lost_ms`: a batch that is given up; 0: none. */
static weir_context *start(int64_t lost_ms)
{
    weir_context *context;
    weir_options options = manual;
    weir_durability durability = {.lose_batches = &lost_ms, .lose_batch_count = lost_ms != 0};
    receiver = NULL;
    assert_int_equal(weir_get_or_create(&context, place, &options, &durability, build, NULL),
                     WEIR_OK);
    weir_status status = weir_start(context);
    if (status != WEIR_OK) print_message("%s\n", weir_last_error());
    assert_int_equal(status, WEIR_OK);
    return context;
}

/* As if it had been killed: the checkpoint at its end is not there. */
static void end(weir_context *context)
{
    char path[128];
    assert_int_equal(weir_stop(context, false), WEIR_OK);
    weir_context_free(context);
    (void)snprintf(path, sizeof path, "%s/checkpoints/2000", place);
    assert_int_equal(file_remove_tree(path), WEIR_OK);
}

/* Two batches of a block each, and no checkpoint but the first. */
static void make_log(void)
{
    weir_context *context = start(0);
    for (int64_t i = 1; i <= 2; i++) {
        store(i);
        assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    }
    end(context);
    assert_string_equal(noted, "1000:[1] 2000:[2] ");
}

static bool seek_last_block(const weir_log_facts *item, void *user)
{
    uint64_t *offset = user;
    if (item->kind == WEIR_LOG_BLOCK) *offset = item->offset;
    return true;
}

static void damage_last_block(void)
{
    char log_place[96];
    uint64_t offset = 0;
    (void)snprintf(log_place, sizeof log_place, "%s/log", place);
    assert_int_equal(weir_inspect_log(place, seek_last_block, &offset), WEIR_OK);
    char *path = wal_directory_segment(log_place, 1);
    int file = open(path, O_WRONLY);
    assert_true(file >= 0);
    assert_int_equal(pwrite(file, "XXXX", 4, (off_t)offset + 40), 4);
    assert_int_equal(close(file), 0);
    free(path);
}

/* --- the test ------------------------------------------------------------------------------- */

static void what_comes_next_is_not_taken_for_it(void **state)
{
    (void)state;
    make_log();
    damage_last_block();
    weir_context *context = start(2000);
    store(3); /* acknowledged, and in no batch when the context ends */
    end(context);

    noted[0] = '\0';
    context = start(0);
    assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    assert_int_equal(weir_stop(context, true), WEIR_OK);
    weir_context_free(context);
    assert_string_equal(noted, "3000:[3] ");
}

static int set_up(void **state)
{
    if (!scratch_make(base, sizeof base, "weir-last")) return -1;
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
        cmocka_unit_test_setup_teardown(what_comes_next_is_not_taken_for_it, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
