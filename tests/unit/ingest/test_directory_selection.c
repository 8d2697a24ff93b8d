#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/memory.h"
#include "ingest/directory_selection.h"

static directory_selection selection;

static int tear_down(void **state)
{
    (void)state;
    directory_selection_release(&selection);
    return 0;
}

enum { HIDDEN_OR_TAKEN = 100 };

static int64_t ahead_ms; /* the wall clock */

static void begin(int64_t time_ms)
{
    directory_selection_begin(&selection, time_ms);
    directory_selection_see_clock(&selection, ahead_ms, time_ms);
}

static void begin_late(int64_t time_ms, int64_t now_ms)
{
    directory_selection_begin(&selection, time_ms);
    directory_selection_see_clock(&selection, ahead_ms, now_ms);
}

static int offer(const char *path, int64_t modified_ms)
{
    if (!directory_selection_wants(&selection, path, path)) return HIDDEN_OR_TAKEN;
    return (int)directory_selection_offer(&selection, path, modified_ms);
}

/* One batch with one file. */
static int batch(int64_t time_ms, const char *path, int64_t modified_ms)
{
    begin(time_ms);
    int verdict = offer(path, modified_ms);
    directory_selection_end(&selection, true);
    return verdict;
}

/* I = 10,000; B = 1,000; M = 4,500, so R = 5,000. */
static void init(void)
{
    directory_selection_init(&selection, 10000, 1000, 4500);
    ahead_ms = 0;
}

static void remembers_whole_intervals(void **state)
{
    (void)state;
    init();
    assert_int_equal(selection.remember_ms, 5000);
    directory_selection_init(&selection, 0, 1000, 5000);
    assert_int_equal(selection.remember_ms, 5000);
    directory_selection_init(&selection, 0, 7000, 5000);
    assert_int_equal(selection.remember_ms, 7000);
}

