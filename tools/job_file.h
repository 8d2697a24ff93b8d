/* A job file: JSON that says what `weir run` is to run. It is read in steps, each of which leaves
 * one problem, with its place in the file, if it fails: parse (text to checked nodes), load
 * libraries, find functions, build. */
#ifndef TOOLS_JOB_FILE_H
#define TOOLS_JOB_FILE_H

#include <jansson.h>

#include "tools/job_table.h"
#include "tools/json_place.h"
#include "tools/problem.h"
#include "tools/settings.h"

/* A source, a stream of the graph or an output. */
typedef struct job_node {
    const job_op *op;
    const json_t *object;
    size_t index; /* in its section */
    json_place place; /* once it is built */
    size_t *inputs; /* positions among the nodes */
    size_t input_count;
    const weir_function *function;
    weir_stream *stream; /* once it is built */
} job_node;

typedef struct job {
    char *file; /* as messages say it */
    char *text;
    size_t length;
    json_t *root;
    run_settings settings; /* what the file sets, the rest 0 */
    job_node *nodes;      /* sources, graph, outputs */
    size_t node_count;
    size_t starts[JOB_SECTIONS + 1]; /* where in the nodes each section begins */
    size_t *order; /* sources and graph, inputs before those who use them */
    json_t *ids;   /* id to position */
} job;

/* Reads a file whole; "-" is standard input. The text is given to the caller, who frees it; NULL:
 * the problem. */
char *job_file_read(const char *path, size_t *length, problem *problem);

/* Checks everything but functions. The text is copied. NULL: the problem. Touches no file. */
job *job_parse(const char *file, const char *text, size_t length, problem *problem);
void job_free(job *job);
/* Loads the shared objects of "library", relative to the job file, so that their functions are
 * known by name. */
bool job_load_libraries(const job *job, problem *problem);
bool job_find_functions(job *job, problem *problem);
/* Builds the streams and outputs. */
bool job_build(job *job, weir_context *context, problem *problem);

#endif
