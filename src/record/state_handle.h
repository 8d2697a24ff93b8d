/* The state of one key while a mapWithState function sees one record (spec 02 §5). Whoever runs
 * the function fills it in before the call, and afterwards finds in it what became of the state:
 *
 *   is_removed             the key goes
 *   is_updated             `value` is the new state
 *   neither                the state is as it was
 *
 * Once removed, or while the key is timing out, every further change is refused. */
#ifndef RECORD_STATE_HANDLE_H
#define RECORD_STATE_HANDLE_H

#include "weir/function.h"

struct weir_state {
    weir_value value; /* absent: there is none */
    bool is_updated;
    bool is_removed;
    bool is_timing_out; /* set before the call */
};

/* `value` is absent if the key has no state. */
static inline weir_state state_handle_make(weir_value value, bool is_timing_out)
{
    return (weir_state){.value = value, .is_timing_out = is_timing_out};
}

#endif
