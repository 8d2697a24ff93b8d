/* A directory while the wall clock is set, and over restarts: what is recorded and saved. */
#include "unit/ingest/harness.h"

#include <sys/stat.h>

#include "record/value.h"

enum { MINUTE_MS = 60000 };

static char directory[] = "test_directory_clock.tmp";
static char logged[4096];
static weir_stream *stream;
static arena saved_in; /* what outlives a context here */

static void keep_log(weir_level level, const char *text, void *user)
{
    (void)level, (void)user;
    size_t length = strlen(logged);
    snprintf(logged + length, sizeof logged - length, "%s\n", text);
}

/* The clock is set while the directory is listed. */
static bool while_someone_sets_the_clock(weir_value key, weir_value path, weir_value ahead_ms)
{
    (void)key, (void)path;
    test.wall_ahead_ms = weir_as_int(ahead_ms);
    return true;
}
WEIR_FILTER(while_someone_sets_the_clock)

static void begin_with(weir_file_options options)
{
    test.ingest.first_start_ms = 100000;
    logged[0] = '\0';
    weir_set_log(keep_log, NULL, WEIR_INFO);
    stream = harness_need(weir_text_file_stream(harness_context(), directory, &options));
    harness_start();
}

static void begin(void) { begin_with((weir_file_options){.min_remember_ms = 5000}); }

static int set_up(void **state)
{
    file_remove_tree(directory);
    assert_int_equal(file_make_directory(directory), WEIR_OK);
    arena_init(&saved_in, NULL);
    int result = harness_set_up(state);
    begin();
    return result;
}

static int tear_down(void **state)
{
    int result = harness_tear_down(state);
    arena_release(&saved_in);
    file_remove_tree(directory);
    return result;
}

/* A file of one line, its name. */
static void write_file(const char *name, int64_t modified_ms)
{
    char path[256];
    int descriptor;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    assert_int_equal(file_create(path, &descriptor), WEIR_OK);
    assert_int_equal(file_write(descriptor, name, name, strlen(name)), WEIR_OK);
    struct timespec times[2] = {
        {.tv_nsec = UTIME_OMIT},
        {.tv_sec = modified_ms / 1000, .tv_nsec = modified_ms % 1000 * 1000000}};
    assert_int_equal(futimens(descriptor, times), 0);
    assert_int_equal(file_close(descriptor, name), WEIR_OK);
}

static source *the_source(void) { return stream->source; }

static weir_value saved(void)
{
    return value_copy(the_source()->class->save(the_source()), &saved_in);
}

static weir_value recorded(void)
{
    return value_copy(the_source()->class->describe(the_source(), &test.batches[0]), &saved_in);
}

/* The context ends; another one stands where it stood. */
static void restart(void **state, weir_value place)
{
    assert_int_equal(harness_tear_down(state), 0);
    assert_int_equal(harness_set_up(state), 0);
    test.ingest.is_resumed = true;
    begin();
    if (!weir_is_null(place))
        assert_int_equal(the_source()->class->restore(the_source(), place), WEIR_OK);
}

static void replay(weir_value record, int64_t time_ms, size_t files)
{
    source_batch batch = {0};
    assert_int_equal(the_source()->class->replay(the_source(), time_ms, record, &batch), WEIR_OK);
    assert_int_equal(batch.count, files);
    source_batch_release(&batch);
}

static void a_place_has_files_and_marks(void **state)
{
    (void)state;
    write_file("a", 100500);
    assert_batch(stream, 101000, "a");
    size_t count, parts;
    const weir_value *files = weir_items(saved(), &count);
    assert_int_equal(count, 1);
    const weir_value *file = weir_items(files[0], &parts);
    assert_int_equal(parts, 3);
    assert_int_equal(weir_as_int(file[1]), 101000);
    assert_int_equal(weir_as_int(file[2]), 100500);
    assert_non_null(weir_items(recorded(), &count));
    assert_int_equal(count, 1);
    for (int64_t t = 102000; t <= 110000; t += 1000) assert_batch(stream, t, "");
    const weir_value *rest = weir_items(saved(), &count);
    assert_int_equal(count, 1); /* it is forgotten, but for its mark */
    rest = weir_items(rest[0], &parts);
    assert_int_equal(parts, 2);
    assert_int_equal(weir_as_int(rest[0]), 0);
    assert_non_null(weir_bytes(&rest[1], &count));
    assert_int_equal(count, 8);
    assert_string_equal(logged, "");
}

