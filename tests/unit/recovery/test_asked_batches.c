/* Batches that a start is asked to give up: is there such a batch? Tables of facts in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka needs those before it */
#include <cmocka.h>

#include "base/error.h"
#include "recovery/asked_batches.h"

enum { ZERO_MS = 500 };

/* The checkpoint is of 2500 ms. 3500 is done, 4500 and 5500 are recorded only; 5500 is given up,
 * which the log says; of 6500 there is a mark alone. 7500 and 77 are asked for. */
static const int64_t records[] = {1500, 2500, 3500, 4500, 5500}, done[] = {1500, 2500, 3500, 6500};
static const int64_t skipped[] = {5500, 7500, 77};
static const plan_facts facts = {.boundary_ms = 2500,
                                 .interval_ms = 1000,
                                 .record_times = records,
                                 .record_count = 5,
                                 .done_times = done,
                                 .done_count = 4,
                                 .skipped_times = skipped,
                                 .skipped_count = 3,
                                 .lost_count = 2};

static const struct row {
    int64_t time_ms;
    asked_batch to_skip, to_lose;
} rows[] = {
    {77, ASKED_NONE, ASKED_NONE},       {500, ASKED_NONE, ASKED_NONE},
    {1500, ASKED_STORED, ASKED_STORED}, {2000, ASKED_NONE, ASKED_NONE},
    {2500, ASKED_STORED, ASKED_STORED}, {3500, ASKED_DONE, ASKED_THERE},
    {4500, ASKED_THERE, ASKED_THERE},   {4501, ASKED_NONE, ASKED_NONE},
    {5500, ASKED_THERE, ASKED_THERE},   {6500, ASKED_DONE, ASKED_THERE},
    {7500, ASKED_NONE, ASKED_NONE},
};

static void a_batch_is_there_or_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        print_message("%lld ms\n", (long long)row->time_ms);
        assert_int_equal(asked_batch_look(&facts, 1, ZERO_MS, row->time_ms, false), row->to_skip);
        assert_int_equal(asked_batch_look(&facts, 1, ZERO_MS, row->time_ms, true), row->to_lose);
    }
}

static void one_that_is_not_is_refused(void **state)
{
    (void)state;
    const manifest manifest = {.zero_ms = ZERO_MS};
    static const int64_t lose[] = {7500}, skip[] = {77}, there[] = {4500};
    weir_durability durability = {.lose_batches = lose, .lose_batch_count = 1,
                                  .skip_batches = there, .skip_batch_count = 1};
    assert_int_equal(asked_batches_check(&facts, &manifest, "dir", &durability),
                     WEIR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(error_text(), "no batch of 7500 ms to give up with --lose-batch"));
    durability.lose_batches = there;
    assert_int_equal(asked_batches_check(&facts, &manifest, "dir", &durability), WEIR_OK);
    durability.skip_batches = skip;
    assert_int_equal(asked_batches_check(&facts, &manifest, "dir", &durability),
                     WEIR_ILLEGAL_ARGUMENT);
    assert_non_null(strstr(error_text(), "no batch of 77 ms to give up with --skip-batch"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_is_there_or_not),
        cmocka_unit_test(one_that_is_not_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
