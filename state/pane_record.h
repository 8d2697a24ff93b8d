/* What a database knows about the panes of each windowed stream, in its default column family
 * (metadata.h):
 *
 *   "panes.NAME"      list (1, NAME, keyed, part count, expired); the key is the family's name
 *
 * Panes up to the time `expired` are to be ignored: they are there only until the whole file that
 * they are in has expired. */
#ifndef STATE_PANE_RECORD_H
#define STATE_PANE_RECORD_H

#include "state/database.h"

typedef struct pane_record {
    char *name;
    bool is_keyed;
    size_t part_count;  /* of keyed panes; else 0 */
    int64_t expired_ms; /* INT64_MIN: none yet */
} pane_record;

weir_status pane_record_put(database *database, const pane_record *record);
weir_status pane_record_remove(database *database, const char *name);
/* All of them, in the order of their families' names. The caller releases them. */
weir_status pane_records_read(database *database, pane_record **records, size_t *count);
void pane_records_release(pane_record *records, size_t count);

#endif
