/* Command lines: the options of a subcommand from a table, which also prints its help. */
#ifndef TOOLS_ARGUMENTS_H
#define TOOLS_ARGUMENTS_H

#include "tools/settings.h"

typedef enum argument_id {
    ARGUMENT_HELP = 1,
    ARGUMENT_PROGRESS,
    ARGUMENT_JSON,
    ARGUMENT_NO_COLOR,
    /* of a restart */
    ARGUMENT_DROP_STATE,
    ARGUMENT_IGNORE_STATE,
    ARGUMENT_DROP_SOURCE,
    ARGUMENT_SKIP_BATCH,
    ARGUMENT_LOSE_BATCH,
    ARGUMENT_LOSE_SEGMENT,
    ARGUMENT_MISSING_FILES,
    ARGUMENT_DOWN_BATCHES,
    ARGUMENT_FROM,
    /* of what is looked at */
    ARGUMENT_SPACE,
    ARGUMENT_PREFIX,
    ARGUMENT_AT,
    ARGUMENT_WAIT
} argument_id;

enum {
    GIVEN_UP_MAX = 64, /* names of state, of sources, times of batches */
    OPERANDS_MAX = 2
};

typedef struct argument {
    const char *option;
    argument_id id;
    const char *value; /* what stands for the value in the help; NULL: takes none */
    const char *about;
} argument;

typedef struct command_line {
    const char *name;
    const char *examples; /* lines of the help, which begins with them */
    const char *usage;    /* what stands behind the name */
    const char *about;
    const argument *arguments; /* ended by an option NULL */
    bool has_settings;         /* takes the settings of a run too */
    size_t least_operands;
    size_t most_operands;
    const char *lacking; /* what is asked if there are less */
} command_line;

typedef struct arguments {
    run_settings settings; /* what the command line sets */
    bool is_set[SETTING_NUMBER];
    const char *drop_state[GIVEN_UP_MAX];
    const char *drop_source[GIVEN_UP_MAX];
    int64_t skip_batches[GIVEN_UP_MAX];
    int64_t lose_batches[GIVEN_UP_MAX];
    uint64_t lose_segments[GIVEN_UP_MAX];
    const char *progress;
    bool wants_help;
    bool wants_json;
    const char *space;
    const char *prefix;
    bool has_at;
    int64_t at_ms;
    int64_t wait_ms; /* 0: not given */
    const char *operands[OPERANDS_MAX];
    size_t operand_count;
} arguments;

/* Reads a command line. False: it is wrong, and the problem says how. */
bool arguments_read(const command_line *line, int argc, char **argv, arguments *arguments,
                    problem *problem);
/* The same, and what every command does first. False: that was all, with that exit code: the help
 * was asked for, or something is wrong and was said. */
bool arguments_begin(const command_line *line, int argc, char **argv, arguments *arguments,
                     int *code);
/* The help, on standard output. */
void arguments_help(const command_line *line);
/* Puts what the command line sets over `to`; lists are borrowed from `arguments`. */
void arguments_override(const arguments *arguments, run_settings *to);

#endif
