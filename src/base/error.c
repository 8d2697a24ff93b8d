#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char text[ERROR_TEXT_MAX];
static _Thread_local bool is_denied;

/* One line, whatever names and records it quotes. */
static void make_one_line(char *line)
{
    for (; *line; line++)
        if ((unsigned char)*line < 0x20 || *line == 0x7f) *line = ' ';
}

weir_status error_set(weir_status status, const char *format, ...)
{
    char made[ERROR_TEXT_MAX]; /* the arguments may point into `text` */
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(made, sizeof made, format, arguments);
    va_end(arguments);
    make_one_line(made);
    memcpy(text, made, sizeof text);
    is_denied = false;
    return status;
}

weir_status error_set_errno(weir_status status, const char *format, ...)
{
    int code = errno;
    char made[ERROR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(made, sizeof made, format, arguments);
    va_end(arguments);
    if (code == ENOSPC || code == EDQUOT) status = WEIR_NO_SPACE;
    status = error_set(status, "%s: %s", made, strerror(code));
    is_denied = code == EACCES || code == EPERM || code == EMFILE || code == ENFILE ||
                code == ENOMEM;
    return status;
}

weir_status error_prefix(weir_status status, const char *format, ...)
{
    char made[ERROR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(made, sizeof made, format, arguments);
    va_end(arguments);
    bool was_denied = is_denied;
    status = error_set(status, "%s: %s", made, text);
    is_denied = was_denied;
    return status;
}

bool error_is_denied(void) { return is_denied; }

void error_mark_denied(void) { is_denied = true; }

const char *error_text(void) { return text; }

const char *weir_last_error(void) { return text; }

const char *weir_version(void) { return WEIR_VERSION; }

const char *weir_status_text(weir_status status)
{
    static const char *const texts[] = {
        [WEIR_OK] = "ok",
        [WEIR_ILLEGAL_STATE] = "illegal state",
        [WEIR_ILLEGAL_ARGUMENT] = "illegal argument",
        [WEIR_RUNTIME] = "runtime failure",
        [WEIR_UNSUPPORTED] = "unsupported",
        [WEIR_NOT_SERIALIZABLE] = "not serializable",
        [WEIR_NO_ELEMENT] = "no element",
        [WEIR_IO] = "input/output error",
        [WEIR_NO_SPACE] = "no space left",
        [WEIR_NO_MEMORY] = "memory limit reached",
        [WEIR_LOCKED] = "locked by another process",
        [WEIR_DAMAGED] = "damaged data",
        [WEIR_TIMEOUT] = "timed out",
        [WEIR_CLOSED] = "reader gone",
        [WEIR_INCOMPATIBLE] = "does not fit",
        [WEIR_NO_CHECKPOINT] = "no last checkpoint",
    };
    size_t index = (size_t)status;
    bool known = index < sizeof texts / sizeof texts[0] && texts[index];
    return known ? texts[index] : "unknown status";
}
