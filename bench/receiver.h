/* Lines through a custom receiver of a context that lasts: what a user's program would do. */
#ifndef BENCH_RECEIVER_H
#define BENCH_RECEIVER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct received {
    double seconds;
    double p50_us, p99_us; /* from handing a block over to its acknowledgement */
} received;

/* Stores `blocks` blocks of 1 MiB of lines, two of them unacknowledged at a time, in a context
 * over `directory`, which is made. Every line must come out. A failure prints why. */
bool receiver_run(const char *directory, size_t blocks, received *received);

#endif
