/* One case of a file of vectors: what it needs, and how it is run and judged. */
#ifndef CONFORMANCE_CASE_H
#define CONFORMANCE_CASE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buffer.h"

/* Does the case need what weir does not have yet? Then `what` says it: "operator window". */
bool case_lacks(const json_t *definition, buffer *what);
/* Runs the program of the case with so many workers and compares everything that it is expected to
 * give. If something differs, `why` says what is first. */
/* `restarts`: a case with a checkpoint directory is stopped and goes on from it after every
 * batch. */
bool case_run(const json_t *definition, int workers, bool restarts, buffer *why);
/* The same for a case made of steps (programs that are refused). */
bool case_run_steps(const json_t *definition, int workers, buffer *why);

#endif
