#include "base/priority.h"

#include <errno.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* That much nicer: two thirds of the weight. With less, a checkpoint of all of a large state is
 * not written before the next is due. */
enum { LOWER = 2 };

/* What the system call takes; the C library has no name for it. */
typedef struct scheduling {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime_ns; /* under the ordinary policy: the length of a turn */
    uint64_t deadline_ns;
    uint64_t period_ns;
} scheduling;

void priority_short_turns(void)
{
    enum { SHORTEST_NS = 100000 };
    scheduling now;
    if (syscall(SYS_sched_getattr, 0, &now, sizeof now, 0) != 0 || now.policy != 0) return;
    now.flags = 0;
    now.runtime_ns = SHORTEST_NS;
    (void)syscall(SYS_sched_setattr, 0, &now, 0);
}

void priority_lower(void)
{
    /* Linux has this for each thread, by its own id. */
    id_t thread = (id_t)gettid();
    errno = 0;
    int now = getpriority(PRIO_PROCESS, thread);
    if (errno == 0) (void)setpriority(PRIO_PROCESS, thread, now + LOWER);
}
