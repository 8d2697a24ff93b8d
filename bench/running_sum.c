/* A running sum by key that lasts: state in RocksDB, a log, a checkpoint every five batches,
 * against the ceiling that writes its whole table as often. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "bench/ceiling.h"
#include "bench/inputs.h"
#include "bench/job.h"
#include "bench/weir_run.h"

enum { CHECKPOINT_BATCHES = 5, WORKERS = 2 };

typedef struct sums {
    const bench_settings *settings;
    inputs inputs;
    char *job;
    char *checkpoint;
    char *dump;
    ceiling *ceiling;
    series weir, bare; /* M events/s */
    series ratio;
} sums;

static bool open_sums(sums *sums, report *report, const char *op, const char *function)
{
    const bench_settings *settings = sums->settings;
    const inputs *inputs = &sums->inputs;
    report_input(report, "%zu files, %.1f M records, %.1f MB", inputs->count,
                 (double)inputs->records / 1e6, (double)inputs->bytes / 1e6);
    if (asprintf(&sums->checkpoint, "%s/%s.checkpoint", settings->scratch, report->bench) < 0 ||
        asprintf(&sums->dump, "%s/%s.dump", settings->scratch, report->bench) < 0)
        return false;
    const job_state state = {op, function, sums->checkpoint, CHECKPOINT_BATCHES, NULL};
    sums->job = job_with_state(settings, report->bench, inputs, &state);
    sums->ceiling = sums->job ? ceiling_create(inputs->paths, inputs->count) : NULL;
    if (!sums->ceiling) return false;
    ceiling_dump_every(sums->ceiling, CHECKPOINT_BATCHES, sums->dump);
    return true;
}

static bool run_once(sums *sums)
{
    ceiling_result bare;
    run_summary summary;
    if (!ceiling_sums(sums->ceiling, WORKERS, &bare)) return false;
    if (!job_forget(sums->checkpoint)) return false;
    if (!weir_run_whole(sums->settings->weir, sums->job, "local[2]", &summary)) return false;
    if (bare.records != sums->inputs.records || summary.records != sums->inputs.records) {
        fprintf(stderr, "bench: not every record was summed\n");
        return false;
    }
    double weir = (double)summary.records / summary.seconds / 1e6;
    double ceiling = (double)bare.records / bare.seconds / 1e6;
    series_add(&sums->weir, weir);
    series_add(&sums->bare, ceiling);
    series_add(&sums->ratio, weir / ceiling);
    return true;
}

static void close_sums(sums *sums)
{
    if (sums->checkpoint) job_forget(sums->checkpoint);
    if (sums->dump) remove(sums->dump);
    ceiling_free(sums->ceiling);
    free(sums->job);
    free(sums->checkpoint);
    free(sums->dump);
    inputs_release(&sums->inputs);
}

static bool sum_by_key(const bench_settings *settings, report *report, const char *op,
                       const char *function, uint64_t keys, double least)
{
    sums sums = {.settings = settings};
    const target none = {NO_TARGET, 0}, at_least = {AT_LEAST, least};
    uint64_t events = settings->is_quick ? 20000 : 1000000;
    if (settings->is_quick) keys /= 200;
    bool is_well = inputs_events(&sums.inputs, settings->inputs, 20, events, keys, 0) &&
                   open_sums(&sums, report, op, function);
    for (int run = 0; is_well && run < settings->runs; run++) is_well = run_once(&sums);
    if (is_well) {
        report_series(report, "weir, 2 workers", "M/s", &sums.weir, none);
        report_series(report, "ceiling, 2 threads", "M/s", &sums.bare, none);
        report_series(report, "weir / ceiling", "ratio", &sums.ratio, at_least);
    }
    close_sums(&sums);
    return is_well;
}

bool bench_running_sum(const bench_settings *settings, report *report)
{
    return sum_by_key(settings, report, "mapWithState", "sum_no_emit", 1000000, 0.35);
}

bool bench_running_sum_10m(const bench_settings *settings, report *report)
{
    return sum_by_key(settings, report, "mapWithState", "sum_no_emit", 10000000, 0.5);
}

bool bench_running_sum_update(const bench_settings *settings, report *report)
{
    return sum_by_key(settings, report, "updateStateByKey", "sum_update", 1000000, 0.25);
}
