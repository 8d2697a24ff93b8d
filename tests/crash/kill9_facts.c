#include "crash/kill9_facts.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weir/weir.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "recovery/directory.h"
#include "state/pane_scan.h"

/* --- small helpers --------------------------------------------------------------------------- */

static void read_whole(const char *path, buffer *to)
{
    int file;
    if (file_open_read(path, &file) != WEIR_OK) return;
    size_t got = 1;
    while (got > 0) {
        char *room = buffer_reserve(to, 1 << 16);
        if (file_read_at(file, path, room, 1 << 16, (int64_t)to->size, &got) != WEIR_OK) break;
        to->size += got;
    }
    file_close(file, path);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

typedef struct texts {
    char **items;
    size_t count;
} texts;

static void texts_add(texts *texts, const char *text, size_t length)
{
    bool is_full = (texts->count & (texts->count - 1)) == 0;
    size_t room = texts->count ? 2 * texts->count : 1;
    if (is_full) texts->items = memory_resize(texts->items, room * sizeof *texts->items);
    char *copy = memory_alloc(length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    texts->items[texts->count++] = copy;
}

/* Sorted, a line each; empties the list. */
static void texts_print(texts *texts, buffer *to)
{
    if (texts->count) qsort(texts->items, texts->count, sizeof *texts->items, by_text);
    for (size_t i = 0; i < texts->count; i++) {
        buffer_printf(to, "%s\n", texts->items[i]);
        free(texts->items[i]);
    }
    free(texts->items);
    memset(texts, 0, sizeof *texts);
}

/* --- what was told --------------------------------------------------------------------------- */

static bool parse_line(char *line, size_t length, told *told)
{
    if (length < 2 || strcmp(line + length - 2, " .") != 0) return false;
    line[length - 2] = '\0';
    char *time = strchr(line, ' ');
    if (!time) return false;
    *time++ = '\0';
    char *rest;
    told->time_ms = strtoll(time, &rest, 10);
    told->output = memory_copy_text(line);
    told->items = memory_copy_text(rest);
    return true;
}

static bool is_told_since(const told_list *list, size_t from, const char *output)
{
    for (size_t i = from; i < list->count; i++)
        if (strcmp(list->items[i].output, output) == 0) return true;
    return false;
}

told_list told_read(const char *directory)
{
    told_list list = {0};
    buffer path = {0}, bytes = {0};
    buffer_printf(&path, "%s/batches", directory);
    buffer_append(&path, "", 1);
    read_whole(path.bytes, &bytes);
    buffer_append(&bytes, "", 1);
    size_t start = 0;
    for (char *line = bytes.bytes, *end; (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        told told = {0};
        if (strcmp(line, "start") == 0) start = list.count;
        if (!parse_line(line, (size_t)(end - line), &told)) continue;
        told.is_first = !is_told_since(&list, start, told.output);
        list.items = memory_resize(list.items, (list.count + 1) * sizeof *list.items);
        list.items[list.count++] = told;
    }
    buffer_release(&path);
    buffer_release(&bytes);
    return list;
}

void told_release(told_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].output);
        free(list->items[i].items);
    }
    free(list->items);
    memset(list, 0, sizeof *list);
}

static bool check_next(const told *before, const told *told, int64_t interval_ms, buffer *why)
{
    int64_t step_ms = told->time_ms - before->time_ms;
    if (step_ms == interval_ms) return true;
    bool repeats = step_ms == 0 && told->is_first;
    if (repeats && strcmp(before->items, told->items) == 0) return true;
    if (repeats)
        buffer_printf(why,
                      "%s: batch %" PRId64 " came again with other records: \"%s\", then \"%s\"\n",
                      told->output, told->time_ms, before->items, told->items);
    else
        buffer_printf(why, "%s: batch %" PRId64 " follows batch %" PRId64 "%s\n", told->output,
                      told->time_ms, before->time_ms, told->is_first ? " at a start" : "");
    return false;
}

bool told_check_order(const told_list *list, const char *output, int64_t interval_ms, buffer *why)
{
    const told *before = NULL;
    bool is_good = true;
    for (size_t i = 0; i < list->count; i++) {
        const told *told = &list->items[i];
        if (strcmp(told->output, output) != 0) continue;
        if (before) is_good = check_next(before, told, interval_ms, why) && is_good;
        before = told;
    }
    if (!before) buffer_printf(why, "%s: nothing was told\n", output);
    return is_good && before;
}

void told_print(const told_list *list, buffer *to)
{
    texts lines = {0};
    for (size_t i = 0; i < list->count; i++) {
        const told *told = &list->items[i];
        bool repeats = false;
        for (size_t j = 0; j < i && !repeats; j++)
            repeats = list->items[j].time_ms == told->time_ms &&
                      strcmp(list->items[j].output, told->output) == 0;
        if (repeats) continue;
        buffer line = {0};
        buffer_printf(&line, "%s %" PRId64 "%s", told->output, told->time_ms, told->items);
        texts_add(&lines, line.bytes, line.size);
        buffer_release(&line);
    }
    texts_print(&lines, to);
}

