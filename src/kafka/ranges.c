#include "kafka/ranges.h"

#include <inttypes.h>

#include "base/error.h"

int64_t range_limit(int64_t rate, int64_t interval_ms)
{
    if (rate <= 0) return 0;
    int64_t limit = rate > INT64_MAX / interval_ms ? INT64_MAX : rate * interval_ms / 1000;
    return limit > 1 ? limit : 1;
}

int64_t range_done(int64_t done, int64_t after, int64_t to)
{
    return after <= done && to > done ? to : done;
}

static weir_status refuse(const range_facts *facts)
{
    return error_set(WEIR_IO,
                     "topic %s, partition %" PRId32 ": the next offset is %" PRId64
                     ", but the broker has %" PRId64 " to %" PRId64
                     " only: %s; set \"reset\" to go on at the first one that is there",
                     facts->topic, facts->partition, facts->next, facts->low, facts->end,
                     facts->is_anew             ? "the topic was made anew"
                     : facts->next < facts->low ? "retention has overtaken it"
                                                : "was the topic made anew?");
}

weir_status range_choose(const range_facts *facts, range *range)
{
    int64_t from = facts->next, end = facts->end;
    *range = (struct range){from, from, 0};
    if (from < 0) *range = (struct range){0, 0, 0};
    if (from < 0 || end < 0 || (facts->is_anew && facts->low < 0)) return WEIR_OK;
    bool is_before = facts->low >= 0 && from < facts->low && !facts->is_anew;
    bool is_behind = facts->low >= 0 && (from > end || facts->is_anew);
    if (is_before || is_behind) {
        if (!facts->resets) return refuse(facts);
        range->lost = is_before ? facts->low - from : 0;
        from = facts->low;
    }
    int64_t to = end > from ? end : from;
    if (facts->limit > 0 && to - from > facts->limit) to = from + facts->limit;
    range->from = from;
    range->to = to;
    return WEIR_OK;
}
