#include "conformance/compare.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/lines.h"

enum { SHOWN_MAX = 300 }; /* of a record, in a difference */

bool compare_parse(const char *word, comparing *how)
{
    static const char *const words[] = {"multiset", "exact_lists", "ordered"};
    *how = COMPARE_MULTISET;
    if (!word) return true;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        *how = (comparing)i;
        if (strcmp(word, words[i]) == 0) return true;
    }
    return false;
}

/* --- One text for equal records: of type and content, every digit of a float ----------------- */

static void append_text_of(buffer *text, const json_t *json, bool sorts);

static lines texts_of(const json_t *array, bool sorts_lists)
{
    lines texts = {0};
    for (size_t i = 0; i < json_array_size(array); i++) {
        buffer text = {0};
        append_text_of(&text, json_array_get(array, i), sorts_lists);
        lines_add(&texts, text.bytes, text.size);
        buffer_release(&text);
    }
    return texts;
}

static void append_list(buffer *text, const json_t *array, bool sorts)
{
    lines items = texts_of(array, sorts);
    if (sorts) lines_sort(&items, 0, items.count);
    buffer_append_text(text, "[");
    for (size_t i = 0; i < items.count; i++) {
        if (i) buffer_append_text(text, ",");
        buffer_append_text(text, items.texts[i]);
    }
    buffer_append_text(text, "]");
    lines_release(&items);
}

static void append_object(buffer *text, const json_t *object, bool sorts)
{
    const char *name, *separator = "";
    json_t *member;
    buffer_append_text(text, "{");
    json_object_foreach((json_t *)(uintptr_t)object, name, member)
    {
        buffer_printf(text, "%s\"%s\":", separator, name);
        append_text_of(text, member, sorts);
        separator = ",";
    }
    buffer_append_text(text, "}");
}

static void append_text_of(buffer *text, const json_t *json, bool sorts)
{
    if (json_is_array(json)) {
        append_list(text, json, sorts);
    } else if (json_is_object(json)) {
        append_object(text, json, sorts);
    } else {
        char *dumped = json_dumps(json, JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
        buffer_append_text(text, dumped ? dumped : "?");
        free(dumped);
    }
}

/* --- Records --------------------------------------------------------------------------------- */

bool compare_lines(char *const *expected, char *const *got, buffer *why)
{
    size_t at = 0;
    while (expected[at] && got[at] && strcmp(expected[at], got[at]) == 0) at++;
    if (!expected[at] && !got[at]) return true;
    if (!got[at])
        buffer_printf(why, "number %zu is missing: %.*s", at + 1, SHOWN_MAX, expected[at]);
    else if (!expected[at])
        buffer_printf(why, "number %zu is too much: %.*s", at + 1, SHOWN_MAX, got[at]);
    else
        buffer_printf(why, "number %zu is %.*s, expected was %.*s", at + 1, SHOWN_MAX, got[at],
                      SHOWN_MAX, expected[at]);
    return false;
}

/* Both sorted. */
static bool compare_sorted(const lines *expected, const lines *got, buffer *why)
{
    for (size_t i = 0; i < expected->count || i < got->count; i++) {
        const char *want = i < expected->count ? expected->texts[i] : NULL;
        const char *have = i < got->count ? got->texts[i] : NULL;
        int order = !want ? 1 : !have ? -1 : strcmp(want, have);
        if (order == 0) continue;
        buffer_printf(why, "%zu records, expected were %zu; %s: %.*s", got->count, expected->count,
                      order < 0 ? "missing" : "too much", SHOWN_MAX, order < 0 ? want : have);
        return false;
    }
    return true;
}

bool compare_records(const json_t *expected, const json_t *got, comparing how, buffer *why)
{
    static char *const nothing = NULL;
    lines want = texts_of(expected, how == COMPARE_MULTISET);
    lines have = texts_of(got, how == COMPARE_MULTISET);
    bool same;
    if (how == COMPARE_ORDERED) {
        same = compare_lines(want.texts ? want.texts : &nothing,
                             have.texts ? have.texts : &nothing, why);
    } else {
        lines_sort(&want, 0, want.count);
        lines_sort(&have, 0, have.count);
        same = compare_sorted(&want, &have, why);
    }
    lines_release(&want);
    lines_release(&have);
    return same;
}

/* --- Printed text ---------------------------------------------------------------------------- */

static bool is_rule(const lines *lines, size_t at)
{
    return at < lines->count && strlen(lines->texts[at]) == 43 &&
           strspn(lines->texts[at], "-") == 43;
}

static bool is_frame(const lines *lines, size_t at)
{
    return is_rule(lines, at) && is_rule(lines, at + 2) &&
           strncmp(lines->texts[at + 1], "Time: ", 6) == 0;
}

/* Sorts what stands between each frame and the empty line that ends its block. */
static void sort_blocks(lines *lines)
{
    for (size_t at = 0; at < lines->count;) {
        size_t from = is_frame(lines, at) ? at + 3 : at + 1;
        for (at = from; at < lines->count && !is_frame(lines, at);) at++;
        if (at > from) lines_sort(lines, from, at - 1);
    }
}

bool compare_printed(const char *expected, const char *got, bool any_order, buffer *why)
{
    lines want = {0}, have = {0};
    bool ends = lines_add_all(&want, expected, strlen(expected)) ==
                lines_add_all(&have, got, strlen(got));
    if (any_order) {
        sort_blocks(&want);
        sort_blocks(&have);
    }
    static char *const nothing = NULL;
    buffer_append_text(why, "of the lines, ");
    bool same = compare_lines(want.texts ? want.texts : &nothing,
                              have.texts ? have.texts : &nothing, why);
    if (same && !ends) buffer_append_text(why, "the last has no end");
    lines_release(&want);
    lines_release(&have);
    return same && ends;
}
