/* A RocksDB database that holds state: a column family for each space, one for the panes of each
 * windowed stream, and the default one for what is known about them (space_record.h,
 * pane_record.h).
 *
 * The family of space NAME is called "space.NAME", that of panes "panes.NAME", where every byte of
 * NAME but letters, digits, '_' and '-' is written as %XX. */
#ifndef STATE_DATABASE_H
#define STATE_DATABASE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "state/rocks_options.h"
#include "weir/status.h"

enum { SPACE_NAME_MAX = 200 };

typedef enum column_kind { COLUMN_SPACE, COLUMN_PANES } column_kind;

typedef struct database_column {
    char *name; /* of the family */
    rocksdb_column_family_handle_t *family;
} database_column;

typedef struct database {
    char *directory;
    char *name; /* of the directory, for RocksDB: shorter, where that is needed */
    int at;     /* the descriptor that `name` goes by; -1: none */
    rocks_options options;
    rocksdb_t *rocks;
    rocksdb_column_family_handle_t *defaults;
    database_column *columns; /* but the default one; moves when one is added */
    size_t column_count;
    bool is_read_only;
    _Atomic bool is_damaged; /* reading has met something that is not what was written */
    _Atomic uint64_t refused; /* so often RocksDB found no room to take something in although there
                               * was some: it had not noticed */
} database;

/* Opens what is in the directory, or makes an empty database there. WEIR_DAMAGED: files are
 * missing, or are not what they should be. */
weir_status database_open(const char *directory, size_t cache_bytes, database **made);
/* Changes nothing in the directory; an open database may go on beside it if it is not this one. */
weir_status database_open_read_only(const char *directory, size_t cache_bytes, database **made);
void database_close(database *database); /* NULL is fine */

/* The family of that name. NULL: there is none. */
rocksdb_column_family_handle_t *database_find(const database *database, column_kind kind,
                                              const char *space);
/* Makes one. WEIR_ILLEGAL_ARGUMENT: not a name. */
weir_status database_add(database *database, column_kind kind, const char *space,
                         rocksdb_column_family_handle_t **family);
/* Drops it with all that is in it; none of that name is fine. */
weir_status database_drop(database *database, column_kind kind, const char *space);

/* About how many keys are in a family: what was overwritten and not yet merged counts again. */
void database_estimate_keys(const database *database, rocksdb_column_family_handle_t *family,
                            _Atomic uint64_t *keys);

/* Takes an error of RocksDB (NULL: WEIR_OK) and makes it this thread's error: "directory: what:
 * its text". */
weir_status database_error(const char *directory, const char *what, char *error);

/* The name of a family. */
void database_quote(buffer *to, column_kind kind, const char *space);

#endif
