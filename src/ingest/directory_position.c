#include "ingest/directory_position.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "record/value.h"

/* The list, and behind it one more: what is known of the wall clock, and perhaps marks. */
static weir_value append(weir_value list, const weir_value *parts, size_t part_count)
{
    size_t count;
    weir_value longer;
    const weir_value *files = weir_items(list, &count);
    weir_value *items = value_make_list(count + 1, &longer);
    if (count) memcpy(items, files, count * sizeof *files);
    items[count] = weir_list(parts, part_count);
    return longer;
}

/* The files of such a list. */
static weir_value take_off(weir_value list, const weir_value **parts, size_t *part_count)
{
    size_t count;
    *part_count = 0;
    const weir_value *items = weir_items(list, &count);
    *parts = count ? weir_items(items[count - 1], part_count) : NULL;
    bool is_file = *part_count == 0 || !weir_is_int((*parts)[0]);
    if (is_file) *part_count = 0;
    return is_file ? list : weir_list(items, count - 1);
}

/* --- Of a batch ------------------------------------------------------------------------------ */

weir_value directory_position_record(const directory_selection *selection, weir_value files)
{
    if (!selection->has_moved) return files;
    weir_value clock[] = {weir_int(selection->clock[0].ahead_ms),
                          weir_int(selection->clock[1].until_ms)};
    return append(files, clock, 2);
}

/* An older weir recorded only how far it was ahead. */
static void replay_clock(directory_selection *selection, const weir_value *clock, size_t count)
{
    if (count == 0) return;
    int64_t until_ms = count > 1 ? weir_as_int(clock[1]) : selection->time_ms;
    directory_selection_was_ahead(selection, weir_as_int(clock[0]), until_ms);
}

weir_value directory_position_replay(directory_selection *selection, int64_t time_ms,
                                     weir_value record)
{
    size_t count;
    const weir_value *clock;
    directory_selection_replay(selection, time_ms);
    weir_value files = take_off(record, &clock, &count);
    replay_clock(selection, clock, count);
    return files;
}

/* --- At a boundary --------------------------------------------------------------------------- */

/* Of each file that is known and not remembered. */
static weir_value save_marks(const directory_selection *selection)
{
    const path_set *known = &selection->known_old;
    buffer marks = {0};
    for (size_t i = 0; i < known->capacity; i++) {
        const path_entry *entry = &known->entries[i];
        if (!entry->path) continue;
        uint64_t mark = directory_selection_mark(entry->path, entry->modified_ms);
        buffer_append(&marks, &mark, sizeof mark);
    }
    buffer_append(&marks, selection->marks, selection->mark_count * sizeof(selection->marks[0]));
    weir_value value = weir_bytes_value(marks.bytes, marks.size);
    buffer_release(&marks);
    return value;
}

/* Of the spans of the wall clock before the newest, the oldest first: how far it was ahead, and
 * until when. */
static weir_value save_spans(const directory_selection *selection)
{
    weir_value parts[2 * CLOCK_SPANS];
    size_t count = 0;
    for (size_t i = directory_selection_open_spans(selection); i > 0; i--) {
        parts[count++] = weir_int(selection->clock[i].ahead_ms);
        parts[count++] = weir_int(selection->clock[i].until_ms);
    }
    return weir_list(parts, count);
}

/* Of each remembered file: path, time of the batch, modification time. */
weir_value directory_position_save(const directory_selection *selection)
{
    const path_set *taken = &selection->taken;
    weir_value list;
    weir_value *files = value_make_list(taken->count, &list);
    size_t count = 0;
    for (size_t i = 0; i < taken->capacity; i++) {
        const path_entry *entry = &taken->entries[i];
        if (!entry->path) continue;
        weir_value parts[] = {weir_text(entry->path), weir_int(entry->stamp),
                              weir_int(entry->modified_ms)};
        files[count++] = weir_list(parts, 3);
    }
    weir_value parts[] = {weir_int(selection->clock[0].ahead_ms), save_marks(selection),
                          save_spans(selection)};
    size_t mark_bytes, span_parts;
    (void)weir_bytes(&parts[1], &mark_bytes);
    (void)weir_items(parts[2], &span_parts);
    bool is_usual = weir_as_int(parts[0]) == 0 && mark_bytes == 0 && span_parts == 0;
    return is_usual ? list : append(list, parts, span_parts ? 3 : 2);
}

static void restore_clock(directory_selection *selection, int64_t ahead_ms, weir_value spans)
{
    size_t count;
    int64_t until_ms = 0;
    const weir_value *parts = weir_items(spans, &count);
    for (size_t i = 0; i + 1 < count; i += 2) {
        directory_selection_was_ahead(selection, weir_as_int(parts[i]), until_ms);
        until_ms = weir_as_int(parts[i + 1]);
    }
    directory_selection_was_ahead(selection, ahead_ms, until_ms);
}

static void restore_rest(directory_selection *selection, const weir_value *parts, size_t count)
{
    size_t length = 0;
    const char *bytes = count > 1 ? weir_bytes(&parts[1], &length) : NULL;
    uint64_t *marks = length ? memory_alloc(length) : NULL;
    if (marks) memcpy(marks, bytes, length);
    directory_selection_resume(selection, marks, length / sizeof *marks);
    if (count == 0) return;
    restore_clock(selection, weir_as_int(parts[0]), count > 2 ? parts[2] : weir_list(NULL, 0));
}

/* An older weir saved a file as a pair, without its modification time. */
weir_status directory_position_restore(directory_selection *selection, weir_value saved)
{
    size_t count, parts, length;
    const weir_value *rest;
    saved = take_off(saved, &rest, &count);
    restore_rest(selection, rest, count);
    const weir_value *files = weir_items(saved, &count);
    for (size_t i = 0; i < count; i++) {
        const weir_value *file = weir_items(files[i], &parts);
        if (parts != 2 && parts != 3)
            return error_set(WEIR_DAMAGED, "a remembered file is not saved whole");
        const char *text = weir_bytes(&file[0], &length);
        char *path = memory_zero_alloc(1, length + 1);
        if (length) memcpy(path, text, length);
        int64_t modified_ms = parts == 3 ? weir_as_int(file[2]) : 0;
        path_set_add(&selection->taken, path, weir_as_int(file[1]), modified_ms);
        free(path);
    }
    return WEIR_OK;
}
