/* What a process of `weir run` costs: until it has started, and while it has nothing to do. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/feeder.h"
#include "bench/job.h"
#include "bench/weir_run.h"

/* Runs `job` until its first batch is computed. */
static bool time_start(const bench_settings *settings, const char *job, double *ms)
{
    weir_run run;
    int64_t start_us = clock_us();
    if (!weir_run_start(&run, settings->weir, job, "local[2]")) return false;
    json_t *first = weir_run_next(&run);
    *ms = (double)(clock_us() - start_us) / 1000;
    bool is_well = first != NULL;
    json_decref(first);
    return weir_run_stop(&run) && is_well;
}

/* With an interval of 1 ms: a longer one would hide the start in the time until the first batch is
 * due, which is anything between nothing and one interval. */
bool bench_start_up(const bench_settings *settings, report *report)
{
    const int64_t interval_ms = 1;
    feeder feeder;
    series times = {.count = 0};
    if (!feeder_start(&feeder, 0, 0)) return false;
    char *job = job_over_socket(settings, report->bench, feeder.port, interval_ms);
    bool is_well = job != NULL;
    for (int i = 0; is_well && i < settings->runs; i++) {
        double ms;
        is_well = time_start(settings, job, &ms);
        if (is_well) series_add(&times, ms - (double)interval_ms);
    }
    feeder_stop(&feeder);
    free(job);
    if (is_well)
        report_series(report, "process start to first batch", "ms", &times, (target){BELOW, 50});
    return is_well;
}

/* Resident bytes of a process now; negative if they cannot be read. */
static int64_t resident_bytes(pid_t process)
{
    char path[64];
    long pages = -1;
    snprintf(path, sizeof path, "/proc/%ld/statm", (long)process);
    FILE *file = fopen(path, "r");
    if (!file || fscanf(file, "%*d %ld", &pages) != 1)
        fprintf(stderr, "bench: cannot read %s\n", path);
    if (file) fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

/* Resident memory after each tenth of the batches, in MB. */
static bool watch(weir_run *run, int batches, series *megabytes)
{
    for (int i = 1; i <= batches; i++) {
        json_t *batch = weir_run_next(run);
        if (!batch) return false;
        json_decref(batch);
        if (i % (batches / 10) != 0) continue;
        int64_t bytes = resident_bytes(run->process);
        if (bytes < 0) return false;
        series_add(megabytes, (double)bytes / 1e6);
    }
    return true;
}

bool bench_memory(const bench_settings *settings, report *report)
{
    feeder feeder;
    weir_run run;
    series megabytes = {.count = 0};
    int batches = settings->is_quick ? 500 : 10000;
    if (!feeder_start(&feeder, 0, 0)) return false;
    report_input(report, "an idle socket, %d batches of 1 ms", batches);
    char *job = job_over_socket(settings, report->bench, feeder.port, 1);
    bool is_well = job != NULL && weir_run_start(&run, settings->weir, job, "local[2]");
    if (is_well) {
        is_well = watch(&run, batches, &megabytes);
        is_well = weir_run_stop(&run) && is_well;
    }
    feeder_stop(&feeder);
    free(job);
    if (!is_well) return false;
    double growth = megabytes.values[megabytes.count - 1] - megabytes.values[0];
    report_series(report, "resident, every tenth of the run", "MB", &megabytes,
                  (target){BELOW, 20});
    report_number(report, "growth from the first tenth on", "kB", growth * 1000,
                  (target){AT_MOST, 64});
    return true;
}
