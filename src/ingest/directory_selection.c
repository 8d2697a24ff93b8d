#include "ingest/directory_selection.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum {
    SLACK_MS = 1000,
    UNSEEN_MS = 100 /* the wall clock may be set by less without a word (batch/cutter.c) */
};

void directory_selection_init(directory_selection *selection, int64_t oldest_ms,
                              int64_t batch_interval_ms, int64_t min_remember_ms)
{
    memset(selection, 0, sizeof *selection);
    selection->oldest_ms = oldest_ms;
    int64_t intervals = (min_remember_ms + batch_interval_ms - 1) / batch_interval_ms;
    selection->remember_ms = intervals * batch_interval_ms;
    selection->slack_ms = batch_interval_ms > SLACK_MS ? batch_interval_ms : SLACK_MS;
    selection->clock[0] = (clock_span){0, INT64_MAX, INT64_MIN};
    selection->clock_count = 1;
}

void directory_selection_release(directory_selection *selection)
{
    path_set_release(&selection->taken);
    path_set_release(&selection->known_old);
    path_set_release(&selection->waiting);
    free(selection->marks);
}

uint64_t directory_selection_mark(const char *path, int64_t modified_ms)
{
    return XXH3_64bits_withSeed(path, strlen(path), (XXH64_hash_t)modified_ms);
}

