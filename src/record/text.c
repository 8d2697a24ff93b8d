#include "record/text.h"

#include <string.h>

#include "record/text_parts.h"

#if CPU_MAY_HAVE_AVX2
#define TEXT_CHOOSE(name, ...)                                                                    \
    (text_is_wide() ? name##_avx2(__VA_ARGS__) : name##_scalar(__VA_ARGS__))
#else
#define TEXT_CHOOSE(name, ...) name##_scalar(__VA_ARGS__)
#endif

text_facts text_scan(const char *text, size_t length)
{
    return TEXT_CHOOSE(text_scan, text, length);
}

void text_emit_lines(const char *text, size_t length, bool has_cr, weir_out *out)
{
    TEXT_CHOOSE(text_emit_lines, text, length, has_cr, out);
}

void text_emit_words(const char *text, size_t length, weir_value key, weir_out *out)
{
    TEXT_CHOOSE(text_emit_words, text, length, key, out);
}

bool text_is_utf8(const char *text, size_t length)
{
    return TEXT_CHOOSE(text_is_utf8, text, length);
}

size_t text_line_end(const char *text, size_t length, size_t from)
{
    /* In windows, so that a text with ends of one kind only is not searched to its end for the
     * other kind. */
    enum { WINDOW = 4096 };
    for (size_t at = from; at < length; at += WINDOW) {
        size_t rest = length - at < WINDOW ? length - at : WINDOW;
        const char *window = text + at;
        const char *feed = memchr(window, '\n', rest);
        const char *carriage = memchr(window, '\r', feed ? (size_t)(feed - window) : rest);
        if (carriage) {
            size_t behind = (size_t)(carriage - text) + 1;
            return behind < length && text[behind] == '\n' ? behind + 1 : behind;
        }
        if (feed) return (size_t)(feed - text) + 1;
    }
    return length;
}

enum { INT_DIGITS_MAX = 18 };

bool text_parse_int(const char *text, size_t length, int64_t *number)
{
    static const uint64_t scales[9] = {1,      10,      100,      1000,     10000,
                                       100000, 1000000, 10000000, 100000000};
    bool is_negative = false;
    if (length > 0 && (text[0] == '-' || text[0] == '+')) {
        is_negative = text[0] == '-';
        text++;
        length--;
    }
    if (length == 0 || length > INT_DIGITS_MAX) return false;
    uint64_t sum = 0;
    while (length > 0) {
        size_t count = length < 8 ? length : 8;
        uint64_t bytes, part;
        memcpy(&bytes, text, sizeof bytes);
        if (!text_parse_digits(bytes, count, &part)) return false;
        sum = sum * scales[count] + part;
        text += count;
        length -= count;
    }
    *number = is_negative ? -(int64_t)sum : (int64_t)sum;
    return true;
}
