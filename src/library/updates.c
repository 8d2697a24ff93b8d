/* updateStateByKey. A state that is null counts as none, before and after: the key is removed. */
#include "library/define.h"
#include "library/numbers.h"
#include "library/shapes.h"
#include "library/tables.h"

static bool is_nothing(weir_value state)
{
    return weir_is_absent(state) || weir_is_null(state);
}

static weir_value number_or_zero(weir_value state)
{
    return is_nothing(state) ? weir_int(0) : state;
}

static weir_value state_of(weir_value result)
{
    return weir_is_null(result) ? weir_absent() : result;
}

static weir_value add_all(weir_value sum, const weir_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) sum = add(sum, values[i]);
    return sum;
}

static bool is_at_least(weir_value value, int64_t limit)
{
    return weir_compare(value, weir_int(limit)) >= 0;
}

static weir_value count_update(weir_value key, const weir_value *values, size_t count,
                               weir_value state, weir_value arg)
{
    (void)key;
    (void)values;
    (void)arg;
    return state_of(add(number_or_zero(state), weir_int((int64_t)count)));
}

static weir_value sum_update(weir_value key, const weir_value *values, size_t count,
                             weir_value state, weir_value arg)
{
    (void)key;
    (void)arg;
    return state_of(add_all(number_or_zero(state), values, count));
}

static weir_value drop_when_idle_update(weir_value key, const weir_value *values, size_t count,
                                        weir_value state, weir_value arg)
{
    (void)key;
    (void)values;
    (void)arg;
    if (count == 0) return weir_absent();
    return state_of(add(number_or_zero(state), weir_int((int64_t)count)));
}

static weir_value max_update(weir_value key, const weir_value *values, size_t count,
                             weir_value state, weir_value arg)
{
    (void)key;
    (void)arg;
    if (is_nothing(state)) {
        if (count == 0) return weir_absent();
        state = values[0];
    }
    for (size_t i = 0; i < count; i++) state = greater(state, values[i]);
    return state_of(state);
}

static weir_value last_update(weir_value key, const weir_value *values, size_t count,
                              weir_value state, weir_value arg)
{
    (void)key;
    (void)arg;
    return state_of(count ? values[count - 1] : state);
}

static weir_value concat_update(weir_value key, const weir_value *values, size_t count,
                                weir_value state, weir_value arg)
{
    (void)key;
    (void)arg;
    weir_value *pieces = arena_alloc(arena_current(), (count + 1) * sizeof *pieces);
    size_t length, total = 0, at = 0;
    pieces[0] = weir_is_string(state) ? state : weir_string("", 0);
    for (size_t i = 0; i < count; i++) pieces[i + 1] = value_to_string(values[i]);
    for (size_t i = 0; i <= count; i++) {
        (void)weir_bytes(&pieces[i], &length);
        total += length;
    }
    char *joined = value_make_text(total);
    for (size_t i = 0; i <= count; i++) {
        const char *text = weir_bytes(&pieces[i], &length);
        memcpy(joined + at, text, length);
        at += length;
    }
    return value_finish_string(joined, total);
}

static weir_value sum_drop_at_10_update(weir_value key, const weir_value *values, size_t count,
                                        weir_value state, weir_value arg)
{
    (void)key;
    (void)arg;
    weir_value sum = add_all(number_or_zero(state), values, count);
    return is_at_least(sum, 10) ? weir_absent() : state_of(sum);
}

static weir_value list_update(weir_value key, const weir_value *values, size_t count,
                              weir_value state, weir_value arg)
{
    (void)key;
    (void)arg;
    return join_lists(is_list(state) ? state : empty_list(), weir_list(values, count));
}

static weir_value idle_age_update(weir_value key, const weir_value *values, size_t count,
                                  weir_value state, weir_value arg)
{
    (void)key;
    (void)values;
    (void)arg;
    if (count > 0) return weir_int(0);
    weir_value age = add(number_or_zero(state), weir_int(1));
    return is_at_least(age, 3) ? weir_absent() : state_of(age);
}

static weir_value calls_update(weir_value key, const weir_value *values, size_t count,
                               weir_value state, weir_value arg)
{
    (void)key;
    (void)values;
    (void)count;
    (void)arg;
    return state_of(add(number_or_zero(state), weir_int(1)));
}

DEFINE_UPDATE(count_update, .about = "state plus the number of new values");
DEFINE_UPDATE(sum_update, .about = "state plus the sum of the new values");
DEFINE_UPDATE(drop_when_idle_update,
              .about = "state plus the number of new values; removed when there are none");
DEFINE_UPDATE(max_update, .about = "the greatest of state and new values");
DEFINE_UPDATE(last_update, .about = "the last new value, else the state");
DEFINE_UPDATE(concat_update, .about = "state followed by the new values as strings");
DEFINE_UPDATE(sum_drop_at_10_update,
              .about = "state plus the sum of the new values; removed from 10 on");
DEFINE_UPDATE(list_update, .about = "the list of all values so far");
DEFINE_UPDATE(idle_age_update, .about = "how many batches the key had no values; removed at 3");
DEFINE_UPDATE(calls_update, .about = "how many batches the key is there");

const weir_function *const library_updates[] = {&weir_fn_count_update,
                                                &weir_fn_sum_update,
                                                &weir_fn_drop_when_idle_update,
                                                &weir_fn_max_update,
                                                &weir_fn_last_update,
                                                &weir_fn_concat_update,
                                                &weir_fn_sum_drop_at_10_update,
                                                &weir_fn_list_update,
                                                &weir_fn_idle_age_update,
                                                &weir_fn_calls_update,
                                                NULL};
