#include "recovery/retention.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/large_files.h"
#include "base/log_line.h"
#include "base/memory.h"
#include "recovery/given_up.h"
#include "recovery/log_context.h"
#include "recovery/sealed_file.h"

/* A checkpoint is done, and a stop goes on, not much later for the sake of the batches. */
enum { RESTS_MS = 500 };

static const char doomed_prefix[] = ".old-", unfinished_prefix[] = ".tmp-";

static weir_status remove_doomed(const char *doomed)
{
    buffer state = {0};
    buffer_printf(&state, "%s/state", doomed);
    buffer_append(&state, "", 1);
    large_files_empty(state.bytes, RESTS_MS); /* batches sync the log meanwhile */
    buffer_release(&state);
    return file_remove_tree(doomed);
}

/* As a whole or not at all, for those who look on, and after a crash: renamed first. */
static bool drop_checkpoint(const directory *directory, int64_t time_ms)
{
    buffer doomed = {0};
    char *path = directory_checkpoint_path(directory, time_ms, NULL);
    buffer_printf(&doomed, "%s/%s%" PRId64, directory->checkpoints, doomed_prefix, time_ms);
    buffer_append(&doomed, "", 1);
    weir_status status = file_remove_tree(doomed.bytes);
    if (status == WEIR_OK) status = file_rename(path, doomed.bytes);
    if (status == WEIR_OK) status = remove_doomed(doomed.bytes);
    if (status != WEIR_OK)
        log_line(WEIR_WARNING, "an old checkpoint is left over: %s", error_text());
    buffer_release(&doomed);
    free(path);
    return status == WEIR_OK;
}

/* Drops the first `count`. true: they are gone for good, even if the machine fails now. */
static bool drop_checkpoints(const directory *directory, const int64_t *times, size_t count)
{
    bool are_gone = true;
    for (size_t i = 0; i < count; i++)
        are_gone = drop_checkpoint(directory, times[i]) && are_gone;
    if (count == 0 || !are_gone) return are_gone;
    if (file_sync_directory(directory->checkpoints) == WEIR_OK) return true;
    log_line(WEIR_WARNING, "old checkpoints may come back: %s", error_text());
    return false;
}

static void clean(void *user, const char *name)
{
    const directory *directory = user;
    bool is_left_over = strncmp(name, doomed_prefix, strlen(doomed_prefix)) == 0 ||
                        strncmp(name, unfinished_prefix, strlen(unfinished_prefix)) == 0;
    if (!is_left_over) return;
    buffer path = {0};
    buffer_printf(&path, "%s/%s", directory->checkpoints, name);
    buffer_append(&path, "", 1);
    if (file_remove_tree(path.bytes) != WEIR_OK)
        log_line(WEIR_WARNING, "a part of a checkpoint is left over: %s", error_text());
    buffer_release(&path);
}

void retention_clean(const directory *directory)
{
    struct directory here = *directory;
    if (file_list(directory->checkpoints, clean, &here) != WEIR_OK)
        log_line(WEIR_WARNING, "parts of checkpoints may be left over: %s", error_text());
}

/* Where the log is needed from by a checkpoint; false if its manifest cannot be read, or speaks of
 * the log of another context: then nothing of the log is dropped. */
static bool read_position(const directory *directory, int64_t time_ms, wal_position *position)
{
    char *path = directory_checkpoint_path(directory, time_ms, "MANIFEST");
    buffer bytes = {0};
    arena arena;
    manifest manifest;
    arena_init(&arena, NULL);
    bool is_read = sealed_file_read(path, manifest_magic, &bytes) == WEIR_OK &&
                   manifest_decode(bytes.bytes, bytes.size, &arena, &manifest) == WEIR_OK &&
                   log_context_check(directory, time_ms, &manifest) == WEIR_OK;
    if (is_read) *position = (wal_position){manifest.log_segment, manifest.log_offset};
    arena_release(&arena);
    buffer_release(&bytes);
    free(path);
    return is_read;
}

static bool has_time(const int64_t *times, size_t count, int64_t time_ms)
{
    for (size_t i = 0; i < count; i++)
        if (times[i] == time_ms) return true;
    return false;
}

/* Moves those that go to the beginning; both parts stay ascending. Gives how many go. `pinned`
 * ones stay, and are no step of keep_every_ms. */
static size_t choose(const retention *retention, int64_t *times, size_t count,
                     const int64_t *pinned, size_t pinned_count)
{
    size_t older = count > (size_t)retention->keep ? count - (size_t)retention->keep : 0;
    int64_t *kept = memory_alloc((older + 1) * sizeof *kept);
    int64_t every_ms = retention->keep_every_ms, step_ms = 0;
    size_t kept_count = 0, steps = 0, dropped = 0;
    for (size_t i = 0; i < older; i++) {
        bool is_step = every_ms > 0 && (steps == 0 || times[i] - step_ms >= every_ms);
        if (is_step) {
            step_ms = times[i];
            steps++;
        }
        if (is_step || has_time(pinned, pinned_count, times[i])) kept[kept_count++] = times[i];
        else times[dropped++] = times[i];
    }
    memcpy(times + dropped, kept, kept_count * sizeof *kept);
    free(kept);
    return dropped;
}

void retention_apply(const directory *directory, wal_log *log, const retention *retention)
{
    int64_t *times, *pinned = NULL;
    size_t count, pinned_count = 0;
    weir_status status = directory_list_checkpoints(directory, &times, &count);
    if (status == WEIR_OK) status = given_up_list(directory, &pinned, &pinned_count);
    if (status != WEIR_OK) {
        log_line(WEIR_WARNING, "old checkpoints are left over: %s", error_text());
        free(pinned);
        free(times);
        return;
    }
    size_t dropped = choose(retention, times, count, pinned, pinned_count);
    bool are_gone = drop_checkpoints(directory, times, dropped);
    wal_position needed;
    if (count > 0 && are_gone && read_position(directory, times[dropped], &needed) &&
        wal_log_drop_before(log, needed) != WEIR_OK)
        log_line(WEIR_WARNING, "old segments of the log are left over: %s", error_text());
    free(pinned);
    free(times);
}
