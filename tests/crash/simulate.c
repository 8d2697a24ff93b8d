/* simulate [--runs N] [--seed S] [--verbose] [--threads [--same]] [--break NAME] [--outcome]:
 * whole runs of durable contexts on a disk that fails. Each seed decides a program, where and how
 * often it crashes or meets an error or a full disk, what of the disk survives, which checkpoint
 * is damaged meanwhile, jumps of the wall clock, and which thread goes on when; then everything is
 * compared with a run without faults. Where a bit of the log was changed, it may differ, or refuse
 * to go on, but not in silence.
 *
 * A run that fails is a line with its seed: `simulate --seed S --verbose` is that run again, with
 * every call.
 *
 * --threads: with threads and a clock of the machine's (not by turns.h), so that no run is
 * the same twice; always so with the thread sanitizer. --same: the first seed, again and again.
 *
 * --break plants an error, which must be found within the runs: the exit code is then 0 if it
 * was. --outcome: not by what is checked on the way, but by what came of it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "crash/disk_calls.h"
#include "crash/simulate_apart.h"
#include "crash/simulate_run.h"

typedef struct arguments {
    uint64_t runs;
    uint64_t seed;
    planted planted;
    bool is_same;
    bool is_told;
    bool only_outcome;
    bool has_threads;
} arguments;

/* The thread sanitizer looks for races: turns would hide them. */
#if defined(__SANITIZE_THREAD__)
static const bool sees_races = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
static const bool sees_races = true;
#else
static const bool sees_races = false;
#endif
#else
static const bool sees_races = false;
#endif

static int usage(void)
{
    fprintf(stderr, "usage: simulate [--runs N] [--seed S] [--verbose] [--threads [--same]] "
                    "[--break NAME] [--outcome]\nNAME:");
    for (int i = 1; i < PLANTED_KINDS; i++) fprintf(stderr, " %s", planted_names[i]);
    fprintf(stderr, "\n");
    return 2;
}

static planted find_planted(const char *name)
{
    int at = 0;
    while (at < PLANTED_KINDS && strcmp(planted_names[at], name) != 0) at++;
    return (planted)at;
}

static bool set_flag(const char *word, arguments *arguments)
{
    bool *flag = strcmp(word, "--same") == 0      ? &arguments->is_same
                 : strcmp(word, "--verbose") == 0 ? &arguments->is_told
                 : strcmp(word, "--outcome") == 0 ? &arguments->only_outcome
                 : strcmp(word, "--threads") == 0 ? &arguments->has_threads
                                                  : NULL;
    if (flag) *flag = true;
    return flag;
}

static bool parse(int count, char **words, arguments *arguments)
{
    bool has_runs = false, has_seed = false;
    *arguments = (struct arguments){.runs = 1000, .seed = 1, .has_threads = sees_races};
    for (int i = 1; i < count; i++) {
        const char *word = words[i], *value = i + 1 < count ? words[i + 1] : NULL;
        if (set_flag(word, arguments)) continue;
        if (!value) return false;
        i++;
        if (strcmp(word, "--runs") == 0) {
            arguments->runs = strtoull(value, NULL, 10);
            has_runs = true;
        } else if (strcmp(word, "--seed") == 0) {
            arguments->seed = strtoull(value, NULL, 10);
            has_seed = true;
        } else if (strcmp(word, "--break") == 0) {
            arguments->planted = find_planted(value);
        } else {
            return false;
        }
    }
    if (has_seed && !has_runs) arguments->runs = 1;
    return arguments->planted < PLANTED_KINDS;
}

/* In memory, if there is such a place: nothing here has to last. Runs work in it by relative
 * names, which are the same in all of them. */
static bool enter_base(char base[128])
{
    (void)snprintf(base, 128, "/dev/shm/simulate-XXXXXX");
    if (!mkdtemp(base)) (void)snprintf(base, 128, "/tmp/simulate-XXXXXX");
    return (access(base, F_OK) == 0 || mkdtemp(base)) && chdir(base) == 0;
}

static void remove_base(const char *base)
{
    disk_calls_clear(base);
    (void)rmdir(base);
}

/* One alone stays in this process, for a debugger; it is the same there. */
static void run_one(const arguments *arguments, simulation *simulation)
{
    if (arguments->has_threads || arguments->runs == 1) simulation_run(simulation);
    else simulation_run_apart(simulation);
}

int main(int count, char **words)
{
    arguments arguments;
    char base[128];
    if (!parse(count, words, &arguments)) return usage();
    if (!enter_base(base)) return 2;
    uint64_t failed = 0, lives = 0, crashes = 0, done = 0;
    int64_t began_us = clock_monotonic_us();
    bool is_planted = arguments.planted != PLANTED_NOTHING;
    while (done < arguments.runs && !(is_planted && failed)) {
        simulation simulation = {.seed = arguments.seed + (arguments.is_same ? 0 : done),
                                 .planted = arguments.planted,
                                 .only_outcome = arguments.only_outcome,
                                 .is_told = arguments.is_told,
                                 .has_threads = arguments.has_threads};
        run_one(&arguments, &simulation);
        done++;
        lives += (uint64_t)simulation.lives;
        crashes += (uint64_t)simulation.crashes;
        if (simulation.why.size > 0) {
            failed++;
            printf("seed %" PRIu64 ": FAILED\n%.*s", simulation.seed, (int)simulation.why.size,
                   simulation.why.bytes);
            fflush(stdout);
        }
        buffer_release(&simulation.why);
    }
    remove_base(base);
    double took_s = (double)(clock_monotonic_us() - began_us) / 1e6;
    printf("%" PRIu64 " runs, %" PRIu64 " lives, %" PRIu64 " crashes, %" PRIu64
           " failed; %.1f s\n",
           done, lives, crashes, failed, took_s);
    return is_planted ? failed == 0 : failed > 0;
}
