/* What saveAsTextFiles left behind. */
#ifndef CONFORMANCE_SAVED_H
#define CONFORMANCE_SAVED_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buffer.h"

/* Compares all directories below `directory` with the expected ones: their names to the lines of
 * their part files, in any order. If they differ, `why` says where first. */
bool saved_compare(const json_t *expected, const char *directory, buffer *why);

#endif
