/* Comparing what came with what was expected, and saying where they first differ. */
#ifndef CONFORMANCE_COMPARE_H
#define CONFORMANCE_COMPARE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buffer.h"

typedef enum comparing {
    COMPARE_MULTISET,    /* records, and the elements of every list in them, in any order */
    COMPARE_EXACT_LISTS, /* records in any order, lists element by element */
    COMPARE_ORDERED      /* all in order */
} comparing;

/* The way that a case names; NULL: a multiset. False: no such way. */
bool compare_parse(const char *word, comparing *how);
/* Two lists of records. If they differ, the first difference is appended to `why`. */
bool compare_records(const json_t *expected, const json_t *got, comparing how, buffer *why);
/* What was printed in a batch; `any_order`: the lines of each block are a multiset. */
bool compare_printed(const char *expected, const char *got, bool any_order, buffer *why);
/* Two lists of lines, each ended by NULL, in order. */
bool compare_lines(char *const *expected, char *const *got, buffer *why);

#endif
