/* A job file from anywhere: parsed, checked, its functions found. Nothing is loaded or built, so
 * that no file is touched. */
#include <stdint.h>
#include <stdlib.h>

#include "library/library.h"
#include "tools/job_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    library_register();
    problem problem = {""};
    job *job = job_parse("job.json", (const char *)data, size, &problem);
    bool is_right = job && job_find_functions(job, &problem);
    if (is_right == (problem.text[0] != '\0')) abort(); /* only a wrong job has a problem */
    if (is_right && job->node_count < 2) abort();       /* at least a source and an output */
    job_free(job);
    return 0;
}
