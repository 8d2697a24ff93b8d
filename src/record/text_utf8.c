/* UTF-8: well-formed sequences are those of the Unicode standard, table 3-7.
 *
 *   first byte   second      third, fourth
 *   00..7f
 *   c2..df       80..bf
 *   e0           a0..bf      80..bf           (no overlong forms)
 *   e1..ec ee ef 80..bf      80..bf
 *   ed           80..9f      80..bf           (no surrogates)
 *   f0           90..bf      80..bf 80..bf    (no overlong forms)
 *   f1..f3       80..bf      80..bf 80..bf
 *   f4           80..8f      80..bf 80..bf    (nothing above U+10FFFF) */
#include <string.h>

#include "record/text_parts.h"

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

/* How many bytes a sequence with this first byte has; 0 if none begins with it. */
static size_t sequence_length(unsigned char first)
{
    if (first < 0x80) return 1;
    if (first < 0xc2) return 0;
    if (first < 0xe0) return 2;
    if (first < 0xf0) return 3;
    return first < 0xf5 ? 4 : 0;
}

static bool is_second_byte(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xe0:
        return second >= 0xa0 && second <= 0xbf;
    case 0xed:
        return second >= 0x80 && second <= 0x9f;
    case 0xf0:
        return second >= 0x90 && second <= 0xbf;
    case 0xf4:
        return second >= 0x80 && second <= 0x8f;
    default:
        return is_continuation(second);
    }
}

/* The bytes at `bytes` (rest > 0) that belong together: a whole sequence (true), or the longest
 * beginning of one, at least one byte (false). */
static bool take_sequence(const unsigned char *bytes, size_t rest, size_t *taken)
{
    size_t length = sequence_length(bytes[0]);
    size_t at = 1;
    if (length > 1 && rest > 1 && is_second_byte(bytes[0], bytes[1])) {
        at = 2;
        while (at < length && at < rest && is_continuation(bytes[at])) at++;
    }
    *taken = at;
    return at == length;
}

/* The length of the ASCII that the text begins with, to a multiple of eight or exactly. */
static size_t ascii_prefix(const char *text, size_t length)
{
    size_t at = 0;
    while (length - at >= 8) {
        uint64_t word;
        memcpy(&word, text + at, sizeof word);
        if (word & 0x8080808080808080U) break;
        at += 8;
    }
    while (at < length && (unsigned char)text[at] < 0x80) at++;
    return at;
}

bool text_is_utf8_scalar(const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t at = 0;
    for (;;) {
        at += ascii_prefix(text + at, length - at);
        if (at == length) return true;
        size_t taken;
        if (!take_sequence(bytes + at, length - at, &taken)) return false;
        at += taken;
    }
}

size_t text_replace_bad_utf8(const char *text, size_t length, char *to)
{
    static const char replacement[] = "\xef\xbf\xbd";
    const unsigned char *bytes = (const unsigned char *)text;
    size_t written = 0;
    for (size_t at = 0, taken; at < length; at += taken) {
        bool is_whole = true;
        taken = ascii_prefix(text + at, length - at);
        if (taken == 0) is_whole = take_sequence(bytes + at, length - at, &taken);
        size_t size = is_whole ? taken : 3;
        if (to) memcpy(to + written, is_whole ? text + at : replacement, size);
        written += size;
    }
    return written;
}

size_t text_code_points(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t at = 0; at < length; at++) count += !is_continuation((unsigned char)text[at]);
    return count;
}
