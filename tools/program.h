/* What `weir run` and `weir check` are given: a job file, or a job built from C. */
#ifndef TOOLS_PROGRAM_H
#define TOOLS_PROGRAM_H

#include "tools/job_file.h"

typedef struct program {
    const char *path;
    job *job;                /* of a job file, or NULL */
    weir_job_main_call main; /* of a shared object, or NULL */
    char *name;              /* the file's, without folder and ending */
} program;

/* Reads and checks it, and loads its libraries. */
bool program_load(program *program, const char *path, problem *problem);
void program_release(program *program);
/* What the job file sets, and defaults for the name and the batch interval. */
run_settings program_settings(const program *program);
/* The context, with its streams and outputs; one that lasts if there is a directory. Statuses are
 * turned into exit codes; EXIT_OK, or the problem. */
int program_create(program *program, const run_settings *settings, weir_context **context,
                   problem *problem);
/* Builds the streams and outputs. */
bool program_build(program *program, weir_context *context, problem *problem);
/* The same as a build function of the library, whose `user` is this. */
typedef struct program_building {
    program *program;
    problem *problem;
    bool has_failed; /* the build: the problem says why */
} program_building;
weir_status program_build_into(weir_context *context, void *building);
/* How many outputs it has, as far as that is known before it is built. */
size_t program_outputs(const program *program);

#endif
