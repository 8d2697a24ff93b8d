/* Windows, from their definitions: every one is made anew from the arrays of all batches, as long
 * as it does not go on from its last result. */
#include <string.h>

#include "model/operations.h"

/* The batches of the stream below with from < number <= to. Batches are counted from 1 here: a
 * stream that slides by `steps` yields in those that are multiples of it. */
typedef struct span {
    const use *use;
    int64_t from, to;
} span;

static const data *batch_of(const span *span, int64_t number)
{
    const data *data = &span->use->window.past[number - 1];
    return number % (int64_t)span->use->window.steps == 0 && data->is_there ? data : NULL;
}

static int64_t first_of(const span *span) { return span->from < 0 ? 1 : span->from + 1; }

static span span_of(const use *use, int64_t from, int64_t to) { return (span){use, from, to}; }

/* The window of the batch at hand. */
static span window_of(const use *use)
{
    int64_t now = (int64_t)use->window.batch + 1;
    return span_of(use, now - (int64_t)use->window.length, now);
}

static bool past_is_known(const use *use, bool takes_loose)
{
    for (size_t i = 0; i <= use->window.batch; i++)
        if (use->window.past[i].fails || (use->window.past[i].is_loose && !takes_loose))
            return false;
    return true;
}

/* --- records --------------------------------------------------------------------------------- */

/* All parts of all batches, the oldest first; in one part, in any order, if one of them is in
 * none. */
static data gather(const span *span)
{
    size_t parts = 0, at = 0;
    bool is_ordered = true, is_loose = false;
    for (int64_t i = first_of(span); i <= span->to; i++) {
        const data *data = batch_of(span, i);
        if (!data) continue;
        parts += data->count;
        is_ordered &= data->is_ordered;
        is_loose |= data->is_loose;
    }
    data made = data_make(parts, is_ordered, is_loose);
    for (int64_t i = first_of(span); i <= span->to; i++) {
        const data *data = batch_of(span, i);
        for (size_t j = 0; data && j < data->count; j++) made.parts[at++] = data->parts[j];
    }
    if (is_ordered) return made;
    return data_in_any_order(data_all(&made), is_loose);
}

static bool compute_window(const use *use, data *out)
{
    span span = window_of(use);
    *out = gather(&span);
    if (model_canary == 6 && out->count > 1) out->count--;
    return past_is_known(use, true);
}

static bool compute_group(const use *use, data *out)
{
    span span = window_of(use);
    data in = gather(&span);
    records_out all = data_all(&in), results = {0};
    groups keys = groups_of(&all);
    for (size_t i = 0; i < keys.count; i++) {
        const records_out *values = &keys.groups[i].values;
        records_add(&results, plain_pair(keys.groups[i].key,
                                         plain_list(values->records, values->count)));
    }
    *out = data_in_any_order(results, false);
    out->is_loose = !in.is_ordered;
    return past_is_known(use, false);
}

static bool compute_count_by_value(const use *use, data *out)
{
    span span = window_of(use);
    data in = gather(&span);
    records_out all = data_all(&in), pairs = {0}, results = {0};
    for (size_t i = 0; i < all.count; i++)
        records_add(&pairs, plain_pair(all.records[i], plain_int(1)));
    groups counts = groups_of(&pairs);
    for (size_t i = 0; i < counts.count; i++)
        records_add(&results, plain_pair(counts.groups[i].key,
                                         plain_int((int64_t)counts.groups[i].values.count)));
    *out = data_in_any_order(results, false);
    return past_is_known(use, false);
}

/* --- reduced values -------------------------------------------------------------------------- */

/* A function and what undoes it. */
typedef struct pairing {
    const char *reduce;
    const char *inverse;
    plain (*take_out)(plain a, plain b);
} pairing;

static plain difference(plain a, plain b)
{
    if (a.kind == PLAIN_INT && b.kind == PLAIN_INT) {
        int64_t left;
        uint64_t bits = (uint64_t)a.number - (uint64_t)b.number;
        memcpy(&left, &bits, sizeof left);
        return plain_int(left);
    }
    bool numbers = plain_is_number(a) && plain_is_number(b);
    return numbers ? plain_real(plain_number(a) - plain_number(b)) : plain_null();
}

