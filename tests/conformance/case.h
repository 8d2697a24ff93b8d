/* One case of a file of vectors: what it needs, and how it is run and judged. */
#ifndef CONFORMANCE_CASE_H
#define CONFORMANCE_CASE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buffer.h"

/* Does the case need what weir does not have yet? Then `what` says it: "operator window". */
bool case_lacks(const json_t *definition, buffer *what);
typedef enum restarting {
    RESTARTS_AS_SAID, /* a case with a checkpoint directory, after the batch that it names */
    RESTARTS_ALWAYS,  /* every case that can, after every batch, on a directory of its own */
    RESTARTS_FORGET   /* the same, and the directory is removed before: it has to differ */
} restarting;

/* Can it be restarted after every batch? */
bool case_can_restart(const json_t *definition);
/* Runs the program of the case with so many workers and compares everything that it is expected to
 * give. If something differs, `why` says what is first. */
bool case_run(const json_t *definition, int workers, restarting restarts, buffer *why);
/* The same for a case made of steps (programs that are refused). */
bool case_run_steps(const json_t *definition, int workers, buffer *why);

#endif
