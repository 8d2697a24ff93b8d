/* Making tables complete: one partition when a task needs it, all of them in the background after
 * a restart.
 *
 * The warmer never touches a table: it scans the partition into another one, the shadow. When the
 * scan is done, whoever owns the table puts its entries over those of the shadow, and takes the
 * shadow as its table: what a batch changed meanwhile counts. That is why a table forgets nothing
 * while it is scanned: what is written behind it, and forgotten, would be older in the shadow. */
#ifndef STATE_WARMING_H
#define STATE_WARMING_H

#include "state/store_inside.h"

/* The table's owner; waits if the warmer is at it. */
weir_status warm_partition(rocks_store *store, rocks_space *space, size_t partition);
/* Waits if the warmer is at it, and takes the shadow if it is ready. The table's owner. */
void warm_settle(rocks_store *store, rocks_space *space, size_t partition);
/* Is the table complete, or can it be within the budget? */
bool warm_has_room(rocks_store *store, rocks_space *space, size_t partition);
/* Tables take the shadows that are ready. Between batches. */
void warm_adopt_ready(rocks_store *store);
/* Whether scanning the partition is better than reading `count` more keys one by one. */
bool warm_is_worthwhile(rocks_store *store, rocks_space *space, size_t partition, size_t count);

void warming_start(rocks_store *store);
/* The warmer takes no other partition, ever, and leaves the one that it is at. Any thread. */
void warming_end(rocks_store *store);
void warming_stop(rocks_store *store); /* and waits for its end */

#endif
