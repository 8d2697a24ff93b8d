/* The wall clock, and virtual time of bounded sources. */
#include <unistd.h>

#include "base/clock.h"
#include "unit/context/harness.h"

#include "support/scratch.h"

enum { TIMES_MAX = 4096 };

typedef struct times {
    _Atomic size_t count;
    int64_t all[TIMES_MAX];
    uint64_t records;
} times;

static void keep(const weir_batch_summary *summary, void *user)
{
    times *times = user;
    times->records += summary->records;
    if (times->count < TIMES_MAX) times->all[times->count++] = summary->time_ms;
}

/* C-40, C-41: multiples of the interval, none skipped. */
static void the_wall_clock_cuts_every_interval(void **state)
{
    (void)state;
    static const int64_t intervals[] = {1, 7, 20};
    for (size_t i = 0; i < 3; i++) {
        static times times;
        memset(&times, 0, sizeof times);
        weir_options options = {.batch_interval_ms = intervals[i], .master = "local[1]"};
        weir_stream *queue;
        weir_context *context = create_with_queue(&options, &queue);
        weir_on_batch(context, keep, &times);
        int64_t before_ms = clock_wall_ms();
        assert_int_equal(weir_start(context), WEIR_OK);
        while (times.count < 5) clock_sleep_ms(1);
        assert_int_equal(weir_stop(context, false), WEIR_OK);
        weir_context_free(context);
        assert_true(times.all[0] > before_ms);
        assert_true(times.all[times.count - 1] <= clock_wall_ms() + 1);
        for (size_t k = 0; k < times.count; k++) {
            assert_int_equal(times.all[k] % intervals[i], 0);
            if (k) assert_int_equal(times.all[k] - times.all[k - 1], intervals[i]);
        }
    }
}

static char directory[64];
static char paths[3][80];

static int make_files(void **state)
{
    static const char *const contents[] = {"a\nb\n", "", "c\nd\ne"};
    assert_true(scratch_make(directory, sizeof directory, "weir-clocks"));
    for (int i = 0; i < 3; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/%d", directory, i);
        FILE *file = fopen(paths[i], "w");
        assert_non_null(file);
        fputs(contents[i], file);
        fclose(file);
    }
    return setup(state);
}

static int remove_files(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) unlink(paths[i]);
    rmdir(directory);
    return 0;
}

static weir_context *create_bounded(size_t count, times *times)
{
    const char *const list[] = {paths[0], paths[1], paths[2]};
    weir_options options = {.batch_interval_ms = 1000, .master = "local[2]"};
    weir_context *context = create(&options);
    weir_stream *files = weir_text_files(context, list, count);
    assert_non_null(files);
    weir_foreach_rdd(files, &weir_fn_note, weir_null());
    memset(times, 0, sizeof *times);
    weir_on_batch(context, keep, times);
    return context;
}

/* File i is batch i, at time i x interval; the context stops after the last. */
static void a_bounded_run_ends_by_itself(void **state)
{
    (void)state;
    static times times;
    weir_context *context = create_bounded(3, &times);
    assert_int_equal(weir_start(context), WEIR_OK);
    assert_int_equal(weir_await_termination(context, -1), WEIR_OK);
    assert_int_equal(weir_get_state(context), WEIR_STOPPED);
    assert_null(weir_get_active());
    assert_string_equal(noted, "1000:[a, b] 2000:[] 3000:[c, d, e] ");
    assert_int_equal(times.records, 5);
    assert_int_equal(weir_stop(context, true), WEIR_OK);
    weir_context_free(context);
}

static void a_bounded_run_can_be_stopped(void **state)
{
    (void)state;
    static times times;
    for (int i = 0; i < 20; i++) {
        weir_context *context = create_bounded(3, &times);
        assert_int_equal(weir_start(context), WEIR_OK);
        if (i % 4 == 0) clock_sleep_ms(1);
        assert_int_equal(weir_stop(context, i % 2), WEIR_OK);
        assert_int_equal(weir_get_state(context), WEIR_STOPPED);
        weir_context_free(context);
    }
}

static void a_failed_file_is_reported_at_the_end_too(void **state)
{
    (void)state;
    static times times;
    unlink(paths[1]);
    weir_context *context = create_bounded(3, &times);
    weir_status started = weir_start(context);
    assert_int_equal(started, WEIR_OK);
    while (weir_get_state(context) != WEIR_STOPPED) clock_sleep_ms(1);
    assert_int_not_equal(weir_await_termination(context, -1), WEIR_OK);
    assert_non_null(strstr(weir_last_error(), "batch 2000 ms"));
    assert_non_null(strstr(noted, "3000:[c, d, e] "));
    assert_int_equal(times.count, 3);
    weir_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_wall_clock_cuts_every_interval, setup),
        cmocka_unit_test_setup_teardown(a_bounded_run_ends_by_itself, make_files, remove_files),
        cmocka_unit_test_setup_teardown(a_bounded_run_can_be_stopped, make_files, remove_files),
        cmocka_unit_test_setup_teardown(a_failed_file_is_reported_at_the_end_too, make_files,
                                        remove_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
