#include "conformance/lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void lines_add(lines *lines, const char *text, size_t length)
{
    char *copy = memory_alloc(length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    lines->texts = memory_resize(lines->texts, (lines->count + 2) * sizeof *lines->texts);
    lines->texts[lines->count++] = copy;
    lines->texts[lines->count] = NULL;
}

bool lines_add_all(lines *lines, const char *text, size_t length)
{
    size_t from = 0;
    for (size_t at = 0; at < length; at++) {
        if (text[at] != '\n') continue;
        lines_add(lines, text + from, at - from);
        from = at + 1;
    }
    if (from < length) lines_add(lines, text + from, length - from);
    return from == length;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void lines_sort(lines *lines, size_t from, size_t to)
{
    if (to > from) qsort(lines->texts + from, to - from, sizeof *lines->texts, compare_texts);
}

void lines_release(lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) free(lines->texts[i]);
    free(lines->texts);
    *lines = (struct lines){0};
}