static plain xor_out(plain a, plain b)
{
    bool ints = a.kind == PLAIN_INT && b.kind == PLAIN_INT;
    return ints ? plain_int(a.number ^ b.number) : plain_null();
}

static plain strip_prefix(plain a, plain b)
{
    if (a.kind != PLAIN_STRING || b.kind != PLAIN_STRING) return plain_null();
    if (b.count > a.count || memcmp(a.text, b.text, b.count) != 0) return a;
    return plain_string(a.text + b.count, a.count - b.count);
}

static const pairing pairings[] = {{"sum", "difference", difference},
                                   {"xor", "xor", xor_out},
                                   {"concat", "strip_prefix", strip_prefix}};

static const pairing *find_pairing(size_t function)
{
    for (size_t i = 0; i < sizeof pairings / sizeof pairings[0]; i++)
        if (strcmp(pairings[i].reduce, reduce_functions[function].name) == 0) return &pairings[i];
    return NULL;
}

bool window_has_inverse(size_t function) { return find_pairing(function) != NULL; }

static const pairing *pairing_of(const use *use) { return find_pairing(use->function); }

static const reduce_function *function_of(const use *use)
{
    return &reduce_functions[use->function];
}

/* The batch reduced: by key, or all to one under the key null. */
static bool reduce_batch(const use *use, const data *in, bool has_keys, data *out)
{
    plain result;
    if (has_keys) return data_fold_by_key(in, function_of(use), out);
    if (!data_fold(function_of(use), in->parts, in->count, in->is_ordered, &result)) return false;
    *out = data_make(1, false, false);
    if (data_size(in) > 0) records_add(&out->parts[0], plain_pair(plain_null(), result));
    return true;
}

/* The results of the batches of a span, reduced by key, the oldest first. */
static bool reduce_span(const span *span, bool has_keys, groups *results)
{
    const reduce_function *function = function_of(span->use);
    records_out all = {0};
    for (int64_t i = first_of(span); i <= span->to; i++) {
        const data *in = batch_of(span, i);
        data reduced;
        if (!in) continue;
        if (!reduce_batch(span->use, in, has_keys, &reduced)) return false;
        for (size_t j = 0; j < reduced.parts[0].count; j++)
            records_add(&all, reduced.parts[0].records[j]);
    }
    *results = groups_of(&all);
    for (size_t i = 0; i < results->count; i++) {
        records_out *values = &results->groups[i].values;
        if (!data_folds_in_any_grouping(function, values)) return false;
        for (size_t j = 1; j < values->count; j++)
            values->records[0] = function->call(values->records[0], values->records[j]);
        values->count = 1;
    }
    return true;
}

/* All values that came so far, of all keys: whether sums of them round. */
static bool never_rounds(const use *use, bool has_keys)
{
    records_out all = {0};
    for (size_t i = 0; i <= use->window.batch; i++) {
        records_out batch = data_all(&use->window.past[i]);
        for (size_t j = 0; use->window.past[i].is_there && j < batch.count; j++)
            records_add(&all, has_keys ? plain_value(batch.records[j]) : batch.records[j]);
    }
    return data_folds_in_any_grouping(function_of(use), &all);
}

/* What a key is remembered with. */
typedef struct memory {
    plain keys[600], values[600];
    size_t count;
} memory;

static size_t find(const memory *memory, plain key)
{
    size_t at = 0;
    while (at < memory->count && !plain_same(memory->keys[at], key)) at++;
    return at;
}

static void forget(memory *memory, size_t at)
{
    memory->count--;
    memory->keys[at] = memory->keys[memory->count];
    memory->values[at] = memory->values[memory->count];
}

