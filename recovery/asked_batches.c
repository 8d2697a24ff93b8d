#include "recovery/asked_batches.h"

#include <inttypes.h>

#include "base/error.h"
#include "base/log_line.h"

static bool has_time(const int64_t *times, size_t count, int64_t time_ms)
{
    for (size_t i = 0; i < count; i++)
        if (times[i] == time_ms) return true;
    return false;
}

asked_batch asked_batch_look(const plan_facts *facts, size_t marked, int64_t zero_ms,
                             int64_t time_ms, bool is_to_lose)
{
    bool is_batch_time = time_ms > zero_ms && (time_ms - zero_ms) % facts->interval_ms == 0;
    if (time_ms <= facts->boundary_ms) return is_batch_time ? ASKED_STORED : ASKED_NONE;
    if (has_time(facts->skipped_times, marked, time_ms)) return ASKED_THERE;
    bool is_done = has_time(facts->done_times, facts->done_count, time_ms);
    if (is_done) return is_to_lose ? ASKED_THERE : ASKED_DONE;
    bool is_recorded = has_time(facts->record_times, facts->record_count, time_ms);
    return is_recorded ? ASKED_THERE : ASKED_NONE;
}

static weir_status check(const plan_facts *facts, const manifest *manifest, const char *directory,
                         size_t marked, int64_t time_ms, bool is_to_lose)
{
    const char *option = is_to_lose ? "--lose-batch" : "--skip-batch";
    switch (asked_batch_look(facts, marked, manifest->zero_ms, time_ms, is_to_lose)) {
    case ASKED_NONE:
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "%s: there is no batch of %" PRId64
                         " ms to give up with %s; `weir dump batches` lists what there is",
                         directory, time_ms, option);
    case ASKED_STORED:
        log_line(WEIR_WARNING,
                 "%s: the batch of %" PRId64 " ms is not given up: the checkpoint of %" PRId64
                 " ms is behind it; %s changes nothing",
                 directory, time_ms, facts->boundary_ms, option);
        break;
    case ASKED_DONE:
        log_line(WEIR_WARNING,
                 "%s: the batch of %" PRId64 " ms is not given up: it is done; only "
                 "--lose-batch=%" PRId64 " gives up what it did to the state",
                 directory, time_ms, time_ms);
        break;
    case ASKED_THERE: break;
    }
    return WEIR_OK;
}

weir_status asked_batches_check(const plan_facts *facts, const manifest *manifest,
                                const char *directory, const weir_durability *durability)
{
    size_t marked = facts->lost_count - durability->lose_batch_count;
    weir_status status = WEIR_OK;
    for (size_t i = 0; i < durability->lose_batch_count && status == WEIR_OK; i++)
        status = check(facts, manifest, directory, marked, durability->lose_batches[i], true);
    for (size_t i = 0; i < durability->skip_batch_count && status == WEIR_OK; i++)
        status = check(facts, manifest, directory, marked, durability->skip_batches[i], false);
    return status;
}

weir_status asked_batches_check_first(const char *directory, const weir_durability *durability)
{
    if (durability->lose_segment_count > 0)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "%s has no checkpoint, so no segment %" PRIu64
                         " of the log to give up with --lose-segment; start without it",
                         directory, durability->lose_segments[0]);
    bool is_to_lose = durability->lose_batch_count > 0;
    if (!is_to_lose && durability->skip_batch_count == 0) return WEIR_OK;
    return error_set(WEIR_ILLEGAL_ARGUMENT,
                     "%s has no checkpoint, so no batch of %" PRId64
                     " ms to give up with %s; start without it",
                     directory,
                     is_to_lose ? durability->lose_batches[0] : durability->skip_batches[0],
                     is_to_lose ? "--lose-batch" : "--skip-batch");
}
