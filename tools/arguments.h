/* Command lines: the options of a subcommand from a table, which also prints its help. */
#ifndef TOOLS_ARGUMENTS_H
#define TOOLS_ARGUMENTS_H

#include "tools/settings.h"

typedef enum argument_id {
    ARGUMENT_HELP = 1,
    ARGUMENT_PROGRESS,
    ARGUMENT_JSON,
    ARGUMENT_NO_COLOR
} argument_id;

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
    size_t most_operands;
} command_line;

typedef struct arguments {
    weir_options options; /* what the command line sets */
    bool is_set[SETTING_NUMBER];
    const char *progress;
    bool wants_help;
    bool wants_json;
    const char *operands[2];
    size_t operand_count;
} arguments;

/* Reads a command line. False: it is wrong, and the problem says how. */
bool arguments_read(const command_line *line, int argc, char **argv, arguments *arguments,
                    problem *problem);
/* The help, on standard output. */
void arguments_help(const command_line *line);
/* Puts what the command line sets over `options`. */
void arguments_override(const arguments *arguments, weir_options *options);

#endif
