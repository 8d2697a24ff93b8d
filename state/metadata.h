/* What a database says about itself: values of its default column family, each a list encoded by
 * record/codec.h whose first item is the version of its form. */
#ifndef STATE_METADATA_H
#define STATE_METADATA_H

#include "record/codec.h"
#include "state/database.h"

enum { METADATA_FORM = 1, METADATA_ITEMS_MAX = 8 };

/* `items`: those behind the version. */
weir_status metadata_put(database *database, const char *key, size_t key_size,
                         const weir_value *items, size_t count);
weir_status metadata_remove(database *database, const char *key, size_t key_size);

/* The `count` items behind the version, in `arena`; NULL if it is something else. */
const weir_value *metadata_decode(const char *bytes, size_t size, size_t count, arena *arena);

/* Calls for each value whose key begins with `prefix` (not empty), in the order of keys, until one
 * is refused: then it is damaged, and `what` names it. */
typedef bool (*metadata_visit)(void *user, const char *bytes, size_t size);
weir_status metadata_each(database *database, const char *prefix, const char *what,
                          metadata_visit visit, void *user);

/* Is the value a name of a space? Then a copy. */
bool metadata_name(weir_value value, char **name);

#endif