/* A restart believes the clock: the files of the run before are dated in the minute that comes. */
static void files_of_a_clock_set_forward_come_once(void **state)
{
    test.wall_ahead_ms = MINUTE_MS;
    write_file("a", 100500 + MINUTE_MS);
    assert_batch(stream, 101000, "a");
    for (int64_t t = 102000; t <= 110000; t += 1000) assert_batch(stream, t, "");
    weir_value place = saved();
    restart(state, place);
    for (int64_t t = MINUTE_MS + 97000; t <= MINUTE_MS + 110000; t += 1000)
        assert_batch(stream, t, "");
    write_file("b", MINUTE_MS + 110500);
    assert_batch(stream, MINUTE_MS + 111000, "b");
    assert_string_equal(logged, "");
}

/* The same by the record of the batch alone, as no checkpoint was taken behind it. */
static void so_do_those_of_a_record(void **state)
{
    test.wall_ahead_ms = MINUTE_MS;
    write_file("a", 100500 + MINUTE_MS);
    assert_batch(stream, 101000, "a");
    weir_value record = recorded();
    restart(state, weir_null());
    replay(record, 101000, 1);
    for (int64_t t = MINUTE_MS + 97000; t <= MINUTE_MS + 101000; t += 1000)
        assert_batch(stream, t, "");
    write_file("down", 101500 + MINUTE_MS);
    assert_batch(stream, MINUTE_MS + 102000, "down");
    assert_batch(stream, MINUTE_MS + 110000, "");
    assert_string_equal(logged, "");
}

static void a_record_says_how_far_the_clock_is_behind(void **state)
{
    assert_batch(stream, 101000, "");
    test.wall_ahead_ms = -MINUTE_MS;
    assert_batch(stream, 102000, "");
    weir_value record = recorded();
    restart(state, weir_null());
    replay(record, 102000, 0);
    write_file("down", 110000 - MINUTE_MS);
    test.wall_ahead_ms = -MINUTE_MS + 30000; /* it was down for so long */
    write_file("new", 102900 - MINUTE_MS + 30000);
    assert_batch(stream, 103000, "down new");
    assert_string_equal(logged, "");
}

static void a_place_says_it_too(void **state)
{
    test.wall_ahead_ms = -MINUTE_MS;
    write_file("a", 100500 - MINUTE_MS);
    assert_batch(stream, 101000, "a");
    weir_value place = saved();
    restart(state, place);
    test.wall_ahead_ms = -MINUTE_MS + 30000;
    write_file("down", 110000 - MINUTE_MS);
    assert_batch(stream, 102000, "down");
    for (int64_t t = 103000; t <= 150000; t += 1000) assert_batch(stream, t, "");
    assert_string_equal(logged, "");
}

static void a_clock_set_back_while_nothing_ran_takes_nothing_twice(void **state)
{
    write_file("a", 100500);
    assert_batch(stream, 101000, "a");
    for (int64_t t = 102000; t <= 110000; t += 1000) assert_batch(stream, t, "");
    restart(state, saved());
    test.wall_ahead_ms = -10000;
    write_file("b", 100900); /* by the new clock */
    assert_batch(stream, 111000, "b");
    for (int64_t t = 112000; t <= 120000; t += 1000) assert_batch(stream, t, "");
    write_file("a", 120500 - 10000);
    assert_batch(stream, 121000, "a");
    assert_string_equal(logged, "");
}

/* Batches are late: one of them sees the clock set, and the file belongs to the one behind it. */
static void see_the_clock_set_late(void)
{
    test.late_ms = 1000;
    write_file("across", 102500);
    assert_batch(stream, 101000, "");
    test.wall_ahead_ms = -MINUTE_MS;
    assert_batch(stream, 102000, "");
}

