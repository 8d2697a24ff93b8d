#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "operators/reader.h"
#include "support/emitted.h"
#include "support/literal.h"
#include "weir/library.h"

static const struct {
    const weir_function *function;
    const char *in;
    const char *out;
} rows[] = {
    {&weir_fn_part_identity, "[1,{'k':2,'v':3},'a']", "[1,{'k':2,'v':3},'a']"},
    {&weir_fn_part_identity, "[]", "[]"},
    {&weir_fn_part_count, "[1,{'k':2,'v':3}]", "[2]"},
    {&weir_fn_part_count, "[]", "[0]"},
    {&weir_fn_part_sum, "[1,2.5]", "[3.5]"},
    {&weir_fn_part_sum, "[9223372036854775807,1]", "[-9223372036854775808]"},
    {&weir_fn_part_sum, "[1,'2',3]", "[null]"},
    {&weir_fn_part_sum, "[{'k':1,'v':2}]", "[null]"},
    {&weir_fn_part_sum, "[]", "[0]"},
    {&weir_fn_part_max, "[1,'b','a']", "['b']"},
    {&weir_fn_part_max, "[{'k':1,'v':9},{'k':2,'v':0}]", "[{'k':2,'v':0}]"},
    {&weir_fn_part_max, "[]", "[]"},
    {&weir_fn_part_first, "[{'k':1,'v':9},2]", "[{'k':1,'v':9}]"},
    {&weir_fn_part_first, "[]", "[]"},
    {&weir_fn_part_one, "[5,6]", "[1]"},
    {&weir_fn_part_one, "[]", "[1]"},
    {&weir_fn_part_distinct, "[2,1,2,1.0,'1',{'k':1,'v':1},{'k':1,'v':1},null,null]",
     "[2,1,1.0,'1',{'k':1,'v':1},null]"},
    {&weir_fn_part_distinct, "[]", "[]"},
};

static void partitions_give_what_they_say(void **state)
{
    (void)state;
    static emitted got;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char what[200];
        snprintf(what, sizeof what, "%s of %s", rows[i].function->name, rows[i].in);
        records records = {0};
        size_t count;
        const weir_value *items = weir_items(literal(rows[i].in), &count);
        for (size_t j = 0; j < count; j++) {
            weir_value key, value;
            value_unbox(items[j], &key, &value);
            records_append(&records, arena_current(), key, value);
        }
        weir_reader reader = reader_over(&records);
        rows[i].function->call.partition(&reader, weir_null(), emitted_begin(&got));
        check_value(what, emitted_list(&got), literal(rows[i].out));
    }
}

/* What it has seen counts as memory of the batch, and it stops when that is too much. */
static void distinct_records_have_a_limit(void **state)
{
    (void)state;
    enum { RECORDS = 200000, LIMIT = 1 << 20 };
    static emitted got;
    memory_budget budget = {.limit = LIMIT};
    task task;
    task_init(&task, 0, NULL, &budget);
    task.function = "part_distinct";
    records records = {0};
    arena room;
    arena_init(&room, NULL);
    for (int64_t i = 0; i < RECORDS; i++)
        records_append(&records, &room, weir_absent(), weir_int(i));
    weir_reader reader = reader_over(&records);
    arena *arena_before = arena_current();
    struct task *before = task_set_current(&task);
    weir_fn_part_distinct.call.partition(&reader, weir_null(), emitted_begin(&got));
    task_set_current(before);
    arena_set_current(arena_before);
    assert_int_equal(task.status, WEIR_NO_MEMORY);
    assert_non_null(strstr(task.error, "part_distinct: "));
    assert_true(reader.next < RECORDS);
    task_release(&task);
    arena_release(&room);
    assert_int_equal(atomic_load(&budget.used), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(partitions_give_what_they_say),
        cmocka_unit_test(distinct_records_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
