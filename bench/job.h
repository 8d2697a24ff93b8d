/* Job files, written where the inputs are. */
#ifndef BENCH_JOB_H
#define BENCH_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/bench.h"
#include "bench/inputs.h"

/* The names of the functions between a text and its sums. `library`: a shared object that has
 * them, or NULL. `pair` NULL: `split` is a map and makes pairs itself. */
typedef struct job_functions {
    const char *library, *split, *pair, *add;
} job_functions;

/* A bounded job over text files; its one output counts. The path is given to the caller, who frees
 * it; NULL: printed why. */
char *job_over_files(const bench_settings *settings, const char *name, const inputs *inputs,
                     const job_functions *functions);
/* Word count over a socket of this machine, printed. */
char *job_over_socket(const bench_settings *settings, const char *name, int port,
                      int64_t batch_ms);

/* As job_over_socket, with a count for its output; it lasts in `checkpoint` if that is not
 * NULL. */
char *job_counting_socket(const bench_settings *settings, const char *name, int port,
                          int64_t batch_ms, const char *checkpoint);

/* An operator with state that lasts. */
typedef struct job_state {
    const char *op, *function;
    const char *checkpoint; /* the directory */
    int batches;            /* between checkpoints */
    const char *memory;     /* for state, as in "256M"; NULL: what it takes by itself */
} job_state;

/* A running sum of the events in the files, counted. */
char *job_with_state(const bench_settings *settings, const char *name, const inputs *inputs,
                     const job_state *state);
/* A window over the events in the files. */
typedef struct job_window {
    const char *function;
    const char *inverse;    /* or NULL */
    int batches;            /* its length; 0: no window, but reduceByKey */
    const char *checkpoint; /* the directory, or NULL */
    int checkpoint_batches;
} job_window;

/* Every result is counted. */
char *job_with_window(const bench_settings *settings, const char *name, const inputs *inputs,
                      const job_window *window);
/* Sums and ages of keys that come by a socket and time out when they stay away; both counted.
 * `memory`: as in job_state. */
char *job_with_timeouts(const bench_settings *settings, const char *name, int port,
                        int64_t batch_ms, const char *checkpoint, const char *memory);
/* Sums of what comes from a topic of Kafka, counted, or a copy of it to the topic `to`; it lasts
 * in `checkpoint`. */
char *job_over_kafka(const bench_settings *settings, const char *name, const char *brokers,
                     const char *topic, const char *to, const char *checkpoint);
/* Removes a checkpoint directory, so that the next run begins anew. A failure prints why. */
bool job_forget(const char *checkpoint);

#endif
