#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "record/out.h"
#include "record/task.h"

static void the_current_task_gives_functions_their_memory(void **state)
{
    (void)state;
    task outer, inner;
    task_init(&outer, 0, NULL, NULL);
    task_init(&inner, 1, NULL, NULL);
    arena *own = arena_current();
    assert_null(task_set_current(&outer));
    assert_ptr_equal(arena_current(), &outer.scratch);
    assert_ptr_equal(task_set_current(&inner), &outer);
    assert_ptr_equal(task_current(), &inner);
    assert_ptr_equal(arena_current(), &inner.scratch);
    assert_ptr_equal(task_set_current(NULL), &inner);
    assert_ptr_equal(arena_current(), own);
    task_release(&outer);
    task_release(&inner);
}

static void the_first_failure_is_kept(void **state)
{
    (void)state;
    task task;
    task_init(&task, 0, NULL, NULL);
    assert_false(task_is_failed(&task));
    assert_int_equal(task_fail(&task, WEIR_IO, "%s is gone", "x"), WEIR_IO);
    assert_string_equal(weir_last_error(), "x is gone");
    assert_int_equal(task_fail(&task, WEIR_RUNTIME, "later"), WEIR_IO);
    assert_string_equal(task.error, "x is gone");
    task.records_in = task.refused = 5;
    task_begin(&task, 3, 1000);
    assert_false(task_is_failed(&task));
    assert_string_equal(task.error, "");
    assert_int_equal(task.partition, 3);
    assert_int_equal(task.time_ms, 1000);
    assert_int_equal(task.records_in + task.refused, 0);
    task_release(&task);
}

static void a_function_fails_the_task_it_runs_in(void **state)
{
    (void)state;
    task task;
    task_init(&task, 0, NULL, NULL);
    weir_fail("nobody runs");
    task_set_current(&task);
    task.function = "parse";
    weir_fail("bad line %d", 7);
    weir_fail("another");
    task_set_current(NULL);
    assert_int_equal(task.status, WEIR_RUNTIME);
    assert_string_equal(task.error, "function parse: bad line 7");
    task_release(&task);
}

typedef struct counting_out {
    out out;
    size_t flushes;
    int64_t next;
} counting_out;

static void check_and_empty(out *base)
{
    counting_out *out = (counting_out *)base;
    out->flushes++;
    for (size_t i = 0; i < base->base.count; i++)
        assert_int_equal(weir_as_int(base->base.values[i]), out->next++);
    base->base.count = 0;
}

static void a_full_vector_is_passed_on(void **state)
{
    (void)state;
    weir_value keys[4], values[4];
    counting_out to = {{{keys, values, 0, 4}, check_and_empty}, 0, 0};
    for (int i = 0; i < 10; i++) weir_emit(&to.out.base, weir_absent(), weir_int(i));
    assert_int_equal(to.flushes, 2);
    assert_int_equal(to.out.base.count, 2);
    check_and_empty(&to.out);
    assert_int_equal(to.next, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_current_task_gives_functions_their_memory),
        cmocka_unit_test(the_first_failure_is_kept),
        cmocka_unit_test(a_function_fails_the_task_it_runs_in),
        cmocka_unit_test(a_full_vector_is_passed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
