#include "conformance/saved.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/lines.h"

/* The names in a directory, sorted; those of its part files only, or all but the hidden ones: the
 * checkpoint directory of a case is kept beside what it saves. */
static bool names_in(const char *path, bool parts, lines *names)
{
    DIR *directory = opendir(path);
    if (!directory) return false;
    for (struct dirent *entry; (entry = readdir(directory));) {
        const char *name = entry->d_name;
        if (name[0] == '.') continue;
        if (!parts || strncmp(name, "part-", 5) == 0) lines_add(names, name, strlen(name));
    }
    closedir(directory);
    lines_sort(names, 0, names->count);
    return true;
}

/* Is there anything in the directory that is no directory? */
static bool has_files(const char *path)
{
    DIR *directory = opendir(path);
    bool has = false;
    for (struct dirent *entry; directory && !has && (entry = readdir(directory));)
        has = entry->d_type != DT_DIR;
    if (directory) closedir(directory);
    return has;
}

/* The saved directories below `path`, by their names from there on: a prefix may have a "/" in it.
 * What has neither files nor directories in it is one, too. */
static bool saved_below(const char *path, const char *before, lines *names)
{
    lines here = {0};
    bool complete = names_in(path, false, &here);
    for (size_t i = 0; complete && i < here.count; i++) {
        buffer inside = {0}, name = {0};
        buffer_printf(&inside, "%s/%s", path, here.texts[i]);
        buffer_append(&inside, "", 1);
        buffer_printf(&name, "%s%s", before, here.texts[i]);
        size_t length = name.size, found = names->count;
        buffer_printf(&name, "/");
        buffer_append(&name, "", 1);
        if (!has_files(inside.bytes)) complete = saved_below(inside.bytes, name.bytes, names);
        if (names->count == found) lines_add(names, name.bytes, length);
        buffer_release(&inside);
        buffer_release(&name);
    }
    lines_release(&here);
    lines_sort(names, 0, names->count);
    return complete;
}

static bool read_lines(const char *path, lines *lines)
{
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    buffer content = {0};
    for (size_t got = 1; got > 0; content.size += got)
        got = fread(buffer_reserve(&content, 4096), 1, 4096, file);
    bool complete = !ferror(file) && lines_add_all(lines, content.bytes, content.size);
    fclose(file);
    buffer_release(&content);
    return complete;
}

static bool read_parts(const char *path, lines *content)
{
    lines parts = {0};
    bool complete = names_in(path, true, &parts);
    for (size_t i = 0; complete && i < parts.count; i++) {
        buffer part = {0};
        buffer_printf(&part, "%s/%s", path, parts.texts[i]);
        buffer_append(&part, "", 1);
        complete = read_lines(part.bytes, content);
        buffer_release(&part);
    }
    lines_release(&parts);
    lines_sort(content, 0, content->count);
    return complete;
}

static bool compare_sorted(const lines *expected, const lines *got, buffer *why)
{
    for (size_t i = 0; i < expected->count || i < got->count; i++) {
        const char *want = i < expected->count ? expected->texts[i] : NULL;
        const char *have = i < got->count ? got->texts[i] : NULL;
        int order = !want ? 1 : !have ? -1 : strcmp(want, have);
        if (order == 0) continue;
        buffer_printf(why, "%s \"%s\"", order < 0 ? "missing is" : "too much is",
                      order < 0 ? want : have);
        return false;
    }
    return true;
}

static bool compare_directory(const char *directory, const char *name, const json_t *expected,
                              buffer *why)
{
    lines want = {0}, have = {0};
    buffer path = {0};
    for (size_t i = 0; i < json_array_size(expected); i++) {
        const json_t *line = json_array_get(expected, i);
        lines_add(&want, json_string_value(line), json_string_length(line));
    }
    lines_sort(&want, 0, want.count);
    buffer_printf(&path, "%s/%s", directory, name);
    buffer_append(&path, "", 1);
    bool same = read_parts(path.bytes, &have);
    buffer_printf(why, "directory %s: ", name);
    if (!same) buffer_append_text(why, "a file cannot be read, or its last line has no end");
    same = same && compare_sorted(&want, &have, why);
    lines_release(&want);
    lines_release(&have);
    buffer_release(&path);
    return same;
}

bool saved_compare(const json_t *expected, const char *directory, buffer *why)
{
    lines want = {0}, have = {0};
    const char *name;
    json_t *content;
    json_object_foreach((json_t *)(uintptr_t)expected, name, content)
        lines_add(&want, name, strlen(name));
    lines_sort(&want, 0, want.count);
    bool same = saved_below(directory, "", &have);
    buffer_append_text(why, "directories: ");
    same = same && compare_sorted(&want, &have, why);
    for (size_t i = 0; same && i < want.count; i++) {
        why->size = 0;
        name = want.texts[i];
        same = compare_directory(directory, name, json_object_get(expected, name), why);
    }
    lines_release(&want);
    lines_release(&have);
    return same;
}
