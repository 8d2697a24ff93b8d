/* Reading the state in a checkpoint without opening it for writing: what the dump tool shows. */
#ifndef STATE_SCAN_H
#define STATE_SCAN_H

#include "state/pane_record.h"
#include "state/space_record.h"
#include "weir/value.h"

typedef struct state_scan state_scan;

/* Opens a checkpoint's state directory. Its files stay readable if the checkpoint is deleted
 * meanwhile. */
weir_status state_scan_open(const char *state_directory, state_scan **scan);
void state_scan_close(state_scan *scan); /* NULL is fine */

const space_record *state_scan_spaces(const state_scan *scan, size_t *count); /* borrowed */
/* The windowed streams of which there are panes (pane_scan.h reads them); borrowed. */
const pane_record *state_scan_windows(const state_scan *scan, size_t *count);
database *state_scan_database(const state_scan *scan);
uint64_t state_scan_boundary(const state_scan *scan);

/* Begins a space, from its first partition on. `prefix`: only keys that are strings and begin so
 * (NULL: all; borrowed for the call). WEIR_NO_ELEMENT: there is no such space. */
weir_status state_scan_begin(state_scan *scan, const char *space, const char *prefix);

typedef struct state_scan_entry {
    size_t partition;
    weir_value key;
    weir_value value;
    uint64_t changed; /* index of the batch that changed it last */
} state_scan_entry;

/* The next entry, in the order of partitions, then of keys (key_codec.h); valid until the next
 * call. WEIR_NO_ELEMENT: that was all. WEIR_DAMAGED, WEIR_IO: something here cannot be read; the
 * next call goes on behind it: at the next entry, or at the next partition. */
weir_status state_scan_next(state_scan *scan, state_scan_entry *entry);

#endif
