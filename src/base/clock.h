/* The only place that asks what time it is. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_wall_us(void);      /* microseconds since 1970, UTC; may jump */
int64_t clock_wall_ms(void);
int64_t clock_monotonic_us(void); /* never goes back */
int64_t clock_cpu_us(void);       /* processor time of the process, user and system */
void clock_sleep_ms(int64_t duration_ms);

#endif
