#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/job.h"
#include "bench/memory.h"

static const char help[] =
    "  bench word-count                   how near word count comes to the limit of the machine\n"
    "  bench all                          every benchmark; takes minutes\n"
    "  bench all --quick                  the same on tiny inputs: that it works, not how fast\n"
    "  bench word-count-2 --runs 9        more runs of each side\n"
    "  bench all --json >results.jsonl    a JSON object a line\n"
    "  bench soak --seconds 3600          an hour of keys that come and go\n"
    "  bench --list                       the benchmarks and what they measure\n"
    "\n"
    "usage: bench NAME... [OPTION...]\n"
    "\n"
    "  --json         results as JSON Lines\n"
    "  --runs N       runs of each side that is compared, in turn (5; 1 with --quick)\n"
    "  --seconds N    how long socket-latency sends, for each interval, and soak in all (60)\n"
    "  --quick        tiny inputs\n"
    "  --list         names and what is measured\n"
    "  --help         this\n"
    "\n"
    "Results are on standard output. Inputs are made once, in the folder inputs beside the\n"
    "program; what else is written goes to a folder there that is removed in the end.\n"
    "\n"
    "Exit code: 0, also if a target is missed; 1 if a benchmark could not run, or if a result\n"
    "was wrong; 2 for a wrong command line.\n";

/* A path beside this program; given to the caller. */
static char *beside(const char *name)
{
    char program[4096], *path = NULL;
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(program, '/');
    int folder = slash ? (int)(slash - program) : 0;
    if (asprintf(&path, "%.*s/%s", folder, program, name) < 0) memory_need(NULL);
    return path;
}

static bool read_count(const char *text, int most, int *count)
{
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    if (errno || *end || end == text || number < 1 || number > most) {
        fprintf(stderr, "bench: \"%s\" should be a number from 1 to %d\n", text, most);
        return false;
    }
    *count = (int)number;
    return true;
}

static int print_list(void)
{
    for (size_t i = 0; i < bench_count; i++)
        printf("%-24s%s\n", benches[i].name, benches[i].about);
    return 0;
}

/* The processor, for whoever reads the table later. */
static void print_machine(void)
{
    char *line = NULL;
    size_t room = 0;
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file && getline(&line, &room, file) > 0) {
        if (strncmp(line, "model name", 10) != 0 || !strchr(line, ':')) continue;
        fprintf(stderr, "bench: %ld processors,%s", sysconf(_SC_NPROCESSORS_ONLN),
                strchr(line, ':') + 1);
        break;
    }
    if (file) fclose(file);
    free(line);
}

static const bench *find(const char *name)
{
    for (size_t i = 0; i < bench_count; i++)
        if (strcmp(benches[i].name, name) == 0) return &benches[i];
    return NULL;
}

/* Are these names, "all" included? */
static bool check_names(char **names, int count)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], "all") == 0 || find(names[i])) continue;
        fprintf(stderr, "bench: there is no benchmark \"%s\"; see bench --list\n", names[i]);
        return false;
    }
    return true;
}

static int run(const bench_settings *settings, report *report, char **names, int count)
{
    bool is_well = true;
    print_machine();
    for (int i = 0; i < count; i++) {
        bool is_all = strcmp(names[i], "all") == 0;
        for (size_t k = 0; k < bench_count; k++) {
            if (!is_all && strcmp(names[i], benches[k].name) != 0) continue;
            report->bench = benches[k].name;
            if (!benches[k].run(settings, report)) {
                fprintf(stderr, "bench: %s: FAILED\n", benches[k].name);
                is_well = false;
            }
        }
    }
    return is_well ? 0 : 1;
}

enum { OPTION_JSON = 256, OPTION_RUNS, OPTION_SECONDS, OPTION_QUICK, OPTION_LIST, OPTION_HELP };

static const struct option options[] = {
    {"json", no_argument, NULL, OPTION_JSON},
    {"runs", required_argument, NULL, OPTION_RUNS},
    {"seconds", required_argument, NULL, OPTION_SECONDS},
    {"quick", no_argument, NULL, OPTION_QUICK},
    {"list", no_argument, NULL, OPTION_LIST},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

/* An option with a number; false for what is no option. */
static bool read_number(int option, bench_settings *settings)
{
    if (option == OPTION_RUNS) return read_count(optarg, SERIES_MAX, &settings->runs);
    return option == OPTION_SECONDS && read_count(optarg, 3600, &settings->seconds);
}

/* Reads the options; the exit code if there is nothing more to do, else -1. */
static int read_options(int argc, char **argv, bench_settings *settings, report *report)
{
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == OPTION_JSON) report->is_json = true;
        else if (option == OPTION_QUICK) settings->is_quick = report->is_quick = true;
        else if (option == OPTION_LIST) return print_list();
        else if (option == OPTION_HELP) return fputs(help, stdout) < 0;
        else if (!read_number(option, settings)) return 2;
    }
    if (optind == argc) {
        fputs("bench: give the name of a benchmark, or all; see bench --help\n", stderr);
        return 2;
    }
    if (settings->runs == 0) settings->runs = settings->is_quick ? 1 : 5;
    return check_names(argv + optind, argc - optind) ? -1 : 2;
}

/* What stands beside this program. */
static void find_all(bench_settings *settings)
{
    char scratch[64];
    snprintf(scratch, sizeof scratch, "scratch-%ld", (long)getpid());
    settings->weir = beside("../tools/weir");
    settings->functions = beside("word_functions.so");
    settings->log_append = beside("log_append");
    settings->state_rates = beside("state_rates");
    settings->rocks_loop = beside("rocks_loop");
    settings->state_scan = beside("state_scan");
    settings->kafka_bare = beside("kafka_bare");
    settings->inputs = beside("inputs");
    settings->scratch = beside(scratch);
}

static void release_all(bench_settings *settings)
{
    free(settings->weir);
    free(settings->functions);
    free(settings->log_append);
    free(settings->state_rates);
    free(settings->rocks_loop);
    free(settings->state_scan);
    free(settings->kafka_bare);
    free(settings->inputs);
    free(settings->scratch);
}

int main(int argc, char **argv)
{
    report report = {.bench = ""};
    bench_settings settings = {.seconds = 60};
    int code = read_options(argc, argv, &settings, &report);
    if (code >= 0) return code;
    find_all(&settings);
    (void)mkdir(settings.scratch, 0777); /* if it cannot be made, writing to it says so */
    code = run(&settings, &report, argv + optind, argc - optind);
    job_forget(settings.scratch);
    release_all(&settings);
    return code;
}
