/* Which thread goes first when there are more than processors. */
#ifndef BASE_PRIORITY_H
#define BASE_PRIORITY_H

/* From now on the calling thread, and what it starts, gets about two fifths of a processor for
 * which a thread of batches competes, and all that is left over: enough to come to an end in time,
 * and not so much that a batch takes twice as long. Where the system does not allow it, nothing
 * changes. */
void priority_lower(void);

/* For a thread that mostly waits, and that others wait for: when it can go on, it takes the place
 * of a thread that computes at once, not when that one's turn is over. Its share of a processor
 * stays the same. Linux has this from 6.12 on; where there is none, nothing changes. */
void priority_short_turns(void);

#endif
