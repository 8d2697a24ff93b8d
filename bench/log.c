/* The log against the disk it is on, A B A B ..., each in a process of its own. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/bench.h"

enum { WAITING = 2 }; /* blocks without an answer, at most: one is written, one waits */

extern char **environ;

/* What log_append prints. */
typedef struct appended {
    double seconds;
    unsigned long long syncs;
    double p50_us, p99_us;
} appended;

/* The answer of a process that was started with its output into `from`. */
static bool await(pid_t process, int from, appended *appended)
{
    int status = 0;
    FILE *answer = fdopen(from, "r");
    bool is_well = answer && fscanf(answer, "%lf %llu %lf %lf", &appended->seconds,
                                    &appended->syncs, &appended->p50_us, &appended->p99_us) == 4;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {}
    if (answer) fclose(answer);
    else close(from);
    return is_well && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool run(const bench_settings *settings, const char *what, appended *appended)
{
    char waiting[20];
    const char *size = settings->is_quick ? "4" : "1024";
    snprintf(waiting, sizeof waiting, "%d", WAITING);
    const char *arguments[] = {settings->log_append, what, settings->inputs, size,
                               strcmp(what, "log") == 0 ? waiting : NULL, NULL};
    int ends[2];
    pid_t process;
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    int error = posix_spawn(&process, settings->log_append, &actions, NULL,
                            (char **)(uintptr_t)arguments, environ); /* it changes none */
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (error == 0 && await(process, ends[0], appended)) return true;
    if (error) close(ends[0]);
    fprintf(stderr, "bench: %s %s failed%s%s\n", settings->log_append, what, error ? ": " : "",
            error ? strerror(error) : "");
    return false;
}

bool bench_log(const bench_settings *settings, report *report)
{
    const target none = {NO_TARGET, 0};
    const double mib = settings->is_quick ? 4 : 1024;
    series disk = {.count = 0}, log = disk, ratios = disk;
    series write_p99 = disk, answer_p99 = disk, answer_syncs = disk;
    report_input(report, "%.0f MiB in blocks of 1 MiB, %d of them waiting", mib, WAITING);
    for (int i = 0; i < settings->runs; i++) {
        appended alone, logged;
        if (!run(settings, "disk", &alone) || !run(settings, "log", &logged)) return false;
        series_add(&disk, mib * 1.048576 / alone.seconds);
        series_add(&log, mib * 1.048576 / logged.seconds);
        series_add(&ratios, alone.seconds / logged.seconds);
        series_add(&write_p99, alone.p99_us / 1000);
        series_add(&answer_p99, logged.p99_us / 1000);
        series_add(&answer_syncs, logged.p99_us / alone.p99_us);
    }
    report_series(report, "1 MiB writes, each synced", "MB/s", &disk, none);
    report_series(report, "log", "MB/s", &log, none);
    report_series(report, "log / writes", "ratio", &ratios, (target){AT_LEAST, 0.8});
    report_series(report, "a synced write, p99", "ms", &write_p99, none);
    report_series(report, "a block's answer, p99", "ms", &answer_p99, none);
    report_series(report, "a block's answer / a synced write", "ratio", &answer_syncs,
                  (target){BELOW, 3});
    return true;
}
