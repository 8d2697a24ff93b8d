/* weir run JOB: runs a job until it ends, fails, or is told to stop. */
#include <stdio.h>

#include "tools/arguments.h"
#include "tools/command.h"
#include "tools/looking.h"
#include "tools/message.h"
#include "tools/program.h"
#include "tools/progress.h"
#include "tools/signals.h"

static const argument run_arguments[] = {
    {"progress", ARGUMENT_PROGRESS, "MODE",
     "auto (a status line on a terminal), line, json (an object a batch) or none"},
    {"drop-state", ARGUMENT_DROP_STATE, "NAME",
     "gives up the state of that name, which does not fit the job any more; may be repeated"},
    {"ignore-state", ARGUMENT_IGNORE_STATE, NULL, "gives up all state, as --drop-state of each"},
    {"drop-source", ARGUMENT_DROP_SOURCE, "NAME",
     "gives up what is stored of a source that the job lacks; may be repeated"},
    {"skip-batch", ARGUMENT_SKIP_BATCH, "TIME",
     "gives up the batch of that time, which fails again and again; may be repeated"},
    {"lose-batch", ARGUMENT_LOSE_BATCH, "TIME",
     "gives up a batch that is done, of which the log is damaged; may be repeated"},
    {"lose-segment", ARGUMENT_LOSE_SEGMENT, "NUMBER",
     "goes on without what is lost of that segment of the log, for good; may be repeated"},
    {"missing-files", ARGUMENT_MISSING_FILES, "skip",
     "files that are gone or changed are left out of batches that took them"},
    {"down-batches", ARGUMENT_DOWN_BATCHES, "MODE",
     "all batches of the time it was down, however many; or skip them"},
    {"from", ARGUMENT_FROM, "TIME",
     "goes on from that checkpoint, not from the newest good one"},
    {"no-color", ARGUMENT_NO_COLOR, NULL, "messages without colour (also: NO_COLOR set)"},
    {"help", ARGUMENT_HELP, NULL, "this text"},
    {NULL, ARGUMENT_HELP, NULL, NULL},
};

static const command_line run_line = {
    .name = "run",
    .examples = "  weir run words.json                    until SIGINT or SIGTERM\n"
                "  weir run --master='local[2]' --batch-ms=100 words.json\n"
                "  weir run --checkpoint=DIR words.json   goes on where it was stopped or killed\n"
                "  weir run ./job.so                      a job built from C\n"
                "  weir run --progress=json words.json 2>progress.jsonl\n",
    .usage = "[OPTION]... JOB",
    .about =
        "Runs JOB: a job file (JSON; \"-\" reads it from standard input), or a shared object\n"
        "that defines weir_job_main. Results are written to standard output, messages to\n"
        "standard error. Paths of data in a job file are relative to the current directory,\n"
        "paths in its \"library\" to the job file.\n"
        "\n"
        "SIGINT or SIGTERM stops gracefully: what was received is still computed, and the exit\n"
        "code is 0. A second one ends the run at once, with 130 or 143; so does the first one\n"
        "while the run has not begun yet. A failed batch ends the run with 1, a full disk with\n"
        "6. `weir --help` lists all exit codes.\n"
        "\n"
        "With --checkpoint the run lasts: state and what was received are kept in DIR, and the\n"
        "next run with that directory goes on exactly where this one stopped. The options from\n"
        "--drop-state to --from are for one start alone. `weir plan` says beforehand what a\n"
        "start would do, `weir dump` and `weir stat` what is in DIR.\n"
        "\n"
        "--progress=json writes one object a batch on standard error, on a restart one that says\n"
        "from where it goes on, and as the last line a summary: batches, failed, records,\n"
        "seconds, cpu_seconds, max_rss_bytes, outputs, checkpoints.\n",
    .arguments = run_arguments,
    .has_settings = true,
    .most_operands = 1,
};

