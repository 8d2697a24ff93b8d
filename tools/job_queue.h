/* The queue source of a job file:
 * {"pushes":[[dataset,...],...],"default":[...],"one_at_a_time":true}. Before interval i the
 * datasets of pushes[i-1] are appended to the queue; the interval then takes the oldest, or
 * all. */
#ifndef TOOLS_JOB_QUEUE_H
#define TOOLS_JOB_QUEUE_H

#include <jansson.h>

#include "weir/source.h"

/* `object` has passed the checks of the job table. NULL: the context has the error. */
weir_stream *job_queue_build(weir_context *context, const json_t *object);

#endif
