/* What the machine, or the container that we are in, has to offer. */
#ifndef CONTEXT_MACHINE_H
#define CONTEXT_MACHINE_H

#include <stddef.h>

size_t machine_processors(void);   /* that this process may run on; at least 1 */
size_t machine_memory_bytes(void); /* the least of physical memory and the cgroup's limits */

#endif
