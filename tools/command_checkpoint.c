/* weir checkpoint DIR: asks the context that runs there for a checkpoint. */
#include <stdio.h>

#include "tools/arguments.h"
#include "tools/command.h"
#include "tools/json_value.h"
#include "tools/looking.h"
#include "tools/message.h"

enum { DEFAULT_WAIT_MS = 60 * 1000 };

static const argument checkpoint_arguments[] = {
    {"wait-ms", ARGUMENT_WAIT, "MS", "waits that long at most (default 60000)"},
    {"json", ARGUMENT_JSON, NULL, "a JSON object"},
    {"no-color", ARGUMENT_NO_COLOR, NULL, "messages without colour (also: NO_COLOR set)"},
    {"help", ARGUMENT_HELP, NULL, "this text"},
    {NULL, ARGUMENT_HELP, NULL, NULL},
};

static const command_line checkpoint_line = {
    .name = "checkpoint",
    .examples = "  weir checkpoint DIR && cp -a DIR/checkpoints elsewhere\n",
    .usage = "[OPTION]... DIR",
    .about = "Asks the run that lasts in DIR for a checkpoint at its next batch boundary, waits\n"
             "until it is there, and prints the time of the batch that it is after.\n",
    .arguments = checkpoint_arguments,
    .least_operands = 1,
    .most_operands = 1,
    .lacking = "which directory? Give the one that a run lasts in",
};

int command_checkpoint(int argc, char **argv)
{
    arguments arguments;
    int code;
    int64_t time_ms;
    if (!arguments_begin(&checkpoint_line, argc, argv, &arguments, &code)) return code;
    int64_t wait_ms = arguments.wait_ms ? arguments.wait_ms : DEFAULT_WAIT_MS;
    weir_status status = weir_request_checkpoint(arguments.operands[0], wait_ms, &time_ms);
    if (status == WEIR_OK && arguments.wants_json)
        json_print_line(json_pack("{s:i,s:I}", "v", 1, "time_ms", (json_int_t)time_ms));
    else if (status == WEIR_OK)
        printf("%lld\n", (long long)time_ms);
    return looking_exit(status);
}
