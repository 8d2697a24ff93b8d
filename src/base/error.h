/* The error of the calling thread: a status and one line of text, kept until the next failure
 * on the thread. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

#include "weir/status.h"

enum { ERROR_TEXT_MAX = 1024 };

/* Sets the text and returns `status`: `return error_set(WEIR_IO, "%s: cannot ...", path)`. The
 * text says what, where and what to do. Longer texts are cut. */
weir_status error_set(weir_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same, with ": " and the text of errno at the end. WEIR_NO_SPACE for ENOSPC and EDQUOT, else
 * `status`. */
weir_status error_set_errno(weir_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Puts `prefix: ` before the text of this thread; returns status. */
weir_status error_prefix(weir_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Was the last failure on this thread that the system would not let us (no permission, too many
 * open files, no memory)? Then what it was about may well be whole. */
bool error_is_denied(void);
/* It was: for who knows of it by other means than errno. */
void error_mark_denied(void);
/* The text of this thread's error; never NULL. */
const char *error_text(void);

#endif
