/* Sorted files on their way into a family of the live database. */
#ifndef STATE_INCOMING_H
#define STATE_INCOMING_H

#include "base/buffer.h"
#include "state/database.h"

enum { INCOMING_FILES = 2 }; /* at most, at once */

typedef struct incoming {
    database *database;
    rocksdb_sstfilewriter_t *file;
    buffer path;
} incoming;

/* `number`: no other one has it; below INCOMING_FILES. On failure there is nothing to end. */
weir_status incoming_begin(incoming *incoming, database *database, unsigned number);
/* By rising keys. */
weir_status incoming_put(incoming *incoming, const char *key, size_t key_size, const char *value,
                         size_t size);
weir_status incoming_delete(incoming *incoming, const char *key, size_t key_size);
/* Nothing more is put in; at least one thing was. The file is synced. */
weir_status incoming_finish(incoming *incoming);
/* `status`: of all that was done with the files, which lie behind each other, none with keys of
 * another. Gives them to the family, all or none; or removes them. */
weir_status incoming_end(incoming *files, size_t count, rocksdb_column_family_handle_t *family,
                         weir_status status);

#endif
