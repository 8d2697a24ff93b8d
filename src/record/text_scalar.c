#include <string.h>

#include "record/text_parts.h"
#include "record/value.h"

static bool is_line_end(char byte)
{
    return byte == '\n' || byte == '\r';
}

text_facts text_scan_scalar(const char *text, size_t length)
{
    text_facts facts = {.is_ascii = true};
    size_t start = 0;
    unsigned char bits = 0;
    for (size_t at = 0; at < length; at++) {
        bits |= (unsigned char)text[at];
        if (!is_line_end(text[at])) continue;
        bool is_second = text[at] == '\n' && at > 0 && text[at - 1] == '\r';
        facts.has_cr |= text[at] == '\r';
        facts.lines += !is_second;
        if (at - start > facts.longest) facts.longest = at - start;
        start = at + 1;
    }
    facts.lines += start < length;
    if (length - start > facts.longest) facts.longest = length - start;
    facts.is_ascii = bits < 0x80;
    return facts;
}

void text_emit_lines_scalar(const char *text, size_t length, bool has_cr, weir_out *out)
{
    size_t start = 0;
    while (start < length) {
        const char *feed = memchr(text + start, '\n', length - start);
        size_t end = feed ? (size_t)(feed - text) : length;
        size_t next = end + 1;
        const char *carriage = has_cr ? memchr(text + start, '\r', end - start) : NULL;
        if (carriage) {
            end = (size_t)(carriage - text);
            next = end + 1 + (end + 1 < length && text[end + 1] == '\n');
        }
        weir_emit(out, weir_absent(), value_padded_string(text + start, end - start));
        start = next;
    }
}

static bool is_space(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

void text_emit_words_scalar(const char *text, size_t length, weir_value key, weir_out *out)
{
    size_t at = 0;
    for (;;) {
        while (at < length && is_space(text[at])) at++;
        if (at == length) return;
        size_t start = at;
        while (at < length && !is_space(text[at])) at++;
        weir_emit(out, key, value_padded_string(text + start, at - start));
    }
}
