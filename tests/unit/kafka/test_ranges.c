/* Which offsets a batch takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "kafka/ranges.h"

typedef struct row {
    int64_t next, low, end, limit;
    bool resets;
    weir_status status;
    int64_t from, to, lost;
} row;

static void check(const row *row)
{
    range_facts facts = {.topic = "orders", .partition = 3, .next = row->next, .low = row->low,
                         .end = row->end, .limit = row->limit, .resets = row->resets};
    range range;
    assert_int_equal(range_choose(&facts, &range), row->status);
    if (row->status != WEIR_OK) return;
    assert_int_equal(range.from, row->from);
    assert_int_equal(range.to, row->to);
    assert_int_equal(range.lost, row->lost);
}

static void takes_what_is_there(void **state)
{
    (void)state;
    static const row rows[] = {
        {10, 0, 25, 0, false, WEIR_OK, 10, 25, 0},   /* all of it */
        {10, 0, 25, 5, false, WEIR_OK, 10, 15, 0},   /* no more than the limit */
        {10, 0, 12, 5, false, WEIR_OK, 10, 12, 0},   /* nor than there is */
        {10, 0, 10, 5, false, WEIR_OK, 10, 10, 0},   /* nothing new */
        {10, 10, 10, 0, false, WEIR_OK, 10, 10, 0},  /* all old ones are gone, none was missed */
        {-1, 0, 10, 0, false, WEIR_OK, 0, 0, 0},     /* not known where to begin */
        {10, -1, -1, 0, false, WEIR_OK, 10, 10, 0},  /* not known where it ends */
        {10, -1, 20, 0, false, WEIR_OK, 10, 20, 0},
        {10, -1, 5, 0, false, WEIR_OK, 10, 10, 0},   /* an old answer */
        {10, 15, 25, 0, true, WEIR_OK, 15, 25, 5},   /* retention has overtaken it */
        {10, 15, 25, 4, true, WEIR_OK, 15, 19, 5},
        {10, 15, 25, 0, false, WEIR_IO, 0, 0, 0},
        {30, 0, 25, 0, false, WEIR_IO, 0, 0, 0},     /* the topic was made anew */
        {30, 0, 25, 0, true, WEIR_OK, 0, 25, 0},
        {INT64_MAX - 1, 0, INT64_MAX, INT64_MAX, false, WEIR_OK, INT64_MAX - 1, INT64_MAX, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) check(&rows[i]);
}

static void is_not_done_past_what_failed(void **state)
{
    (void)state;
    assert_int_equal(range_done(10, 10, 25), 25);
    assert_int_equal(range_done(10, 10, 10), 10);
    assert_int_equal(range_done(10, 25, 30), 10); /* [10, 25) failed */
    assert_int_equal(range_done(30, 10, 25), 30); /* done before a restart */
    assert_int_equal(range_done(-1, 25, 30), -1);
}

/* Another topic of the name: also where it has messages at the old place. */
static void begins_anew(void **state)
{
    (void)state;
    range_facts facts = {
        .topic = "orders", .partition = 3, .next = 10, .low = -1, .end = -1, .is_anew = true};
    range range;
    assert_int_equal(range_choose(&facts, &range), WEIR_OK); /* not asked yet */
    assert_int_equal(range.to, 10);
    facts.end = 25;
    assert_int_equal(range_choose(&facts, &range), WEIR_OK);
    assert_int_equal(range.to, 10);
    facts.low = 0;
    assert_int_equal(range_choose(&facts, &range), WEIR_IO);
    assert_non_null(strstr(error_text(), "the topic was made anew"));
    facts.resets = true;
    assert_int_equal(range_choose(&facts, &range), WEIR_OK);
    assert_int_equal(range.from, 0);
    assert_int_equal(range.to, 25);
    assert_int_equal(range.lost, 0);
}

static void names_what_is_gone(void **state)
{
    (void)state;
    range_facts facts = {
        .topic = "orders", .partition = 3, .next = 10, .low = 15, .end = 25};
    range range;
    assert_int_equal(range_choose(&facts, &range), WEIR_IO);
    assert_non_null(strstr(error_text(), "topic orders, partition 3: the next offset is 10, but "
                                         "the broker has 15 to 25 only"));
    assert_non_null(strstr(error_text(), "retention"));
    facts.next = 30;
    assert_int_equal(range_choose(&facts, &range), WEIR_IO);
    assert_non_null(strstr(error_text(), "made anew"));
}

static void limits_by_rate(void **state)
{
    (void)state;
    assert_int_equal(range_limit(0, 100), 0);
    assert_int_equal(range_limit(100, 100), 10);
    assert_int_equal(range_limit(50, 1000), 50);
    assert_int_equal(range_limit(3, 100), 1); /* at least one */
    assert_int_equal(range_limit(199, 10), 1);
    assert_int_equal(range_limit(INT64_MAX, 1000), INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_is_there),
        cmocka_unit_test(is_not_done_past_what_failed),
        cmocka_unit_test(begins_anew),
        cmocka_unit_test(names_what_is_gone),
        cmocka_unit_test(limits_by_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
