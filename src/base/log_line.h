/* Messages for people, one line each. Standard error unless weir_set_log says otherwise. Any
 * thread. Control characters become spaces, very long lines are cut. */
#ifndef BASE_LOG_LINE_H
#define BASE_LOG_LINE_H

#include <stdint.h>

#include "weir/context.h"

void log_line(weir_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Says something that would repeat itself: the first time, then at most every 10 s with how
 * often it was held back. One log_damper for each thing that may repeat; zero-initialised; not
 * shared between threads. */
typedef struct log_damper {
    int64_t next_us;
    uint64_t held_back;
} log_damper;
void log_damped(log_damper *damper, weir_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