static bool put(const use *use, memory *memory, const groups *leaving, const groups *entering)
{
    for (size_t i = 0; i < leaving->count; i++) {
        size_t at = find(memory, leaving->groups[i].key);
        if (at < memory->count && model_canary != 7)
            memory->values[at] = pairing_of(use)->take_out(
                memory->values[at], leaving->groups[i].values.records[0]);
    }
    for (size_t i = 0; i < entering->count; i++) {
        size_t at = find(memory, entering->groups[i].key);
        plain value = entering->groups[i].values.records[0];
        if (at == sizeof memory->keys / sizeof memory->keys[0]) return false;
        if (at < memory->count) value = function_of(use)->call(memory->values[at], value);
        else memory->count++;
        memory->keys[at] = entering->groups[i].key;
        memory->values[at] = value;
    }
    return true;
}

/* One slide: what leaves is taken out, what enters put in; then who is given out, and who is
 * remembered: a key with records in the window in any case. */
static bool slide(const use *use, memory *memory, int64_t now, bool has_keys, records_out *results)
{
    int64_t length = (int64_t)use->window.length, by = (int64_t)use->window.slide;
    int64_t end = now - length, last = now - by;
    groups leaving, entering, live;
    span old = span_of(use, end - by, end < last ? end : last);
    span fresh = span_of(use, last > end ? last : end, now), whole = span_of(use, end, now);
    if (!reduce_span(&old, has_keys, &leaving) || !reduce_span(&fresh, has_keys, &entering) ||
        !reduce_span(&whole, has_keys, &live) || !put(use, memory, &leaving, &entering))
        return false;
    for (size_t i = memory->count; i-- > 0;) {
        plain pair = plain_pair(memory->keys[i], memory->values[i]);
        bool is_live = groups_find(&live, memory->keys[i]) != NULL;
        bool is_kept = !use->window.filter ||
                       filter_functions[use->window.filter - 1].call(pair);
        bool is_dropped = use->window.drops_neutral && !is_live;
        if (is_kept && !is_dropped) records_add(results, has_keys ? pair : memory->values[i]);
        if (!is_live && (!is_kept || is_dropped)) forget(memory, i);
    }
    return true;
}

static bool go_on(const use *use, bool has_keys, data *out)
{
    static memory memory;
    records_out results = {0};
    memory.count = 0;
    if (!past_is_known(use, false) || !never_rounds(use, has_keys)) return false;
    for (size_t now = use->window.slide; now <= use->window.batch + 1;
         now += use->window.slide) {
        results.count = 0;
        if (!slide(use, &memory, (int64_t)now, has_keys, &results)) return false;
    }
    *out = data_in_any_order(results, false);
    return true;
}

static bool compute_reduced(const use *use, bool has_keys, data *out)
{
    if (use->window.is_inverse) return go_on(use, has_keys, out);
    groups reduced;
    records_out results = {0};
    span span = window_of(use);
    if (!past_is_known(use, false) || !never_rounds(use, has_keys)) return false;
    if (!reduce_span(&span, has_keys, &reduced)) return false;
    for (size_t i = 0; i < reduced.count; i++) {
        plain value = reduced.groups[i].values.records[0];
        records_add(&results, has_keys ? plain_pair(reduced.groups[i].key, value) : value);
    }
    *out = data_in_any_order(results, false);
    return true;
}

static bool compute_reduce_by_key(const use *use, data *out)
{
    return compute_reduced(use, true, out);
}

static bool compute_reduce(const use *use, data *out) { return compute_reduced(use, false, out); }

/* Nothing before the first record that some window had (O-34). */
static bool compute_count(const use *use, data *out)
{
    records_out results = {0};
    bool has_been = false;
    int64_t count = 0;
    for (size_t now = use->window.slide; now <= use->window.batch + 1;
         now += use->window.slide) {
        span span = span_of(use, (int64_t)now - (int64_t)use->window.length, (int64_t)now);
        data in = gather(&span);
        count = (int64_t)data_size(&in);
        has_been |= count > 0;
    }
    if (count > 0 || (has_been && !use->window.drops_neutral))
        records_add(&results, plain_int(count));
    *out = data_in_any_order(results, false);
    return past_is_known(use, true);
}

