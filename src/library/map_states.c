/* mapWithState. Without state, or with null for a state, sums and counts begin at 0. The value is
 * absent when the key is timing out. The status of update and remove is not looked at: they can
 * fail only while timing out or after remove. */
#include "library/define.h"
#include "library/numbers.h"
#include "library/shapes.h"
#include "library/tables.h"

static weir_value state_or_null(const weir_state *state)
{
    return weir_state_exists(state) ? weir_state_get(state) : weir_null();
}

static weir_value add_to_state(const weir_state *state, weir_value value)
{
    weir_value old = state_or_null(state);
    return add(weir_is_null(old) ? weir_int(0) : old, value);
}

static void keep_and_emit(weir_state *state, weir_value key, weir_value value, weir_out *out)
{
    (void)weir_state_update(state, value);
    weir_emit(out, key, value);
}

static void report_timeout(const weir_state *state, weir_value key, weir_out *out)
{
    weir_emit(out, key, weir_pair(weir_text("timeout"), state_or_null(state)));
}

static void running_sum_emit(weir_state *state, int64_t time_ms, weir_value key, weir_value value,
                             weir_value arg, weir_out *out)
{
    (void)time_ms;
    (void)arg;
    if (!weir_state_is_timing_out(state))
        keep_and_emit(state, key, add_to_state(state, value), out);
}

static void sum_report_timeout(weir_state *state, int64_t time_ms, weir_value key,
                               weir_value value, weir_value arg, weir_out *out)
{
    if (weir_state_is_timing_out(state))
        report_timeout(state, key, out);
    else
        running_sum_emit(state, time_ms, key, value, arg, out);
}

static void running_count_emit(weir_state *state, int64_t time_ms, weir_value key,
                               weir_value value, weir_value arg, weir_out *out)
{
    (void)time_ms;
    (void)value;
    (void)arg;
    if (!weir_state_is_timing_out(state))
        keep_and_emit(state, key, add_to_state(state, weir_int(1)), out);
}

static void count_report_timeout(weir_state *state, int64_t time_ms, weir_value key,
                                 weir_value value, weir_value arg, weir_out *out)
{
    if (weir_state_is_timing_out(state))
        report_timeout(state, key, out);
    else
        running_count_emit(state, time_ms, key, value, arg, out);
}

static void sum_no_emit(weir_state *state, int64_t time_ms, weir_value key, weir_value value,
                        weir_value arg, weir_out *out)
{
    (void)time_ms;
    (void)key;
    (void)arg;
    (void)out;
    if (!weir_state_is_timing_out(state))
        (void)weir_state_update(state, add_to_state(state, value));
}

static void emit_and_remove_at_10(weir_state *state, int64_t time_ms, weir_value key,
                                  weir_value value, weir_value arg, weir_out *out)
{
    (void)time_ms;
    (void)arg;
    if (weir_state_is_timing_out(state)) return;
    weir_value sum = add_to_state(state, value);
    if (weir_compare(sum, weir_int(10)) < 0) {
        (void)weir_state_update(state, sum);
    } else {
        (void)weir_state_remove(state);
        weir_emit(out, key, sum);
    }
}

static void remove_on_negative(weir_state *state, int64_t time_ms, weir_value key,
                               weir_value value, weir_value arg, weir_out *out)
{
    (void)time_ms;
    (void)arg;
    if (weir_state_is_timing_out(state)) return;
    if (weir_compare(value, weir_int(0)) < 0) {
        weir_emit(out, key, state_or_null(state));
        (void)weir_state_remove(state);
    } else {
        keep_and_emit(state, key, add_to_state(state, value), out);
    }
}

static void first_seen_emit(weir_state *state, int64_t time_ms, weir_value key, weir_value value,
                            weir_value arg, weir_out *out)
{
    (void)time_ms;
    (void)arg;
    if (!weir_state_is_timing_out(state) && weir_is_null(state_or_null(state)))
        keep_and_emit(state, key, value, out);
}

static void peek_emit(weir_state *state, int64_t time_ms, weir_value key, weir_value value,
                      weir_value arg, weir_out *out)
{
    (void)time_ms;
    (void)arg;
    if (!weir_state_is_timing_out(state))
        weir_emit(out, key, weir_pair(value, state_or_null(state)));
}

static void peek_report_timeout(weir_state *state, int64_t time_ms, weir_value key,
                                weir_value value, weir_value arg, weir_out *out)
{
    if (weir_state_is_timing_out(state))
        report_timeout(state, key, out);
    else
        peek_emit(state, time_ms, key, value, arg, out);
}

static void time_emit(weir_state *state, int64_t time_ms, weir_value key, weir_value value,
                      weir_value arg, weir_out *out)
{
    (void)value;
    (void)arg;
    if (weir_state_is_timing_out(state)) return;
    weir_emit(out, key, weir_pair(weir_int(time_ms), state_or_null(state)));
    (void)weir_state_update(state, weir_int(time_ms));
}

DEFINE_MAP_STATE(running_sum_emit, .about = "state: the sum so far; emits (k, state)");
DEFINE_MAP_STATE(sum_report_timeout,
                 .about = "like running_sum_emit; on timeout (k, (\"timeout\", state))");
DEFINE_MAP_STATE(running_count_emit,
                 .about = "state: the number of records so far; emits (k, state)");
DEFINE_MAP_STATE(count_report_timeout,
                 .about = "like running_count_emit; on timeout (k, (\"timeout\", state))");
DEFINE_MAP_STATE(sum_no_emit, .about = "state: the sum so far; emits nothing");
DEFINE_MAP_STATE(emit_and_remove_at_10,
                 .about = "state: the sum so far; from 10 on emits it and removes the key");
DEFINE_MAP_STATE(
    remove_on_negative,
    .about = "like running_sum_emit; a negative value removes the key and emits the old state");
DEFINE_MAP_STATE(first_seen_emit, .about = "state: the first value, emitted when it comes");
DEFINE_MAP_STATE(peek_emit, .about = "emits (k, (v, state or null)); the state stays as it is");
DEFINE_MAP_STATE(peek_report_timeout,
                 .about = "like peek_emit; on timeout (k, (\"timeout\", state))");
DEFINE_MAP_STATE(
    time_emit,
    .about = "state: the time of the batch in ms; emits (k, (time, old state or null))");

const weir_function *const library_map_states[] = {
    &weir_fn_running_sum_emit,     &weir_fn_sum_report_timeout, &weir_fn_running_count_emit,
    &weir_fn_count_report_timeout, &weir_fn_sum_no_emit,        &weir_fn_emit_and_remove_at_10,
    &weir_fn_remove_on_negative,   &weir_fn_first_seen_emit,    &weir_fn_peek_emit,
    &weir_fn_peek_report_timeout,  &weir_fn_time_emit,          NULL};
