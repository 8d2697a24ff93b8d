/* From the start of a process to the first new batch, whole processes of `weir run` throughout.
 *
 * A directory is filled with so many keys, and then used again and again: each start has a longer
 * list of files, and each new file is a batch that touches at most 1,000 keys. For
 * updateStateByKey the process before was killed, so that there are batches to compute again, and
 * the state is read by RocksDB alone for comparison. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "bench/feeder.h"
#include "bench/inputs.h"
#include "bench/job.h"
#include "bench/memory.h"
#include "bench/room_program.h"
#include "bench/weir_run.h"

/* The files of a turn are more than a process can report on while nobody reads: so it cannot have
 * come to their end when it is killed. */
enum { FEW = 1000, KILL_AFTER = 5, FILES_A_TURN = 1000, SIZES = 3 };

typedef struct restarts {
    const bench_settings *settings;
    const char *op, *function;
    uint64_t keys;
    inputs users, few;
    inputs list; /* the files of users, then the file of few as often as it takes; borrowed */
    int batches; /* between checkpoints */
    char *job, *checkpoint, *scratch;
    series first_ms, scan_ms, replayed, batch_ms, ratio;
} restarts;

static bool write_job(restarts *restarts, const char *name)
{
    const job_state state = {restarts->op, restarts->function, restarts->checkpoint,
                             restarts->batches, NULL};
    free(restarts->job);
    restarts->job = job_with_state(restarts->settings, name, &restarts->list, &state);
    return restarts->job != NULL;
}

static void lengthen(restarts *restarts, size_t count)
{
    inputs *list = &restarts->list;
    list->paths = memory_need(realloc(list->paths, (list->count + count) * sizeof *list->paths));
    for (size_t i = 0; i < count; i++) list->paths[list->count++] = restarts->few.paths[0];
}

static bool open_restarts(restarts *restarts, const char *name)
{
    const char *directory = restarts->settings->inputs;
    size_t files = restarts->settings->is_quick ? 2 : (size_t)(restarts->keys / 1000000);
    if (!inputs_users(&restarts->users, directory, files, restarts->keys / files) ||
        !inputs_events(&restarts->few, directory, 1, FEW, restarts->keys, 0))
        return false;
    const char *scratch = restarts->settings->scratch;
    if (asprintf(&restarts->checkpoint, "%s/%s.checkpoint", scratch, name) < 0 ||
        asprintf(&restarts->scratch, "%s/%s.scan", scratch, name) < 0)
        memory_need(NULL);
    restarts->list.paths = memory_need(calloc(files, sizeof *restarts->list.paths));
    for (size_t i = 0; i < files; i++) restarts->list.paths[i] = restarts->users.paths[i];
    restarts->list.count = files;
    restarts->batches = 5;
    run_summary summary;
    if (!job_forget(restarts->checkpoint) || !write_job(restarts, name) ||
        !weir_run_whole(restarts->settings->weir, restarts->job, "local[2]", &summary))
        return false;
    if (summary.records == restarts->keys) return true;
    fprintf(stderr, "bench: not every key was put in\n");
    return false;
}

static void close_restarts(restarts *restarts)
{
    if (restarts->checkpoint) job_forget(restarts->checkpoint);
    free(restarts->checkpoint);
    free(restarts->scratch);
    free(restarts->job);
    free(restarts->list.paths);
    inputs_release(&restarts->users);
    inputs_release(&restarts->few);
}

/* How long a batch takes while all state is in memory. The first one reads it. */
static double usual_batch_ms(const series *batches)
{
    series later = {.count = 0};
    for (size_t i = 1; i < batches->count; i++) series_add(&later, batches->values[i]);
    return series_median(&later);
}

/* Runs some batches, each a file, and kills the process. */
static bool run_and_kill(restarts *restarts)
{
    weir_run run;
    series batches = {.count = 0};
    if (!weir_run_start(&run, restarts->settings->weir, restarts->job, "local[2]")) return false;
    while (batches.count < KILL_AFTER) {
        json_t *event = weir_run_next(&run);
        if (!event) break;
        const json_t *us = json_object_get(event, "processing_us");
        series_add(&batches, json_number_value(us) / 1000);
        json_decref(event);
    }
    weir_run_kill(&run);
    if (batches.count < KILL_AFTER) {
        fprintf(stderr, "bench: the run that was to be killed ended by itself\n");
        return false;
    }
    series_add(&restarts->batch_ms, usual_batch_ms(&batches));
    return true;
}

