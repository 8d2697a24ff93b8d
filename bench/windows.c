/* Windows of a textFiles job, each file a batch: a few files, again and again. Whole processes of
 * `weir run`, and the ceiling in turn with them. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/bench.h"
#include "bench/ceiling.h"
#include "bench/feeder.h"
#include "bench/inputs.h"
#include "bench/job.h"
#include "bench/memory.h"
#include "bench/weir_run.h"

enum { SHORT = 60, LONG = 600, FILES = 20, CHECKPOINT_BATCHES = 30, FULL = 60,
       MOST_SLIDES = LONG };

/* Files, and the same again and again as a list of batches. */
typedef struct windows {
    const bench_settings *settings;
    inputs inputs;
    inputs list; /* paths borrowed from inputs */
    char *checkpoint;
} windows;

static bool open_windows(windows *windows, const report *report, uint64_t records, uint64_t keys)
{
    const bench_settings *settings = windows->settings;
    if (settings->is_quick) records /= 100;
    if (settings->is_quick) keys /= 100;
    if (asprintf(&windows->checkpoint, "%s/%s.checkpoint", settings->scratch, report->bench) < 0)
        memory_need(NULL);
    if (!inputs_events(&windows->inputs, settings->inputs, FILES, records, keys, 0)) return false;
    report_input(report, "%llu records a batch, %llu keys", (unsigned long long)records,
                 (unsigned long long)keys);
    return job_forget(windows->checkpoint);
}

static void set_batches(windows *windows, size_t batches)
{
    inputs *list = &windows->list;
    list->paths = memory_need(realloc(list->paths, batches * sizeof *list->paths));
    for (size_t i = 0; i < batches; i++) list->paths[i] = windows->inputs.paths[i % FILES];
    list->count = batches;
    list->records = windows->inputs.records / FILES * batches;
}

static void close_windows(windows *windows)
{
    if (windows->checkpoint) job_forget(windows->checkpoint);
    free(windows->checkpoint);
    free(windows->list.paths);
    inputs_release(&windows->inputs);
}

/* Windows of --quick are shorter, too. */
static int length_of(const windows *windows, int batches)
{
    return windows->settings->is_quick ? batches / 10 : batches;
}

/* --- against the ceiling --------------------------------------------------------------------- */

static bool run_window(windows *windows, const char *name, const job_window *window,
                       run_summary *summary)
{
    if (!job_forget(windows->checkpoint)) return false;
    char *job = job_with_window(windows->settings, name, &windows->list, window);
    bool is_well = job && weir_run_whole(windows->settings->weir, job, "local[1]", summary);
    if (is_well && summary->records != windows->list.records) {
        fprintf(stderr, "bench: not every record was in a window\n");
        is_well = false;
    }
    free(job);
    return is_well;
}

static bool run_both(windows *windows, const report *report, const char *function,
                     const char *inverse, series *rates)
{
    ceiling_result bare;
    run_summary summary;
    int length = length_of(windows, SHORT);
    const job_window window = {function, inverse, length, windows->checkpoint,
                               CHECKPOINT_BATCHES};
    ceiling *ceiling = ceiling_create(windows->list.paths, windows->list.count);
    bool is_well = ceiling && ceiling_window(ceiling, (size_t)length, &bare) &&
                   run_window(windows, report->bench, &window, &summary);
    ceiling_free(ceiling);
    if (!is_well) return false;
    double weir = (double)summary.records / summary.seconds / 1e6;
    double best = (double)bare.records / bare.seconds / 1e6;
    series_add(&rates[0], weir);
    series_add(&rates[1], best);
    series_add(&rates[2], weir / best);
    return true;
}

static bool window_over_ceiling(const bench_settings *settings, report *report,
                                const char *function, const char *inverse, double least)
{
    windows windows = {.settings = settings};
    series rates[3] = {{.count = 0}};
    const target none = {NO_TARGET, 0}, at_least = {AT_LEAST, least};
    bool is_well = open_windows(&windows, report, 200000, 100000);
    if (is_well) set_batches(&windows, 3 * (size_t)length_of(&windows, SHORT));
    for (int run = 0; is_well && run < settings->runs; run++)
        is_well = run_both(&windows, report, function, inverse, rates);
    if (is_well) {
        report_series(report, "weir, 1 worker", "M/s", &rates[0], none);
        report_series(report, "ceiling, 1 thread", "M/s", &rates[1], none);
        report_series(report, "weir / ceiling", "ratio", &rates[2], at_least);
    }
    close_windows(&windows);
    return is_well;
}

bool bench_window_sum(const bench_settings *settings, report *report)
{
    return window_over_ceiling(settings, report, "sum", "difference", 0.5);
}

bool bench_window_max(const bench_settings *settings, report *report)
{
    return window_over_ceiling(settings, report, "max", NULL, 0.4);
}

/* --- one slide ------------------------------------------------------------------------------- */

