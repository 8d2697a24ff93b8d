/* A line server on the loopback interface, for one client at a time: lines at a steady rate, or
 * files as fast as they are taken. */
#ifndef BENCH_FEEDER_H
#define BENCH_FEEDER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct feeder feeder;

/* Writes line `number` (0, 1, ...), its end included, to `line`, and returns its length, at most
 * FEEDER_LINE_MAX. now_us: clock_us() just before the line is given to the system. */
typedef size_t (*feeder_line)(uint64_t number, int64_t now_us, char *line);
enum { FEEDER_LINE_MAX = 40 };

struct feeder {
    int server, port;
    int64_t lines_per_second; /* 0: nothing is ever sent */
    int64_t duration_us;      /* of sending, from the first client's coming on */
    feeder_line line;
    char *const *paths; /* instead of lines: files, all of them so many times; borrowed */
    size_t path_count;
    int times;
    pthread_t thread;
    _Atomic bool is_stopping;
    _Atomic bool is_done; /* all is sent, or the client went away */
    _Atomic int64_t begun_us; /* when the client came, on clock_us() */
    /* Valid once it is done. */
    uint64_t sent; /* lines */
    int64_t most_late_us; /* how far behind its rate it ever was, for a client that did not read */
    bool has_failed;      /* the client went away, or a file could not be read */
};

/* Microseconds that only go forward. */
int64_t clock_us(void);
void pause_us(int64_t duration_us);

/* Listens and starts its thread. A failure prints why. Lines are "wNNN,TIME": TIME is now_us. */
bool feeder_start(feeder *feeder, int64_t lines_per_second, int64_t duration_us);
/* The same with lines of one's own. */
bool feeder_start_with(feeder *feeder, int64_t lines_per_second, int64_t duration_us,
                       feeder_line line);
/* The same with files, `times` times, as fast as the client takes them. */
bool feeder_pour(feeder *feeder, char *const *paths, size_t count, int times);
/* Closes the connection and ends. */
void feeder_stop(feeder *feeder);

#endif
