#include "record/state_handle.h"

#include "base/error.h"

bool weir_state_exists(const weir_state *state)
{
    return !weir_is_absent(state->value);
}

weir_value weir_state_get(const weir_state *state)
{
    return state->value;
}

bool weir_state_is_timing_out(const weir_state *state)
{
    return state->is_timing_out;
}

static weir_status check_change(const weir_state *state, const char *change)
{
    if (state->is_removed)
        return error_set(
            WEIR_ILLEGAL_ARGUMENT,
            "the state of a key cannot be %s after it was removed: return without another change",
            change);
    if (state->is_timing_out)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "the state of a key that is timing out cannot be %s: ask "
                         "weir_state_is_timing_out first",
                         change);
    return WEIR_OK;
}

weir_status weir_state_update(weir_state *state, weir_value value)
{
    weir_status status = check_change(state, "updated");
    if (status != WEIR_OK) return status;
    if (weir_is_absent(value))
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "the state of a key cannot become absent: call weir_state_remove");
    state->value = value;
    state->is_updated = true;
    return WEIR_OK;
}

weir_status weir_state_remove(weir_state *state)
{
    weir_status status = check_change(state, "removed");
    if (status != WEIR_OK) return status;
    state->value = weir_absent();
    state->is_updated = false;
    state->is_removed = true;
    return WEIR_OK;
}
