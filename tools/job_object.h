/* Shared objects: function libraries of a job file, and whole jobs built from C. */
#ifndef TOOLS_JOB_OBJECT_H
#define TOOLS_JOB_OBJECT_H

#include "tools/problem.h"
#include "weir/context.h"

/* Does a file that begins so hold a shared object? */
bool job_object_is(const char *text, size_t length);
/* Loads the object `name` (unless absolute, relative to the directory of the file `beside`), for
 * good: what it registers stays. */
bool job_object_load(const char *beside, const char *name, problem *problem);
/* Loads a job built from C and finds its weir_job_main; NULL: the problem. */
weir_job_main_call job_object_main(const char *path, problem *problem);

#endif
