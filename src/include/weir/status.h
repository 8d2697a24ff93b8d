/* What a call of weir answers, and where the details of a failure are. */
#ifndef WEIR_STATUS_H
#define WEIR_STATUS_H

#if defined(__GNUC__)
#define WEIR_API __attribute__((visibility("default")))
#else
#define WEIR_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* WEIR_OK is 0; every other status is a failure that changed nothing, unless the call says
 * otherwise. The numbers are stable. */
typedef enum weir_status {
    WEIR_OK = 0,
    WEIR_ILLEGAL_STATE = 1,    /* the call does not fit the state of the context (spec
                                * C-10..C-34) */
    WEIR_ILLEGAL_ARGUMENT = 2, /* an argument, or a graph checked at start, is wrong */
    WEIR_RUNTIME = 3,          /* a batch, a function or a source failed */
    WEIR_UNSUPPORTED = 4,      /* this build or this stream cannot do it */
    WEIR_NOT_SERIALIZABLE = 5, /* a function that is not registered by name cannot be found
                                * again */
    WEIR_NO_ELEMENT = 6,       /* nothing is there: the first of nothing, the state of a key
                                * without state */
    WEIR_IO = 7,               /* a file, a directory or a socket answered an error */
    WEIR_NO_SPACE = 8,         /* the disk is full */
    WEIR_NO_MEMORY = 9,        /* a memory limit was reached */
    WEIR_LOCKED = 10,          /* another process holds it */
    WEIR_DAMAGED = 11,         /* bytes that were read are not those that were written */
    WEIR_TIMEOUT = 12,         /* the time given passed first */
    WEIR_CLOSED = 13,          /* whoever read what is printed has gone: nothing to complain of */
    WEIR_INCOMPATIBLE = 14,    /* what is stored does not fit the program that wants to go on with
                                * it */
    WEIR_NO_CHECKPOINT = 15    /* all was computed, and the last checkpoint could not be written:
                                * nothing is lost, the next start computes again what is behind the
                                * one before */
} weir_status;

/* A short text for a status, e.g. "illegal argument". Never NULL; static memory. Any thread. */
WEIR_API const char *weir_status_text(weir_status status);

/* What went wrong in the last failing call on this thread: one line that says what, where and what
 * to do. "" if none failed. Borrowed; valid until the next failing call on this thread. */
WEIR_API const char *weir_last_error(void);

/* The version of the library, e.g. "0.1.0". */
WEIR_API const char *weir_version(void);

#ifdef __cplusplus
}
#endif
#endif
