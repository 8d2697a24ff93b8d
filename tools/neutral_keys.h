/* The keys of a window with an inverse that have no record in it any more: they stay, with the
 * neutral value that the inverse left of them (O-33). */
#ifndef TOOLS_NEUTRAL_KEYS_H
#define TOOLS_NEUTRAL_KEYS_H

#include "weir/inspect.h"

/* Counts the keys of the space that no pane of the window of that name has, in the checkpoint of
 * that time (or WEIR_NEWEST). Keys are told apart by a hash of 64 bits. Damage is not said: who
 * reads state and panes as such says it. */
weir_status neutral_keys_count(const char *directory, int64_t at_ms, const char *space,
                               uint64_t *count);

#endif
