#include "recovery/given_up.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
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
                     "%s, which tells what state was given up, cannot be read; if none was, or if "
                     "you give it up again (--drop-state), remove that file",
                     path);
}

/* (time of a checkpoint, (name, ...)): what nobody can have written is not guessed at. */
static bool is_entry(weir_value entry)
{
    size_t count, names;
    const weir_value *part = weir_items(entry, &count);
    if (weir_kind_of(entry) != WEIR_LIST || count != 2) return false;
    const weir_value *name = weir_items(part[1], &names);
    bool is_good = weir_is_int(part[0]) && weir_kind_of(part[1]) == WEIR_LIST && names > 0;
    for (size_t i = 0; i < names && is_good; i++) {
        size_t length;
        const char *text = weir_bytes(&name[i], &length);
        is_good = weir_is_string(name[i]) && length > 0 && !memchr(text, '\0', length);
    }
    return is_good;
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

/* The names of an entry, and its time. */
static weir_value names_of(weir_value entry, int64_t *time_ms)
{
    size_t count;
    const weir_value *part = weir_items(entry, &count);
    *time_ms = weir_as_int(part[0]);
    return part[1];
}

static bool has_name(const weir_durability *durability, const char *name)
{
    for (size_t i = 0; i < durability->drop_state_count; i++)
        if (strcmp(durability->drop_state[i], name) == 0) return true;
    return false;
}

static void add_names(weir_value names, arena *arena, weir_durability *durability)
{
    size_t count, before = durability->drop_state_count;
    const weir_value *name = weir_items(names, &count);
    const char **all = arena_alloc(arena, (before + count) * sizeof *all);
    if (before > 0) memcpy(all, durability->drop_state, before * sizeof *all);
    durability->drop_state = all;
    for (size_t i = 0; i < count; i++) {
        size_t length;
        const char *bytes = weir_bytes(&name[i], &length);
        char *text = arena_alloc(arena, length + 1);
        if (length > 0) memcpy(text, bytes, length);
        text[length] = '\0';
        if (!has_name(durability, text)) all[durability->drop_state_count++] = text;
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
        weir_value names = names_of(entry[i], &of_ms);
        if (of_ms == time_ms) add_names(names, to, durability);
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

static weir_value entry_of(int64_t time_ms, const weir_durability *durability)
{
    weir_value names;
    weir_value *name = value_make_list(durability->drop_state_count, &names);
    for (size_t i = 0; i < durability->drop_state_count; i++)
        name[i] = weir_text(durability->drop_state[i]);
    weir_value parts[] = {weir_int(time_ms), names};
    return weir_list(parts, 2);
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
        names_of(entry[i], &of_ms);
        if (of_ms < time_ms && is_there(times, checkpoints, of_ms)) all[kept++] = entry[i];
    }
    if (durability->drop_state_count > 0) all[kept++] = entry_of(time_ms, durability);
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
