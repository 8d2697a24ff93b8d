#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "ingest/directory_selection.h"

static directory_selection selection;

static int tear_down(void **state)
{
    (void)state;
    directory_selection_release(&selection);
    return 0;
}

enum { HIDDEN_OR_TAKEN = 100 };

static int offer(const char *path, int64_t modified_ms)
{
    if (!directory_selection_wants(&selection, path, path)) return HIDDEN_OR_TAKEN;
    return (int)directory_selection_offer(&selection, path, modified_ms);
}

/* One batch with one file. */
static int batch(int64_t time_ms, const char *path, int64_t modified_ms)
{
    directory_selection_begin(&selection, time_ms);
    int verdict = offer(path, modified_ms);
    directory_selection_end(&selection, true);
    return verdict;
}

/* I = 10,000; B = 1,000; M = 4,500, so R = 5,000. */
static void init(void)
{
    directory_selection_init(&selection, 10000, 1000, 4500);
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
        assert_int_equal(batch(t, "f", 10500), FILE_KNOWN_OLD);
    assert_int_equal(selection.too_old, 0);
    assert_int_equal(selection.taken.count, 0);
    assert_int_equal(batch(31000, "f", 30500), FILE_TAKEN); /* replaced */
}

static void an_old_file_is_named_once(void **state)
{
    (void)state;
    init();
    assert_int_equal(batch(11000, "f", 500), FILE_TOO_OLD);
    assert_int_equal(batch(12000, "f", 500), FILE_KNOWN_OLD);
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
    directory_selection_begin(&selection, 12000);
    directory_selection_end(&selection, false);
    assert_int_equal(batch(13000, "f", 500), FILE_KNOWN_OLD);
}

static void many_files(void **state)
{
    (void)state;
    enum { FILES = 10000 };
    init();
    char name[16];
    for (int64_t t = 11000; t <= 20000; t += 1000) {
        directory_selection_begin(&selection, t);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
