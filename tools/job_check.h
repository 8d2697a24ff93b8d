/* The checks of a job file, node by node. */
#ifndef TOOLS_JOB_CHECK_H
#define TOOLS_JOB_CHECK_H

#include "tools/job_file.h"

/* A place in a job: file, section[index], field, item; each but the first may be missing. */
typedef struct job_spot {
    const char *section;
    const char *field;
    size_t index;
    size_t item;
    bool has_item;
} job_spot;

job_spot job_spot_of(const job_node *node, const char *field);
/* Sets the problem to `FILE:LINE:COLUMN: section[index] "id": text`; returns false. */
bool job_fail(const job *job, job_spot spot, problem *problem, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Every field is one of the two lists (either may be NULL) and of its type, and none is
 * missing. */
bool job_check_fields(const job *job, job_spot spot, const json_t *object, const job_field *common,
                      const job_field *own, problem *problem);

#endif
