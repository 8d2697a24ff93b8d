/* What stands around a job while it is killed and started again: its input. */
#ifndef CRASH_KILL9_WORLD_H
#define CRASH_KILL9_WORLD_H

#include "crash/kill9_jobs.h"

typedef struct kill9_world kill9_world;

/* Makes the input of the job in `directory`, which is new, and begins to send or to move files in.
 * The same seed gives the same input. */
kill9_world *kill9_world_start(kill9_job job, const char *directory, uint64_t seed);
int kill9_world_port(const kill9_world *world); /* of the server of JOB_SOCKET; else 0 */
void kill9_world_stop(kill9_world *world);

#endif
