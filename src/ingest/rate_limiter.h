/* A limit of records a second: permits come evenly, those not used are kept for up to one second
 * and may be spent at once (S-65). Time is an argument. */
#ifndef INGEST_RATE_LIMITER_H
#define INGEST_RATE_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct rate_limiter {
    int64_t rate;     /* permits a second; <= 0: no limit */
    int64_t permille; /* thousandths of permits there are; negative: used in advance */
    int64_t last_ms;
} rate_limiter;

/* One permit is there at once. */
void rate_limiter_init(rate_limiter *limiter, int64_t rate, int64_t now_ms);
/* How many whole permits there are now; UINT64_MAX without a limit. */
uint64_t rate_limiter_available(rate_limiter *limiter, int64_t now_ms);
/* Uses permits, also more than there are. */
void rate_limiter_use(rate_limiter *limiter, uint64_t permits);
/* Milliseconds until a permit is there; 0 if there is one. */
int64_t rate_limiter_wait_ms(rate_limiter *limiter, int64_t now_ms);

#endif
