#include "recovery/given_up.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "record/codec.h"
#include "record/value.h"
#include "recovery/sealed_file.h"

enum { GIVEN_UP_VERSION = 1 };

static const char magic[] = "weirdrop";

static char *path_of(const directory *directory, const char *name)
{
    buffer path = {0};
    buffer_printf(&path, "%s/%s", directory->path, name);
    buffer_append(&path, "", 1);
    return path.bytes;
}

static weir_status fail_damaged(const char *path)
{
    return error_set(WEIR_DAMAGED,
                     "%s, which tells what state and sources were given up, cannot be read; if "
                     "none were, or if you give them up again (--drop-state, --drop-source), "
                     "remove that file",
                     path);
}

static bool are_names(weir_value list)
{
    size_t names;
    const weir_value *name = weir_items(list, &names);
    bool are_good = weir_kind_of(list) == WEIR_LIST;
    for (size_t i = 0; i < names && are_good; i++) {
        size_t length;
        const char *text = weir_bytes(&name[i], &length);
        are_good = weir_is_string(name[i]) && length > 0 && !memchr(text, '\0', length);
    }
    return are_good;
}

static size_t length_of(weir_value list)
{
    size_t count;
    (void)weir_items(list, &count);
    return count;
}

/* (time of a checkpoint, (name, ...)), or with names of sources behind them: what nobody can have
 * written is not guessed at. */
static bool is_entry(weir_value entry)
{
    size_t count;
    const weir_value *part = weir_items(entry, &count);
    if (weir_kind_of(entry) != WEIR_LIST || count < 2 || count > 3) return false;
    return weir_is_int(part[0]) && are_names(part[1]) &&
           (count == 2 ? length_of(part[1]) > 0 : are_names(part[2]) && length_of(part[2]) > 0);
}

bool given_up_decode(const char *bytes, size_t size, weir_value *entries)
{
    size_t count;
    weir_value whole;
    const char *at = bytes;
    *entries = weir_list(NULL, 0);
    if (!codec_decode(&at, bytes + size, arena_current(), &whole)) return false;
    const weir_value *part = weir_items(whole, &count);
    if (weir_kind_of(whole) != WEIR_LIST || count != 2 || weir_kind_of(part[1]) != WEIR_LIST ||
        weir_as_int(part[0]) != GIVEN_UP_VERSION)
        return false;
    weir_value list = part[1];
    const weir_value *entry = weir_items(list, &count);
    for (size_t i = 0; i < count; i++)
        if (!is_entry(entry[i])) return false;
    *entries = list;
    return true;
}

/* The list of entries; empty if there is no file. In the current arena. */
static weir_status read_entries(const directory *directory, buffer *room, weir_value *entries)
{
    char *path = path_of(directory, "dropped");
    *entries = weir_list(NULL, 0);
    weir_status status = WEIR_OK;
    if (file_exists(path)) {
        status = sealed_file_read(path, magic, room);
        bool is_good =
            status == WEIR_OK && given_up_decode(room->bytes, room->size, entries);
        if (status == WEIR_DAMAGED || (status == WEIR_OK && !is_good))
            status = fail_damaged(path);
    }
    free(path);
    return status;
}

/* The parts of an entry; without sources an empty list. */
static void parts_of(weir_value entry, int64_t *time_ms, weir_value *states, weir_value *sources)
{
    size_t count;
    const weir_value *part = weir_items(entry, &count);
    *time_ms = weir_as_int(part[0]);
    *states = part[1];
    *sources = count > 2 ? part[2] : weir_list(NULL, 0);
}

