#include "batch/batch_clock.h"

#include <assert.h>

void batch_clock_init(batch_clock *clock, int64_t interval_ms, int64_t now_ms)
{
    assert(interval_ms > 0);
    int64_t past = now_ms % interval_ms;
    if (past < 0) past += interval_ms;
    *clock = (batch_clock){
        .interval_ms = interval_ms, .zero_ms = now_ms - past, .last_ms = now_ms - past};
}

int64_t batch_clock_next(const batch_clock *clock) { return clock->last_ms + clock->interval_ms; }

bool batch_clock_take(batch_clock *clock, int64_t now_ms, int64_t *time_ms)
{
    int64_t next_ms = batch_clock_next(clock);
    if (next_ms > now_ms) return false;
    clock->last_ms = next_ms;
    *time_ms = next_ms;
    return true;
}