static void a_late_record_knows_the_clock_as_it_was(void **state)
{
    see_the_clock_set_late();
    weir_value record = recorded();
    restart(state, weir_null());
    replay(record, 102000, 0);
    test.wall_ahead_ms = -MINUTE_MS;
    assert_batch(stream, 103000, "across");
    assert_string_equal(logged, "");
}

static void so_does_a_late_place(void **state)
{
    see_the_clock_set_late();
    restart(state, saved());
    restart(state, saved()); /* nothing is lost on the way */
    test.wall_ahead_ms = -MINUTE_MS;
    assert_batch(stream, 103000, "across");
    for (int64_t t = 104000; t <= 110000; t += 1000) assert_batch(stream, t, "");
    assert_string_equal(logged, "");
}

static void an_older_weir_recorded_the_new_clock_alone(void **state)
{
    weir_value ahead = weir_int(-MINUTE_MS);
    weir_value clock = weir_list(&ahead, 1);
    weir_value record = value_copy(weir_list(&clock, 1), &saved_in);
    restart(state, weir_null());
    replay(record, 102000, 0);
    write_file("across", 101500);
    write_file("new", 102500 - MINUTE_MS);
    test.wall_ahead_ms = -MINUTE_MS;
    assert_batch(stream, 103000, "new across");
    assert_string_equal(logged, "");
}

static void files_are_judged_by_the_clock_behind_the_listing(void **state)
{
    const int64_t jumps_ms[] = {-MINUTE_MS, MINUTE_MS};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(harness_tear_down(state), 0);
        file_remove_tree(directory);
        assert_int_equal(file_make_directory(directory), WEIR_OK);
        assert_int_equal(harness_set_up(state), 0);
        begin_with((weir_file_options){.min_remember_ms = 5000,
                                       .filter = &weir_fn_while_someone_sets_the_clock,
                                       .filter_arg = weir_int(jumps_ms[i])});
        write_file("new", 100500 + jumps_ms[i]);
        assert_batch(stream, 101000, "new");
        assert_string_equal(logged, "");
    }
}

static void an_older_weir_saved_pairs(void **state)
{
    write_file("a", 100500);
    assert_batch(stream, 101000, "a");
    weir_value file = weir_pair(weir_text("test_directory_clock.tmp/a"), weir_int(101000));
    weir_value place = value_copy(weir_list(&file, 1), &saved_in);
    restart(state, place);
    for (int64_t t = 102000; t <= 110000; t += 1000) assert_batch(stream, t, "");
}

static void what_was_taken_long_ago_is_not_named_as_refused(void **state)
{
    write_file("a", 100500);
    assert_batch(stream, 101000, "a");
    for (int64_t t = 102000; t <= 110000; t += 1000) assert_batch(stream, t, "");
    restart(state, saved());
    assert_batch(stream, 111000, "");
    assert_batch(stream, 112000, "");
    restart(state, saved());
    assert_batch(stream, 113000, "");
    assert_string_equal(logged, "");
}

static void a_file_dated_ahead_is_named_once(void **state)
{
    (void)state;
    write_file("a", 200000);
    assert_batch(stream, 101000, "");
    assert_non_null(strstr(logged, "modified later than now: test_directory_clock.tmp/a"));
    logged[0] = '\0';
    assert_batch(stream, 102000, "");
    assert_string_equal(logged, "");
    assert_batch(stream, 200000, "a");
}

#define unit(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(a_place_has_files_and_marks),
        unit(files_of_a_clock_set_forward_come_once),
        unit(so_do_those_of_a_record),
        unit(a_record_says_how_far_the_clock_is_behind),
        unit(a_place_says_it_too),
        unit(a_clock_set_back_while_nothing_ran_takes_nothing_twice),
        unit(a_late_record_knows_the_clock_as_it_was),
        unit(so_does_a_late_place),
        unit(an_older_weir_recorded_the_new_clock_alone),
        unit(files_are_judged_by_the_clock_behind_the_listing),
        unit(an_older_weir_saved_pairs),
        unit(what_was_taken_long_ago_is_not_named_as_refused),
        unit(a_file_dated_ahead_is_named_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
