/* weir check JOB: validates a job and draws its lineage. */
#include <stdio.h>
#include <stdlib.h>

#include "tools/arguments.h"
#include "tools/command.h"
#include "tools/message.h"
#include "tools/program.h"

static const argument check_arguments[] = {
    {"no-color", ARGUMENT_NO_COLOR, NULL,
     "messages without colour (also: NO_COLOR in the environment)"},
    {"help", ARGUMENT_HELP, NULL, "this text"},
    {NULL, ARGUMENT_HELP, NULL, NULL},
};

static const command_line check_line = {
    .name = "check",
    .examples = "  weir check words.json         is the job right? what does it compute?\n"
                "  weir check ./job.so           the same for a job built from C\n",
    .usage = "[OPTION]... JOB",
    .about = "Validates a job as `weir run` with the same options does, without running it, and\n"
             "draws its lineage: a line for each stream, with its function and its inputs,\n"
             "then a line for each output. The directory of --checkpoint is not looked at:\n"
             "that is for `weir plan`.\n"
             "A wrong job gives one error, with the place in the file, and exit code 2.\n",
    .arguments = check_arguments,
    .has_settings = true,
    .most_operands = 1,
};

/* Without its directory, of which nothing is asked here but whether there is to be one. */
static int draw(program *program, run_settings settings, problem *problem)
{
    weir_context *context = NULL;
    bool lasts = settings.checkpoint;
    settings.checkpoint = NULL;
    int code = program_create(program, &settings, &context, problem);
    weir_status status = code == EXIT_OK ? weir_check(context, lasts) : WEIR_OK;
    if (status != WEIR_OK) {
        problem_set(problem, "%s: %s", program->path, weir_last_error());
        code = exit_code_of(status);
    } else if (code == EXIT_OK) {
        char *text = weir_lineage_text(context);
        fputs(text ? text : "", stdout);
        free(text);
    }
    weir_context_free(context);
    return code;
}

int command_check(int argc, char **argv)
{
    arguments arguments;
    problem problem;
    program program = {0};
    if (!arguments_read(&check_line, argc, argv, &arguments, &problem))
        return message_usage("check", problem.text);
    if (arguments.wants_help) {
        arguments_help(&check_line);
        return exit_after_output();
    }
    if (arguments.operand_count == 0)
        return message_usage("check", "which job? Give a job file or a shared object");

    int code = EXIT_USAGE;
    if (program_load(&program, arguments.operands[0], &problem)) {
        run_settings settings = program_settings(&program);
        arguments_override(&arguments, &settings);
        code = draw(&program, settings, &problem);
    }
    if (code != EXIT_OK) message_print(WEIR_ERROR, problem.text);
    else code = exit_after_output();
    program_release(&program);
    return code;
}
