/* weir/inspect.h: the state in a checkpoint. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log_line.h"
#include "recovery/inspect_inside.h"

enum { LOOKS_MAX = 10 };

/* --- opening --------------------------------------------------------------------------------- */

/* Opens the state of the checkpoint that was read. *is_stale: it was dropped meanwhile. */
static weir_status open_state(look *look, state_scan **scan, bool *is_stale)
{
    int64_t time_ms = look->checkpoint.manifest.time_ms;
    char *state = directory_checkpoint_path(&look->directory, time_ms, "state");
    char *whole = directory_checkpoint_path(&look->directory, time_ms, NULL);
    weir_status status = state_scan_open(state, scan);
    *is_stale = status != WEIR_OK && !file_exists(whole);
    free(whole);
    free(state);
    return status;
}

static weir_status open_at(look *look, int64_t at_ms, state_scan **scan)
{
    weir_status status = WEIR_OK;
    bool is_stale = true;
    *scan = NULL;
    for (int i = 0; i < LOOKS_MAX && is_stale; i++) {
        is_stale = false;
        status = look_checkpoint(look, at_ms);
        if (status == WEIR_OK && look->checkpoint.manifest.file_count > 0)
            status = open_state(look, scan, &is_stale);
    }
    return status;
}

/* The newest whose state opens, too. */
static weir_status open_newest(look *look, state_scan **scan)
{
    int64_t *times = NULL;
    size_t count = 0;
    weir_status status = open_at(look, WEIR_NEWEST, scan);
    if (status != WEIR_DAMAGED) return status;
    if (directory_list_checkpoints(&look->directory, &times, &count) != WEIR_OK) return status;
    for (size_t i = count; i-- > 0 && status == WEIR_DAMAGED;) {
        if (times[i] >= look->checkpoint.manifest.time_ms) continue;
        log_line(WEIR_WARNING,
                 "the checkpoint of %lld ms cannot be used: %s; here is the one before",
                 (long long)look->checkpoint.manifest.time_ms, error_text());
        status = open_at(look, times[i], scan);
        look->checkpoint.is_older = true;
    }
    free(times);
    return status;
}

weir_status look_state(look *look, int64_t at_ms, state_scan **scan)
{
    return at_ms == WEIR_NEWEST ? open_newest(look, scan) : open_at(look, at_ms, scan);
}

weir_status look_start(look *look, const weir_durability *durability)
{
    state_scan *scan = NULL;
    look->is_for_start = true;
    weir_status status = look_state(look, durability_from(durability), &scan);
    state_scan_close(scan);
    return status;
}

/* --- reading --------------------------------------------------------------------------------- */

typedef struct reading {
    const look *look;
    state_scan *scan;
    const weir_state_query *query;
    const weir_state_visitor *visitor;
    void *user;
    uint64_t damaged;
} reading;

static void note_damage(reading *reading)
{
    reading->damaged++;
    if (reading->visitor->damage) reading->visitor->damage(error_text(), reading->user);
}

/* false: the visit is over. */
static bool read_space(reading *reading, const space_record *space)
{
    const weir_state_visitor *visitor = reading->visitor;
    if (visitor->space) visitor->space(space->name, space->partitions, reading->user);
    if (!visitor->entry) return true;
    weir_status status = state_scan_begin(reading->scan, space->name, reading->query->prefix);
    if (status != WEIR_OK) {
        note_damage(reading);
        return true;
    }
    for (;;) {
        state_scan_entry entry;
        status = state_scan_next(reading->scan, &entry);
        if (status == WEIR_NO_ELEMENT) return true;
        if (status != WEIR_OK) {
            note_damage(reading);
            continue;
        }
        weir_state_entry given = {space->name, entry.partition, entry.key, entry.value,
                                  look_batch_ms(reading->look, entry.changed)};
        if (!visitor->entry(&given, reading->user)) return false;
    }
}

static const char *space_name(const void *spaces, size_t at)
{
    return ((const space_record *)spaces)[at].name;
}

static bool is_window(const reading *reading, const char *name)
{
    size_t count = 0;
    const pane_record *windows = reading->scan ? state_scan_windows(reading->scan, &count) : NULL;
    for (size_t i = 0; i < count; i++)
        if (strcmp(windows[i].name, name) == 0) return true;
    return false;
}

static weir_status read_state(reading *reading)
{
    size_t count = 0;
    const space_record *spaces =
        reading->scan ? state_scan_spaces(reading->scan, &count) : NULL;
    const char *wanted = reading->query->space;
    bool is_found = !wanted, goes_on = true;
    for (size_t i = 0; i < count && goes_on; i++) {
        if (wanted && strcmp(wanted, spaces[i].name) != 0) continue;
        is_found = true;
        goes_on = read_space(reading, &spaces[i]);
    }
    if (!is_found && is_window(reading, wanted))
        return error_set(WEIR_NO_ELEMENT,
                         "%s: \"%s\" is a window without state of keys; what it keeps is in its "
                         "panes: weir dump panes",
                         reading->look->directory.path, wanted);
    if (!is_found)
        return look_refuse_name(reading->look, "state", wanted, spaces, count, space_name);
    return look_tell_damage(reading->look, "entries of state", reading->damaged);
}

weir_status weir_inspect_state(const char *path, const weir_state_query *query,
                               const weir_state_visitor *visitor, void *user)
{
    look look;
    reading reading = {.look = &look, .query = query, .visitor = visitor, .user = user};
    weir_status status = look_begin(&look, path);
    if (status == WEIR_OK) status = look_state(&look, query->at_ms, &reading.scan);
    if (status == WEIR_OK) {
        if (visitor->begins) visitor->begins(look.checkpoint.manifest.time_ms, user);
        if (visitor->falls_back && look.checkpoint.is_older) visitor->falls_back(user);
        status = read_state(&reading);
    }
    state_scan_close(reading.scan);
    look_end(&look);
    return status;
}