/* Before the first batch: nothing ran. The program's problem, or the library's error. */
static int refuse(progress *progress, int code, const char *text)
{
    progress_error(progress, text);
    return code;
}

/* Waits for the end of a started run. A reader of standard output that has gone is a quiet end. */
static int wait_for_end(weir_context *context, signals *signals, progress *progress)
{
    problem problem;
    weir_status status = weir_await_termination(context, -1);
    problem_set(&problem, "%s", weir_last_error());
    weir_status stop_status = signals_end(signals);
    if (status == WEIR_CLOSED || stop_status == WEIR_CLOSED) return EXIT_OK;
    if (status != WEIR_OK) progress_error(progress, problem.text);
    else if (stop_status != WEIR_OK) progress_error(progress, signals->why.text);
    return exit_code_of_run(status != WEIR_OK ? status : stop_status);
}

static int run_context(const program *program, weir_context *context, bool lasts,
                       signals *signals, progress *progress)
{
    weir_resumption resumption;
    weir_status status = weir_on_batch(context, progress_batch, progress);
    if (status == WEIR_OK && lasts)
        status = weir_on_checkpoint(context, progress_checkpoint, progress);
    progress_start(progress);
    signals_guard(signals, context, progress);
    if (status == WEIR_OK) status = weir_start(context);
    if (status != WEIR_OK) {
        problem problem;
        problem_set(&problem, "%s: %s", program->path, weir_last_error());
        signals_end(signals);
        return refuse(progress, lasts ? looking_code(status) : exit_code_of(status), problem.text);
    }
    if (weir_get_resumption(context, &resumption) == WEIR_OK)
        progress_resumed(progress, &resumption);
    return wait_for_end(context, signals, progress);
}

static int run(program *program, const run_settings *settings, signals *signals,
               progress_mode mode)
{
    progress progress;
    problem problem;
    progress_init(&progress, mode, program_outputs(program));
    weir_set_log(progress_message, &progress, WEIR_INFO);
    weir_context *context = NULL;
    int code = program_create(program, settings, &context, &problem);
    if (code == EXIT_OK) {
        code = run_context(program, context, settings->checkpoint != NULL, signals, &progress);
        if (settings->checkpoint) progress_checkpoints(&progress, weir_checkpoints(context));
    } else {
        refuse(&progress, code, problem.text);
    }
    weir_context_free(context);
    weir_set_log(NULL, NULL, WEIR_INFO);
    /* A batch that could not print has said why. */
    bool is_unwritable = (code == EXIT_JOB || code == EXIT_STORAGE) && ferror(stdout);
    int output_code = is_unwritable ? EXIT_STORAGE : exit_after_output();
    progress_finish(&progress);
    progress_release(&progress);
    return code != EXIT_OK && !is_unwritable ? code : output_code;
}

int command_run(int argc, char **argv)
{
    arguments arguments;
    problem problem;
    program program = {0};
    signals signals;
    progress_mode mode;
    if (!arguments_read(&run_line, argc, argv, &arguments, &problem) ||
        !progress_mode_read(arguments.progress, &mode, &problem))
        return message_usage("run", problem.text);
    if (arguments.wants_help) {
        arguments_help(&run_line);
        return exit_after_output();
    }
    if (arguments.operand_count == 0)
        return message_usage("run", argc > 1
                                        ? "which job? Give it behind the options and their values"
                                        : "which job? Give a job file or a shared object");

    signals_block();
    if (!signals_watch(&signals, &problem)) {
        message_print(WEIR_ERROR, problem.text);
        return EXIT_JOB;
    }
    int code = EXIT_USAGE;
    if (program_load(&program, arguments.operands[0], &problem)) {
        run_settings settings = program_settings(&program);
        arguments_override(&arguments, &settings);
        code = run(&program, &settings, &signals, mode);
    } else {
        message_print(WEIR_ERROR, problem.text);
    }
    program_release(&program);
    signals_end(&signals);
    return code;
}
