/* The files in a directory, or in every directory that a glob matches; not those below. */
#ifndef INGEST_DIRECTORY_LISTING_H
#define INGEST_DIRECTORY_LISTING_H

#include "weir/status.h"

/* Calls `visit` for each entry that may be a regular file: its path, and the name that ends it,
 * both borrowed for the call. In no particular order. Stops at the first directory that cannot be
 * read and says so; a glob that matches nothing is an error too. */
typedef void (*directory_visit)(void *user, const char *path, const char *name);
weir_status directory_listing_visit(const char *pattern, directory_visit visit, void *user);

#endif
