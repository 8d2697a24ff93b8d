/* The other kinds of updateStateByKey: with the time of the batch, and over whole partitions. */
#include "library/define.h"
#include "library/numbers.h"
#include "library/tables.h"

/* --- with the time --------------------------------------------------------------------------- */

static weir_value last_seen_update(int64_t time_ms, weir_value key, const weir_value *values,
                                   size_t count, weir_value state, weir_value arg)
{
    (void)key;
    (void)values;
    (void)arg;
    return count > 0 ? weir_int(time_ms) : state;
}

/* State: (time of the last values, sum). */
static weir_value sum_until_idle_update(int64_t time_ms, weir_value key, const weir_value *values,
                                        size_t count, weir_value state, weir_value arg)
{
    (void)key;
    size_t parts;
    const weir_value *part = weir_items(state, &parts);
    bool is_known = weir_kind_of(state) == WEIR_PAIR;
    if (count == 0 && is_known)
        return time_ms - weir_as_int(part[0]) > weir_as_int(arg) ? weir_absent() : state;
    weir_value sum = is_known ? part[1] : weir_int(0);
    for (size_t i = 0; i < count; i++) sum = add(sum, values[i]);
    return weir_pair(weir_int(time_ms), sum);
}

/* --- over whole partitions ------------------------------------------------------------------- */

static weir_value add_new(weir_value state, const weir_value *values, size_t count)
{
    weir_value sum = weir_is_absent(state) ? weir_int(0) : state;
    for (size_t i = 0; i < count; i++) sum = add(sum, values[i]);
    return sum;
}

static void sum_partition(int64_t time_ms, weir_keys *keys, weir_value arg, weir_out *out)
{
    (void)time_ms;
    (void)arg;
    weir_value key, state;
    const weir_value *values;
    size_t count;
    while (weir_next_key(keys, &key, &values, &count, &state)) {
        weir_value sum = add_new(state, values, count);
        if (!weir_is_null(sum)) weir_emit(out, key, sum);
    }
}

/* Of equal sums the key that is less by the total order: the answer depends on no order. */
static bool is_better(weir_value key, weir_value sum, weir_value best_key, weir_value best_sum)
{
    int order = weir_compare(sum, best_sum);
    return order > 0 || (order == 0 && weir_compare(key, best_key) < 0);
}

static void leader_partition(int64_t time_ms, weir_keys *keys, weir_value arg, weir_out *out)
{
    (void)time_ms;
    (void)arg;
    weir_value key, state, best_key = weir_absent(), best_sum = weir_absent();
    const weir_value *values;
    size_t count;
    while (weir_next_key(keys, &key, &values, &count, &state)) {
        weir_value sum = add_new(state, values, count);
        if (!weir_is_absent(best_sum) && !is_better(key, sum, best_key, best_sum)) continue;
        best_key = key;
        best_sum = sum;
    }
    if (!weir_is_absent(best_sum)) weir_emit(out, best_key, best_sum);
}

#define DEFINE_UPDATE_AT(fn, ...)                                                                 \
    const weir_function weir_fn_##fn = {                                                          \
        .name = #fn, .kind = WEIR_KIND_UPDATE_AT, .call = {.update_at = fn}, __VA_ARGS__}
#define DEFINE_UPDATE_PARTITION(fn, ...)                                                          \
    const weir_function weir_fn_##fn = {.name = #fn,                                              \
                                        .kind = WEIR_KIND_UPDATE_PARTITION,                       \
                                        .call = {.update_partition = fn},                         \
                                        __VA_ARGS__}

DEFINE_UPDATE_AT(last_seen_update, .about = "the time in ms of the last batch with new values");
DEFINE_UPDATE_AT(sum_until_idle_update,
                 .about = "(time of the last values, their sum so far); removed when idle for "
                          "longer than the closure argument in ms");
DEFINE_UPDATE_PARTITION(sum_partition, .about = "state plus the sum of the new values");
DEFINE_UPDATE_PARTITION(leader_partition,
                        .about = "the same, but only the key with the greatest sum of each "
                                 "partition keeps its state");

const weir_function *const library_wide_updates[] = {
    &weir_fn_last_seen_update, &weir_fn_sum_until_idle_update, &weir_fn_sum_partition,
    &weir_fn_leader_partition, NULL};