/* --- state ----------------------------------------------------------------------------------- */

static void add_value(buffer *to, weir_value value)
{
    size_t length = weir_format(value, NULL, 0);
    char *text = buffer_reserve(to, length + 1);
    weir_format(value, text, length + 1);
    to->size += length;
}

static weir_status add_space(state_scan *scan, const char *space, bool with_changes, texts *lines)
{
    state_scan_entry entry;
    weir_status status = state_scan_begin(scan, space, NULL);
    while (status == WEIR_OK && (status = state_scan_next(scan, &entry)) == WEIR_OK) {
        buffer line = {0};
        buffer_printf(&line, "%s %zu ", space, entry.partition);
        add_value(&line, entry.key);
        buffer_append(&line, " ", 1);
        add_value(&line, entry.value);
        if (with_changes) buffer_printf(&line, " %" PRIu64, entry.changed);
        texts_add(lines, line.bytes, line.size);
        buffer_release(&line);
    }
    return status == WEIR_NO_ELEMENT ? WEIR_OK : status;
}

static weir_status add_window(state_scan *scan, const pane_record *window, texts *lines)
{
    pane_scan *panes;
    pane_scan_item item;
    weir_status status = pane_scan_open(scan, window, &panes);
    if (status != WEIR_OK) return status;
    while ((status = pane_scan_next(panes, &item)) == WEIR_OK) {
        buffer line = {0};
        buffer_printf(&line, "%s pane of %" PRId64 " ", window->name, item.time_ms);
        if (item.is_pane) {
            buffer_printf(&line, "%zu %" PRIu64, item.part_count, item.records);
        } else {
            buffer_printf(&line, "%zu ", item.partition);
            add_value(&line, item.key);
            buffer_append(&line, " ", 1);
            add_value(&line, item.value);
        }
        texts_add(lines, line.bytes, line.size);
        buffer_release(&line);
    }
    pane_scan_close(panes);
    return status == WEIR_NO_ELEMENT ? WEIR_OK : status;
}

static weir_status add_state(const char *path, bool with_changes, texts *lines)
{
    state_scan *scan;
    weir_status status = state_scan_open(path, &scan);
    if (status != WEIR_OK) return status;
    size_t count;
    const space_record *spaces = state_scan_spaces(scan, &count);
    for (size_t i = 0; i < count && status == WEIR_OK; i++)
        status = add_space(scan, spaces[i].name, with_changes, lines);
    const pane_record *windows = state_scan_windows(scan, &count);
    for (size_t i = 0; i < count && status == WEIR_OK; i++)
        status = add_window(scan, &windows[i], lines);
    state_scan_close(scan);
    return status;
}

void state_print(const char *directory, bool with_changes, buffer *to)
{
    struct directory durable;
    buffer path = {0};
    int64_t *times;
    size_t count;
    texts lines = {0};
    buffer_printf(&path, "%s/weir", directory);
    buffer_append(&path, "", 1);
    directory_init(&durable, path.bytes);
    weir_status status = directory_list_checkpoints(&durable, &times, &count);
    if (status == WEIR_OK && count == 0) status = error_set(WEIR_NO_ELEMENT, "no checkpoint");
    if (status == WEIR_OK) {
        char *state = directory_checkpoint_path(&durable, times[count - 1], "state");
        status = add_state(state, with_changes, &lines);
        free(state);
    }
    if (status != WEIR_OK) buffer_printf(to, "nothing: %s\n", error_text());
    texts_print(&lines, to);
    free(times);
    directory_release(&durable);
    buffer_release(&path);
}

/* --- saved text ------------------------------------------------------------------------------ */

/* Each line with its number: order is a promise. */
static void add_file(const char *path, const char *name, texts *lines)
{
    buffer bytes = {0};
    int number = 0;
    read_whole(path, &bytes);
    buffer_append(&bytes, "", 1);
    for (char *line = bytes.bytes, *end; (end = strchr(line, '\n')); line = end + 1) {
        buffer named = {0};
        *end = '\0';
        buffer_printf(&named, "%s:%d: %s", name, ++number, line);
        texts_add(lines, named.bytes, named.size);
        buffer_release(&named);
    }
    buffer_release(&bytes);
}

static void add_tree(const char *path, const char *name, texts *lines)
{
    DIR *listing = opendir(path);
    if (!listing) {
        texts_add(lines, name, strlen(name));
        add_file(path, name, lines);
        return;
    }
    for (struct dirent *entry; (entry = readdir(listing));) {
        char below[4600], below_name[4600];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        (void)snprintf(below, sizeof below, "%.4300s/%.256s", path, entry->d_name);
        (void)snprintf(below_name, sizeof below_name, "%.4300s/%.256s", name, entry->d_name);
        add_tree(below, below_name, lines);
    }
    closedir(listing);
}

void saved_print(const char *directory, buffer *to)
{
    char path[4300];
    texts lines = {0};
    (void)snprintf(path, sizeof path, "%.4200s/out", directory);
    add_tree(path, "out", &lines);
    texts_print(&lines, to);
}
