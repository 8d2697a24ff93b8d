#include "tools/job_object.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool job_object_is(const char *text, size_t length)
{
    return length >= 4 && memcmp(text, "\177ELF", 4) == 0;
}

/* The path with a slash in it, so that dlopen does not search elsewhere. Given to the caller. */
static char *path_beside(const char *beside, const char *name)
{
    const char *slash = strrchr(beside, '/');
    int length = slash ? (int)(slash - beside) : 1;
    char *path = NULL;
    if (name[0] == '/') return strdup(name);
    while (strncmp(name, "./", 2) == 0) name += 2;
    return asprintf(&path, "%.*s/%s", length, slash ? beside : ".", name) < 0 ? NULL : path;
}

/* What is loaded registers its functions at once; a refused one, such as a name that is taken,
 * leaves only its error. */
static void *load(const char *path, problem *problem)
{
    char *before = strdup(weir_last_error());
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!object) {
        problem_set(problem, "cannot load the shared object: %s", dlerror());
    } else if (before && strcmp(before, weir_last_error()) != 0) {
        problem_set(problem, "the shared object %s: %s", path, weir_last_error());
        object = NULL;
    }
    free(before);
    return object;
}

bool job_object_load(const char *beside, const char *name, problem *problem)
{
    char *path = path_beside(beside, name);
    if (!path) return problem_set(problem, "out of memory");
    void *object = load(path, problem);
    free(path);
    return object != NULL;
}

weir_job_main_call job_object_main(const char *path, problem *problem)
{
    char *from_here = path_beside(".", path);
    void *object = from_here ? load(from_here, problem) : NULL;
    free(from_here);
    if (!object) return NULL;
    void *symbol = dlsym(object, "weir_job_main");
    if (!symbol) {
        problem_set(problem, "%s is no job: it lacks weir_status weir_job_main(weir_context *)",
                    path);
        return NULL;
    }
    weir_job_main_call call; /* ISO C has no cast from an object's address to a function's */
    memcpy(&call, &symbol, sizeof call);
    return call;
}
