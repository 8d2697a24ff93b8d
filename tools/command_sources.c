/* weir sources, weir sinks: what jobs can read from and write to. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "tools/arguments.h"
#include "tools/command.h"
#include "tools/job_table.h"
#include "tools/json_value.h"
#include "tools/message.h"

static const argument own_arguments[] = {
    {"json", ARGUMENT_JSON, NULL, "one JSON object each, one a line"},
    {"no-color", ARGUMENT_NO_COLOR, NULL,
     "messages without colour (also: NO_COLOR in the environment)"},
    {"help", ARGUMENT_HELP, NULL, "this text"},
    {NULL, ARGUMENT_HELP, NULL, NULL},
};

static const command_line sources_line = {
    .name = "sources",
    .examples = "  weir sources                   all of them, with their fields\n"
                "  weir sources --json | jq .op   for scripts\n",
    .usage = "[OPTION]...",
    .about = "Lists the sources that a job can have, with the fields of each; those that must be\n"
             "given have a star.\n",
    .arguments = own_arguments,
};

static const command_line sinks_line = {
    .name = "sinks",
    .examples = "  weir sinks                   all of them, with their fields\n"
                "  weir sinks --json | jq .op   for scripts\n",
    .usage = "[OPTION]...",
    .about = "Lists the outputs that a job can have, with the fields of each; those that must be\n"
             "given have a star.\n",
    .arguments = own_arguments,
};

static void print_row(const job_op *op)
{
    printf("%-20s", op->name);
    for (const job_field *field = op->fields; field->name; field++)
        printf("  %s%s", field->name, field->is_required ? "*" : "");
    printf("\n");
}

static void print_json(const job_op *op)
{
    json_t *fields = json_array();
    for (const job_field *field = op->fields; field->name; field++)
        json_array_append_new(fields, json_pack("{s:s,s:b}", "name", field->name, "required",
                                                (int)field->is_required));
    json_t *json = json_pack("{s:i,s:s,s:o}", "v", 1, "op", op->name, "fields", fields);
    json_print_line(json);
}

static int list(const command_line *line, job_section section, int argc, char **argv)
{
    arguments arguments;
    problem problem;
    if (!arguments_read(line, argc, argv, &arguments, &problem))
        return message_usage(line->name, problem.text);
    if (arguments.wants_help) {
        arguments_help(line);
        return exit_after_output();
    }
    const job_op *op;
    for (size_t i = 0; (op = job_op_at(i)); i++) {
        if (op->section != section) continue;
        if (arguments.wants_json) print_json(op);
        else print_row(op);
    }
    return exit_after_output();
}

int command_sources(int argc, char **argv)
{
    return list(&sources_line, JOB_SOURCES, argc, argv);
}

int command_sinks(int argc, char **argv)
{
    return list(&sinks_line, JOB_OUTPUTS, argc, argv);
}