/* Times of the slides once the window is full. */
typedef struct slides {
    double mean_ms, median_ms, most_ms;
    uint64_t output; /* records, of the last one */
} slides;

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static void sum_up(double *times, size_t count, slides *slides)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += times[i];
    qsort(times, count, sizeof *times, by_value);
    slides->mean_ms = sum / (double)count;
    slides->median_ms = times[count / 2];
    slides->most_ms = times[count - 1];
}

/* What windows do not do in every slide, they do once in half a window: so much is looked at. */
static size_t slides_of(const job_window *window)
{
    return window->batches / 2 > FULL - 2 ? (size_t)window->batches / 2 + 2 : FULL;
}

static bool time_slides(windows *windows, const char *name, const job_window *window,
                        slides *slides)
{
    weir_run run;
    double times[MOST_SLIDES];
    size_t seen = 0, count = 0, most = slides_of(window);
    set_batches(windows, (size_t)window->batches + most);
    if (!job_forget(windows->checkpoint)) return false;
    char *job = job_with_window(windows->settings, name, &windows->list, window);
    bool is_well = job && weir_run_start(&run, windows->settings->weir, job, "local[1]");
    for (json_t *event; is_well && (event = weir_run_next(&run)); json_decref(event)) {
        const json_t *us = json_object_get(event, "processing_us");
        if (!us || seen++ < (size_t)window->batches || count == most) continue;
        times[count++] = json_number_value(us) / 1000;
        slides->output = (uint64_t)json_integer_value(
            json_array_get(json_object_get(event, "outputs"), 0));
    }
    is_well = is_well && weir_run_wait(&run) && count == most;
    if (is_well) sum_up(times, count, slides);
    else fprintf(stderr, "bench: %zu slides of a full window\n", count);
    free(job);
    return is_well;
}

static bool compare_lengths(windows *windows, report *report, const char *function,
                            const char *inverse)
{
    series ratio = {.count = 0}, steady = {.count = 0}, mean = {.count = 0};
    char what[64];
    for (int run = 0; run < windows->settings->runs; run++) {
        slides few, many;
        job_window window = {function, inverse, length_of(windows, SHORT),
                             inverse ? windows->checkpoint : NULL, CHECKPOINT_BATCHES};
        if (!time_slides(windows, report->bench, &window, &few)) return false;
        window.batches = length_of(windows, LONG);
        if (!time_slides(windows, report->bench, &window, &many)) return false;
        series_add(&mean, many.mean_ms);
        series_add(&ratio, many.mean_ms / few.mean_ms);
        series_add(&steady, many.most_ms / many.median_ms);
    }
    snprintf(what, sizeof what, "%s, a slide of 600 batches", function);
    report_series(report, what, "ms", &mean, (target){NO_TARGET, 0});
    snprintf(what, sizeof what, "%s, 600 batches / 60", function);
    report_series(report, what, "ratio", &ratio, (target){AT_MOST, 1.2});
    snprintf(what, sizeof what, "%s, longest slide / median", function);
    report_series(report, what, "ratio", &steady, (target){AT_MOST, 3});
    return true;
}

bool bench_window_length(const bench_settings *settings, report *report)
{
    windows windows = {.settings = settings};
    bool is_well = open_windows(&windows, report, 200000, 100000) &&
                   compare_lengths(&windows, report, "sum", "difference") &&
                   compare_lengths(&windows, report, "max", NULL);
    close_windows(&windows);
    return is_well;
}

/* A slide gives out every key of the window: what a copy of so many takes is not counted. */
bool bench_window_sparse(const bench_settings *settings, report *report)
{
    windows windows = {.settings = settings};
    series slide = {.count = 0}, plain = {.count = 0}, ratio = {.count = 0}, emit = {.count = 0};
    series steady = {.count = 0};
    const target none = {NO_TARGET, 0};
    bool is_well = open_windows(&windows, report, 50000, 5000000);
    for (int run = 0; is_well && run < settings->runs; run++) {
        slides window_slides, batches;
        job_window window = {"max", NULL, length_of(&windows, SHORT), NULL, 0};
        is_well = time_slides(&windows, report->bench, &window, &window_slides);
        window.batches = 0;
        is_well = is_well && time_slides(&windows, report->bench, &window, &batches);
        if (!is_well) break;
        double emit_ms = 1000 * ceiling_emit(window_slides.output);
        series_add(&slide, window_slides.mean_ms);
        series_add(&plain, batches.mean_ms);
        series_add(&emit, emit_ms);
        series_add(&steady, window_slides.most_ms / window_slides.median_ms);
        series_add(&ratio, (window_slides.mean_ms - emit_ms) / batches.mean_ms);
    }
    if (is_well) {
        report_series(report, "a slide", "ms", &slide, none);
        report_series(report, "reduceByKey of the batch", "ms", &plain, none);
        report_series(report, "a copy of what a slide gives out", "ms", &emit, none);
        report_series(report, "(slide - copy) / reduceByKey", "ratio", &ratio,
                      (target){AT_MOST, 3});
        report_series(report, "longest slide / median", "ratio", &steady, (target){AT_MOST, 3});
    }
    close_windows(&windows);
    return is_well;
}

/* --- what lasts ------------------------------------------------------------------------------ */

