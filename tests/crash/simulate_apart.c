#include "crash/simulate_apart.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LONGEST_S = 600 }; /* with real waits nowhere, a run takes milliseconds */

/* What the two processes share. */
typedef struct outcome {
    int lives;
    int crashes;
    turns_facts facts;
    size_t size;
    char why[8192];
} outcome;

static void tell_outcome(const simulation *simulation, outcome *outcome)
{
    outcome->lives = simulation->lives;
    outcome->crashes = simulation->crashes;
    outcome->facts = simulation->facts;
    outcome->size = simulation->why.size;
    if (outcome->size > sizeof outcome->why) outcome->size = sizeof outcome->why;
    if (outcome->size) memcpy(outcome->why, simulation->why.bytes, outcome->size);
}

/* One thread of it goes on at a time: on one processor they hand over fastest. */
static void stay_here(void)
{
    cpu_set_t here;
    int processor = sched_getcpu();
    CPU_ZERO(&here);
    if (processor >= 0) CPU_SET((size_t)processor, &here);
    if (processor >= 0) (void)sched_setaffinity(0, sizeof here, &here);
}

/* What it was about, for turns_on_stuck. */
static simulation *its_simulation;
static outcome *its_outcome;

static void end_stuck(const char *text)
{
    buffer_printf(&its_simulation->why, "  %s\n", text);
    tell_outcome(its_simulation, its_outcome);
    _exit(0); /* with threads that never end */
}

static void run_here(simulation *simulation, outcome *outcome)
{
    alarm(LONGEST_S);
    stay_here();
    its_simulation = simulation;
    its_outcome = outcome;
    turns_on_stuck = end_stuck;
    simulation_run(simulation);
    tell_outcome(simulation, outcome);
    buffer_release(&simulation->why);
    exit(0); /* not _exit: a sanitizer looks for leaks then */
}

static void hear_outcome(simulation *simulation, const outcome *outcome, int status)
{
    simulation->lives = outcome->lives;
    simulation->crashes = outcome->crashes;
    simulation->facts = outcome->facts;
    if (outcome->size) buffer_append(&simulation->why, outcome->why, outcome->size);
    if (WIFSIGNALED(status))
        buffer_printf(&simulation->why, "  its process was ended by signal %d (%s)\n",
                      WTERMSIG(status), strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0)
        buffer_printf(&simulation->why, "  its process ended with %d\n", WEXITSTATUS(status));
}

void simulation_run_apart(simulation *simulation)
{
    static outcome *shared;
    if (!shared)
        shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                      0);
    memset(shared, 0, sizeof *shared);
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) run_here(simulation, shared);
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    if (child < 0) buffer_printf(&simulation->why, "  no process for it: %s\n", strerror(errno));
    else hear_outcome(simulation, shared, status);
}
