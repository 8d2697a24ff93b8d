/* Keys that come and go for a long time. A session has lines for some seconds and is then never
 * heard of again; its sum times out, its age is removed by its function. Every second memory, disk
 * and the time of batches are looked at: in the last quarter they must be what they were in the
 * second one. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/feeder.h"
#include "bench/job.h"
#include "bench/memory.h"
#include "bench/weir_run.h"

enum { INTERVAL_MS = 50, LINES_PER_SECOND = 20000, SAMPLE_US = 1000000, QUICK_SECONDS = 2 };
/* A session has its lines among some 100,000, which are five seconds; new ones begin at 2,000 a
 * second. */
enum { SESSIONS_AT_A_TIME = 10000, LINES_OF_SESSION = 10 };

/* Enough for all keys that live at a time, and little enough for RocksDB's cache, which keeps
 * blocks of files that are long gone, to be full within the first quarter. */
#define STATE_MEMORY "8M"

typedef struct sample {
    double memory_mb, disk_mb, batch_ms; /* batch_ms: the median of a second */
} sample;

typedef struct soak {
    const char *checkpoint;
    sample *samples;
    size_t count, room;
    series batches; /* of this second, ms */
    uint64_t records;
} soak;

static size_t session_line(uint64_t number, int64_t now_us, char *line)
{
    (void)now_us;
    uint64_t mixed = (number + 1) * 0x9e3779b97f4a7c15u;
    uint64_t session = number / LINES_OF_SESSION + (mixed >> 33) % SESSIONS_AT_A_TIME;
    return (size_t)snprintf(line, FEEDER_LINE_MAX, "session-%012llu,%u\n",
                            (unsigned long long)session, (unsigned)(mixed >> 58));
}

/* Blocks of files, a file with several names once. Static: nftw hands on no pointer. */
static double disk_bytes;

static int add_file(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)path;
    (void)walk;
    if (type == FTW_F && status->st_nlink > 0)
        disk_bytes += 512.0 * (double)status->st_blocks / (double)status->st_nlink;
    return 0;
}

/* Files come and go meanwhile: one that has gone is not counted. */
static double disk_mb(const char *directory)
{
    disk_bytes = 0;
    (void)nftw(directory, add_file, 16, FTW_PHYS);
    return disk_bytes / 1e6;
}

static double memory_mb(pid_t process)
{
    char path[64];
    long pages = 0;
    snprintf(path, sizeof path, "/proc/%ld/statm", (long)process);
    FILE *file = fopen(path, "r");
    if (!file || fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
    if (file) fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

static void take_sample(soak *soak, pid_t process)
{
    if (soak->count == soak->room || soak->batches.count == 0) return;
    soak->samples[soak->count++] = (sample){.memory_mb = memory_mb(process),
                                            .disk_mb = disk_mb(soak->checkpoint),
                                            .batch_ms = series_median(&soak->batches)};
    soak->batches.count = 0;
}

static void note_batch(soak *soak, const json_t *event)
{
    const json_t *us = json_object_get(event, "processing_us");
    soak->records += (uint64_t)json_integer_value(json_object_get(event, "records"));
    series_add(&soak->batches, json_number_value(us) / 1000);
}

/* Until the feeder has sent all and all of it is computed. */
static bool watch(soak *soak, weir_run *run, const feeder *feeder)
{
    int64_t next_us = clock_us() + SAMPLE_US;
    while (!feeder->is_done || soak->records < feeder->sent) {
        json_t *event = weir_run_next(run);
        if (!event) return false;
        if (json_object_get(event, "status")) note_batch(soak, event);
        json_decref(event);
        if (clock_us() < next_us) continue;
        if (!feeder->is_done || soak->count == 0) take_sample(soak, run->process);
        next_us += SAMPLE_US;
    }
    return !feeder->has_failed;
}

/* --- flat or not ----------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The median of one member, at `offset`, of the samples from `from` on. */
static double median_of(const soak *soak, size_t offset, size_t from, size_t count)
{
    double *values = memory_need(malloc(count * sizeof *values));
    for (size_t i = 0; i < count; i++)
        values[i] = *(const double *)((const char *)&soak->samples[from + i] + offset);
    qsort(values, count, sizeof *values, by_value);
    double median = values[count / 2];
    free(values);
    return median;
}

static void report_flat(const soak *soak, report *report, const char *what, const char *unit,
                        size_t offset, target target)
{
    const struct target none = {NO_TARGET, 0};
    char name[64];
    size_t quarter = soak->count / 4 ? soak->count / 4 : 1;
    double early = median_of(soak, offset, soak->count > quarter ? quarter : 0, quarter);
    double late = median_of(soak, offset, soak->count - quarter, quarter);
    snprintf(name, sizeof name, "%s, second quarter", what);
    report_number(report, name, unit, early, none);
    snprintf(name, sizeof name, "%s, last quarter", what);
    report_number(report, name, unit, late, none);
    snprintf(name, sizeof name, "%s, last / second", what);
    report_number(report, name, "ratio", late / early, target);
}

static void report_soak(const soak *soak, report *report)
{
    const target flat = {AT_MOST, 1.25};
    report_flat(soak, report, "memory", "MB", offsetof(sample, memory_mb), flat);
    report_flat(soak, report, "disk", "MB", offsetof(sample, disk_mb), flat);
    report_flat(soak, report, "batch", "ms", offsetof(sample, batch_ms), flat);
}

static bool run(const bench_settings *settings, soak *soak, const char *name, int seconds)
{
    feeder feeder;
    weir_run run;
    if (!job_forget(soak->checkpoint) ||
        !feeder_start_with(&feeder, LINES_PER_SECOND, (int64_t)seconds * 1000000, session_line))
        return false;
    char *job = job_with_timeouts(settings, name, feeder.port, INTERVAL_MS, soak->checkpoint,
                                  STATE_MEMORY);
    bool is_well = job && weir_run_start(&run, settings->weir, job, "local[2]");
    if (is_well) {
        is_well = watch(soak, &run, &feeder);
        is_well = weir_run_stop(&run) && is_well;
    }
    feeder_stop(&feeder);
    free(job);
    if (is_well && soak->records == feeder.sent && soak->count > 0) return true;
    fprintf(stderr, "bench: %llu lines of %llu came out, %zu samples\n",
            (unsigned long long)soak->records, (unsigned long long)feeder.sent, soak->count);
    return false;
}

bool bench_soak(const bench_settings *settings, report *report)
{
    int seconds = settings->is_quick ? QUICK_SECONDS : settings->seconds;
    char *checkpoint = NULL;
    if (asprintf(&checkpoint, "%s/%s.checkpoint", settings->scratch, report->bench) < 0)
        memory_need(NULL);
    soak soak = {.checkpoint = checkpoint, .room = (size_t)seconds + 1};
    soak.samples = memory_need(malloc(soak.room * sizeof *soak.samples));
    report_input(report, "%d lines/s for %d s, interval %d ms", LINES_PER_SECOND, seconds,
                 INTERVAL_MS);
    bool is_well = run(settings, &soak, report->bench, seconds);
    if (is_well) report_soak(&soak, report);
    job_forget(checkpoint);
    free(checkpoint);
    free(soak.samples);
    return is_well;
}