/* From before the process is made to its first line of progress, that of the first new batch. */
static bool run_first(restarts *restarts)
{
    weir_run run;
    int64_t start_us = clock_us();
    if (!weir_run_start(&run, restarts->settings->weir, restarts->job, "local[2]")) return false;
    json_t *event = weir_run_next(&run);
    double ms = (double)(clock_us() - start_us) / 1000;
    const json_t *status = json_object_get(event, "status");
    bool is_batch = status != NULL;
    json_decref(event);
    if (!is_batch) fprintf(stderr, "bench: there was no new batch\n");
    if (!weir_run_stop(&run) || !is_batch) return false;
    series_add(&restarts->first_ms, ms);
    series_add(&restarts->replayed, (double)run.replayed);
    return true;
}

static bool scan(restarts *restarts)
{
    const char *arguments[] = {restarts->settings->state_scan, restarts->checkpoint,
                               restarts->scratch, NULL};
    double numbers[2];
    if (!room_program_read(arguments, numbers, 2)) return false;
    if ((uint64_t)numbers[1] != restarts->keys) {
        fprintf(stderr, "bench: the checkpoint has %.0f keys, not %llu\n", numbers[1],
                (unsigned long long)restarts->keys);
        return false;
    }
    series_add(&restarts->scan_ms, numbers[0]);
    return true;
}

/* One start from a checkpoint with nothing behind it. */
static bool restart_clean(restarts *restarts, const char *name)
{
    lengthen(restarts, 1);
    return write_job(restarts, name) && run_first(restarts);
}

/* One start behind a process that was killed before its first checkpoint. */
static bool restart_killed(restarts *restarts, const char *name)
{
    restarts->batches = 1000 * FILES_A_TURN;
    if (!scan(restarts)) return false;
    lengthen(restarts, FILES_A_TURN);
    if (!write_job(restarts, name)) return false;
    if (!run_and_kill(restarts) || !run_first(restarts)) return false;
    size_t last = restarts->first_ms.count - 1;
    double replayed_ms = restarts->replayed.values[last] * restarts->batch_ms.values[last];
    series_add(&restarts->ratio, restarts->first_ms.values[last] /
                                     (restarts->scan_ms.values[last] + replayed_ms));
    return true;
}

static void report_restarts(const restarts *restarts, report *report, target target)
{
    const struct target none = {NO_TARGET, 0}, at_most = {AT_MOST, 1.5};
    const double millions = (double)restarts->keys / 1e6;
    char name[64];
    snprintf(name, sizeof name, "%g M keys: first new batch", millions);
    report_series(report, name, "ms", &restarts->first_ms, target);
    if (restarts->ratio.count == 0) return;
    snprintf(name, sizeof name, "%g M keys: a scan", millions);
    report_series(report, name, "ms", &restarts->scan_ms, none);
    snprintf(name, sizeof name, "%g M keys: replayed", millions);
    report_series(report, name, "batches", &restarts->replayed, none);
    snprintf(name, sizeof name, "%g M keys: one of them", millions);
    report_series(report, name, "ms", &restarts->batch_ms, none);
    snprintf(name, sizeof name, "%g M keys: first / (scan + replayed)", millions);
    report_series(report, name, "ratio", &restarts->ratio, at_most);
}

static bool measure(const bench_settings *settings, report *report, bool is_update, uint64_t keys,
                    target target)
{
    restarts restarts = {.settings = settings, .keys = keys,
                         .op = is_update ? "updateStateByKey" : "mapWithState",
                         .function = is_update ? "sum_update" : "sum_no_emit"};
    bool is_well = open_restarts(&restarts, report->bench);
    for (int i = 0; is_well && i < settings->runs; i++)
        is_well = is_update ? restart_killed(&restarts, report->bench)
                            : restart_clean(&restarts, report->bench);
    if (is_well) report_restarts(&restarts, report, target);
    close_restarts(&restarts);
    return is_well;
}

static bool measure_sizes(const bench_settings *settings, report *report, bool is_update)
{
    static const uint64_t whole[SIZES] = {1000000, 10000000, 20000000};
    static const uint64_t quick[SIZES] = {4000, 8000, 0};
    const target targets[SIZES] = {{BELOW, 250}, {BELOW, 1000}, {NO_TARGET, 0}};
    const uint64_t *sizes = settings->is_quick ? quick : whole;
    for (size_t i = 0; i < SIZES && sizes[i]; i++) {
        target target = is_update ? targets[SIZES - 1] : targets[i];
        if (!measure(settings, report, is_update, sizes[i], target)) return false;
    }
    return true;
}

bool bench_restart(const bench_settings *settings, report *report)
{
    report_input(report, "mapWithState, the first batch has %d records", FEW);
    return measure_sizes(settings, report, false);
}

bool bench_restart_update(const bench_settings *settings, report *report)
{
    report_input(report, "updateStateByKey, killed behind %d batches of %d records", KILL_AFTER,
                 FEW);
    return measure_sizes(settings, report, true);
}
