/* Jobs over files against the ceiling, run in turn: A B A B ... Both must find the same. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "bench/ceiling.h"
#include "bench/inputs.h"
#include "bench/job.h"
#include "bench/weir_run.h"

static const char *const masters[] = {"local[0]", "local[1]", "local[2]"};
enum { MOST_THREADS = 2 };

typedef bool (*ceiling_call)(ceiling *ceiling, int threads, ceiling_result *result);

/* A job and its ceiling over the same files. */
typedef struct contest {
    const bench_settings *settings;
    inputs inputs;
    char *job;
    ceiling *ceiling;
    ceiling_call call;
    series weir[MOST_THREADS + 1], ceilings[MOST_THREADS + 1]; /* M records/s, by workers */
    uint64_t distinct; /* what the ceiling found */
} contest;

static bool ceiling_is_possible(void)
{
#if defined __x86_64__ && !WEIR_SCALAR
    if (!__builtin_cpu_supports("avx2")) {
        fputs("bench: the ceiling is built for AVX2, which this processor does not have; "
              "configure with -DWEIR_SCALAR=ON\n", stderr);
        return false;
    }
#endif
    return true;
}

static bool open_contest(contest *contest, report *report, const job_functions *functions)
{
    const inputs *inputs = &contest->inputs;
    report_input(report, "%zu files, %.1f M records, %.1f MB", inputs->count,
                 (double)inputs->records / 1e6, (double)inputs->bytes / 1e6);
    if (!ceiling_is_possible()) return false;
    contest->job = job_over_files(contest->settings, report->bench, inputs, functions);
    contest->ceiling = contest->job ? ceiling_create(inputs->paths, inputs->count) : NULL;
    return contest->ceiling != NULL;
}

static bool run_ceiling(contest *contest, int threads)
{
    ceiling_result result;
    if (!contest->call(contest->ceiling, threads, &result)) return false;
    series_add(&contest->ceilings[threads], (double)result.records / result.seconds / 1e6);
    contest->distinct = result.distinct;
    if (result.records == contest->inputs.records) return true;
    fprintf(stderr, "bench: the ceiling saw %llu records of %llu\n",
            (unsigned long long)result.records, (unsigned long long)contest->inputs.records);
    return false;
}

static bool run_weir(contest *contest, int workers)
{
    run_summary summary;
    const char *weir = contest->settings->weir;
    if (!weir_run_whole(weir, contest->job, masters[workers], &summary)) return false;
    series_add(&contest->weir[workers], (double)contest->inputs.records / summary.seconds / 1e6);
    if (summary.output == contest->distinct) return true;
    fprintf(stderr, "bench: weir put out %llu records, the ceiling %llu\n",
            (unsigned long long)summary.output, (unsigned long long)contest->distinct);
    return false;
}

static bool run_contest(contest *contest, int most_workers)
{
    for (int run = 0; run < contest->settings->runs; run++) {
        for (int workers = 1; workers <= most_workers; workers++) {
            if (!run_ceiling(contest, workers)) return false;
            if (!run_weir(contest, workers)) return false;
        }
    }
    return true;
}

static void close_contest(contest *contest)
{
    ceiling_free(contest->ceiling);
    free(contest->job);
    inputs_release(&contest->inputs);
}

/* Run by run: what ran one after another had the same machine. */
static series ratios(const series *over, const series *under)
{
    series ratios = {.count = 0};
    for (size_t i = 0; i < over->count; i++)
        series_add(&ratios, over->values[i] / under->values[i]);
    return ratios;
}

static void report_contest(const contest *contest, report *report, double least)
{
    const target none = {NO_TARGET, 0};
    const target at_least = {least > 0 ? AT_LEAST : NO_TARGET, least};
    report_series(report, "weir, 1 worker", "M/s", &contest->weir[1], none);
    report_series(report, "ceiling, 1 thread", "M/s", &contest->ceilings[1], none);
    series of_ceiling = ratios(&contest->weir[1], &contest->ceilings[1]);
    report_series(report, "weir / ceiling", "ratio", &of_ceiling, at_least);
}

static void report_scaling(const contest *contest, report *report, double least)
{
    const target none = {NO_TARGET, 0}, at_least = {AT_LEAST, least};
    const series *weir = contest->weir, *ceilings = contest->ceilings;
    report_series(report, "weir, 1 worker", "M/s", &weir[1], none);
    report_series(report, "weir, 2 workers", "M/s", &weir[2], none);
    report_series(report, "ceiling, 1 thread", "M/s", &ceilings[1], none);
    report_series(report, "ceiling, 2 threads", "M/s", &ceilings[2], none);
    series of_weir = ratios(&weir[2], &weir[1]), of_ceiling = ratios(&ceilings[2], &ceilings[1]);
    report_series(report, "weir, 2 workers / 1", "ratio", &of_weir, at_least);
    report_series(report, "ceiling, 2 threads / 1", "ratio", &of_ceiling, none);
}

/* `workers` 1: against the ceiling; 2: against one worker. */
static bool count_words(const bench_settings *settings, report *report,
                        const job_functions *functions, int workers, double least)
{
    contest contest = {.settings = settings, .call = ceiling_words};
    size_t files = settings->is_quick ? 3 : 20;
    uint64_t words = settings->is_quick ? 20000 : 1000000;
    bool is_well = inputs_words(&contest.inputs, settings->inputs, files, words) &&
                   open_contest(&contest, report, functions) && run_contest(&contest, workers);
    if (is_well && workers == 1) report_contest(&contest, report, least);
    if (is_well && workers == 2) report_scaling(&contest, report, least);
    close_contest(&contest);
    return is_well;
}

static job_functions library_functions(void)
{
    return (job_functions){NULL, "split_ws", "pair_with_one", "sum"};
}

static job_functions user_functions(const bench_settings *settings)
{
    return (job_functions){settings->functions, "my_split", "my_pair", "my_add"};
}

bool bench_word_count(const bench_settings *settings, report *report)
{
    job_functions functions = library_functions();
    return count_words(settings, report, &functions, 1, 0.60);
}

bool bench_word_count_functions(const bench_settings *settings, report *report)
{
    job_functions functions = user_functions(settings);
    return count_words(settings, report, &functions, 1, 0.40);
}

bool bench_word_count_2(const bench_settings *settings, report *report)
{
    job_functions functions = library_functions();
    return count_words(settings, report, &functions, 2, 1.3);
}

bool bench_word_count_functions_2(const bench_settings *settings, report *report)
{
    job_functions functions = user_functions(settings);
    return count_words(settings, report, &functions, 2, 1.6);
}

/* One batch of events. */
static bool reduce_events(const bench_settings *settings, report *report, double theta,
                          double least)
{
    const job_functions functions = {NULL, "parse_csv_kv", NULL, "sum"};
    contest contest = {.settings = settings, .call = ceiling_sums};
    uint64_t events = settings->is_quick ? 50000 : 10000000;
    uint64_t keys = settings->is_quick ? 5000 : 1000000;
    bool is_well = inputs_events(&contest.inputs, settings->inputs, 1, events, keys, theta) &&
                   open_contest(&contest, report, &functions) && run_contest(&contest, 1);
    if (is_well) report_contest(&contest, report, least);
    close_contest(&contest);
    return is_well;
}

bool bench_reduce_1m(const bench_settings *settings, report *report)
{
    return reduce_events(settings, report, 0, 0.6);
}

bool bench_reduce_1m_skewed(const bench_settings *settings, report *report)
{
    return reduce_events(settings, report, 0.99, 0);
}
