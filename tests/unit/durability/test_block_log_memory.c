#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "durability/block_log.h"

static int answers;

static void answered(void *user, block *block, weir_status status)
{
    assert_ptr_equal(user, &answers);
    assert_int_equal(status, WEIR_OK);
    assert_int_equal(block->number, answers);
    answers++;
}

static void every_append_is_answered_once(void **state)
{
    (void)state;
    block_log *log = block_log_in_memory();
    block *block = block_create(BLOCK_TEXT, 0, 10);
    for (int i = 0; i < 3; i++) {
        block->number = (uint64_t)i;
        log->class->append(log, block, answered, &answers);
        assert_int_equal(answers, i + 1);
    }
    log->class->drain(log);
    assert_int_equal(answers, 3);
    assert_int_equal(block->references, 1); /* borrowed */
    block_drop(block);
    log->class->close(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_append_is_answered_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
