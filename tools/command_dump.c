/* weir dump WHAT DIR: what is in the directory of a context. */
#include <stdio.h>
#include <string.h>

#include "tools/arguments.h"
#include "tools/command.h"
#include "tools/looking.h"
#include "tools/message.h"

static const argument dump_arguments[] = {
    {"json", ARGUMENT_JSON, NULL, "one JSON object a line, and nothing else"},
    {"space", ARGUMENT_SPACE, "NAME", "state, panes: of that name only"},
    {"prefix", ARGUMENT_PREFIX, "KEY", "state, panes: only keys that are strings and begin so"},
    {"at", ARGUMENT_AT, "TIME",
     "state, panes, lineage: of that checkpoint (default: the newest that is whole)"},
    {"no-color", ARGUMENT_NO_COLOR, NULL, "messages without colour (also: NO_COLOR set)"},
    {"help", ARGUMENT_HELP, NULL, "this text"},
    {NULL, ARGUMENT_HELP, NULL, NULL},
};

static const command_line dump_line = {
    .name = "dump",
    .examples = "  weir dump state DIR                          all keys and values\n"
                "  weir dump state --space=counts --prefix=a DIR\n"
                "  weir dump state --json DIR | jq .key         for scripts\n"
                "  weir dump panes --space=last DIR             what batches added to a window\n"
                "  weir dump checkpoints DIR                    what a restart can go on from\n"
                "  weir dump batches DIR                        what they are made of\n",
    .usage = "[OPTION]... WHAT DIR",
    .about = "Shows what is in DIR, the directory of a context: WHAT is\n"
             "  state        keys and values as of a checkpoint\n"
             "  panes        what each batch has added to windows, as of a checkpoint\n"
             "  checkpoints  those that are there, and whether they are whole\n"
             "  lineage      the streams and outputs of the program\n"
             "  batches      those that the log knows: what each consists of, and if it is done\n"
             "  log          every entry of the log\n"
             "Only reads, also beside a context that runs there, and goes on behind damage,\n"
             "which is said on standard error and gives exit code 4.\n",
    .arguments = dump_arguments,
    .least_operands = 2,
    .most_operands = 2,
    .lacking = "dump what, of which directory? For example `weir dump state DIR`",
};

static const struct {
    const char *name;
    int (*dump)(const char *directory, const arguments *arguments);
} dumps[] = {{"state", dump_state},
             {"panes", dump_panes},
             {"checkpoints", dump_checkpoints},
             {"lineage", dump_lineage},
             {"batches", dump_batches},
             {"log", dump_log}};

int command_dump(int argc, char **argv)
{
    arguments arguments;
    int code;
    if (!arguments_begin(&dump_line, argc, argv, &arguments, &code)) return code;
    nearest nearest;
    nearest_init(&nearest, arguments.operands[0]);
    for (size_t i = 0; i < sizeof dumps / sizeof dumps[0]; i++) {
        if (strcmp(dumps[i].name, arguments.operands[0]) == 0)
            return dumps[i].dump(arguments.operands[1], &arguments);
        nearest_offer(&nearest, dumps[i].name);
    }
    char hint[HINT_MAX];
    problem problem;
    problem_set(&problem, "weir dump does not know \"%s\"%s", arguments.operands[0],
                nearest_hint(&nearest, hint));
    return message_usage("dump", problem.text);
}
