/* weir verify DIR: is everything whole? */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/arguments.h"
#include "tools/columns.h"
#include "tools/command.h"
#include "tools/json_value.h"
#include "tools/looking.h"
#include "tools/message.h"

enum { BAR_WIDTH = 30, DRAW_EVERY_MS = 100 };

static const argument verify_arguments[] = {
    {"json", ARGUMENT_JSON, NULL, "one JSON object a finding, one a line"},
    {"no-color", ARGUMENT_NO_COLOR, NULL, "messages without colour (also: NO_COLOR set)"},
    {"help", ARGUMENT_HELP, NULL, "this text"},
    {NULL, ARGUMENT_HELP, NULL, NULL},
};

static const command_line verify_line = {
    .name = "verify",
    .examples = "  weir verify DIR                          is it whole? exit code 0, or 4\n"
                "  weir verify --json DIR | jq -r .text     for scripts\n",
    .usage = "[OPTION]... DIR",
    .about = "Reads all that is in DIR, the directory of a run that lasts: every checksum and\n"
             "every reference from one part to another. Tells of each damage where it is, and\n"
             "what should have been there. Nothing is changed; a run may be going on there.\n",
    .arguments = verify_arguments,
    .least_operands = 1,
    .most_operands = 1,
    .lacking = "which directory? Give the one that a run lasts in",
};

typedef struct showing {
    bool is_json;
    bool has_bar;
    bool is_drawn;
    int64_t drawn_ms;
    uint64_t read_bytes;
} showing;

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void erase(showing *showing)
{
    if (showing->is_drawn) fputs("\r\033[K", stderr);
    showing->is_drawn = false;
}

static void show_progress(uint64_t done_bytes, uint64_t all_bytes, const char *what, void *user)
{
    showing *showing = user;
    showing->read_bytes = done_bytes;
    int64_t now = now_ms();
    if (!showing->has_bar || now - showing->drawn_ms < DRAW_EVERY_MS) return;
    char done[CELL_TEXT_MAX], all[CELL_TEXT_MAX];
    double part = all_bytes > 0 ? (double)done_bytes / (double)all_bytes : 1;
    int filled = (int)(part * BAR_WIDTH);
    fprintf(stderr, "\r[%.*s%*s] %3d%%  %s of %s, %s\033[K", filled,
            "##############################", BAR_WIDTH - filled, "", (int)(part * 100),
            text_of_size(done_bytes, done), text_of_size(all_bytes, all), what);
    fflush(stderr);
    showing->drawn_ms = now;
    showing->is_drawn = true;
}

static void show_finding(bool is_damage, const char *text, void *user)
{
    showing *showing = user;
    problem clean;
    erase(showing);
    if (showing->is_json) {
        json_print_line(json_pack("{s:i,s:b,s:o}", "v", 1, "damage", is_damage, "text",
                                  json_text(text)));
        return;
    }
    problem_set(&clean, "%s", text); /* without control characters */
    printf("%s: %s\n", is_damage ? "damage" : "note", clean.text);
    fflush(stdout);
}

int command_verify(int argc, char **argv)
{
    arguments arguments;
    int code;
    if (!arguments_begin(&verify_line, argc, argv, &arguments, &code)) return code;
    showing showing = {.is_json = arguments.wants_json,
                       .has_bar = message_is_terminal(STDERR_FILENO),
                       .drawn_ms = now_ms()};
    weir_verifier verifier = {show_progress, show_finding};
    char room[CELL_TEXT_MAX];
    weir_status status = weir_verify(arguments.operands[0], &verifier, &showing);
    erase(&showing);
    if (status == WEIR_OK && !showing.is_json)
        printf("%s: clean, %s read\n", arguments.operands[0],
               text_of_size(showing.read_bytes, room));
    return looking_exit(status);
}
