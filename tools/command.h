/* The subcommands of weir, and what they share. Each takes its own arguments, argv[0] being its
 * name, and answers the exit code of the process. */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include "weir/status.h"

int command_run(int argc, char **argv);
int command_check(int argc, char **argv);
int command_functions(int argc, char **argv);
int command_sources(int argc, char **argv);
int command_sinks(int argc, char **argv);
int command_dump(int argc, char **argv);
int command_stat(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_plan(int argc, char **argv);
int command_checkpoint(int argc, char **argv);

/* Documented in `weir --help`; they do not change. */
enum {
    EXIT_OK = 0,
    EXIT_JOB = 1,       /* a batch, a function or the stop failed */
    EXIT_USAGE = 2,     /* the command line or the job is wrong; nothing ran */
    EXIT_STATE = 3,     /* what is stored does not fit the program; nothing was touched */
    EXIT_DAMAGED = 4,
    EXIT_LOCKED = 5,
    EXIT_STORAGE = 6,   /* disk full, whenever; or a file that cannot be read or written */
    EXIT_FORCED = 128   /* plus the number of the signal that forced the end */
};

/* The exit code for a call that failed before the first batch. */
int exit_code_of(weir_status status);
/* The exit code for a batch or a stop that failed: EXIT_JOB, or EXIT_STORAGE where the disk is
 * full or the last checkpoint could not be written. */
int exit_code_of_run(weir_status status);
/* Says what standard output lacks, for which exit_after_output answers EXIT_JOB. */
void exit_note_lack(const char *text);
/* Flushes standard output: EXIT_OK, or EXIT_STORAGE and a message; a pipe that was closed is no
 * error. */
int exit_after_output(void);

#endif
