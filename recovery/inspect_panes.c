/* weir/inspect.h: the panes of windows in a checkpoint. */
#include <string.h>

#include "base/error.h"
#include "recovery/inspect_inside.h"
#include "state/pane_scan.h"

typedef struct reading {
    const look *look;
    state_scan *scan;
    const weir_state_query *query;
    const weir_pane_visitor *visitor;
    void *user;
    uint64_t damaged;
} reading;

static void note_damage(reading *reading)
{
    reading->damaged++;
    if (reading->visitor->damage) reading->visitor->damage(error_text(), reading->user);
}

static bool is_wanted(const char *prefix, weir_value key)
{
    size_t length;
    if (!prefix) return true;
    if (!weir_is_string(key)) return false;
    const char *text = weir_bytes(&key, &length);
    return length >= strlen(prefix) && memcmp(text, prefix, strlen(prefix)) == 0;
}

/* false: the visit is over. */
static bool give(reading *reading, const pane_scan *panes, const pane_record *window,
                 const pane_scan_item *item)
{
    const weir_pane_visitor *visitor = reading->visitor;
    if (item->is_pane) {
        if (!visitor->pane) return true;
        weir_pane_facts facts = {window->name, item->time_ms, item->part_count, item->records,
                                 pane_scan_bytes(panes, item->time_ms)};
        return visitor->pane(&facts, reading->user);
    }
    if (!visitor->entry || !is_wanted(reading->query->prefix, item->key)) return true;
    weir_pane_entry entry = {window->name, item->time_ms, item->partition, item->key,
                             item->value};
    return visitor->entry(&entry, reading->user);
}

static bool read_window(reading *reading, const pane_record *window)
{
    pane_scan *panes;
    pane_scan_item item;
    bool goes_on = true;
    if (reading->visitor->window)
        reading->visitor->window(window->name, window->part_count, reading->user);
    if (pane_scan_open(reading->scan, window, &panes) != WEIR_OK) {
        note_damage(reading);
        return true;
    }
    while (goes_on) {
        weir_status status = pane_scan_next(panes, &item);
        if (status == WEIR_NO_ELEMENT) break;
        if (status == WEIR_OK) goes_on = give(reading, panes, window, &item);
        else note_damage(reading);
    }
    pane_scan_close(panes);
    return goes_on;
}

static const char *window_name(const void *windows, size_t at)
{
    return ((const pane_record *)windows)[at].name;
}

static weir_status read_panes(reading *reading)
{
    size_t count = 0;
    const pane_record *windows =
        reading->scan ? state_scan_windows(reading->scan, &count) : NULL;
    const char *wanted = reading->query->space;
    bool is_found = !wanted, goes_on = true;
    for (size_t i = 0; i < count && goes_on; i++) {
        if (wanted && strcmp(wanted, windows[i].name) != 0) continue;
        is_found = true;
        goes_on = read_window(reading, &windows[i]);
    }
    if (!is_found)
        return look_refuse_name(reading->look, "panes of a window", wanted, windows, count,
                                window_name);
    return look_tell_damage(reading->look, "panes", reading->damaged);
}

weir_status weir_inspect_panes(const char *path, const weir_state_query *query,
                               const weir_pane_visitor *visitor, void *user)
{
    look look;
    reading reading = {.look = &look, .query = query, .visitor = visitor, .user = user};
    weir_status status = look_begin(&look, path);
    if (status == WEIR_OK) status = look_state(&look, query->at_ms, &reading.scan);
    if (status == WEIR_OK) {
        if (visitor->begins) visitor->begins(look.checkpoint.manifest.time_ms, user);
        if (visitor->falls_back && look.checkpoint.is_older) visitor->falls_back(user);
        status = read_panes(&reading);
    }
    state_scan_close(reading.scan);
    look_end(&look);
    return status;
}
