/* A case as a running program: its context, and the streams by their ids. */
#ifndef CONFORMANCE_PROGRAM_H
#define CONFORMANCE_PROGRAM_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buffer.h"
#include "weir/context.h"

typedef struct program_stream {
    const char *id;
    weir_stream *stream;
    const json_t *pushes; /* of a queue source, else NULL */
} program_stream;

typedef struct program {
    const json_t *definition; /* the case */
    int64_t batch_ms;
    int partitions;
    char master[32];
    weir_context *context;
    program_stream *streams;
    size_t count;
    size_t next_push;
} program;

/* Makes the context, with a manual clock and so many workers; in the directory `checkpoint` if the
 * case recovers from it later, else its state is volatile. */
weir_status program_create(program *program, const json_t *definition, int workers,
                           const char *checkpoint);
/* Makes the context again from that directory. What was built before is gone. */
weir_status program_recover(program *program, const json_t *definition, int workers,
                            const char *checkpoint);
/* Makes the context, goes on from `checkpoint` (NULL: no directory), and builds everything; what
 * is saved goes below `directory`. False: refused, or the case makes no sense, as `why` says. */
bool program_open(program *program, const json_t *definition, int workers, const char *checkpoint,
                  const char *directory, buffer *why);
/* Advances the clock by so many intervals at once, for the time that the program was down. */
weir_status program_catch_up(program *program, int64_t batches);
void program_free(program *program);

/* Sources and graph. Another status than WEIR_OK: refused by weir, at the source or node *at.
 * False: the case makes no sense, as `why` says. */
bool program_build_graph(program *program, weir_status *status, const char **at, buffer *why);
/* The outputs to record, then those that print, then those that save, below `directory`. */
bool program_build_outputs(program *program, const char *directory, weir_status *status,
                           buffer *why);
/* The stream of a source or node, or NULL. */
weir_stream *program_find(const program *program, const char *id);
/* Pushes what is to arrive in the next interval, and advances the clock by it. */
weir_status program_advance(program *program);

#endif
