/* Where a log ends that checkpoints know of: before, or only for who has read so long that all he
 * had listed was dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "recovery/log_walk.h"
#include "support/log_files.h"

static log_walk the_walk;
static wal_item item;

static void make_segment(uint64_t number)
{
    wal_segment segment;
    log_files_begin(&segment, number, number);
    log_files_group(&segment, number, 1, 20);
    wal_segment_close(&segment);
}

static void begin(const log_known *known)
{
    for (uint64_t number = 1; number <= 3; number++) make_segment(number);
    assert_int_equal(log_walk_open(&the_walk, log_files, (wal_position){0}), WEIR_OK);
    log_walk_know(&the_walk, known);
    assert_int_equal(log_walk_next(&the_walk, &item), WEIR_OK);
    assert_int_equal(item.found, WAL_FOUND_ENTRY);
    log_files_remove(2);
    log_files_remove(3);
}

static void expect_end(const char *what)
{
    assert_int_equal(log_walk_next(&the_walk, &item), WEIR_OK);
    assert_int_equal(item.found, what ? WAL_FOUND_DAMAGE : WAL_FOUND_END);
    if (what) assert_non_null(strstr(item.what, what));
    if (what) assert_int_equal(item.place.segment, 3);
    log_walk_close(&the_walk);
}

static const log_known known[] = {
    {.end = {3, 128}, .newest = 3},
    {.newest = 3, .newest_ms = -1},
};

static void test_what_is_known_is_missing(void **state)
{
    (void)state;
    begin(&known[0]);
    expect_end("is missing: the checkpoint of 0 ms knows of it up to offset 128");
    log_files_remove(1);
    begin(&known[1]);
    expect_end("the segment is missing, which was there");
}

static void test_what_was_dropped_meanwhile_is_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        begin(&known[i]);
        make_segment(4);
        expect_end(NULL);
        log_files_remove(1);
        log_files_remove(4);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, log_files_set_up, log_files_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_known_is_missing),
        TEST(test_what_was_dropped_meanwhile_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
