#include "tools/message.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/command.h"

static bool no_color;

void message_without_color(void) { no_color = true; }

bool message_is_terminal(int descriptor)
{
    const char *terminal = getenv("TERM");
    return isatty(descriptor) && terminal && *terminal && strcmp(terminal, "dumb") != 0;
}

static bool has_color(void)
{
    const char *unwanted = getenv("NO_COLOR");
    return !no_color && !(unwanted && *unwanted) && message_is_terminal(STDERR_FILENO);
}

void message_print(weir_level level, const char *text)
{
    static const char *const words[] = {"debug: ", "", "warning: ", "error: "};
    static const char *const colors[] = {"", "", "\033[33m", "\033[31m"};
    bool is_colored = level >= WEIR_WARNING && has_color();
    fprintf(stderr, "weir: %s%s%s%s\n", is_colored ? colors[level] : "", words[level],
            is_colored ? "\033[0m" : "", text);
    fflush(stderr);
}

int message_usage(const char *command, const char *text)
{
    message_print(WEIR_ERROR, text);
    fprintf(stderr, "Try `weir %s%s--help`.\n", command ? command : "", command ? " " : "");
    return EXIT_USAGE;
}

int exit_code_of(weir_status status)
{
    switch (status) {
    case WEIR_OK: return EXIT_OK;
    case WEIR_ILLEGAL_ARGUMENT:
    case WEIR_UNSUPPORTED:
    case WEIR_NOT_SERIALIZABLE: return EXIT_USAGE;
    case WEIR_INCOMPATIBLE: return EXIT_STATE;
    case WEIR_DAMAGED: return EXIT_DAMAGED;
    case WEIR_LOCKED: return EXIT_LOCKED;
    case WEIR_IO:
    case WEIR_NO_SPACE: return EXIT_STORAGE;
    default: return EXIT_JOB;
    }
}

int exit_code_of_run(weir_status status)
{
    if (status == WEIR_OK) return EXIT_OK;
    bool is_storage = status == WEIR_NO_SPACE || status == WEIR_NO_CHECKPOINT;
    return is_storage ? EXIT_STORAGE : EXIT_JOB;
}

static bool output_lacks;

void exit_note_lack(const char *text)
{
    message_print(WEIR_ERROR, text);
    output_lacks = true;
}

int exit_after_output(void)
{
    int failed = fflush(stdout) | ferror(stdout), code = errno;
    if (!failed || code == EPIPE) return output_lacks ? EXIT_JOB : EXIT_OK;
    char text[256];
    snprintf(text, sizeof text, "cannot write to standard output: %s", strerror(code));
    message_print(WEIR_ERROR, text);
    return EXIT_STORAGE;
}
