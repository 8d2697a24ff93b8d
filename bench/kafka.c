/* Kafka: weir against a bare consumer that only counts. Needs a broker, named in the environment:
 * WEIR_BENCH_KAFKA=host:port; without one nothing is measured. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/feeder.h"
#include "bench/job.h"
#include "bench/room_program.h"
#include "bench/weir_run.h"

enum { PARTITIONS = 4, KEYS = 100000 };

typedef struct kafka_bench {
    const bench_settings *settings;
    const char *brokers;
    uint64_t messages;
    char *topic;
    char *to;         /* NULL: sums, no copy */
    char *checkpoint;
    char *job;
    series weir, bare, ratio;
} kafka_bench;

static bool fill(kafka_bench *bench, const char *topic, uint64_t messages)
{
    char count[32], partitions[16], keys[16];
    double numbers[2];
    snprintf(count, sizeof count, "%llu", (unsigned long long)messages);
    snprintf(partitions, sizeof partitions, "%d", PARTITIONS);
    snprintf(keys, sizeof keys, "%d", KEYS);
    const char *const arguments[] = {bench->settings->kafka_bare, bench->brokers, "fill", topic,
                                     partitions, count, keys, NULL};
    return room_program_read(arguments, numbers, 2);
}

static bool count(const kafka_bench *bench, const char *topic, double *rate)
{
    double numbers[2];
    const char *const arguments[] = {bench->settings->kafka_bare, bench->brokers, "count", topic,
                                     NULL};
    if (!room_program_read(arguments, numbers, 2)) return false;
    if (numbers[0] != (double)bench->messages) {
        fprintf(stderr, "bench: %s has %.0f messages, not %llu\n", topic, numbers[0],
                (unsigned long long)bench->messages);
        return false;
    }
    *rate = numbers[0] / numbers[1] / 1e6;
    return true;
}

/* From the start of the process until all messages are in batches that are done. */
static bool run_weir(const kafka_bench *bench, double *rate)
{
    weir_run run;
    uint64_t records = 0;
    if (!job_forget(bench->checkpoint)) return false;
    int64_t start_us = clock_us();
    if (!weir_run_start(&run, bench->settings->weir, bench->job, "local[2]")) return false;
    while (records < bench->messages) {
        json_t *batch = weir_run_next(&run);
        if (!batch) return weir_run_wait(&run) && false;
        records += (uint64_t)json_integer_value(json_object_get(batch, "records"));
        json_decref(batch);
    }
    *rate = (double)records / (double)(clock_us() - start_us);
    return weir_run_stop(&run) && records == bench->messages;
}

/* A copy goes to a topic of its own each time. */
static bool prepare(kafka_bench *bench, const char *name, bool copies, int run)
{
    free(bench->to);
    free(bench->job);
    bench->to = bench->job = NULL;
    if (copies && asprintf(&bench->to, "weir-bench-to-%ld-%d", (long)getpid(), run) < 0)
        return false;
    if (copies && !fill(bench, bench->to, 0)) return false;
    bench->job = job_over_kafka(bench->settings, name, bench->brokers, bench->topic, bench->to,
                                bench->checkpoint);
    return bench->job != NULL;
}

static bool run_once(kafka_bench *bench, const char *name, bool copies, int run)
{
    double bare, weir, copied;
    if (!prepare(bench, name, copies, run)) return false;
    if (!count(bench, bench->topic, &bare) || !run_weir(bench, &weir)) return false;
    if (copies && !count(bench, bench->to, &copied)) return false;
    series_add(&bench->bare, bare);
    series_add(&bench->weir, weir);
    series_add(&bench->ratio, weir / bare);
    return true;
}

static bool measure(const bench_settings *settings, report *report, bool copies, double least)
{
    kafka_bench bench = {.settings = settings,
                         .brokers = getenv("WEIR_BENCH_KAFKA"),
                         .messages = settings->is_quick ? 20000 : 20000000};
    if (!bench.brokers) {
        report_input(report, "not measured: WEIR_BENCH_KAFKA=host:port names no broker; "
                             "tests/kafka/broker start DIR starts one");
        return true;
    }
    if (copies && !settings->is_quick) bench.messages /= 4;
    bool is_well =
        asprintf(&bench.topic, "weir-bench-%llu", (unsigned long long)bench.messages) >= 0 &&
        asprintf(&bench.checkpoint, "%s/%s.checkpoint", settings->scratch, report->bench) >= 0 &&
        fill(&bench, bench.topic, bench.messages);
    report_input(report, "%.2f M messages of 16 to 100 bytes, %d partitions",
                 (double)bench.messages / 1e6, PARTITIONS);
    for (int run = 0; is_well && run < settings->runs; run++)
        is_well = run_once(&bench, report->bench, copies, run);
    if (is_well) {
        report_series(report, "weir, 2 workers", "M/s", &bench.weir, (target){NO_TARGET, 0});
        report_series(report, "bare consumer", "M/s", &bench.bare, (target){NO_TARGET, 0});
        report_series(report, "weir / bare", "ratio", &bench.ratio, (target){AT_LEAST, least});
    }
    free(bench.topic);
    free(bench.to);
    free(bench.checkpoint);
    free(bench.job);
    return is_well;
}

bool bench_kafka_direct(const bench_settings *settings, report *report)
{
    return measure(settings, report, false, 0.7);
}

bool bench_kafka_to_kafka(const bench_settings *settings, report *report)
{
    return measure(settings, report, true, 0.4);
}
