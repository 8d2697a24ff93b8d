/* A start that the log refuses has begun nothing: no source was started, which might receive what
 * never comes again, and the log is as it was. */
#include "unit/context/harness.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "ingest/source.h"
#include "support/scratch.h"
#include "wal/directory.h"
#include "weir/weir.h"

static char base[64], place[80], log_place[96];
static int starts; /* of the source that counts them */

/* --- a receiver, and a source that only counts its starts ------------------------------------ */

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

static weir_receiver *await_receiver(void)
{
    for (;;) {
        pthread_mutex_lock(&mutex);
        weir_receiver *found = receiver;
        pthread_mutex_unlock(&mutex);
        if (found) return found;
        clock_sleep_ms(1);
    }
}

static weir_status count_start(source *source)
{
    (void)source;
    starts++;
    return WEIR_OK;
}

static weir_status cut(source *source, int64_t time_ms, source_batch *batch)
{
    (void)source, (void)time_ms;
    batch->none = true;
    return WEIR_OK;
}

static weir_value describe(source *source, const source_batch *batch)
{
    (void)source, (void)batch;
    return weir_null();
}

static weir_status replay(source *source, int64_t time_ms, weir_value what, source_batch *batch)
{
    (void)what;
    return cut(source, time_ms, batch);
}

static void free_counting(source *source) { free(source); }

static const source_class counting_class = {.name = "counting", .start = count_start, .cut = cut,
                                            .free = free_counting, .describe = describe,
                                            .replay = replay};

static weir_status build(weir_context *context, void *user)
{
    (void)user;
    weir_stream *numbers = weir_receiver_stream(context, &numbers_class, NULL);
    source *counting = memory_zero_alloc(1, sizeof *counting);
    weir_stream *silent = source_add(counting, &counting_class, context, "silent");
    source_describe_making(silent, "counting", NULL, 0);
    weir_foreach_rdd(numbers, &weir_fn_note, weir_null());
    weir_count_output(silent);
    return weir_error(context);
}

static const int64_t lost_ms = 2000;

/* --- runs ------------------------------------------------------------------------------------ */

static weir_status start_with(const weir_durability *durability, weir_context **context)
{
    weir_options options = manual;
    receiver = NULL;
    starts = 0;
    weir_status status = weir_get_or_create(context, place, &options, durability, build, NULL);
    return status == WEIR_OK ? weir_start(*context) : status;
}

static weir_status start(weir_context **context) { return start_with(NULL, context); }

/* Three batches of a block each, and no checkpoint but the first. */
static void make_log(void)
{
    weir_context *context;
    char path[128];
    assert_int_equal(start(&context), WEIR_OK);
    for (int64_t i = 1; i <= 3; i++) {
        weir_value number = weir_int(i);
        assert_int_equal(weir_store_block(await_receiver(), NULL, &number, 1), WEIR_OK);
        assert_int_equal(weir_advance(context, 1000), WEIR_OK);
    }
    assert_int_equal(weir_stop(context, true), WEIR_OK);
    weir_context_free(context);
    assert_int_equal(starts, 1);
    assert_string_equal(noted, "1000:[1] 2000:[2] 3000:[3] ");
    (void)snprintf(path, sizeof path, "%s/checkpoints/3000", place);
    assert_int_equal(file_remove_tree(path), WEIR_OK);
}

typedef struct sought {
    int blocks; /* that are to come before it */
    uint64_t offset;
} sought;

static bool seek(const weir_log_facts *item, void *user)
{
    sought *sought = user;
    if (item->kind != WEIR_LOG_BLOCK) return true;
    sought->offset = item->offset;
    return sought->blocks-- > 0;
}

static void damage_block(int blocks_before)
{
    sought sought = {.blocks = blocks_before};
    assert_int_equal(weir_inspect_log(place, seek, &sought), WEIR_OK);
    char *path = wal_directory_segment(log_place, 1);
    int file = open(path, O_WRONLY);
    assert_true(file >= 0);
    assert_int_equal(pwrite(file, "XXXX", 4, (off_t)sought.offset + 40), 4);
    assert_int_equal(close(file), 0);
    free(path);
}

/* --- tests ----------------------------------------------------------------------------------- */

static int set_up(void **state)
{
    if (!scratch_make(base, sizeof base, "weir-early")) return -1;
    (void)snprintf(place, sizeof place, "%s/dir", base);
    (void)snprintf(log_place, sizeof log_place, "%s/log", place);
    return setup(state);
}

static int tear_down(void **state)
{
    (void)state;
    return file_remove_tree(base) == WEIR_OK ? 0 : -1;
}

static void expect_untouched(void)
{
    char path[128];
    wal_segment_list list = {0};
    assert_int_equal(starts, 0);
    assert_null(receiver);
    assert_int_equal(wal_directory_list(log_place, &list), WEIR_OK);
    assert_int_equal(list.count, 1);
    wal_segment_list_release(&list);
    (void)snprintf(path, sizeof path, "%s/quarantine", log_place);
    assert_false(file_exists(path));
}

static void a_lost_block_is_found_before_sources_start(void **state)
{
    (void)state;
    weir_context *context;
    make_log();
    damage_block(1);
    assert_int_equal(start(&context), WEIR_DAMAGED);
    assert_non_null(strstr(weir_last_error(), "block 1 of the batch of 2000 ms is not in"));
    assert_non_null(strstr(weir_last_error(), "--lose-batch=2000"));
    weir_context_free(context);
    expect_untouched();
}

/* The log would drop it, once nothing of it is needed: the only one there is. */
static void a_damaged_segment_that_cannot_be_kept_is_not_given_up(void **state)
{
    (void)state;
    weir_context *context;
    char path[160];
    int file;
    weir_durability durability = {.lose_batches = &lost_ms, .lose_batch_count = 1};
    make_log();
    damage_block(1);
    (void)snprintf(path, sizeof path, "%s/quarantine", log_place);
    assert_int_equal(file_create(path, &file), WEIR_OK); /* in the way of the folder */
    assert_int_equal(file_close(file, path), WEIR_OK);
    assert_int_equal(start_with(&durability, &context), WEIR_IO);
    assert_non_null(strstr(weir_last_error(), "segment 1 of the log is damaged and cannot be"));
    weir_context_free(context);
    assert_int_equal(starts, 0);
    assert_int_equal(file_remove_tree(path), WEIR_OK);
    assert_int_equal(start_with(&durability, &context), WEIR_OK);
    assert_int_equal(weir_stop(context, true), WEIR_OK);
    weir_context_free(context);
    (void)snprintf(path, sizeof path, "%s/quarantine/0000000000000001.segment", log_place);
    assert_true(file_exists(path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_lost_block_is_found_before_sources_start, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_segment_that_cannot_be_kept_is_not_given_up,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
