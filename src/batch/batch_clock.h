/* The clock of batches, as arithmetic: when batches end. No I/O; time is an argument. Spec 01
 * §6. */
#ifndef BATCH_BATCH_CLOCK_H
#define BATCH_BATCH_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

typedef struct batch_clock {
    int64_t interval_ms;
    int64_t zero_ms; /* Z: batches end at Z + k * interval, k = 1, 2, ... */
    int64_t last_ms; /* the last batch time given out; Z at first */
} batch_clock;

/* First start at `now`: the first batch ends at the smallest multiple of the interval strictly
 * after now (C-40). */
void batch_clock_init(batch_clock *clock, int64_t interval_ms, int64_t now_ms);
/* The next batch time; batch_clock_take gives it out if it is due at `now` (C-41: none is
 * skipped). */
int64_t batch_clock_next(const batch_clock *clock);
bool batch_clock_take(batch_clock *clock, int64_t now_ms, int64_t *time_ms);

#endif
