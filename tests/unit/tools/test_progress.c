/* What the summary counts as the time of a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/progress.h"

/* A due checkpoint belongs to the run, the last one of a stop does not. */
static void the_last_due_checkpoint_counts(void **state)
{
    (void)state;
    progress progress;
    progress_init(&progress, PROGRESS_NONE, 0);
    progress_start(&progress);
    progress.last_us = progress.start_us - 1; /* as no clock answers */
    progress_checkpoint(1500, false, &progress);
    assert_int_equal(progress.last_us, progress.start_us - 1);
    progress_checkpoint(2000, true, &progress);
    assert_true(progress.last_us >= progress.start_us);
    progress_release(&progress);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_due_checkpoint_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
