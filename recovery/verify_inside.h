/* What the files behind weir_verify share. */
#ifndef RECOVERY_VERIFY_INSIDE_H
#define RECOVERY_VERIFY_INSIDE_H

#include "base/error.h"
#include "recovery/inspect_inside.h"

typedef struct verifying {
    look *look;
    const weir_verifier *verifier;
    void *user;
    uint64_t done_bytes;
    uint64_t all_bytes;
    uint64_t damaged; /* findings */
    char denied[ERROR_TEXT_MAX]; /* why something could not be read that may be whole; or "" */
    buffer hashed;    /* tables that were read already: checkpoints share them */
    bool holds;       /* what is found is held back, as it may yet prove wrong */
    buffer held;      /* texts, each with its NUL */
} verifying;

/* Says how far it has got. */
void verify_progress(verifying *verifying, uint64_t more_bytes, const char *what);
/* Tells of something that was found; the first form counts as damage. */
void verify_damage(verifying *verifying, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void verify_note(verifying *verifying, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The log, against the checkpoints that are there. A status: it cannot be read at all. */
weir_status verify_log(verifying *verifying);
/* Its size. */
uint64_t verify_log_bytes(const look *look);

#endif
