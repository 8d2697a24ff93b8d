#include "ingest/rate_limiter.h"

enum { PERMIT = 1000, BURST_MS = 1000 };

/* A rate beyond this is no limit; below it nothing overflows. */
static const int64_t rate_max = INT64_C(1000000000000);

void rate_limiter_init(rate_limiter *limiter, int64_t rate, int64_t now_ms)
{
    *limiter = (rate_limiter){rate < rate_max ? rate : 0, PERMIT, now_ms};
}

/* A rate of n a second is n thousandths a millisecond: no rounding. */
static void refill(rate_limiter *limiter, int64_t now_ms)
{
    int64_t passed_ms = now_ms - limiter->last_ms;
    limiter->last_ms = now_ms;
    if (passed_ms <= 0) return; /* the clock was set back: no gain, no loss */
    int64_t most = limiter->rate * BURST_MS;
    int64_t missing_ms = (most - limiter->permille) / limiter->rate;
    if (passed_ms > missing_ms)
        limiter->permille = most;
    else
        limiter->permille += passed_ms * limiter->rate;
}

uint64_t rate_limiter_available(rate_limiter *limiter, int64_t now_ms)
{
    if (limiter->rate <= 0) return UINT64_MAX;
    refill(limiter, now_ms);
    return limiter->permille < PERMIT ? 0 : (uint64_t)(limiter->permille / PERMIT);
}

void rate_limiter_use(rate_limiter *limiter, uint64_t permits)
{
    if (limiter->rate <= 0) return;
    uint64_t most = (uint64_t)rate_max;
    limiter->permille -= (int64_t)(permits < most ? permits : most) * PERMIT;
}

int64_t rate_limiter_wait_ms(rate_limiter *limiter, int64_t now_ms)
{
    if (rate_limiter_available(limiter, now_ms) > 0) return 0;
    int64_t missing = PERMIT - limiter->permille;
    return (missing + limiter->rate - 1) / limiter->rate;
}
