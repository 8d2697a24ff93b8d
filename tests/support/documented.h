/* The bytes of examples in docs/FORMATS.md, for tests that compare them with what is written. */
#ifndef SUPPORT_DOCUMENTED_H
#define SUPPORT_DOCUMENTED_H

#include "base/buffer.h"

/* Appends the bytes of the example that stands right behind `text`, which the page has once: two
 * hexadecimal digits each, between back quotes, or in a fenced block, a row of bytes in each line,
 * and behind two blanks what they are. Fails the test if there is none. */
void documented_bytes(const char *text, buffer *to);
/* Fails the test unless these are the bytes of that example. */
void check_documented(const char *text, const void *bytes, size_t size);

#endif
