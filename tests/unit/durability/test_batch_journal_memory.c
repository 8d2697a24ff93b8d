#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "durability/batch_journal.h"

static void takes_records_and_marks(void **state)
{
    (void)state;
    batch_journal *journal = batch_journal_in_memory();
    assert_int_equal(journal->class->record(journal, 1000, "bytes", 5), WEIR_OK);
    assert_int_equal(journal->class->done(journal, 1000, NULL, 0), WEIR_OK);
    journal->class->close(journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(takes_records_and_marks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
