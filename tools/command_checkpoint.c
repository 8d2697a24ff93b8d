/* weir checkpoint DIR: asks the context that runs there for a checkpoint. */
#include <stdio.h>

#include "tools/arguments.h"
#include "tools/command.h"
#include "tools/json_value.h"
#include "tools/looking.h"
#include "tools/message.h"

enum { DEFAULT_WAIT_MS = 60 * 1000, DEFAULT_WAIT_BATCHES = 2 };

static const argument checkpoint_arguments[] = {
    {"wait-ms", ARGUMENT_WAIT, "MS",
     "waits that long at most (default: 60000, and two batch intervals)"},
    {"json", ARGUMENT_JSON, NULL, "a JSON object"},
    {"no-color", ARGUMENT_NO_COLOR, NULL, "messages without colour (also: NO_COLOR set)"},
    {"help", ARGUMENT_HELP, NULL, "this text"},
    {NULL, ARGUMENT_HELP, NULL, NULL},
};

static const command_line checkpoint_line = {
    .name = "checkpoint",
    .examples = "  weir checkpoint DIR\n"
                "  weir checkpoint --wait-ms=5000 --json DIR\n",
    .usage = "[OPTION]... DIR",
    .about = "Asks the run that lasts in DIR for a checkpoint at its next batch boundary, waits\n"
             "until it is there, and prints the time of the batch that it is after. That is up\n"
             "to a batch interval away, also while nothing is computed. If the wait is over or\n"
             "ended before, the checkpoint is taken nevertheless.\n"
             "\n"
             "Ends with 2 if no run uses DIR, with 1 if the wait is over first.\n",
    .arguments = checkpoint_arguments,
    .least_operands = 1,
    .most_operands = 1,
    .lacking = "which directory? Give the one that a run lasts in",
};

/* Into *user: the interval of the newest whose manifest can be read. */
static bool note_interval(const weir_checkpoint_facts *checkpoint, void *user)
{
    int64_t *interval_ms = user;
    if (checkpoint->interval_ms > 0) *interval_ms = checkpoint->interval_ms;
    return true;
}

/* Says how far away a boundary can be. */
static void explain_timeout(int64_t interval_ms)
{
    char text[160];
    if (interval_ms <= 0) return;
    snprintf(text, sizeof text,
             "a checkpoint is taken at the end of a batch, and batches are cut every %lld ms",
             (long long)interval_ms);
    message_print(WEIR_INFO, text);
}

int command_checkpoint(int argc, char **argv)
{
    arguments arguments;
    int code;
    int64_t time_ms;
    if (!arguments_begin(&checkpoint_line, argc, argv, &arguments, &code)) return code;
    const char *directory = arguments.operands[0];
    int64_t interval_ms = 0, wait_ms = arguments.wait_ms;
    (void)weir_inspect_checkpoints(directory, note_interval, &interval_ms);
    if (!wait_ms) wait_ms = DEFAULT_WAIT_MS + DEFAULT_WAIT_BATCHES * interval_ms;
    weir_status status = weir_request_checkpoint(directory, wait_ms, &time_ms);
    if (status == WEIR_OK && arguments.wants_json)
        json_print_line(json_pack("{s:i,s:I}", "v", 1, "time_ms", (json_int_t)time_ms));
    else if (status == WEIR_OK)
        printf("%lld\n", (long long)time_ms);
    code = looking_exit(status);
    if (status == WEIR_TIMEOUT) explain_timeout(interval_ms);
    return code;
}
