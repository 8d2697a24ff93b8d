/* Lists of texts. */
#ifndef CONFORMANCE_LINES_H
#define CONFORMANCE_LINES_H

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialised is empty. */
typedef struct lines {
    char **texts; /* ended by NULL, once there is one */
    size_t count;
} lines;

/* Appends a copy. */
void lines_add(lines *lines, const char *text, size_t length);
/* Appends every line of a text; false if the last one has no end. */
bool lines_add_all(lines *lines, const char *text, size_t length);
/* Sorts [from, to) by bytes. */
void lines_sort(lines *lines, size_t from, size_t to);
void lines_release(lines *lines);

#endif
