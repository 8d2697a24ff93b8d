/* A line server on the loopback interface, for one client at a time: "wNNN,TIME" at a steady rate,
 * TIME being the microsecond on clock_us() just before the line was given to the system. */
#ifndef BENCH_FEEDER_H
#define BENCH_FEEDER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct feeder {
    int server, port;
    int64_t lines_per_second; /* 0: nothing is ever sent */
    int64_t duration_us;      /* of sending, from the first client's coming on */
    pthread_t thread;
    _Atomic bool is_stopping;
    _Atomic bool is_done; /* all is sent, or the client went away */
    /* Valid once it is done. */
    uint64_t sent;
    int64_t most_late_us; /* how far behind its rate it ever was, for a client that did not read */
    bool has_failed;      /* the client went away */
} feeder;

/* Microseconds that only go forward. */
int64_t clock_us(void);
void pause_us(int64_t duration_us);

/* Listens and starts its thread. A failure prints why. */
bool feeder_start(feeder *feeder, int64_t lines_per_second, int64_t duration_us);
/* Closes the connection and ends. */
void feeder_stop(feeder *feeder);

#endif
