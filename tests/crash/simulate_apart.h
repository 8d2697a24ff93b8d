/* A run in a process of its own. It begins with what a process is born with, so it is the same
 * whatever ran before it, and nothing that it does to its process ends more than itself. */
#ifndef CRASH_SIMULATE_APART_H
#define CRASH_SIMULATE_APART_H

#include "crash/simulate_run.h"

/* Like simulation_run; a process that ends before its time is a failure. The caller has no other
 * threads. */
void simulation_run_apart(simulation *simulation);

#endif
