/* Text in bulk: finding lines and words, checking UTF-8, reading ints. Wide instructions where the
 * processor has them. Every text given here is padded: TEXT_PADDING bytes behind its end may be
 * read (their content does not matter). */
#ifndef RECORD_TEXT_H
#define RECORD_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/function.h"

enum { TEXT_PADDING = 64 };

typedef struct text_facts {
    size_t lines;   /* lines ended by LF, CR or CRLF, plus a last one without end */
    size_t longest; /* upper bound of the longest line; exact when it is over 4096 */
    bool has_cr;
    bool is_ascii; /* no byte above 127 */
} text_facts;

/* One pass over the text. */
text_facts text_scan(const char *text, size_t length);

/* Is it UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF)? */
bool text_is_utf8(const char *text, size_t length);
/* The length of the text with every bad sequence replaced by U+FFFD, as decoders do (maximal
 * subparts); writes it if `to` is not NULL. */
size_t text_replace_bad_utf8(const char *text, size_t length, char *to);

/* Emits each line (LF, CR or CRLF; a last one without end counts) as a string with absent key;
 * long lines point into the text. */
void text_emit_lines(const char *text, size_t length, bool has_cr, weir_out *out);
/* Emits the nonempty pieces between runs of blank, \t, \n, \r, \f, \v, each with `key`; long words
 * point into the text. 16 bytes of padding are enough. */
void text_emit_words(const char *text, size_t length, weir_value key, weir_out *out);
/* Just behind the first line end at or after `from`; length if there is none. Behind a CR at the
 * very end of the text a LF may still come: who reads on looks at the last byte. */
size_t text_line_end(const char *text, size_t length, size_t from);
/* [+-]?[0-9]{1,18} to *number; false for anything else. 8 bytes of padding are enough. */
bool text_parse_int(const char *text, size_t length, int64_t *number);
/* The same for the first `count` (1..8) bytes of a word, digits only. */
static inline bool text_parse_digits(uint64_t bytes, size_t count, uint64_t *number)
{
    /* What is behind the digits goes, zeros come in front of them. */
    uint64_t word = (bytes ^ 0x3030303030303030U) << (8 - count) * 8;
    if (((word + 0x7676767676767676U) | word) & 0x8080808080808080U) return false;
    word = word * 10 + (word >> 8); /* pairs of digits in every other byte */
    uint64_t high_pairs = (word & 0x000000ff000000ffU) * (100 + ((uint64_t)1000000 << 32));
    uint64_t low_pairs = (word >> 16 & 0x000000ff000000ffU) * (1 + ((uint64_t)10000 << 32));
    *number = (high_pairs + low_pairs) >> 32;
    return true;
}
/* Code points of valid UTF-8. */
size_t text_code_points(const char *text, size_t length);

#endif
