/* Reading the panes in a checkpoint without opening it for writing, and checking all that can be
 * checked of them: for dumps and for weir verify. */
#ifndef STATE_PANE_SCAN_H
#define STATE_PANE_SCAN_H

#include "state/scan.h"

typedef struct pane_scan pane_scan;

/* Begins the panes of a windowed stream, one of state_scan_windows. WEIR_DAMAGED: they are
 * missing. */
weir_status pane_scan_open(const state_scan *scan, const pane_record *window, pane_scan **made);
void pane_scan_close(pane_scan *scan); /* NULL is fine */

typedef struct pane_scan_item {
    bool is_pane;      /* a pane begins; else it is a record of the one that did */
    int64_t time_ms;
    size_t part_count; /* of the pane */
    uint64_t records;
    size_t partition;  /* of a record, as what follows */
    weir_value key;
    weir_value value;
} pane_scan_item;

/* The next pane or record: panes by rising time, in each by rising partition and in the order of
 * the blocks (pane_format.h). Expired ones are passed over. Valid until the next call.
 * WEIR_NO_ELEMENT: that was all. WEIR_DAMAGED, WEIR_IO: something here cannot be read, or is not
 * as it must be; the next call goes on behind it: at the next block, or at the next pane. */
weir_status pane_scan_next(pane_scan *scan, pane_scan_item *item);

/* How many bytes of keys and values are stored of a pane; what cannot be read does not count. */
uint64_t pane_scan_bytes(const pane_scan *scan, int64_t time_ms);

#endif
