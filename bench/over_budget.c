/* State far larger than its memory: sums over 20 M keys in 256 MiB, against RocksDB used as one
 * would at first. Both are filled with every key once, and then measured over even updates. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bench/feeder.h"
#include "bench/inputs.h"
#include "bench/job.h"
#include "bench/memory.h"
#include "bench/room_program.h"
#include "bench/weir_run.h"

enum { CHECKPOINT_BATCHES = 25, FILES_MAX = 200, BEFORE_FILES = 4 };

typedef struct shape {
    size_t load_files, update_files;
    uint64_t events; /* in each file */
    const char *memory_mib;
} shape;

typedef struct over_budget {
    const bench_settings *settings;
    const shape *shape;
    inputs users, updates;
    inputs all; /* the paths of both, borrowed */
    char *job, *checkpoint;
    series weir, loop, ratio, weir_mib, loop_mib;
} over_budget;

static bool open_inputs(over_budget *over)
{
    const shape *shape = over->shape;
    const char *directory = over->settings->inputs;
    uint64_t keys = shape->load_files * shape->events;
    if (!inputs_users(&over->users, directory, shape->load_files, shape->events) ||
        !inputs_events(&over->updates, directory, shape->update_files, shape->events, keys, 0))
        return false;
    size_t count = over->users.count + over->updates.count;
    over->all = (inputs){.count = count, .records = over->users.records + over->updates.records};
    over->all.paths = memory_need(malloc(count * sizeof *over->all.paths));
    memcpy(over->all.paths, over->users.paths, over->users.count * sizeof *over->all.paths);
    memcpy(over->all.paths + over->users.count, over->updates.paths,
           over->updates.count * sizeof *over->all.paths);
    return true;
}

static bool open_job(over_budget *over, const char *name)
{
    char memory[32];
    snprintf(memory, sizeof memory, "%sM", over->shape->memory_mib);
    if (asprintf(&over->checkpoint, "%s/%s.checkpoint", over->settings->scratch, name) < 0)
        memory_need(NULL);
    const job_state state = {"mapWithState", "sum_no_emit", over->checkpoint, CHECKPOINT_BATCHES,
                             memory};
    over->job = job_with_state(over->settings, name, &over->all, &state);
    return over->job != NULL;
}

/* The time that the updates take: from the end of the last batch that loads to the end of the run,
 * its last checkpoint included. */
static bool run_weir(over_budget *over)
{
    weir_run run;
    uint64_t batches = 0, records = 0;
    int64_t begin_us = 0;
    double most_bytes = 0;
    if (!job_forget(over->checkpoint)) return false;
    if (!weir_run_start(&run, over->settings->weir, over->job, "local[2]")) return false;
    for (json_t *event; (event = weir_run_next(&run)) != NULL; json_decref(event)) {
        bool is_batch = json_object_get(event, "max_rss_bytes") == NULL;
        if (is_batch) records += (uint64_t)json_integer_value(json_object_get(event, "records"));
        else most_bytes = json_number_value(json_object_get(event, "max_rss_bytes"));
        if (is_batch && ++batches == over->shape->load_files) begin_us = clock_us();
    }
    double us = (double)(clock_us() - begin_us);
    if (!weir_run_wait(&run)) return false;
    if (records != over->all.records) {
        fprintf(stderr, "bench: not every record was summed\n");
        return false;
    }
    series_add(&over->weir, (double)over->updates.records / us);
    series_add(&over->weir_mib, most_bytes / (1 << 20));
    return true;
}

static bool run_loop(over_budget *over)
{
    const char *arguments[FILES_MAX + BEFORE_FILES + 1];
    char load_files[32];
    double numbers[2];
    snprintf(load_files, sizeof load_files, "%zu", over->shape->load_files);
    arguments[0] = over->settings->rocks_loop;
    arguments[1] = over->settings->scratch;
    arguments[2] = over->shape->memory_mib;
    arguments[3] = load_files;
    for (size_t i = 0; i < over->all.count; i++)
        arguments[BEFORE_FILES + i] = over->all.paths[i];
    arguments[BEFORE_FILES + over->all.count] = NULL;
    if (!room_program_read(arguments, numbers, 2)) return false;
    series_add(&over->loop, numbers[0]);
    series_add(&over->loop_mib, numbers[1]);
    return true;
}

static bool run_both(over_budget *over)
{
    for (int i = 0; i < over->settings->runs; i++) {
        if (!run_loop(over) || !run_weir(over)) return false;
        series_add(&over->ratio, over->weir.values[i] / over->loop.values[i]);
    }
    return true;
}

static void close_all(over_budget *over)
{
    if (over->checkpoint) job_forget(over->checkpoint);
    free(over->checkpoint);
    free(over->job);
    free(over->all.paths);
    inputs_release(&over->users);
    inputs_release(&over->updates);
}

bool bench_state_over_budget(const bench_settings *settings, report *report)
{
    static const shape whole = {100, 20, 200000, "256"}, quick = {10, 5, 2000, "1"};
    const target none = {NO_TARGET, 0};
    over_budget over = {.settings = settings, .shape = settings->is_quick ? &quick : &whole};
    double most = strtod(over.shape->memory_mib, NULL) + 64;
    bool is_well = open_inputs(&over) && open_job(&over, report->bench);
    if (is_well)
        report_input(report, "%.1f M keys, %.1f M updates, %s MiB for state",
                     (double)over.users.records / 1e6, (double)over.updates.records / 1e6,
                     over.shape->memory_mib);
    is_well = is_well && run_both(&over);
    if (is_well) {
        report_series(report, "weir, 2 workers", "M/s", &over.weir, none);
        report_series(report, "RocksDB, get and put", "M/s", &over.loop, none);
        report_series(report, "weir / RocksDB", "ratio", &over.ratio, (target){AT_LEAST, 1});
        report_series(report, "most resident memory", "MiB", &over.weir_mib,
                      (target){AT_MOST, most});
        report_series(report, "of RocksDB, get and put", "MiB", &over.loop_mib, none);
    }
    close_all(&over);
    return is_well;
}