static int compare_marks(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

void directory_selection_resume(directory_selection *selection, uint64_t *marks, size_t count)
{
    selection->is_after_restart = true;
    free(selection->marks);
    selection->marks = marks;
    selection->mark_count = count;
    if (count) qsort(marks, count, sizeof *marks, compare_marks);
}

void directory_selection_replay(directory_selection *selection, int64_t time_ms)
{
    selection->time_ms = time_ms;
}

/* --- the clock ------------------------------------------------------------------------------- */

void directory_selection_was_ahead(directory_selection *selection, int64_t ahead_ms,
                                   int64_t until_ms)
{
    clock_span *span = selection->clock;
    selection->has_moved = ahead_ms != span->ahead_ms;
    if (!selection->has_moved) return;
    span->until_ms = until_ms;
    bool is_forward = ahead_ms > span->ahead_ms && until_ms != INT64_MAX;
    if (is_forward) span->skipped_ms = until_ms + ahead_ms;
    memmove(span + 1, span, (CLOCK_SPANS - 1) * sizeof *span);
    *span = (clock_span){ahead_ms, INT64_MAX, INT64_MIN};
    if (selection->clock_count < CLOCK_SPANS) selection->clock_count++;
}

size_t directory_selection_open_spans(const directory_selection *selection)
{
    int64_t after_ms = selection->time_ms - selection->remember_ms;
    size_t last = selection->clock_count - 1;
    while (last > 0 && selection->clock[last].until_ms <= after_ms) last--;
    return last;
}

/* When the last span was over, if the clock was set. Batches may be late: what was written by the
 * clock as it was may be of one to come. Set back while nothing ran, nobody knows when. */
static int64_t end_of_span(const directory_selection *selection, int64_t ahead_ms)
{
    bool is_back = ahead_ms < selection->clock[0].ahead_ms;
    if (is_back && selection->is_after_restart) return INT64_MAX;
    int64_t time_ms = selection->time_ms, now_ms = selection->now_ms;
    return (now_ms > time_ms ? now_ms : time_ms) + (is_back ? UNSEEN_MS : 0);
}

void directory_selection_begin(directory_selection *selection, int64_t time_ms)
{
    selection->time_ms = time_ms;
}

void directory_selection_see_clock(directory_selection *selection, int64_t ahead_ms,
                                   int64_t now_ms)
{
    selection->now_ms = now_ms;
    directory_selection_was_ahead(selection, ahead_ms, end_of_span(selection, ahead_ms));
}

/* --- files ----------------------------------------------------------------------------------- */

bool directory_selection_wants(const directory_selection *selection, const char *path,
                               const char *name)
{
    if (name[0] == '.' && !selection->hidden_too) return false;
    return !path_set_find(&selection->taken, path);
}

/* `written_ms`: in the time of batches. */
static bool is_in_time(const directory_selection *selection, int64_t written_ms)
{
    int64_t after_ms = selection->time_ms - selection->remember_ms;
    if (after_ms < selection->oldest_ms) after_ms = selection->oldest_ms;
    return written_ms > after_ms && written_ms <= selection->time_ms;
}

/* When a file of that time was written, in the time of batches; INT64_MIN: not in this span. */
static int64_t written_in(const clock_span *span, int64_t modified_ms)
{
    int64_t written_ms = modified_ms - span->ahead_ms;
    if (written_ms <= span->until_ms) return written_ms;
    return modified_ms <= span->skipped_ms ? span->until_ms : INT64_MIN;
}

static bool is_in_any_time(const directory_selection *selection, int64_t modified_ms)
{
    for (size_t i = 0; i < selection->clock_count; i++)
        if (is_in_time(selection, written_in(&selection->clock[i], modified_ms))) return true;
    return false;
}

/* Is there a batch to come in whose time it is? */
static bool is_to_come(const directory_selection *selection, int64_t modified_ms)
{
    for (size_t i = 0; i < selection->clock_count; i++)
        if (written_in(&selection->clock[i], modified_ms) > selection->time_ms) return true;
    return false;
}

static bool is_marked(const directory_selection *selection, const char *path, int64_t modified_ms)
{
    if (selection->mark_count == 0) return false;
    uint64_t mark = directory_selection_mark(path, modified_ms);
    return bsearch(&mark, selection->marks, selection->mark_count, sizeof mark, compare_marks);
}

static bool is_new_in(path_set *set, const char *path, int64_t time_ms, int64_t modified_ms)
{
    const path_entry *known = path_set_find(set, path);
    bool is_new = !known || known->modified_ms != modified_ms;
    path_set_add(set, path, time_ms, modified_ms);
    return is_new;
}

/* Is its batch the next but few? */
static bool comes_soon(const directory_selection *selection, int64_t modified_ms)
{
    int64_t soon_ms = selection->now_ms + selection->slack_ms;
    for (size_t i = 0; i < selection->clock_count; i++) {
        int64_t written_ms = written_in(&selection->clock[i], modified_ms);
        if (written_ms > selection->time_ms && written_ms <= soon_ms) return true;
    }
    return false;
}

static file_verdict let_wait(directory_selection *selection, const char *path, int64_t modified_ms)
{
    if (comes_soon(selection, modified_ms)) return FILE_TOO_NEW;
    bool is_new = is_new_in(&selection->waiting, path, selection->time_ms, modified_ms);
    return is_new ? FILE_FAR_AHEAD : FILE_TOO_NEW;
}

bool directory_selection_knows(directory_selection *selection, const char *path,
                               int64_t modified_ms)
{
    const path_entry *known = path_set_find(&selection->known_old, path);
    bool is_known = known ? known->modified_ms == modified_ms
                          : is_marked(selection, path, modified_ms);
    if (is_known) path_set_add(&selection->known_old, path, selection->time_ms, modified_ms);
    return is_known;
}

file_verdict directory_selection_offer(directory_selection *selection, const char *path,
                                       int64_t modified_ms)
{
    if (path_set_find(&selection->taken, path)) return FILE_KNOWN; /* a glob may find it twice */
    if (directory_selection_knows(selection, path, modified_ms)) return FILE_KNOWN;
    if (is_in_any_time(selection, modified_ms)) {
        path_set_add(&selection->taken, path, selection->time_ms, modified_ms);
        return FILE_TAKEN;
    }
    if (is_to_come(selection, modified_ms)) return let_wait(selection, path, modified_ms);
    path_set_add(&selection->known_old, path, selection->time_ms, modified_ms);
    selection->too_old++;
    return FILE_TOO_OLD;
}

void directory_selection_end(directory_selection *selection, bool is_complete)
{
    int64_t time_ms = selection->time_ms;
    if (is_complete) {
        path_set_expire(&selection->known_old, time_ms, NULL, 0);
        path_set_expire(&selection->waiting, time_ms, NULL, 0);
        directory_selection_resume(selection, NULL, 0);
        selection->is_after_restart = false;
    }
    /* What was taken is not to be taken again, or named as refused, when it has become old. */
    path_set_expire(&selection->taken, time_ms - selection->remember_ms + 1, &selection->known_old,
                    time_ms);
}
