/* What a checkpoint costs the batches: the time between the ends of two batches that have a
 * checkpoint's boundary between them, less the median of the others. That is the stop at the
 * boundary, and what the next batch takes longer. Every batch changes every key, and the next one
 * begins at once. */
#include <stdio.h>
#include <stdlib.h>
#include <weir/weir.h>

#include "bench/bench.h"
#include "bench/feeder.h"
#include "bench/inputs.h"
#include "bench/job.h"
#include "bench/memory.h"

enum { INTERVAL_MS = 1000 };

/* One run. Static, since a listener and a build function may outlive a call; one at a time. */
static struct pause_run {
    const char *path;
    size_t batches, every;
    int64_t *ended_us; /* [batches] */
    size_t ended;
    weir_status status; /* of the first batch that failed */
} pause_run;

static void note_end(const weir_batch_summary *summary, void *user)
{
    (void)user;
    if (pause_run.ended < pause_run.batches) pause_run.ended_us[pause_run.ended++] = clock_us();
    if (pause_run.status == WEIR_OK) pause_run.status = summary->status;
}

/* The same file in every batch. */
static weir_status build(weir_context *context, void *user)
{
    (void)user;
    const char **paths = memory_need(malloc(pause_run.batches * sizeof *paths));
    for (size_t i = 0; i < pause_run.batches; i++) paths[i] = pause_run.path;
    const weir_state_options named = {.name = "sums"};
    weir_stream *lines = weir_text_files(context, paths, pause_run.batches);
    weir_stream *pairs = weir_map(lines, &weir_fn_parse_csv_kv, weir_null());
    weir_count_output(
        weir_map_with_state(pairs, &weir_fn_sum_no_emit, weir_null(), &named));
    free(paths);
    return weir_on_batch(context, note_end, NULL);
}

static bool run_context(const char *checkpoint)
{
    const weir_options options = {
        .app_name = "checkpoint-pause", .master = "local[2]", .batch_interval_ms = INTERVAL_MS};
    const weir_durability durability = {.checkpoint_ms = INTERVAL_MS * (int64_t)pause_run.every};
    weir_context *context = NULL;
    weir_set_log(NULL, NULL, WEIR_WARNING);
    weir_status status =
        weir_get_or_create(&context, checkpoint, &options, &durability, build, NULL);
    if (status == WEIR_OK) status = weir_start(context);
    if (status == WEIR_OK) status = weir_await_termination(context, -1);
    if (status != WEIR_OK) fprintf(stderr, "bench: %s\n", weir_last_error());
    uint64_t checkpoints = weir_checkpoints(context);
    weir_context_free(context);
    if (status != WEIR_OK || pause_run.status != WEIR_OK) return false;
    if (pause_run.ended == pause_run.batches && checkpoints >= pause_run.batches / pause_run.every)
        return true;
    fprintf(stderr, "bench: %zu batches and %llu checkpoints of %zu batches\n", pause_run.ended,
            (unsigned long long)checkpoints, pause_run.batches);
    return false;
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* From the end of batch i (1, 2, ...) to the end of the next. */
static double between_ms(size_t i)
{
    return (double)(pause_run.ended_us[i] - pause_run.ended_us[i - 1]) / 1000;
}

/* The first checkpoint's batches fill the tables: not counted. */
static void report_pauses(report *report)
{
    const target none = {NO_TARGET, 0};
    size_t batches = pause_run.batches, every = pause_run.every, plain = 0, count = 0;
    double *between = memory_need(malloc(2 * batches * sizeof *between));
    double *pauses = between + batches;
    for (size_t i = every + 1; i < batches; i++)
        if (i % every != 0) between[plain++] = between_ms(i);
    qsort(between, plain, sizeof *between, by_value);
    double median = between[plain / 2], usual = between[(plain - 1) * 99 / 100];
    for (size_t i = 2 * every; i < batches; i += every) {
        double pause = between_ms(i) - median;
        pauses[count++] = pause > 0 ? pause : 0;
    }
    qsort(pauses, count, sizeof *pauses, by_value);
    report_number(report, "between batches, median", "ms", median, none);
    report_number(report, "between batches, p99", "ms", usual, none);
    report_number(report, "pause of a checkpoint, p50", "ms", pauses[count / 2], none);
    report_number(report, "pause of a checkpoint, p99", "ms", pauses[(count - 1) * 99 / 100],
                  (target){BELOW, 20});
    report_number(report, "pause of a checkpoint, most", "ms", pauses[count - 1], none);
    free(between);
}

bool bench_checkpoint_pause(const bench_settings *settings, report *report)
{
    uint64_t keys = settings->is_quick ? 2000 : 1000000;
    size_t checkpoints = settings->is_quick ? 4 : 20 * (size_t)settings->runs;
    inputs inputs;
    char *checkpoint = NULL;
    pause_run = (struct pause_run){.every = settings->is_quick ? 3 : 20};
    pause_run.batches = (checkpoints + 2) * pause_run.every;
    if (asprintf(&checkpoint, "%s/%s.checkpoint", settings->scratch, report->bench) < 0)
        memory_need(NULL);
    pause_run.ended_us = memory_need(malloc(pause_run.batches * sizeof *pause_run.ended_us));
    bool is_well = inputs_users(&inputs, settings->inputs, 1, keys);
    if (is_well) {
        pause_run.path = inputs.paths[0];
        report_input(report, "%zu batches of %.1f M keys, a checkpoint every %zu",
                     pause_run.batches, (double)keys / 1e6, pause_run.every);
        is_well = job_forget(checkpoint) && run_context(checkpoint);
    }
    if (is_well) report_pauses(report);
    job_forget(checkpoint);
    free(checkpoint);
    free(pause_run.ended_us);
    inputs_release(&inputs);
    return is_well;
}
