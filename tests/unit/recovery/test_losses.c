/* Whether a start asks before it goes on over what the log has lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "recovery/losses.h"

enum { INTERVAL_MS = 1000, BOUNDARY_MS = 4000 };

/* --- a log ----------------------------------------------------------------------------------- */

static losses the_losses;

static void see_entry(uint64_t segment, uint64_t sequence)
{
    wal_item item = {.found = WAL_FOUND_ENTRY,
                     .place = {segment, 64},
                     .entry = {.place = {segment, 64},
                               .header = {.sequence = sequence, .kind = WAL_BLOCK}}};
    losses_see(&the_losses, &item);
}

/* Entries are missing: before the segment, if `offset` is 0. */
static void see_gap(uint64_t segment, uint64_t offset, uint64_t first, uint64_t count)
{
    wal_item item = {.found = WAL_FOUND_DAMAGE,
                     .place = {segment, offset},
                     .end = offset,
                     .missing = count,
                     .first_missing = count > 0 ? first : 0,
                     .what = "some damage"};
    losses_see(&the_losses, &item);
}

static void see_given_up(uint64_t segment, uint64_t sequence, const losses *given_up)
{
    buffer bytes = {0};
    int64_t time_ms = BOUNDARY_MS;
    buffer_append(&bytes, &time_ms, sizeof time_ms);
    losses_encode(given_up, &bytes);
    (void)buffer_reserve(&bytes, 16); /* the decoder may look beyond its end */
    wal_item item = {.found = WAL_FOUND_ENTRY,
                     .place = {segment, 64},
                     .entry = {.place = {segment, 64},
                               .header = {.sequence = sequence,
                                          .size = (uint32_t)bytes.size,
                                          .kind = WAL_LOSS_GIVEN_UP},
                               .payload = bytes.bytes}};
    losses_see(&the_losses, &item);
    buffer_release(&bytes);
}

/* --- what is known besides ------------------------------------------------------------------- */

static stored_stream the_source;
static weir_durability the_durability;
static plan_facts the_times;
static plan the_plan;
static uint64_t lost_blocks;

static int set_up(void **state)
{
    (void)state;
    losses_init(&the_losses, (wal_position){1, 640});
    the_source = (stored_stream){.kind = STREAM_SOURCE, .operation = "socketTextStream"};
    the_durability = (weir_durability){0};
    the_times = (plan_facts){.boundary_ms = BOUNDARY_MS, .interval_ms = INTERVAL_MS};
    the_plan = (plan){0};
    lost_blocks = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    losses_release(&the_losses);
    return 0;
}

static weir_status judge(void)
{
    const stored_lineage lineage = {.streams = &the_source, .stream_count = 1};
    const loss_facts facts = {.directory = "dir",
                              .known = &the_times,
                              .plan = &the_plan,
                              .lost_blocks = lost_blocks,
                              .lineage = &lineage,
                              .log_segment = 1,
                              .newest = 4,
                              .durability = &the_durability};
    return losses_judge(&the_losses, &facts);
}

static void expect_refused(const char *text)
{
    assert_int_equal(judge(), WEIR_DAMAGED);
    if (!strstr(error_text(), text)) print_message("%s\n", error_text());
    assert_non_null(strstr(error_text(), text));
}

static void name(uint64_t segment)
{
    static uint64_t named;
    named = segment;
    the_durability.lose_segments = &named;
    the_durability.lose_segment_count = 1;
}

/* --- tests ----------------------------------------------------------------------------------- */

static void nothing_lost_asks_nothing(void **state)
{
    (void)state;
    see_entry(1, 7);
    assert_int_equal(judge(), WEIR_OK);
    assert_false(losses_are_new(&the_losses));
    wal_item harmless = {.found = WAL_FOUND_DAMAGE, .place = {2, 0}, .end = 64, .is_whole = true};
    losses_see(&the_losses, &harmless);
    assert_int_equal(judge(), WEIR_OK);
    assert_false(losses_are_new(&the_losses));
}