static bool has_name(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

/* Adds those of `list` to the `*count` names. */
static void add_names(weir_value list, arena *arena, const char *const **names, size_t *count)
{
    size_t more, before = *count;
    const weir_value *name = weir_items(list, &more);
    const char **all = arena_alloc(arena, (before + more) * sizeof *all);
    if (before > 0) memcpy(all, *names, before * sizeof *all);
    *names = all;
    for (size_t i = 0; i < more; i++) {
        size_t length;
        const char *bytes = weir_bytes(&name[i], &length);
        char *text = arena_alloc(arena, length + 1);
        if (length > 0) memcpy(text, bytes, length);
        text[length] = '\0';
        if (!has_name(all, *count, text)) all[(*count)++] = text;
    }
}

weir_status given_up_add(const directory *directory, int64_t time_ms, arena *to,
                         weir_durability *durability)
{
    arena room;
    buffer bytes = {0};
    weir_value entries;
    arena_init(&room, NULL);
    arena *before = arena_set_current(&room);
    weir_status status = read_entries(directory, &bytes, &entries);
    size_t count;
    const weir_value *entry = weir_items(entries, &count);
    for (size_t i = 0; i < count; i++) {
        int64_t of_ms;
        weir_value states, sources;
        parts_of(entry[i], &of_ms, &states, &sources);
        if (of_ms != time_ms) continue;
        add_names(states, to, &durability->drop_state, &durability->drop_state_count);
        add_names(sources, to, &durability->drop_source, &durability->drop_source_count);
    }
    arena_set_current(before);
    arena_release(&room);
    buffer_release(&bytes);
    return status;
}

/* Since the last start that gave something up. A clock that went back makes it no longer. */
static bool is_long_ago(const directory *directory)
{
    file_info info;
    char *path = path_of(directory, "dropped");
    weir_status status = file_stat(path, &info);
    free(path);
    return status == WEIR_OK && clock_wall_ms() - info.modified_ms > GIVEN_UP_KEPT_MS;
}

weir_status given_up_list(const directory *directory, int64_t **times, size_t *count)
{
    arena room;
    buffer bytes = {0};
    weir_value entries;
    size_t entry_count;
    arena_init(&room, NULL);
    arena *before = arena_set_current(&room);
    weir_status status = read_entries(directory, &bytes, &entries);
    const weir_value *entry = weir_items(entries, &entry_count);
    *times = memory_alloc((entry_count + 1) * sizeof **times);
    *count = 0;
    if (is_long_ago(directory)) entry_count = 0;
    for (size_t i = 0; i < entry_count; i++) {
        weir_value states, sources;
        parts_of(entry[i], &(*times)[*count], &states, &sources);
        *count += length_of(states) > 0;
    }
    arena_set_current(before);
    arena_release(&room);
    buffer_release(&bytes);
    return status;
}

/* --- noting ---------------------------------------------------------------------------------- */

static bool is_there(const int64_t *times, size_t count, int64_t time_ms)
{
    for (size_t i = 0; i < count; i++)
        if (times[i] == time_ms) return true;
    return false;
}

static weir_value list_of(const char *const *names, size_t count)
{
    weir_value list;
    weir_value *name = value_make_list(count, &list);
    for (size_t i = 0; i < count; i++) name[i] = weir_text(names[i]);
    return list;
}

static weir_value entry_of(int64_t time_ms, const weir_durability *durability)
{
    size_t sources = durability->drop_source_count;
    weir_value parts[] = {weir_int(time_ms),
                          list_of(durability->drop_state, durability->drop_state_count),
                          list_of(durability->drop_source, sources)};
    return weir_list(parts, sources > 0 ? 3 : 2);
}

static weir_status publish(const directory *directory, weir_value entries)
{
    char *path = path_of(directory, "dropped"), *temporary = path_of(directory, ".dropped.tmp");
    weir_value parts[] = {weir_int(GIVEN_UP_VERSION), entries};
    buffer payload = {0};
    size_t count;
    weir_items(entries, &count);
    codec_encode(&payload, weir_list(parts, 2));
    weir_status status = file_remove_tree(count > 0 ? temporary : path);
    if (status == WEIR_OK && count > 0) status = sealed_file_write(temporary, magic, &payload);
    if (status == WEIR_OK && count > 0) status = file_rename(temporary, path);
    if (status == WEIR_OK) status = file_sync_directory(directory->path);
    buffer_release(&payload);
    free(path);
    free(temporary);
    return status;
}

/* The entries as they are to be. */
static weir_status renew(const directory *directory, int64_t time_ms,
                         const weir_durability *durability, weir_value old, weir_value *renewed)
{
    int64_t *times;
    size_t checkpoints, count, kept = 0;
    weir_status status = directory_list_checkpoints(directory, &times, &checkpoints);
    if (status != WEIR_OK) return status;
    const weir_value *entry = weir_items(old, &count);
    weir_value *all = arena_alloc(arena_current(), (count + 1) * sizeof *all);
    for (size_t i = 0; i < count; i++) {
        int64_t of_ms;
        weir_value states, sources;
        parts_of(entry[i], &of_ms, &states, &sources);
        if (of_ms < time_ms && is_there(times, checkpoints, of_ms)) all[kept++] = entry[i];
    }
    if (durability->drop_state_count + durability->drop_source_count > 0)
        all[kept++] = entry_of(time_ms, durability);
    free(times);
    *renewed = weir_list(all, kept);
    return WEIR_OK;
}

weir_status given_up_note(const directory *directory, int64_t time_ms,
                          const weir_durability *durability)
{
    arena room;
    buffer bytes = {0};
    weir_value old, renewed;
    arena_init(&room, NULL);
    arena *before = arena_set_current(&room);
    weir_status status = read_entries(directory, &bytes, &old);
    if (status == WEIR_OK) status = renew(directory, time_ms, durability, old, &renewed);
    if (status == WEIR_OK && !weir_equal(old, renewed)) status = publish(directory, renewed);
    arena_set_current(before);
    arena_release(&room);
    buffer_release(&bytes);
    return status;
}
