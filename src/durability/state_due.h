/* The entries of a state table by when they may be due, so that a look for timeouts costs what is
 * due and not the table.
 *
 * Looks are numbered. Nothing happens when an entry changes: it stands in the slot of the first
 * look at which it could be due by the change that it had when it was put there, and a change only
 * makes that later. When a look comes to a slot, each entry there is due, or goes to a later slot.
 * Entries that were appended since the look before are not known yet: they are put in then. What
 * moves entries or takes changes back (state_table.moved) makes all slots void: the next look goes
 * through the whole table. An entry without state stands in a slot like others, since it may come
 * back.
 *
 * One task at a time, as the table. Zero-initialised is empty. */
#ifndef DURABILITY_STATE_DUE_H
#define DURABILITY_STATE_DUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"

/* Where a timeout spans more looks than there are slots, several share one: entries in the slot
 * under way are then looked at more than once. */
enum { STATE_DUE_SLOTS = 64, STATE_DUE_RING = STATE_DUE_SLOTS + 2 };

typedef struct state_due_slot {
    uint32_t *entries; /* indexes */
    size_t count;
    size_t capacity;
} state_due_slot;

typedef struct state_due {
    state_due_slot ring[STATE_DUE_RING]; /* slot q at q % STATE_DUE_RING */
    bool is_begun;
    uint64_t width; /* looks that share a slot */
    uint64_t next;  /* the slot that the look before was in */
    size_t known;   /* entries up to there are in slots, each in one */
    uint64_t moved; /* of the table at the look before */
    size_t visited; /* entries that the look before went to */
} state_due;

/* What makes an entry due: at look n, at zero time + n * scan_ms, if its last change, at zero time
 * + changed * interval_ms, was more than timeout_ms before. */
typedef struct state_due_times {
    uint64_t interval_ms;
    uint64_t timeout_ms;
    uint64_t scan_ms;
} state_due_times;

/* The first look at which an entry is due that was changed last in batch `changed`. */
static inline uint64_t state_due_first(const state_due_times *times, uint64_t changed)
{
    return (changed * times->interval_ms + times->timeout_ms) / times->scan_ms + 1;
}

struct state_table;
/* The entries with state that are due at look `look`, rising from call to call: their indexes,
 * ascending, given to the caller (NULL: none). The caller takes their state away, or undoes the
 * batch. */
uint32_t *state_due_take(struct state_table *table, const state_due_times *times, uint64_t look,
                         size_t *count);
void state_due_release(struct state_table *table);

#endif
