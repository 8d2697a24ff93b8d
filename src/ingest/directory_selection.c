#include "ingest/directory_selection.h"

#include <string.h>

void directory_selection_init(directory_selection *selection, int64_t oldest_ms,
                              int64_t batch_interval_ms, int64_t min_remember_ms)
{
    memset(selection, 0, sizeof *selection);
    selection->oldest_ms = oldest_ms;
    int64_t intervals = (min_remember_ms + batch_interval_ms - 1) / batch_interval_ms;
    selection->remember_ms = intervals * batch_interval_ms;
}

void directory_selection_release(directory_selection *selection)
{
    path_set_release(&selection->taken);
    path_set_release(&selection->known_old);
}

void directory_selection_begin(directory_selection *selection, int64_t time_ms)
{
    selection->time_ms = time_ms;
}

bool directory_selection_wants(const directory_selection *selection, const char *path,
                               const char *name)
{
    if (name[0] == '.' && !selection->hidden_too) return false;
    return !path_set_find(&selection->taken, path);
}

static file_verdict refuse_old(directory_selection *selection, const char *path)
{
    path_entry *known = path_set_find(&selection->known_old, path);
    if (known) {
        known->stamp = selection->time_ms;
        return FILE_KNOWN_OLD;
    }
    path_set_add(&selection->known_old, path, selection->time_ms);
    selection->too_old++;
    return FILE_TOO_OLD;
}

file_verdict directory_selection_offer(directory_selection *selection, const char *path,
                                       int64_t modified_ms)
{
    int64_t after_ms = selection->time_ms - selection->remember_ms;
    if (after_ms < selection->oldest_ms) after_ms = selection->oldest_ms;
    if (modified_ms <= after_ms) return refuse_old(selection, path);
    if (modified_ms > selection->time_ms) return FILE_TOO_NEW;
    path_set_add(&selection->taken, path, selection->time_ms);
    return FILE_TAKEN;
}

void directory_selection_undo(directory_selection *selection)
{
    path_set_forget(&selection->taken, selection->time_ms);
}

void directory_selection_end(directory_selection *selection, bool is_complete)
{
    int64_t time_ms = selection->time_ms;
    if (is_complete) path_set_expire(&selection->known_old, time_ms, NULL, 0);
    /* What was taken is not to be named as refused when it has become old. */
    path_set_expire(&selection->taken, time_ms - selection->remember_ms + 1, &selection->known_old,
                    time_ms);
}
