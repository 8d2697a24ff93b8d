/* Lines through a receiver and the log, and through the log alone, against the disk it is on, in
 * turn. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "bench/job.h"
#include "bench/memory.h"
#include "bench/receiver.h"
#include "bench/room_program.h"

enum { WAITING = 2 }; /* blocks without an answer, at most: one is written, one waits */

/* What log_append prints, in this order. */
typedef enum figure { SECONDS, SYNCS, P50_US, P99_US, FIGURES } figure;

typedef struct log_series {
    series disk, receiver, log;             /* MB/s */
    series receiver_ratio, log_ratio;       /* to the disk */
    series disk_p99, receiver_p99, log_p99; /* ms */
    series receiver_syncs, log_syncs;       /* a block's answer in synced writes, of both p99 */
} log_series;

static bool append(const bench_settings *settings, const char *what, int mib, double *figures)
{
    char waiting[20], size[20];
    snprintf(waiting, sizeof waiting, "%d", WAITING);
    snprintf(size, sizeof size, "%d", mib);
    bool is_log = what[0] == 'l';
    const char *arguments[] = {settings->log_append, what, settings->scratch, size,
                               is_log ? waiting : NULL, NULL};
    return room_program_read(arguments, figures, FIGURES);
}

static bool receive(const char *directory, int mib, received *received)
{
    bool is_well = job_forget(directory) && receiver_run(directory, (size_t)mib, received);
    return job_forget(directory) && is_well;
}

static bool run_all(const bench_settings *settings, const char *directory, int mib,
                    log_series *to)
{
    double disk[FIGURES], log[FIGURES];
    received received;
    if (!append(settings, "disk", mib, disk) || !receive(directory, mib, &received) ||
        !append(settings, "log", mib, log))
        return false;
    const double mb = mib * 1.048576;
    series_add(&to->disk, mb / disk[SECONDS]);
    series_add(&to->receiver, mb / received.seconds);
    series_add(&to->log, mb / log[SECONDS]);
    series_add(&to->receiver_ratio, disk[SECONDS] / received.seconds);
    series_add(&to->log_ratio, disk[SECONDS] / log[SECONDS]);
    series_add(&to->disk_p99, disk[P99_US] / 1000);
    series_add(&to->receiver_p99, received.p99_us / 1000);
    series_add(&to->log_p99, log[P99_US] / 1000);
    series_add(&to->receiver_syncs, received.p99_us / disk[P99_US]);
    series_add(&to->log_syncs, log[P99_US] / disk[P99_US]);
    return true;
}

static void report_all(report *report, const log_series *all)
{
    const target none = {NO_TARGET, 0}, rate = {AT_LEAST, 0.8}, answer = {BELOW, 3};
    report_series(report, "1 MiB writes, each synced", "MB/s", &all->disk, none);
    report_series(report, "through a receiver", "MB/s", &all->receiver, none);
    report_series(report, "receiver / writes", "ratio", &all->receiver_ratio, rate);
    report_series(report, "a synced write, p99", "ms", &all->disk_p99, none);
    report_series(report, "a block's answer, p99", "ms", &all->receiver_p99, none);
    report_series(report, "a block's answer / a synced write", "ratio", &all->receiver_syncs,
                  answer);
    report_series(report, "the log alone", "MB/s", &all->log, none);
    report_series(report, "log alone / writes", "ratio", &all->log_ratio, none);
    report_series(report, "log alone: an answer, p99", "ms", &all->log_p99, none);
    report_series(report, "log alone: answer / synced write", "ratio", &all->log_syncs, none);
}

bool bench_log(const bench_settings *settings, report *report)
{
    const int mib = settings->is_quick ? 4 : 1024;
    char *directory = NULL;
    log_series all = {.disk = {.count = 0}};
    bool is_well = true;
    if (asprintf(&directory, "%s/%s.checkpoint", settings->scratch, report->bench) < 0)
        memory_need(NULL);
    report_input(report, "%d MiB in blocks of 1 MiB, %d of them waiting", mib, WAITING);
    for (int i = 0; is_well && i < settings->runs; i++)
        is_well = run_all(settings, directory, mib, &all);
    if (is_well) report_all(report, &all);
    free(directory);
    return is_well;
}
