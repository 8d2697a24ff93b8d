/* What every benchmark gets, and what one is. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/report.h"

typedef struct bench_settings {
    bool is_quick; /* small inputs: shows that it works, not how fast */
    int runs;      /* of each of those that are compared */
    int seconds;   /* how long socket-latency sends, for each interval, and soak in all */
    char *weir;      /* the command */
    char *functions; /* the shared object of a user's functions */
    char *log_append; /* the program that drives the log */
    char *state_rates; /* the program that drives the state store */
    char *rocks_loop; /* the program that has RocksDB and nothing else */
    char *state_scan; /* the program that reads all state of a checkpoint */
    char *kafka_bare; /* the program that fills topics of Kafka, and only counts them */
    char *inputs;    /* the folder of generated files */
    char *scratch;   /* a folder of this process, removed in the end: jobs, checkpoints */
} bench_settings;

/* Measures and reports. A failure printed why: it could not run, or gave a wrong result. Missing a
 * target is no failure. */
typedef bool (*bench_call)(const bench_settings *settings, report *report);

typedef struct bench {
    const char *name;
    bench_call run;
    const char *about;
} bench;

extern const bench benches[];
extern const size_t bench_count;

bool bench_word_count(const bench_settings *settings, report *report);
bool bench_word_count_functions(const bench_settings *settings, report *report);
bool bench_word_count_2(const bench_settings *settings, report *report);
bool bench_word_count_functions_2(const bench_settings *settings, report *report);
bool bench_reduce_1m(const bench_settings *settings, report *report);
bool bench_reduce_1m_skewed(const bench_settings *settings, report *report);
bool bench_socket_latency(const bench_settings *settings, report *report);
bool bench_start_up(const bench_settings *settings, report *report);
bool bench_memory(const bench_settings *settings, report *report);
bool bench_running_sum(const bench_settings *settings, report *report);
bool bench_running_sum_10m(const bench_settings *settings, report *report);
bool bench_running_sum_update(const bench_settings *settings, report *report);
bool bench_log(const bench_settings *settings, report *report);
bool bench_state(const bench_settings *settings, report *report);
bool bench_log_on_off(const bench_settings *settings, report *report);
bool bench_state_large(const bench_settings *settings, report *report);
bool bench_state_over_budget(const bench_settings *settings, report *report);
bool bench_checkpoint_pause(const bench_settings *settings, report *report);
bool bench_restart(const bench_settings *settings, report *report);
bool bench_restart_update(const bench_settings *settings, report *report);
bool bench_window_sum(const bench_settings *settings, report *report);
bool bench_window_max(const bench_settings *settings, report *report);
bool bench_window_length(const bench_settings *settings, report *report);
bool bench_window_sparse(const bench_settings *settings, report *report);
bool bench_window_restart(const bench_settings *settings, report *report);
bool bench_window_bytes(const bench_settings *settings, report *report);
bool bench_kafka_direct(const bench_settings *settings, report *report);
bool bench_kafka_to_kafka(const bench_settings *settings, report *report);
bool bench_soak(const bench_settings *settings, report *report);

#endif