/* From before the process is made to its first line of progress, that of the first new slide. */
static bool time_restart(windows *windows, const char *job, double *ms)
{
    weir_run run;
    int64_t start_us = clock_us();
    if (!weir_run_start(&run, windows->settings->weir, job, "local[2]")) return false;
    json_t *first = weir_run_next(&run);
    *ms = (double)(clock_us() - start_us) / 1000;
    bool is_slide = json_object_get(first, "processing_us") != NULL;
    json_decref(first);
    return weir_run_wait(&run) && is_slide;
}

bool bench_window_restart(const bench_settings *settings, report *report)
{
    windows windows = {.settings = settings};
    series times = {.count = 0};
    run_summary summary;
    bool is_well = open_windows(&windows, report, 200000, 100000);
    const job_window window = {"max", NULL, length_of(&windows, SHORT), windows.checkpoint,
                               CHECKPOINT_BATCHES};
    size_t batches = (size_t)window.batches + 1;
    if (is_well) set_batches(&windows, batches);
    is_well = is_well && run_window(&windows, report->bench, &window, &summary);
    for (int run = 0; is_well && run < settings->runs; run++) {
        double ms;
        set_batches(&windows, ++batches);
        char *job = job_with_window(settings, report->bench, &windows.list, &window);
        is_well = job && time_restart(&windows, job, &ms);
        if (is_well) series_add(&times, ms);
        free(job);
    }
    if (is_well)
        report_series(report, "process start to first new slide", "ms", &times,
                      (target){BELOW, 500});
    close_windows(&windows);
    return is_well;
}

/* The newest checkpoint, and the one before. */
typedef struct newest {
    char path[4400];
    long long time_ms, before_ms;
} newest;

static bool find_newest(const char *checkpoint, newest *newest)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/checkpoints", checkpoint);
    DIR *listing = opendir(path);
    *newest = (struct newest){.time_ms = -1, .before_ms = -1};
    for (struct dirent *entry; listing && (entry = readdir(listing));) {
        char *end;
        long long time_ms = strtoll(entry->d_name, &end, 10);
        if (*end || end == entry->d_name) continue;
        if (time_ms > newest->time_ms) {
            newest->before_ms = newest->time_ms;
            newest->time_ms = time_ms;
        } else if (time_ms > newest->before_ms) {
            newest->before_ms = time_ms;
        }
    }
    if (listing) closedir(listing);
    snprintf(newest->path, sizeof newest->path, "%s/%lld/state", path, newest->time_ms);
    return newest->before_ms >= 0;
}

/* Of the newest checkpoint: the tables that the one before it did not have. */
static bool count_new_bytes(const char *checkpoint, double *bytes)
{
    newest newest;
    *bytes = 0;
    if (!find_newest(checkpoint, &newest)) return false;
    DIR *listing = opendir(newest.path);
    for (struct dirent *entry; listing && (entry = readdir(listing));) {
        char path[4700], before[4700];
        struct stat status, other;
        const char *dot = strrchr(entry->d_name, '.');
        if (!dot || strcmp(dot, ".sst") != 0) continue;
        snprintf(path, sizeof path, "%s/%.200s", newest.path, entry->d_name);
        snprintf(before, sizeof before, "%.4000s/checkpoints/%lld/state/%.200s", checkpoint,
                 newest.before_ms, entry->d_name);
        bool is_new = stat(path, &status) == 0 && stat(before, &other) != 0;
        if (is_new) *bytes += (double)status.st_size;
    }
    if (!listing) return false;
    closedir(listing);
    return true;
}

/* Two runs, the second of one batch; each leaves a checkpoint in the end. */
static bool bytes_of_slide(windows *windows, const char *name, int length, double *bytes)
{
    run_summary summary;
    const job_window window = {"max", NULL, length, windows->checkpoint, CHECKPOINT_BATCHES};
    set_batches(windows, (size_t)length + 1);
    if (!run_window(windows, name, &window, &summary)) return false;
    set_batches(windows, (size_t)length + 2);
    char *job = job_with_window(windows->settings, name, &windows->list, &window);
    bool is_well = job && weir_run_whole(windows->settings->weir, job, "local[1]", &summary) &&
                   count_new_bytes(windows->checkpoint, bytes);
    free(job);
    return is_well;
}

bool bench_window_bytes(const bench_settings *settings, report *report)
{
    windows windows = {.settings = settings};
    const target none = {NO_TARGET, 0};
    double few = 0, many = 0;
    bool is_well = open_windows(&windows, report, 200000, 100000) &&
                   bytes_of_slide(&windows, report->bench, length_of(&windows, SHORT), &few) &&
                   bytes_of_slide(&windows, report->bench, length_of(&windows, LONG), &many);
    if (is_well && few > 0) {
        report_number(report, "one more slide of 60 batches", "MB", few / 1e6, none);
        report_number(report, "one more slide of 600 batches", "MB", many / 1e6, none);
        report_number(report, "600 batches / 60", "ratio", many / few, (target){AT_MOST, 1.2});
    }
    close_windows(&windows);
    return is_well && few > 0;
}