static void bounds_are_as_promised(void **state)
{
    (void)state;
    static const struct {
        int64_t time_ms, modified_ms;
        int expected;
    } cases[] = {
        {11000, 10000, FILE_TOO_OLD},                               /* equal to I rejects */
        {11000, 10001, FILE_TAKEN},   {11000, 11000, FILE_TAKEN},   /* equal to t accepts */
        {11000, 11001, FILE_TOO_NEW}, {20000, 15000, FILE_TOO_OLD}, /* equal to t - R rejects */
        {20000, 15001, FILE_TAKEN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        init();
        assert_int_equal(batch(cases[i].time_ms, "f", cases[i].modified_ms), cases[i].expected);
        directory_selection_release(&selection);
    }
}

static void hidden_files_are_not_looked_at(void **state)
{
    (void)state;
    init();
    assert_int_equal(batch(11000, ".f", 11000), HIDDEN_OR_TAKEN);
}

static void takes_a_file_once(void **state)
{
    (void)state;
    init();
    assert_int_equal(batch(11000, "f", 11500), FILE_TOO_NEW);
    assert_int_equal(batch(12000, "f", 11500), FILE_TAKEN);
    assert_int_equal(batch(13000, "f", 11500), HIDDEN_OR_TAKEN);
    assert_int_equal(batch(13000, "f", 12900), HIDDEN_OR_TAKEN); /* even if it was changed */
}

static void a_forgotten_file_is_not_named_as_old(void **state)
{
    (void)state;
    init();
    assert_int_equal(batch(11000, "f", 10500), FILE_TAKEN);
    for (int64_t t = 12000; t <= 16000; t += 1000)
        assert_int_equal(batch(t, "f", 10500), HIDDEN_OR_TAKEN);
    for (int64_t t = 17000; t <= 30000; t += 1000)
        assert_int_equal(batch(t, "f", 10500), FILE_KNOWN);
    assert_int_equal(selection.too_old, 0);
    assert_int_equal(selection.taken.count, 0);
    assert_int_equal(batch(31000, "f", 30500), FILE_TAKEN); /* replaced */
}

static void an_old_file_is_named_once(void **state)
{
    (void)state;
    init();
    assert_int_equal(batch(11000, "f", 500), FILE_TOO_OLD);
    assert_int_equal(batch(12000, "f", 500), FILE_KNOWN);
    assert_int_equal(batch(13000, "g", 500), FILE_TOO_OLD); /* f is not there any more */
    assert_int_equal(batch(14000, "f", 500), FILE_TOO_OLD); /* and comes again */
    assert_int_equal(selection.too_old, 3);
    assert_int_equal(selection.known_old.count, 1);
}

static void an_incomplete_listing_forgets_nothing(void **state)
{
    (void)state;
    init();
    assert_int_equal(batch(11000, "f", 500), FILE_TOO_OLD);
    begin(12000);
    directory_selection_end(&selection, false);
    assert_int_equal(batch(13000, "f", 500), FILE_KNOWN);
}

static void many_files(void **state)
{
    (void)state;
    enum { FILES = 10000 };
    init();
    char name[16];
    for (int64_t t = 11000; t <= 20000; t += 1000) {
        begin(t);
        size_t taken = 0;
        for (int i = 0; i < FILES; i++) {
            snprintf(name, sizeof name, "f%d", i);
            taken += offer(name, 10001 + i) == FILE_TAKEN;
        }
        directory_selection_end(&selection, true);
        assert_int_equal(taken, 1000);
    }
    assert_int_equal(selection.taken.count, 5000);
    assert_int_equal(selection.known_old.count, 5000);
    assert_int_equal(selection.too_old, 0);
}

/* --- a clock that is set --------------------------------------------------------------------- */

enum { DAY_MS = 86400000, HOUR_MS = 3600000 };
static const int64_t year_ms = INT64_C(365) * DAY_MS;

static void new_files_are_taken_by_a_clock_that_was_set(void **state)
{
    (void)state;
    const int64_t jumps_ms[] = {-DAY_MS, year_ms, -HOUR_MS, HOUR_MS, 700, -700};
    for (size_t i = 0; i < sizeof jumps_ms / sizeof jumps_ms[0]; i++) {
        init();
        assert_int_equal(batch(11000, "a", 10500), FILE_TAKEN);
        ahead_ms = jumps_ms[i];
        begin(12000); /* it was set between the two batches */
        assert_int_equal(offer("b", 11100), FILE_TAKEN);
        assert_int_equal(offer("c", 11900 + ahead_ms), FILE_TAKEN);
        directory_selection_end(&selection, true);
        assert_int_equal(batch(13000, "d", 13000 + ahead_ms), FILE_TAKEN);
        assert_int_equal(batch(14000, "e", 14001 + ahead_ms), FILE_TOO_NEW);
        assert_int_equal(batch(19000, "f", 14000 + ahead_ms), FILE_TOO_OLD);
        directory_selection_release(&selection);
    }
}

/* Its day comes again by the wall clock, here eight seconds. */
static void what_was_there_is_not_taken_by_a_clock_that_was_set_back(void **state)
{
    (void)state;
    init();
    begin(11000);
    assert_int_equal(offer("taken", 10500), FILE_TAKEN);
    assert_int_equal(offer("old", 9000), FILE_TOO_OLD);
    directory_selection_end(&selection, true);
    ahead_ms = -8000;
    for (int64_t t = 12000; t <= 40000; t += 1000) {
        begin(t);
        assert_int_not_equal(offer("taken", 10500), FILE_TAKEN);
        assert_int_equal(offer("old", 9000), FILE_KNOWN);
        directory_selection_end(&selection, true);
    }
    assert_int_equal(selection.too_old, 1);
    assert_int_equal(batch(41000, "taken", 41000 - 8000), FILE_TAKEN); /* replaced */
}

/* A machine that slept: what others wrote meanwhile is dated between. */
static void what_the_clock_skipped_was_written_when_it_was_set(void **state)
{
    (void)state;
    init();
    assert_int_equal(batch(11000, "a", 10500), FILE_TAKEN);
    ahead_ms = HOUR_MS;
    assert_int_equal(batch(12000, "b", 12000 + HOUR_MS / 2), FILE_TAKEN);
    assert_int_equal(batch(16000, "c", 12000 + HOUR_MS / 2), FILE_TAKEN);
    assert_int_equal(batch(17000, "d", 12000 + HOUR_MS / 2), FILE_TOO_OLD);
    assert_int_equal(batch(18000, "e", 17500), FILE_TOO_OLD); /* by the clock as it was */
}

/* What the old clock dated behind the batch that saw it set is of a batch to come. */
static void late_batches_know_files_of_the_clock_as_it_was(void **state)
{
    (void)state;
    const int64_t jumps_ms[] = {-DAY_MS, year_ms};
    for (size_t i = 0; i < sizeof jumps_ms / sizeof jumps_ms[0]; i++) {
        init();
        begin_late(11000, 13000);
        assert_int_equal(offer("across", 12900), FILE_TOO_NEW);
        directory_selection_end(&selection, true);
        ahead_ms = jumps_ms[i];
        begin_late(12000, 13000);
        assert_int_equal(offer("across", 12900), FILE_TOO_NEW);
        directory_selection_end(&selection, true);
        assert_int_equal(directory_selection_open_spans(&selection), 1);
        begin_late(13000, 14000);
        assert_int_equal(offer("across", 12900), FILE_TAKEN);
        directory_selection_end(&selection, true);
        assert_int_equal(batch(17000, "late", 12900), FILE_TAKEN);
        assert_int_equal(directory_selection_open_spans(&selection), 1);
        assert_int_not_equal(batch(18000, "too late", 12900), FILE_TAKEN);
        begin(19000);
        assert_int_equal(directory_selection_open_spans(&selection), 0);
        directory_selection_release(&selection);
    }
}

static void a_file_that_is_found_twice_is_taken_once(void **state)
{
    (void)state;
    init();
    begin(11000);
    assert_int_equal(directory_selection_offer(&selection, "f", 10500), FILE_TAKEN);
    assert_int_equal(directory_selection_offer(&selection, "f", 10500), FILE_KNOWN);
}

static void a_file_far_ahead_is_named_once(void **state)
{
    (void)state;
    init();
    assert_int_equal(batch(11000, "f", 12000), FILE_TOO_NEW);
    assert_int_equal(batch(11000, "f", 12001), FILE_FAR_AHEAD);
    assert_int_equal(batch(12000, "f", 90000), FILE_FAR_AHEAD); /* another time */
    assert_int_equal(batch(13000, "f", 90000), FILE_TOO_NEW);
    begin_late(14000, 90000); /* it catches up */
    assert_int_equal(offer("g", 80000), FILE_TOO_NEW);
}

/* --- a restart ------------------------------------------------------------------------------- */

/* With a mark of one file. */
static void resume(const char *path, int64_t modified_ms)
{
    init();
    uint64_t *marks = memory_alloc(3 * sizeof *marks);
    marks[0] = UINT64_MAX;
    marks[1] = directory_selection_mark(path, modified_ms);
    marks[2] = 1;
    directory_selection_resume(&selection, marks, 3);
}

static void what_is_marked_is_known_after_a_restart(void **state)
{
    (void)state;
    resume("f", 15000);
    begin(21000);
    directory_selection_end(&selection, false); /* the directory is missing for a while */
    begin(22000);
    assert_int_equal(offer("f", 15000), FILE_KNOWN);
    assert_int_equal(offer("g", 15000), FILE_TOO_OLD);
    directory_selection_end(&selection, true);
    assert_int_equal(selection.mark_count, 0);
    assert_int_equal(batch(23000, "f", 15000), FILE_KNOWN);
    assert_int_equal(batch(24000, "f", 23500), FILE_TAKEN); /* replaced */
}

static void a_clock_set_back_while_nothing_ran(void **state)
{
    (void)state;
    resume("taken", 48000);
    ahead_ms = -50000;
    begin(101000);
    assert_int_equal(offer("taken", 48000), FILE_KNOWN); /* it seems to be 3 s old */
    assert_int_equal(offer("across", 100500), FILE_TAKEN); /* before it was set */
    assert_int_equal(offer("new", 51000), FILE_TAKEN);
    directory_selection_end(&selection, true);
    assert_int_equal(batch(103000, "taken", 48000), FILE_KNOWN);
}

/* The clock was a day behind before the restart, too: by less now, as it went on meanwhile. */
static void a_clock_that_is_still_behind_after_a_restart(void **state)
{
    (void)state;
    init();
    directory_selection_resume(&selection, NULL, 0);
    directory_selection_was_ahead(&selection, -DAY_MS, 100000);
    ahead_ms = -DAY_MS + 30000;
    begin(101000);
    assert_int_equal(offer("before", 90000 - DAY_MS), FILE_TOO_OLD);
    assert_int_equal(offer("down", 110000 - DAY_MS), FILE_TAKEN);
    assert_int_equal(offer("now", 101000 + ahead_ms), FILE_TAKEN);
    directory_selection_end(&selection, true);
    assert_int_equal(batch(102000, "next", 102000 + ahead_ms), FILE_TAKEN);
}

#define unit(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(remembers_whole_intervals),
        unit(bounds_are_as_promised),
        unit(hidden_files_are_not_looked_at),
        unit(takes_a_file_once),
        unit(a_forgotten_file_is_not_named_as_old),
        unit(an_old_file_is_named_once),
        unit(an_incomplete_listing_forgets_nothing),
        unit(many_files),
        unit(new_files_are_taken_by_a_clock_that_was_set),
        unit(what_was_there_is_not_taken_by_a_clock_that_was_set_back),
        unit(what_the_clock_skipped_was_written_when_it_was_set),
        unit(late_batches_know_files_of_the_clock_as_it_was),
        unit(a_file_that_is_found_twice_is_taken_once),
        unit(a_file_far_ahead_is_named_once),
        unit(what_is_marked_is_known_after_a_restart),
        unit(a_clock_set_back_while_nothing_ran),
        unit(a_clock_that_is_still_behind_after_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
