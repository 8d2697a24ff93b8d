/* weir/slice.h. */
#include "weir/slice.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/log_line.h"
#include "base/memory.h"
#include "context/context.h"

struct weir_slice_result {
    size_t count;
    past_dataset *datasets[];
};

/* The last time up to then at which the stream yields. Before the zero time none does. */
static int64_t aligned(const weir_stream *in, const char *end, int64_t time_ms, int64_t zero_ms)
{
    if (time_ms <= zero_ms) return zero_ms;
    int64_t off_ms = (time_ms - zero_ms) % in->slide_ms;
    if (off_ms > 0)
        log_line(WEIR_WARNING,
                 "slice: no batch ends at %" PRId64 " ms (%s); the one of %" PRId64 " ms is meant",
                 time_ms, end, time_ms - off_ms);
    return time_ms - off_ms;
}

static weir_status check(const weir_stream *in, int64_t from_ms, int64_t to_ms)
{
    if (!in) return error_set(WEIR_ILLEGAL_ARGUMENT, "slice: the stream is NULL");
    const weir_context *context = in->lineage->context;
    if (context_state(context) == WEIR_INITIALIZED)
        return error_set(WEIR_RUNTIME,
                         "slice: the context has not been initialized; weir_start comes first");
    if (!context->past)
        return error_set(WEIR_RUNTIME,
                         "slice: nothing is remembered; call weir_remember before the start");
    if (from_ms > to_ms)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "slice: from %" PRId64 " ms to %" PRId64 " ms; give the earlier first",
                         from_ms, to_ms);
    return WEIR_OK;
}

weir_status weir_stream_slice(weir_stream *in, int64_t from_ms, int64_t to_ms,
                              weir_slice_result **result)
{
    *result = NULL;
    weir_status status = check(in, from_ms, to_ms);
    if (status != WEIR_OK) return status;
    const weir_context *context = in->lineage->context;
    int64_t zero_ms = context->cutter.clock.zero_ms;
    int64_t first_ms, last_ms;
    bool has_any = past_range(context->past, in->id, &first_ms, &last_ms);
    from_ms = aligned(in, "its beginning", from_ms, zero_ms);
    to_ms = aligned(in, "its end", to_ms, zero_ms);
    /* Only what can be there is looked for: the range given may be all of time. */
    if (has_any && from_ms < first_ms) from_ms = first_ms;
    if (has_any && to_ms > last_ms) to_ms = last_ms;
    size_t most = has_any && from_ms <= to_ms ? (size_t)((to_ms - from_ms) / in->slide_ms) + 1 : 0;
    *result = memory_zero_alloc(1, sizeof **result + most * sizeof(past_dataset *));
    for (size_t i = 0; i < most; i++) {
        past_dataset *dataset =
            past_take(context->past, in->id, from_ms + (int64_t)i * in->slide_ms);
        if (dataset) (*result)->datasets[(*result)->count++] = dataset;
    }
    return WEIR_OK;
}

void weir_slice_free(weir_slice_result *result)
{
    for (size_t i = 0; result && i < result->count; i++) past_dataset_drop(result->datasets[i]);
    free(result);
}

size_t weir_slice_count(const weir_slice_result *result) { return result->count; }

int64_t weir_slice_time(const weir_slice_result *result, size_t at)
{
    return past_dataset_time(result->datasets[at]);
}

size_t weir_slice_partitions(const weir_slice_result *result, size_t at)
{
    size_t count;
    past_dataset_partitions(result->datasets[at], &count);
    return count;
}

weir_vector weir_slice_records(const weir_slice_result *result, size_t at, size_t partition)
{
    size_t count;
    const records *records = &past_dataset_partitions(result->datasets[at], &count)[partition];
    return records_vector(records, 0, records->count);
}
