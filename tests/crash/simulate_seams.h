/* Places where the linker lets a simulated run in (--wrap): the log's options, the wall clock,
 * deletions of segments, checkpoints that are handed over, sleeps; and the journal of a
 * context. */
#ifndef CRASH_SIMULATE_SEAMS_H
#define CRASH_SIMULATE_SEAMS_H

#include <stdbool.h>
#include <stdint.h>
#include <weir/weir.h>

void seams_set_clock(int64_t off_us);
void seams_set_log(uint64_t segment_bytes, bool drops_too_much, bool syncs_late);
/* `answered`: called whenever the log has said that it has something; `dropped`: when segments
 * were deleted; both only where threads take turns. `resumed`: when time goes on from a batch.
 * NULL: nobody. */
void seams_set_hooks(void (*answered)(void), void (*dropped)(void),
                     void (*resumed)(int64_t last_ms));
/* Checkpoints are written while nothing else goes on: `written` is called then. NULL: beside
 * it. */
void seams_set_checkpoints(void (*written)(void));
/* Plants an error: every third done mark is not written. */
void seams_forget_done(weir_context *context);

#endif
