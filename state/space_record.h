/* What the database knows about its spaces, in the default column family, as lists
 * (metadata.h):
 *
 *   "boundary"        list (1, index of the batch whose boundary this is)
 *   "space.NAME"      list (1, NAME, partitions, begun); the key is the name of the family
 *
 * The first item is the version of the record's form. */
#ifndef STATE_SPACE_RECORD_H
#define STATE_SPACE_RECORD_H

#include "state/database.h"

#include <stdint.h>

typedef struct space_record {
    char *name;
    size_t partitions;
    uint64_t begun; /* see state_space */
} space_record;

weir_status space_record_put(database *database, const space_record *record);
weir_status space_record_remove(database *database, const char *space);
/* All of them, in the order of their families' names. The caller releases them. */
weir_status space_records_read(database *database, space_record **records, size_t *count);
void space_records_release(space_record *records, size_t count);

/* 0 if there is none. */
weir_status space_boundary_put(database *database, uint64_t boundary);
weir_status space_boundary_read(database *database, uint64_t *boundary);

#endif
