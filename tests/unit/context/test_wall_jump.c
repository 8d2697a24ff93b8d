/* A wall clock that is set while a context runs. The clock here stands in for base/clock.c. */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "base/clock.h"
#include "unit/context/harness.h"

static const int64_t hour_us = INT64_C(3600) * 1000000;

static _Atomic int64_t set_off_us;

static int64_t read_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_wall_us(void) { return read_us(CLOCK_REALTIME) + set_off_us; }
int64_t clock_wall_ms(void) { return clock_wall_us() / 1000; }
int64_t clock_monotonic_us(void) { return read_us(CLOCK_MONOTONIC); }
int64_t clock_cpu_us(void) { return read_us(CLOCK_PROCESS_CPUTIME_ID); }
void clock_sleep_ms(int64_t duration_ms)
{
    nanosleep(&(struct timespec){duration_ms / 1000, duration_ms % 1000 * 1000000}, NULL);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char said[4096];

static void keep_line(weir_level level, const char *text, void *user)
{
    (void)level;
    (void)user;
    pthread_mutex_lock(&mutex);
    size_t length = strlen(said);
    snprintf(said + length, sizeof said - length, "%s\n", text);
    pthread_mutex_unlock(&mutex);
}

static _Atomic int64_t last_ms;
static _Atomic int batches;
static _Atomic bool has_gap;

static void follow(const weir_batch_summary *summary, void *user)
{
    (void)user;
    if (last_ms && summary->time_ms != last_ms + 10) has_gap = true;
    last_ms = summary->time_ms;
    batches++;
}

static void wait_for_batches(int more)
{
    int enough = batches + more;
    while (batches < enough) clock_sleep_ms(1);
}

static weir_context *start(void)
{
    weir_options options = {.batch_interval_ms = 10, .master = "local[1]"};
    weir_stream *queue;
    weir_context *context = create_with_queue(&options, &queue);
    weir_on_batch(context, follow, NULL);
    assert_int_equal(weir_start(context), WEIR_OK);
    return context;
}

static int setup_clock(void **state)
{
    setup(state);
    set_off_us = 0;
    said[0] = '\0';
    last_ms = 0;
    has_gap = false;
    weir_set_log(keep_line, NULL, WEIR_WARNING);
    return 0;
}

static void assert_one_line(const char *beginning)
{
    pthread_mutex_lock(&mutex);
    assert_int_equal(strncmp(said, beginning, strlen(beginning)), 0);
    assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
    pthread_mutex_unlock(&mutex);
}

/* The clock is set by that much in the middle of a run: reported once, nothing is waited for,
 * skipped, or comes twice. */
static void jump(int64_t by_us, const char *line)
{
    weir_context *context = start();
    wait_for_batches(2);
    set_off_us = by_us;
    wait_for_batches(5);
    weir_context_free(context);
    assert_false(has_gap);
    assert_one_line(line);
}

static void a_clock_set_back_is_not_waited_for(void **state)
{
    (void)state;
    jump(-hour_us, "the wall clock was set back by 3");
}

static void nor_is_one_set_back_by_a_day(void **state)
{
    (void)state;
    jump(-24 * hour_us, "the wall clock was set back by 8");
}

static void a_clock_set_forward_skips_nothing(void **state)
{
    (void)state;
    jump(24 * hour_us, "the wall clock was set forward by 8");
}

static void nor_does_one_set_forward_by_a_year(void **state)
{
    (void)state;
    jump(365 * 24 * hour_us, "the wall clock was set forward by 3");
}

/* Contexts one after another: times only increase, whatever the clock does in between. */
static void a_later_context_begins_after_the_last_batch(void **state)
{
    (void)state;
    weir_context *context = start();
    wait_for_batches(2);
    weir_context_free(context);
    int64_t before_ms = last_ms;
    set_off_us = -hour_us;
    context = start();
    wait_for_batches(2);
    weir_context_free(context);
    assert_one_line("the wall clock is 3");
    assert_true(last_ms > before_ms);
    assert_true(last_ms < before_ms + 60 * 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_clock_set_back_is_not_waited_for, setup_clock),
        cmocka_unit_test_setup(nor_is_one_set_back_by_a_day, setup_clock),
        cmocka_unit_test_setup(a_clock_set_forward_skips_nothing, setup_clock),
        cmocka_unit_test_setup(nor_does_one_set_forward_by_a_year, setup_clock),
        cmocka_unit_test_setup(a_later_context_begins_after_the_last_batch, setup_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