static void a_missing_segment_is_named(void **state)
{
    (void)state;
    see_entry(1, 7);
    losses_record(&the_losses, 5000);
    see_gap(3, 0, 8, 5);
    see_entry(3, 13);
    losses_record(&the_losses, 9000);
    expect_refused("segment 2 is missing (5 entries, 8 to 12, behind the record of the batch of "
                   "5000 ms, before that of 9000 ms)");
    expect_refused("go on without it: --lose-segment=2");
    name(2);
    assert_int_equal(judge(), WEIR_OK);
    assert_true(losses_are_new(&the_losses));
    name(3);
    assert_int_equal(judge(), WEIR_ILLEGAL_ARGUMENT);
    name(1); /* where reading begins: as if the checkpoint had come meanwhile */
    expect_refused("segment 2");
}

static void so_are_several_and_a_segment_that_was_cut(void **state)
{
    (void)state;
    see_entry(1, 7);
    see_gap(4, 0, 8, 1);
    see_entry(4, 9);
    see_gap(5, 0, 10, 2);
    expect_refused("segments 2 to 3 are missing (entry 8); the end of segment 4 is missing "
                   "(2 entries, 10 to 11)");
    expect_refused(": --lose-segment=2 --lose-segment=4");
    name(3);
    expect_refused("without it: --lose-segment=4");
}

static void what_is_accounted_for_does_not_ask(void **state)
{
    (void)state;
    static const int64_t records[] = {3000, 4000, 5000}, done[] = {4000, 6000};
    static const int64_t given_up[] = {6000};
    see_gap(1, 640, 7, 2);
    the_plan.proven = 1;
    expect_refused("segment 1, offset 640: some damage (2 entries, 7 to 8)");
    lost_blocks = 1;
    assert_int_equal(judge(), WEIR_OK);
    lost_blocks = 0;
    the_times.record_times = records; /* the mark of 3000, which the checkpoint has */
    the_times.record_count = 3;
    the_times.done_times = done;
    the_times.done_count = 2;
    assert_int_equal(judge(), WEIR_OK);
    see_gap(1, 704, 9, 1);
    expect_refused("offset 704");
    the_times.skipped_times = given_up; /* done, without a record, and to be lost */
    the_times.skipped_count = 1;
    the_times.lost_count = 1;
    assert_int_equal(judge(), WEIR_OK);
    see_gap(2, 704, 0, 0);
    expect_refused("segment 2, offset 704: some damage (nobody knows how many entries)");
}

static void marks_alone_do_not_ask(void **state)
{
    (void)state;
    see_entry(1, 7);
    losses_record(&the_losses, 5000);
    see_gap(1, 704, 8, 3);
    losses_record(&the_losses, 6000);
    expect_refused("3 entries"); /* of a socket, which may have been blocks */
    the_source.operation = "textFiles";
    assert_int_equal(judge(), WEIR_OK);
    see_gap(1, 1280, 20, 1);
    expect_refused("offset 1280");
    losses_record(&the_losses, 8000); /* that of 7000 may be lost */
    expect_refused("before that of 8000 ms");
}

static void what_the_log_says_is_given_up_does_not_ask(void **state)
{
    (void)state;
    see_gap(1, 640, 0, 0);
    see_entry(2, 11);
    see_gap(2, 704, 12, 4);
    expect_refused("offset 640");
    losses_release(&the_losses);

    losses before;
    losses_init(&before, (wal_position){1, 640});
    losses_miss_end(&before, 1);
    losses_init(&the_losses, (wal_position){1, 640});
    see_gap(1, 640, 0, 0);
    see_entry(2, 11);
    see_gap(2, 704, 12, 4);
    see_entry(2, 16);
    see_given_up(2, 17, &before); /* all up to it */
    assert_int_equal(judge(), WEIR_OK);
    assert_false(losses_are_new(&the_losses));
    see_gap(2, 960, 18, 1);
    assert_true(losses_are_new(&the_losses));
    expect_refused("offset 960");
    losses_release(&before);
}

static void more_damage_than_was_given_up_asks(void **state)
{
    (void)state;
    losses before;
    losses_init(&before, (wal_position){1, 640});
    wal_item item = {.found = WAL_FOUND_DAMAGE, .place = {1, 704}, .end = 704, .missing = 2,
                     .first_missing = 12, .what = "some damage"};
    losses_see(&before, &item);
    see_gap(1, 704, 12, 2);
    see_given_up(2, 17, &before);
    assert_int_equal(judge(), WEIR_OK);
    losses_release(&the_losses);
    losses_init(&the_losses, (wal_position){1, 640});
    see_gap(1, 704, 12, 3);
    see_given_up(2, 17, &before);
    expect_refused("3 entries");
    losses_release(&before);
}

