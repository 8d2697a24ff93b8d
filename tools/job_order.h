/* How the nodes of a job are connected: ids, inputs, and an order to build them in. */
#ifndef TOOLS_JOB_ORDER_H
#define TOOLS_JOB_ORDER_H

#include "tools/job_file.h"

/* Fills in ids, inputs and order. Unknown or repeated ids, a wrong number of inputs and circles
 * are problems. */
bool job_connect(job *job, problem *problem);

#endif
