/* Which context is the log of? Each of its segments says so in its header, as each checkpoint does
 * in its MANIFEST. Times and numbers of two contexts can be alike, so that nothing else tells that
 * one of them came from another directory. Only reads, also beside a context that runs. */
#ifndef RECOVERY_LOG_CONTEXT_H
#define RECOVERY_LOG_CONTEXT_H

#include <stdbool.h>

#include "recovery/directory.h"

enum { CONTEXT_ID_TEXT = 2 * CONTEXT_ID_BYTES + 1 };

/* Hexadecimal, in `text`. */
void context_id_write(const unsigned char *id, char text[CONTEXT_ID_TEXT]);
/* WEIR_DAMAGED: the log has segments whose headers are whole, and none of them is of the context
 * of the checkpoint of that time; names both. A log that says nothing belongs to every one. */
weir_status log_context_check(const directory *directory, int64_t time_ms,
                              const manifest *manifest);

#endif
