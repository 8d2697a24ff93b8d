/* A sorted file on its way into a family of the live database. One at a time. */
#ifndef STATE_INCOMING_H
#define STATE_INCOMING_H

#include "base/buffer.h"
#include "state/database.h"

typedef struct incoming {
    database *database;
    rocksdb_sstfilewriter_t *file;
    buffer path;
} incoming;

/* On failure there is nothing to end. */
weir_status incoming_begin(incoming *incoming, database *database);
/* By rising keys. */
weir_status incoming_put(incoming *incoming, const char *key, size_t key_size, const char *value,
                         size_t size);
weir_status incoming_delete(incoming *incoming, const char *key, size_t key_size);
/* `status`: of what was put (at least one thing). Finishes the file and gives it to the family; or
 * removes it. */
weir_status incoming_end(incoming *incoming, rocksdb_column_family_handle_t *family,
                         weir_status status);

#endif
