/* The functions of updateStateByKey and mapWithState. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "record/state_handle.h"
#include "support/emitted.h"
#include "support/literal.h"
#include "weir/library.h"

static const struct {
    const weir_function *function;
    const char *values;
    const char *state; /* NULL: absent */
    const char *out;
} updates[] = {
    {&weir_fn_count_update, "['a','b']", NULL, "2"},
    {&weir_fn_count_update, "[]", "5", "5"},
    {&weir_fn_count_update, "[1]", "'x'", NULL},
    {&weir_fn_sum_update, "[1,2]", NULL, "3"},
    {&weir_fn_sum_update, "[1,0.5]", "4", "5.5"},
    {&weir_fn_sum_update, "[1,'a']", "4", NULL},
    {&weir_fn_sum_update, "[]", "4", "4"},
    {&weir_fn_drop_when_idle_update, "[7,8]", "3", "5"},
    {&weir_fn_drop_when_idle_update, "[]", "3", NULL},
    {&weir_fn_max_update, "[3,9,4]", "5", "9"},
    {&weir_fn_max_update, "[3]", "'a'", "'a'"},
    {&weir_fn_max_update, "[3,2]", NULL, "3"},
    {&weir_fn_max_update, "[]", NULL, NULL},
    {&weir_fn_max_update, "[null]", NULL, NULL},
    {&weir_fn_last_update, "[3,2]", "9", "2"},
    {&weir_fn_last_update, "[]", "9", "9"},
    {&weir_fn_last_update, "[3,null]", "9", NULL},
    {&weir_fn_concat_update, "['a',1,null,2.5]", "'x'", "'xa1null?'"},
    {&weir_fn_concat_update, "['longer than ','fourteen']", NULL, "'longer than fourteen'"},
    {&weir_fn_concat_update, "[]", "'x'", "'x'"},
    {&weir_fn_sum_drop_at_10_update, "[4,5]", NULL, "9"},
    {&weir_fn_sum_drop_at_10_update, "[4]", "6", NULL},
    {&weir_fn_sum_drop_at_10_update, "[9.5]", "0.5", NULL},
    {&weir_fn_sum_drop_at_10_update, "[]", "3", "3"},
    {&weir_fn_list_update, "[2,[3]]", "[1]", "[1,2,[3]]"},
    {&weir_fn_list_update, "[]", NULL, "[]"},
    {&weir_fn_idle_age_update, "[5]", "2", "0"},
    {&weir_fn_idle_age_update, "[]", "1", "2"},
    {&weir_fn_idle_age_update, "[]", "2", NULL},
    {&weir_fn_calls_update, "[5,6,7]", NULL, "1"},
    {&weir_fn_calls_update, "[]", "4", "5"},
};

static void updates_give_what_they_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof updates / sizeof *updates; i++) {
        char what[200];
        snprintf(what, sizeof what, "%s of %s, %s", updates[i].function->name, updates[i].values,
                 updates[i].state ? updates[i].state : "absent");
        size_t count;
        const weir_value *values = weir_items(literal(updates[i].values), &count);
        weir_value got = updates[i].function->call.update(weir_text("k"), values, count,
                                                          literal(updates[i].state), weir_null());
        check_value(what, got, literal(updates[i].out));
    }
}

typedef struct map_state_row {
    const weir_function *function;
    const char *value; /* NULL: timing out */
    const char *before;
    const char *after;
    const char *emitted;
} map_state_row;

