/* The wall clock jumps while a context is down. The clock here stands in for base/clock.c. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "support/scratch.h"
#include "weir/library.h"
#include "weir/weir.h"

enum { INTERVAL_MS = 10 };
static const int64_t day_us = INT64_C(86400) * 1000000;

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

/* --- a context ------------------------------------------------------------------------------- */

static char base[64], place[80], input[80], said[8192];

static void keep_line(weir_level level, const char *text, void *user)
{
    (void)level, (void)user;
    size_t length = strlen(said);
    (void)snprintf(said + length, sizeof said - length, "%s\n", text);
}

static _Atomic int64_t first_ms, last_ms;
static _Atomic int batches;
static _Atomic int gaps;

static void follow(const weir_batch_summary *summary, void *user)
{
    (void)user;
    if (batches > 0 && summary->time_ms != last_ms + INTERVAL_MS) gaps++;
    if (batches == 0) first_ms = summary->time_ms;
    last_ms = summary->time_ms;
    batches++;
}

static weir_status build(weir_context *context, void *user)
{
    (void)user;
    weir_stream *lines = weir_text_file_stream(context, input, NULL);
    weir_stream *pairs = weir_map(lines, &weir_fn_pair_with_one, weir_null());
    return weir_count_output(
        weir_update_state_by_key(pairs, &weir_fn_count_update, weir_null(), NULL));
}

static weir_status start(weir_context **context, const weir_durability *durability)
{
    weir_options options = {.batch_interval_ms = INTERVAL_MS, .master = "local[1]"};
    batches = 0;
    said[0] = '\0';
    gaps = 0;
    weir_status status = weir_get_or_create(context, place, &options, durability, build, NULL);
    if (status == WEIR_OK) status = weir_on_batch(*context, follow, NULL);
    return status == WEIR_OK ? weir_start(*context) : status;
}

/* Runs until a few batches are done, and those up to `until_ms`. Batches that were in flight at
 * the end of the run before come first: where times are skipped, the gap is behind them. */
static void run_until(const weir_durability *durability, int64_t until_ms, int gaps_allowed)
{
    weir_context *context;
    assert_int_equal(start(&context, durability), WEIR_OK);
    while (batches < 5 || last_ms < until_ms) clock_sleep_ms(1);
    weir_context_free(context); /* as a kill: no last checkpoint */
    assert_in_range(gaps, 0, gaps_allowed);
}

static void run_some(const weir_durability *durability) { run_until(durability, 0, 0); }

static int set_up(void **state)
{
    (void)state;
    set_off_us = 0;
    if (!scratch_make(base, sizeof base, "weir-clock")) return -1;
    (void)snprintf(place, sizeof place, "%s/dir", base);
    (void)snprintf(input, sizeof input, "%s/in", base);
    weir_set_log(keep_line, NULL, WEIR_WARNING);
    return file_make_directory(input) == WEIR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    weir_set_log(NULL, NULL, WEIR_INFO);
    return file_remove_tree(base) == WEIR_OK ? 0 : -1;
}

/* --- jumps ----------------------------------------------------------------------------------- */

/* Times go on from the last batch; nobody waits a day. */
static void a_day_back(void **state)
{
    (void)state;
    run_some(NULL);
    int64_t before_ms = last_ms;
    set_off_us = -day_us;
    run_some(NULL);
    assert_int_equal(first_ms % INTERVAL_MS, before_ms % INTERVAL_MS);
    assert_in_range(first_ms - before_ms, 0, 5 * INTERVAL_MS); /* it may repeat the last one */
    assert_non_null(strstr(said, "behind the last batch; batch times go on from it"));
}

/* Three thousand million batches are refused; without them it goes on at the new time. */
static void a_year_ahead(void **state)
{
    (void)state;
    weir_context *context;
    run_some(NULL);
    int64_t before_ms = last_ms;
    set_off_us = 365 * day_us;
    assert_int_equal(start(&context, NULL), WEIR_ILLEGAL_ARGUMENT);
    weir_context_free(context);
    assert_non_null(strstr(weir_last_error(), "batches fell due while the context was down"));
    assert_non_null(strstr(weir_last_error(), "--down-batches"));
    run_until(&(weir_durability){.skip_down_batches = true}, before_ms + 365 * day_us / 1000, 1);
    set_off_us = 0; /* and back again */
    before_ms = last_ms;
    run_some(NULL);
    assert_in_range(first_ms - before_ms, 0, 5 * INTERVAL_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_day_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_year_ahead, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
