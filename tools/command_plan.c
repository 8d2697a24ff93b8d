/* weir plan JOB DIR: what would a start do, and would it be refused? */
#include <inttypes.h>
#include <stdio.h>

#include "tools/arguments.h"
#include "tools/columns.h"
#include "tools/command.h"
#include "tools/json_value.h"
#include "tools/looking.h"
#include "tools/message.h"
#include "tools/program.h"

static const argument plan_arguments[] = {
    {"drop-state", ARGUMENT_DROP_STATE, "NAME", "as in `weir run`"},
    {"ignore-state", ARGUMENT_IGNORE_STATE, NULL, "as in `weir run`"},
    {"drop-source", ARGUMENT_DROP_SOURCE, "NAME", "as in `weir run`"},
    {"skip-batch", ARGUMENT_SKIP_BATCH, "TIME", "as in `weir run`"},
    {"lose-batch", ARGUMENT_LOSE_BATCH, "TIME", "as in `weir run`"},
    {"lose-segment", ARGUMENT_LOSE_SEGMENT, "NUMBER", "as in `weir run`"},
    {"missing-files", ARGUMENT_MISSING_FILES, "skip", "as in `weir run`"},
    {"down-batches", ARGUMENT_DOWN_BATCHES, "MODE", "as in `weir run`"},
    {"from", ARGUMENT_FROM, "TIME", "as in `weir run`"},
    {"json", ARGUMENT_JSON, NULL, "one JSON object a line: verdicts, then the plan"},
    {"no-color", ARGUMENT_NO_COLOR, NULL, "messages without colour (also: NO_COLOR set)"},
    {"help", ARGUMENT_HELP, NULL, "this text"},
    {NULL, ARGUMENT_HELP, NULL, NULL},
};

static const command_line plan_line = {
    .name = "plan",
    .examples = "  weir plan words.json DIR                  before `weir run --checkpoint=DIR`\n"
                "  weir plan --drop-state=old words.json DIR\n",
    .usage = "[OPTION]... JOB DIR",
    .about = "Says what a start of JOB over DIR would do, without starting anything: what\n"
             "becomes of each state, source and output (kept, new, gone, changed, dropped), from\n"
             "which checkpoint it would go on, and how many batches it would compute again.\n"
             "Exit code 0: it would start; 3: it would be refused, as what is stored does not\n"
             "fit the job; any other is the one that `weir run` would end with.\n",
    .arguments = plan_arguments,
    .least_operands = 2,
    .most_operands = 2,
    .lacking = "which job, and which directory? For example `weir plan words.json DIR`",
};

typedef struct planning {
    program_building building;
    bool wants_json;
    bool is_compared; /* there are verdicts */
    columns columns;
} planning;

static void show_verdict(const weir_verdict *verdict, void *user)
{
    planning *planning = user;
    planning->is_compared = true;
    const char *what = verdict->what;
    if (planning->wants_json) {
        json_print_line(json_pack("{s:i,s:s,s:o,s:s,s:o,s:b}", "v", 1, "what", what, "name",
                                  json_text(verdict->name), "verdict", verdict->verdict, "how",
                                  json_text(verdict->how), "refused", verdict->is_refused));
        return;
    }
    columns_cell(&planning->columns, "%s", what);
    columns_cell(&planning->columns, "%s", verdict->name);
    columns_cell(&planning->columns, "%s%s", verdict->verdict,
                 verdict->is_refused ? ", refused" : "");
    columns_cell(&planning->columns, "%s", verdict->how);
}

static void show_restart(const weir_restart_facts *is, bool wants_json)
{
    if (wants_json) {
        json_print_line(json_pack("{s:i,s:s,s:I,s:I,s:I,s:I,s:I,s:I}", "v", 1, "what", "plan",
                                  "checkpoint_ms", (json_int_t)is->checkpoint_ms, "replayed",
                                  (json_int_t)is->replayed, "replayed_done",
                                  (json_int_t)is->replayed_done, "loose_blocks",
                                  (json_int_t)is->loose_blocks, "down", (json_int_t)is->down,
                                  "damaged", (json_int_t)is->damaged));
        return;
    }
    printf("goes on from %" PRId64 " ms: %" PRIu64 " batches from the log, %" PRIu64
           " of them without outputs; %" PRIu64 " blocks join the next batch; %" PRIu64
           " batches fell due since",
           is->checkpoint_ms, is->replayed, is->replayed_done, is->loose_blocks, is->down);
    if (is->damaged) printf("; %" PRIu64 " places of the log are damaged", is->damaged);
    printf("\n");
}

static int show_plan(planning *planning, const run_settings *settings, const char *directory)
{
    static const char *const titles[] = {"what", "name", "verdict", "how", NULL};
    weir_restart_facts restart;
    columns_init(&planning->columns, titles);
    weir_status status = weir_inspect_program(directory, &settings->options, &settings->durability,
                                              program_build_into, &planning->building,
                                              show_verdict, planning, &restart);
    if (planning->is_compared && !planning->wants_json) columns_finish(&planning->columns);
    else columns_drop(&planning->columns);
    if (planning->building.has_failed) {
        message_print(WEIR_ERROR, planning->building.problem->text);
        return EXIT_USAGE;
    }
    if (status == WEIR_OK) show_restart(&restart, planning->wants_json);
    return looking_exit(status);
}

int command_plan(int argc, char **argv)
{
    arguments arguments;
    problem problem;
    program program = {0};
    int code;
    if (!arguments_begin(&plan_line, argc, argv, &arguments, &code)) return code;
    code = EXIT_USAGE;
    if (program_load(&program, arguments.operands[0], &problem)) {
        planning planning = {{&program, &problem, false}, arguments.wants_json, false, {0}};
        run_settings settings = program_settings(&program);
        arguments_override(&arguments, &settings);
        code = show_plan(&planning, &settings, arguments.operands[1]);
    } else {
        message_print(WEIR_ERROR, problem.text);
    }
    program_release(&program);
    return code;
}
