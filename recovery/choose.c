/* Which checkpoint a context goes on from. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/log_line.h"
#include "recovery/given_up.h"
#include "recovery/recovery.h"

static weir_status try_checkpoint(recovery *recovery, int64_t time_ms, size_t *foreign)
{
    stored_checkpoint read;
    weir_status status =
        stored_checkpoint_read(&recovery->directory, time_ms, &recovery->arena, &read);
    recovery->manifest = read.manifest;
    recovery->lineage = read.lineage;
    *foreign += read.is_foreign;
    return status;
}

/* A start chooses twice, before the directory is its own and then for good. */
static void tell_passed(recovery *recovery, int64_t time_ms)
{
    if (recovery->has_passed && time_ms >= recovery->passed_ms) return;
    recovery->has_passed = true;
    recovery->passed_ms = time_ms;
    log_line(WEIR_ERROR,
             "the checkpoint of %" PRId64 " ms cannot be used: %s; the one before is tried",
             time_ms, error_text());
}

/* The newest first; `from_ms` not negative: that one alone. */
static weir_status try_all(recovery *recovery, const int64_t *times, size_t count, int64_t from_ms)
{
    weir_status status = WEIR_OK;
    bool is_named = false;
    size_t foreign = 0;
    for (size_t i = count; i-- > 0;) {
        if (from_ms >= 0 && times[i] != from_ms) continue;
        if (times[i] >= recovery->before_ms) continue;
        is_named = true;
        status = try_checkpoint(recovery, times[i], &foreign);
        if (from_ms >= 0 || !stored_checkpoint_is_passed(status, true)) return status;
        tell_passed(recovery, times[i]);
    }
    if (from_ms >= 0 && !is_named)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "%s has no checkpoint of %" PRId64
                         " ms; `weir dump checkpoints` lists them",
                         recovery->directory.path, from_ms);
    /* Which of them came from elsewhere, the log or the checkpoints, nobody can tell. */
    if (foreign > 0 && foreign == count)
        return error_prefix(status, "%s: failed to read checkpoint: none of the %zu is of the log",
                            recovery->directory.path, count);
    return error_set(
        WEIR_DAMAGED,
        "%s: failed to read checkpoint: none of the %zu is whole; `weir verify` says why",
        recovery->directory.path, count);
}

weir_status recovery_choose(recovery *recovery, int64_t from_ms, bool *found)
{
    int64_t *times;
    size_t count;
    *found = false;
    weir_status status = directory_list_checkpoints(&recovery->directory, &times, &count);
    if (status == WEIR_OK && (count > 0 || from_ms >= 0))
        status = try_all(recovery, times, count, from_ms);
    *found = status == WEIR_OK && count > 0;
    free(times);
    if (!*found || from_ms >= 0) return status;
    return given_up_add(&recovery->directory, recovery->manifest.time_ms, &recovery->arena,
                        &recovery->options);
}
