/* The plan is a function of the facts (R1): tables of marks in, what is replayed out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs those before it */
#include <cmocka.h>

#include "recovery/plan.h"

enum { MOST = 8 };

typedef struct row {
    const char *about;
    int64_t boundary;
    int64_t now;
    int64_t records[MOST]; /* times, ended by 0 */
    int64_t done[MOST];
    int64_t skipped[MOST];
    size_t lost;       /* the first of these */
    bool in_order;
    int64_t replayed[MOST]; /* negative: done before; but for those that are given up */
    size_t given_up;
    int64_t last;
    int64_t down;
    int64_t damaged;
} row;

static const row rows[] = {
    {.about = "nothing behind the boundary", .boundary = 3000, .now = 3000, .last = 3000},
    {.about = "marks of batches that are in the checkpoint are ignored", .boundary = 3000,
     .now = 3500, .records = {2000, 3000}, .done = {2000, 3000}, .last = 3000},
    {.about = "a crash between record and done", .boundary = 1000, .records = {2000, 3000},
     .done = {2000}, .replayed = {-2000, 3000}, .last = 3000},
    {.about = "several batches in flight", .boundary = 0, .records = {1000, 2000, 3000},
     .replayed = {1000, 2000, 3000}, .last = 3000},
    {.about = "a record that stands twice counts once", .boundary = 0,
     .records = {1000, 2000, 2000}, .done = {1000, 1000}, .replayed = {-1000, 2000}, .last = 2000},
    {.about = "records out of order", .boundary = 0, .records = {3000, 1000, 2000}, .done = {1000},
     .replayed = {-1000, 2000, 3000}, .last = 3000},
    {.about = "the time it was down", .boundary = 1000, .now = 5999, .records = {2000},
     .done = {2000}, .replayed = {-2000}, .last = 2000, .down = 3},
    {.about = "a clock that was set back", .boundary = 5000, .now = 1000, .last = 5000},
    {.about = "a batch that is given up", .boundary = 0, .records = {1000, 2000, 3000},
     .done = {1000}, .skipped = {2000}, .replayed = {-1000, 2000, 3000}, .given_up = 1,
     .last = 3000},
    {.about = "a batch that is done is never given up", .boundary = 0, .records = {1000},
     .done = {1000}, .skipped = {1000}, .replayed = {-1000}, .last = 1000},
    {.about = "a batch that is done is lost on purpose", .boundary = 0, .records = {1000, 2000},
     .done = {1000, 2000}, .skipped = {1000}, .lost = 1, .replayed = {1000, -2000}, .given_up = 1,
     .last = 2000},
    {.about = "one whose record is not there: its time was given out", .boundary = 1000,
     .records = {2000}, .done = {2000, 3000}, .skipped = {3000}, .lost = 1, .replayed = {-2000},
     .last = 3000},
    {.about = "a done mark proves those before it, but none that was given up", .boundary = 0,
     .records = {1000, 2000, 3000, 4000}, .done = {3000}, .skipped = {2000}, .in_order = true,
     .replayed = {-1000, 2000, -3000, 4000}, .given_up = 1, .last = 4000},
    {.about = "where failed batches are passed over it proves nothing", .boundary = 0,
     .records = {1000, 2000}, .done = {2000}, .replayed = {1000, -2000}, .last = 2000},
    {.about = "a done mark without its record", .boundary = 1000, .records = {3000},
     .done = {2000}, .replayed = {3000}, .last = 3000, .damaged = 2000},
};

static size_t count_of(const int64_t *times)
{
    size_t count = 0;
    while (count < MOST && times[count] != 0) count++;
    return count;
}

static void check(const row *row)
{
    plan_facts facts = {
        .boundary_ms = row->boundary,
        .now_ms = row->now,
        .interval_ms = 1000,
        .record_times = row->records,
        .record_count = count_of(row->records),
        .done_times = row->done,
        .done_count = count_of(row->done),
        .skipped_times = row->skipped,
        .skipped_count = count_of(row->skipped),
        .lost_count = row->lost,
        .done_in_order = row->in_order,
    };
    plan plan;
    plan_make(&facts, &plan);
    size_t done = 0, given_up = 0;
    assert_int_equal(plan.count, count_of(row->replayed));
    for (size_t i = 0; i < plan.count; i++) {
        bool is_done = row->replayed[i] < 0;
        assert_int_equal(plan.replay[i].time_ms, is_done ? -row->replayed[i] : row->replayed[i]);
        assert_int_equal(plan.replay[i].is_done, is_done);
        assert_int_equal(row->records[plan.replay[i].record], plan.replay[i].time_ms);
        done += is_done;
        if (!plan.replay[i].is_given_up) continue;
        assert_int_equal(plan.replay[i].time_ms, row->skipped[given_up++]);
    }
    assert_int_equal(given_up, row->given_up);
    assert_int_equal(plan.given_up, row->given_up);
    assert_int_equal(plan.done, done);
    assert_int_equal(plan.last_ms, row->last);
    assert_int_equal(plan.down, row->down);
    assert_int_equal(plan.is_done_without_record, row->damaged != 0);
    assert_int_equal(plan.damaged_ms, row->damaged);
    plan_release(&plan);
}

static void every_row_gives_its_plan(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("%s\n", rows[i].about);
        check(&rows[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_row_gives_its_plan)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