/* The end of the log was lost, and nobody knew how much: given up, from the last entry before it
 * on. What an older checkpoint finds damaged before that was never asked for. */
static void damage_before_what_was_given_up_asks(void **state)
{
    (void)state;
    losses before;
    losses_init(&before, (wal_position){2, 64});
    wal_item entry = {.found = WAL_FOUND_ENTRY,
                      .place = {2, 64},
                      .entry = {.place = {2, 64}, .header = {.sequence = 11, .kind = WAL_BLOCK}}};
    losses_see(&before, &entry);
    losses_miss_end(&before, 3);
    see_entry(1, 7);
    see_entry(2, 11);
    see_gap(4, 0, 12, 5);
    see_given_up(4, 17, &before);
    assert_int_equal(judge(), WEIR_OK);
    assert_false(losses_are_new(&the_losses));

    losses_release(&the_losses);
    losses_init(&the_losses, (wal_position){1, 640});
    see_entry(1, 7);
    see_gap(1, 704, 8, 3);
    see_entry(2, 11);
    see_gap(4, 0, 12, 5);
    see_given_up(4, 17, &before);
    expect_refused("offset 704: some damage (3 entries, 8 to 10");
    losses_release(&before);
}

/* The same damage is known again where it still cannot be told how much is gone. */
static void what_is_not_counted_is_known_again(void **state)
{
    (void)state;
    losses before;
    losses_init(&before, (wal_position){1, 640});
    wal_item entry = {.found = WAL_FOUND_ENTRY,
                      .place = {1, 640},
                      .entry = {.place = {1, 640}, .header = {.sequence = 7, .kind = WAL_BLOCK}}};
    wal_item item = {.found = WAL_FOUND_DAMAGE, .place = {1, 704}, .end = 9000, .what = "damage"};
    losses_see(&before, &entry);
    losses_see(&before, &item);
    see_entry(1, 7);
    see_gap(1, 704, 0, 0);
    see_given_up(2, 17, &before);
    assert_int_equal(judge(), WEIR_OK);
    losses_release(&before);
}

static void the_end_that_is_missing_asks(void **state)
{
    (void)state;
    see_entry(1, 7);
    losses_miss_end(&the_losses, 3);
    expect_refused("segments 2 to 3 are missing (nobody knows how many entries)");
    name(2);
    assert_int_equal(judge(), WEIR_OK);
}

static void what_the_way_of_syncing_may_cost_does_not_ask(void **state)
{
    (void)state;
    see_entry(4, 7);
    see_gap(4, 704, 8, 2);
    the_durability.log_sync_ms = 100;
    assert_int_equal(judge(), WEIR_OK);
    see_gap(3, 704, 18, 2); /* not in the newest segment */
    expect_refused("segment 3");
    the_durability.log_sync_ms = 0;
    expect_refused("segment 4");
    the_durability.log_no_sync = true;
    assert_int_equal(judge(), WEIR_OK);
}

/* It was synced when its name was noted, by the log or a checkpoint. */
static void no_way_of_syncing_costs_a_segment_that_is_known(void **state)
{
    (void)state;
    see_entry(4, 7);
    losses_miss_end(&the_losses, 5);
    the_durability.log_sync_ms = 100;
    expect_refused("segment 5 is missing");
    name(5);
    assert_int_equal(judge(), WEIR_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_lost_asks_nothing),
        TEST(a_missing_segment_is_named),
        TEST(so_are_several_and_a_segment_that_was_cut),
        TEST(what_is_accounted_for_does_not_ask),
        TEST(marks_alone_do_not_ask),
        TEST(what_the_log_says_is_given_up_does_not_ask),
        TEST(more_damage_than_was_given_up_asks),
        TEST(damage_before_what_was_given_up_asks),
        TEST(what_is_not_counted_is_known_again),
        TEST(the_end_that_is_missing_asks),
        TEST(what_the_way_of_syncing_may_cost_does_not_ask),
        TEST(no_way_of_syncing_costs_a_segment_that_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
