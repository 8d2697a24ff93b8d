/* What the commands share that look into the directory of a context. */
#ifndef TOOLS_LOOKING_H
#define TOOLS_LOOKING_H

#include "weir/inspect.h"

/* The end of such a command: says the error of this thread, unless all was well, and flushes. */
int looking_exit(weir_status status);
/* The same of one that was to show the newest checkpoint; `is_older`: that is damaged, which was
 * said, and the one before was shown. */
int looking_exit_older(weir_status status, bool is_older);
/* The exit code of a call that read what is stored: a newer format does not fit. */
int looking_code(weir_status status);

/* --- weir dump, a file each. The exit code. -------------------------------------------------- */

struct arguments; /* tools/arguments.h */
int dump_lineage(const char *directory, const struct arguments *arguments);
int dump_checkpoints(const char *directory, const struct arguments *arguments);
int dump_batches(const char *directory, const struct arguments *arguments);
int dump_log(const char *directory, const struct arguments *arguments);
int dump_state(const char *directory, const struct arguments *arguments);
int dump_panes(const char *directory, const struct arguments *arguments);

#endif