/* --- state ----------------------------------------------------------------------------------- */

/* How many values each key has had, in every batch; nothing before the first dataset. */
static bool compute_update(const use *use, data *out)
{
    span span = span_of(use, 0, (int64_t)use->window.batch + 1);
    data in = gather(&span);
    records_out all = data_all(&in), results = {0};
    groups keys = groups_of(&all);
    for (size_t i = 0; i < keys.count; i++)
        records_add(&results, plain_pair(keys.groups[i].key,
                                         plain_int((int64_t)keys.groups[i].values.count)));
    *out = data_in_any_order(results, false);
    out->is_there = false;
    for (int64_t i = 1; i <= span.to; i++) out->is_there |= batch_of(&span, i) != NULL;
    return past_is_known(use, true);
}

/* --- What weir is asked for ------------------------------------------------------------------ */

enum { BATCH_MS = 1000 };

static const char *reduce_name(size_t function) { return reduce_functions[function].name; }

static weir_window_options options_of(const use *use)
{
    const window_use *window = &use->window;
    return (weir_window_options){
        .partitions = use->partitions,
        .filter = window->filter ? weir_find_function(WEIR_KIND_FILTER,
                                                      filter_functions[window->filter - 1].name)
                                 : NULL,
        .drop_neutral = window->drops_neutral};
}

#define BUILD(builder, call)                                                                      \
    static weir_stream *builder(const use *use)                                                   \
    {                                                                                             \
        weir_window_options options = options_of(use);                                            \
        return call(use->stream[0], (int64_t)use->window.length * BATCH_MS,                       \
                    (int64_t)use->window.slide * BATCH_MS, &options);                             \
    }
#define BUILD_REDUCING(builder, call)                                                             \
    static weir_stream *builder(const use *use)                                                   \
    {                                                                                             \
        weir_window_options options = options_of(use);                                            \
        const char *inverse = use->window.is_inverse ? pairing_of(use)->inverse : NULL;           \
        return call(use->stream[0],                                                               \
                    weir_find_function(WEIR_KIND_REDUCE, function_of(use)->name),                 \
                    inverse ? weir_find_function(WEIR_KIND_REDUCE, inverse) : NULL, weir_null(),  \
                    (int64_t)use->window.length * BATCH_MS,                                       \
                    (int64_t)use->window.slide * BATCH_MS, &options);                             \
    }

static weir_stream *build_update(const use *use)
{
    weir_state_options options = {.partitions = use->partitions};
    return weir_update_state_by_key(use->stream[0],
                                    weir_find_function(WEIR_KIND_UPDATE, "count_update"),
                                    weir_null(), &options);
}

BUILD(build_window, weir_window)
BUILD(build_group, weir_group_by_key_and_window)
BUILD(build_count, weir_count_by_window)
BUILD(build_count_by_value, weir_count_by_value_and_window)
BUILD_REDUCING(build_reduce_by_key, weir_reduce_by_key_and_window)
BUILD_REDUCING(build_reduce, weir_reduce_by_window)

/* name, inputs, weight, needs all, takes loose, functions, model, weir, window, goes on */
const operation window_operations[] = {
    {"window", 1, 4, false, true, NULL, compute_window, build_window, true, false},
    {"groupByKeyAndWindow", 1, 3, false, false, NULL, compute_group, build_group, true, false},
    {"reduceByKeyAndWindow", 1, 8, false, false, reduce_name, compute_reduce_by_key,
     build_reduce_by_key, true, true},
    {"reduceByWindow", 1, 3, false, false, reduce_name, compute_reduce, build_reduce, true, true},
    {"countByWindow", 1, 2, false, false, NULL, compute_count, build_count, true, false},
    {"countByValueAndWindow", 1, 3, false, false, NULL, compute_count_by_value,
     build_count_by_value, true, false},
    {"updateStateByKey", 1, 3, false, false, NULL, compute_update, build_update, true, false},
    {NULL, 0, 0, false, false, NULL, NULL, NULL, false, false},
};
