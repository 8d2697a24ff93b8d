#include "bench/bench.h"

const bench benches[] = {
    {"word-count", bench_word_count,
     "weir run of a textFiles job, functions of the library, 1 worker; over the ceiling"},
    {"word-count-functions", bench_word_count_functions,
     "the same with per-record functions in C"},
    {"word-count-2", bench_word_count_2, "word-count with 2 workers over 1"},
    {"word-count-functions-2", bench_word_count_functions_2,
     "word-count-functions with 2 workers over 1"},
    {"reduce-1m", bench_reduce_1m,
     "reduceByKey over 1 M distinct keys in a batch; over the ceiling"},
    {"reduce-1m-skewed", bench_reduce_1m_skewed, "the same with a few frequent keys"},
    {"socket-latency", bench_socket_latency,
     "100,000 lines/s over a socket, 2 workers: a line's arrival to its batch's output"},
    {"start-up", bench_start_up, "process start to first batch computed, beyond the interval"},
    {"memory", bench_memory, "resident memory of an idle word count over a socket"},
    {"running-sum", bench_running_sum,
     "mapWithState over 1 M keys that lasts, a checkpoint every 5 batches; over the ceiling"},
    {"running-sum-update", bench_running_sum_update, "the same by updateStateByKey"},
    {"log", bench_log,
     "1 GiB of lines through the log, groups synced; over 1 MiB writes each with fdatasync"},
    {"state", bench_state, "the state store alone: updates, checkpoints and restarts of 1 M keys"},
    {"state-large", bench_state_large,
     "the same with 20 M keys and 256 MiB of memory, so that most reads go to RocksDB"},
};
const size_t bench_count = sizeof benches / sizeof benches[0];