static const map_state_row map_states[] = {
    {&weir_fn_running_sum_emit, "3", NULL, "3", "[{'k':'k','v':3}]"},
    {&weir_fn_running_sum_emit, "3", "4", "7", "[{'k':'k','v':7}]"},
    {&weir_fn_running_sum_emit, "3", "null", "3", "[{'k':'k','v':3}]"},
    {&weir_fn_running_sum_emit, "'a'", "4", "null", "[{'k':'k','v':null}]"},
    {&weir_fn_running_sum_emit, NULL, "4", "4", "[]"},
    {&weir_fn_sum_report_timeout, "3", "4", "7", "[{'k':'k','v':7}]"},
    {&weir_fn_sum_report_timeout, NULL, "4", "4", "[{'k':'k','v':{'k':'timeout','v':4}}]"},
    {&weir_fn_running_count_emit, "'a'", "4", "5", "[{'k':'k','v':5}]"},
    {&weir_fn_running_count_emit, NULL, "4", "4", "[]"},
    {&weir_fn_count_report_timeout, "'a'", NULL, "1", "[{'k':'k','v':1}]"},
    {&weir_fn_count_report_timeout, NULL, "4", "4", "[{'k':'k','v':{'k':'timeout','v':4}}]"},
    {&weir_fn_sum_no_emit, "3", "4", "7", "[]"},
    {&weir_fn_sum_no_emit, NULL, "4", "4", "[]"},
    {&weir_fn_emit_and_remove_at_10, "3", "6", "9", "[]"},
    {&weir_fn_emit_and_remove_at_10, "3", "7", NULL, "[{'k':'k','v':10}]"},
    {&weir_fn_emit_and_remove_at_10, NULL, "7", "7", "[]"},
    {&weir_fn_remove_on_negative, "3", "4", "7", "[{'k':'k','v':7}]"},
    {&weir_fn_remove_on_negative, "-1", "4", NULL, "[{'k':'k','v':4}]"},
    {&weir_fn_remove_on_negative, "-1", NULL, NULL, "[{'k':'k','v':null}]"},
    {&weir_fn_remove_on_negative, NULL, "4", "4", "[]"},
    {&weir_fn_first_seen_emit, "'a'", NULL, "'a'", "[{'k':'k','v':'a'}]"},
    {&weir_fn_first_seen_emit, "'b'", "'a'", "'a'", "[]"},
    {&weir_fn_first_seen_emit, NULL, "'a'", "'a'", "[]"},
    {&weir_fn_peek_emit, "1", NULL, NULL, "[{'k':'k','v':{'k':1,'v':null}}]"},
    {&weir_fn_peek_emit, "1", "2", "2", "[{'k':'k','v':{'k':1,'v':2}}]"},
    {&weir_fn_peek_emit, NULL, "2", "2", "[]"},
    {&weir_fn_peek_report_timeout, "1", "2", "2", "[{'k':'k','v':{'k':1,'v':2}}]"},
    {&weir_fn_peek_report_timeout, NULL, "2", "2", "[{'k':'k','v':{'k':'timeout','v':2}}]"},
    {&weir_fn_time_emit, "1", NULL, "5000", "[{'k':'k','v':{'k':5000,'v':null}}]"},
    {&weir_fn_time_emit, "1", "4000", "5000", "[{'k':'k','v':{'k':5000,'v':4000}}]"},
    {&weir_fn_time_emit, NULL, "4000", "4000", "[]"},
};

static void map_states_give_what_they_say(void **state)
{
    (void)state;
    static emitted got;
    for (size_t i = 0; i < sizeof map_states / sizeof *map_states; i++) {
        const map_state_row *row = &map_states[i];
        weir_state handle = state_handle_make(literal(row->before), row->value == NULL);
        char what[200];
        snprintf(what, sizeof what, "%s of %s, %s", row->function->name,
                 row->value ? row->value : "absent", row->before ? row->before : "absent");
        row->function->call.map_state(&handle, 5000, weir_text("k"), literal(row->value),
                                      weir_null(), emitted_begin(&got));
        check_value(what, emitted_list(&got), literal(row->emitted));
        check_value(what, weir_state_get(&handle), literal(row->after));
        if (row->before && !row->after) assert_true(handle.is_removed);
        if (row->value == NULL) assert_false(handle.is_updated || handle.is_removed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(updates_give_what_they_say),
        cmocka_unit_test(map_states_give_what_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
