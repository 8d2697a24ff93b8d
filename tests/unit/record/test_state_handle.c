#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "record/state_handle.h"

/* What was done before, and whether update and remove are then allowed (spec 02 §5). */
static const struct {
    bool exists, is_timing_out, update_first, remove_first;
    bool allowed;
} rows[] = {
    {false, false, false, false, true}, {true, false, false, false, true},
    {false, false, true, false, true},  {true, false, true, false, true},
    {false, false, false, true, false}, {true, false, false, true, false},
    {true, false, true, true, false},   {true, true, false, false, false},
};

static weir_state make(size_t row)
{
    weir_state state =
        state_handle_make(rows[row].exists ? weir_int(1) : weir_absent(), rows[row].is_timing_out);
    if (rows[row].update_first) assert_int_equal(weir_state_update(&state, weir_int(2)), WEIR_OK);
    if (rows[row].remove_first) assert_int_equal(weir_state_remove(&state), WEIR_OK);
    return state;
}

static void changes_are_allowed_or_refused(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_status expected = rows[i].allowed ? WEIR_OK : WEIR_ILLEGAL_ARGUMENT;
        weir_state state = make(i), before = state;
        assert_int_equal(weir_state_update(&state, weir_int(3)), expected);
        if (expected == WEIR_OK) {
            assert_true(weir_state_exists(&state));
            assert_int_equal(weir_as_int(weir_state_get(&state)), 3);
            assert_true(state.is_updated);
        } else {
            assert_memory_equal(&state, &before, sizeof state);
        }
        state = before;
        assert_int_equal(weir_state_remove(&state), expected);
        if (expected == WEIR_OK) {
            assert_false(weir_state_exists(&state));
            assert_true(weir_is_absent(weir_state_get(&state)));
            assert_true(state.is_removed && !state.is_updated);
        } else {
            assert_memory_equal(&state, &before, sizeof state);
        }
    }
}

static void a_state_cannot_become_absent(void **unused)
{
    (void)unused;
    weir_state state = state_handle_make(weir_int(1), false);
    assert_int_equal(weir_state_update(&state, weir_absent()), WEIR_ILLEGAL_ARGUMENT);
    assert_int_equal(weir_as_int(weir_state_get(&state)), 1);
    assert_int_equal(weir_state_update(&state, weir_null()), WEIR_OK);
    assert_true(weir_state_exists(&state));
}

static void timing_out_is_told(void **unused)
{
    (void)unused;
    weir_state state = state_handle_make(weir_int(1), true);
    assert_true(weir_state_is_timing_out(&state));
    assert_true(weir_state_exists(&state));
    state = state_handle_make(weir_int(1), false);
    assert_false(weir_state_is_timing_out(&state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_are_allowed_or_refused),
        cmocka_unit_test(a_state_cannot_become_absent),
        cmocka_unit_test(timing_out_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
