/* Which thread goes first when there are more than processors. */
#ifndef BASE_PRIORITY_H
#define BASE_PRIORITY_H

/* From now on the calling thread, and what it starts, gets about a quarter of a processor for
 * which a thread of batches competes, and all that is left over: enough to come to an end, and
 * little enough for batches not to notice. Where the system does not allow it, nothing changes. */
void priority_lower(void);

#endif
