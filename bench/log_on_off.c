/* Word count over a socket as fast as it is taken, without a log and with one, A B A B ... */
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "bench/feeder.h"
#include "bench/inputs.h"
#include "bench/job.h"
#include "bench/memory.h"
#include "bench/weir_run.h"

enum { INTERVAL_MS = 100, LINE_WORDS = 10 };

typedef struct on_off {
    const bench_settings *settings;
    const char *name;
    inputs inputs;
    int times; /* that all files are sent */
    char *checkpoint;
    series off, on, ratio; /* M words/s */
} on_off;

/* From the connection to the end of the batch with the last line. */
static bool count_words(const on_off *on_off, feeder *feeder, const char *job, double *rate)
{
    weir_run run;
    const uint64_t words = on_off->inputs.records * (uint64_t)on_off->times;
    uint64_t lines = words / LINE_WORDS;
    int64_t done_us = 0;
    if (!weir_run_start(&run, on_off->settings->weir, job, "local[2]")) return false;
    for (json_t *event; lines > 0 && (event = weir_run_next(&run)) != NULL; json_decref(event)) {
        uint64_t more = (uint64_t)json_integer_value(json_object_get(event, "records"));
        if (json_object_get(event, "status")) lines -= more < lines ? more : lines;
        done_us = clock_us();
    }
    bool is_well = weir_run_stop(&run) && lines == 0 && !feeder->has_failed;
    if (lines > 0)
        fprintf(stderr, "bench: %llu lines did not come out\n", (unsigned long long)lines);
    *rate = (double)words / (double)(done_us - feeder->begun_us);
    return is_well;
}

static bool run_once(const on_off *on_off, const char *checkpoint, series *rates)
{
    feeder feeder;
    double rate = 0;
    if (!feeder_pour(&feeder, on_off->inputs.paths, on_off->inputs.count, on_off->times))
        return false;
    char *job = job_counting_socket(on_off->settings, on_off->name, feeder.port, INTERVAL_MS,
                                    checkpoint);
    bool is_well = job && count_words(on_off, &feeder, job, &rate);
    feeder_stop(&feeder);
    free(job);
    series_add(rates, rate);
    return is_well;
}

static bool run_both(on_off *on_off)
{
    for (int i = 0; i < on_off->settings->runs; i++) {
        if (!run_once(on_off, NULL, &on_off->off)) return false;
        if (!job_forget(on_off->checkpoint)) return false;
        if (!run_once(on_off, on_off->checkpoint, &on_off->on)) return false;
        series_add(&on_off->ratio, on_off->on.values[i] / on_off->off.values[i]);
    }
    return true;
}

bool bench_log_on_off(const bench_settings *settings, report *report)
{
    const target none = {NO_TARGET, 0};
    on_off on_off = {.settings = settings, .name = report->bench,
                     .times = settings->is_quick ? 2 : 5};
    size_t files = settings->is_quick ? 3 : 20;
    uint64_t words = settings->is_quick ? 20000 : 1000000;
    if (asprintf(&on_off.checkpoint, "%s/%s.checkpoint", settings->scratch, report->bench) < 0)
        memory_need(NULL);
    bool is_well = inputs_words(&on_off.inputs, settings->inputs, files, words);
    if (is_well)
        report_input(report, "%.1f M words in lines of ten, %.0f MB, interval %d ms",
                     (double)(on_off.inputs.records * (uint64_t)on_off.times) / 1e6,
                     (double)(on_off.inputs.bytes * (uint64_t)on_off.times) / 1e6, INTERVAL_MS);
    is_well = is_well && run_both(&on_off);
    if (is_well) {
        report_series(report, "without a log", "M words/s", &on_off.off, none);
        report_series(report, "with a log", "M words/s", &on_off.on, none);
        report_series(report, "with / without", "ratio", &on_off.ratio, (target){AT_LEAST, 0.8});
    }
    job_forget(on_off.checkpoint);
    free(on_off.checkpoint);
    inputs_release(&on_off.inputs);
    return is_well;
}
