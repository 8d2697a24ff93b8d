/* The `weir` command: which subcommand is meant. */
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/command.h"
#include "tools/message.h"
#include "tools/problem.h"

typedef struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *about;
} command;

static const command commands[] = {
    {"run", command_run, "run a job"},
    {"check", command_check, "validate a job and draw what it computes"},
    {"functions", command_functions, "list the functions that jobs can use"},
    {"sources", command_sources, "list what jobs can read from"},
    {"sinks", command_sinks, "list what jobs can write to"},
    {"plan", command_plan, "what would a start with that directory do? is it refused?"},
    {"stat", command_stat, "sum up the directory of a run that lasts"},
    {"dump", command_dump, "show its state, panes, checkpoints, lineage, batches or log"},
    {"verify", command_verify, "read all of it: is it whole?"},
    {"checkpoint", command_checkpoint, "ask the run in a directory for a checkpoint now"},
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static int print_help(void)
{
    printf("Examples:\n"
           "  weir run words.json                        run a job until SIGINT or SIGTERM\n"
           "  weir run --master='local[2]' words.json    the same on two workers\n"
           "  weir check words.json                      is it right? what does it compute?\n"
           "  weir functions reduceByKey                 which functions can it use?\n"
           "  weir run --checkpoint=DIR words.json       goes on where it stopped, or was killed\n"
           "  weir dump state DIR                        the keys and values it has kept\n"
           "\n"
           "Usage: weir COMMAND [OPTION]... [ARGUMENT]\n"
           "\n"
           "weir computes over live data in small batches. Results are written to standard\n"
           "output, messages to standard error.\n"
           "\n"
           "Commands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-10s %s\n", commands[i].name, commands[i].about);
    printf("  %-10s %s\n", "help", "the help of a command: weir help run");
    printf("\n"
           "Options:\n"
           "  -h, --help     this text; with a command, its help\n"
           "      --version  the version\n"
           "\n"
           "Exit codes:\n"
           "  0    done, or stopped by SIGINT or SIGTERM after everything received was computed\n"
           "  1    a batch or a function failed, or the graceful stop took too long\n"
           "  2    the command line or the job is wrong; nothing ran\n"
           "  3    what is stored does not fit the job; nothing was touched\n"
           "  4    stored data is damaged\n"
           "  5    another process holds what is needed\n"
           "  6    the disk is full, or the last checkpoint of a run cannot be written; or a\n"
           "       file cannot be read or written, before the first batch; or standard output\n"
           "       cannot be written\n"
           "  130  forced by a second SIGINT, or before the run began; 143: by such a SIGTERM\n"
           "  134  ended by a library that could not go on (abort)\n");
    return exit_after_output();
}

static const command *find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    }
    return NULL;
}

static int refuse(const char *name)
{
    problem problem;
    nearest nearest;
    char hint[HINT_MAX];
    nearest_init(&nearest, name);
    for (size_t i = 0; i < COMMAND_COUNT; i++) nearest_offer(&nearest, commands[i].name);
    nearest_hint(&nearest, hint);
    if (!nearest.word && *name != '-' && access(name, F_OK) == 0)
        snprintf(hint, sizeof hint, "; `weir run JOB` runs a job");
    problem_set(&problem, "there is no %s \"%s\"%s", *name == '-' ? "option" : "command", name,
                hint);
    return message_usage(NULL, problem.text);
}

static int help_on(const char *name)
{
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) return print_help();
    const command *command = find(name);
    char help[] = "--help", *arguments[] = {help, help, NULL};
    return command ? command->run(2, arguments) : refuse(name);
}

/* Whoever starts a program without standard output does not want it to be the next file that the
 * program opens. What is missing is opened the wrong way round: using it fails as before. */
static void occupy_standard_streams(void)
{
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++) {
        if (fcntl(stream, F_GETFD) >= 0) continue;
        int opened = open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        if (opened < 0) _exit(EXIT_STORAGE);
    }
}

/* What many threads free stays with them; the memory that a user grants must not go there. The
 * path of a record asks for none, so threads seldom wait for each other. */
static void share_heaps(void)
{
#ifdef M_ARENA_MAX
    enum { HEAPS = 2 };
    (void)mallopt(M_ARENA_MAX, HEAPS);
#endif
}

int main(int argc, char **argv)
{
    occupy_standard_streams();
    share_heaps();
    static char line[1 << 14];
    setvbuf(stderr, line, _IOLBF, sizeof line); /* a line at a time, also where others write too */
    const char *name = argc > 1 ? argv[1] : NULL;
    if (!name) return message_usage(NULL, "which command? For example `weir run words.json`");
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) return print_help();
    if (strcmp(name, "help") == 0) return argc > 2 ? help_on(argv[2]) : print_help();
    if (strcmp(name, "--version") == 0) {
        printf("weir %s\n", weir_version());
        return exit_after_output();
    }
    const command *command = find(name);
    return command ? command->run(argc - 1, argv + 1) : refuse(name);
}
