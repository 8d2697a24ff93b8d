#include "base/clock.h"

#include <errno.h>
#include <time.h>

static int64_t read_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_wall_us(void) { return read_us(CLOCK_REALTIME); }

int64_t clock_wall_ms(void) { return clock_wall_us() / 1000; }

int64_t clock_monotonic_us(void) { return read_us(CLOCK_MONOTONIC); }

int64_t clock_cpu_us(void) { return read_us(CLOCK_PROCESS_CPUTIME_ID); }

void clock_sleep_ms(int64_t duration_ms)
{
    if (duration_ms <= 0) return;
    int64_t end_us = clock_monotonic_us() + duration_ms * 1000;
    struct timespec end = {.tv_sec = end_us / 1000000, .tv_nsec = end_us % 1000000 * 1000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR) continue;
}
