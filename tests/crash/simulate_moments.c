/* What must hold at any moment: of the log when it answers, of checkpoints when they are
 * published, of segments when some are deleted. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "crash/simulate_inside.h"
#include "crash/turns.h"
#include "wal/directory.h"

static bool checks_now(const run *run)
{
    return !run->simulation->only_outcome && !disk_is_frozen();
}

/* Does nobody else write to the log just now? */
static bool is_quiet(const run *run)
{
    if (run->scenario.log_sync_ms > 0) return false;
    if (run->scenario.is_serial) return true;
    return turns_are_on() && run->is_level && !run->is_storing;
}

/* Batches that a log had which was to be synced later may be gone: then time goes on from before,
 * and what outputs were told of them counts no more. */
void run_forget_lost(int64_t last_ms)
{
    run *run = the_run;
    run->is_history_known = true;
    if (run->scenario.log_sync_ms == 0) return;
    if (last_ms < run->safe_ms)
        run_complain("batches up to %" PRId64 " ms had to last, the log ends with %" PRId64,
                     run->safe_ms, last_ms);
    tellings_forget_after(&run->tellings, last_ms);
}

/* The name of the newest segment, which is noted, lasts from the next sync on. */
static bool log_is_synced(const run *run) { return disk_is_synced(run->log, "newest."); }

/* W4, W5: what the batch consists of, and that the one before it is done, is durable. */
void run_check_before_output(void)
{
    if (!the_run->is_history_known) run_forget_lost(0); /* nothing to resume from */
    if (!checks_now(the_run) || !is_quiet(the_run) || log_is_synced(the_run)) return;
    run_complain("W4, W5: an output runs while something in the log is not durable");
}

/* The newest segment holds something that was acknowledged. */
static void note_held(run *run)
{
    wal_segment_list list = {0};
    if (wal_directory_list(run->log, &list) == WEIR_OK && list.count > 0 &&
        list.numbers[list.count - 1] < MOST_SEGMENTS)
        run->holds[list.numbers[list.count - 1]] = true;
    wal_segment_list_release(&list);
}

/* W1, W4: on the thread of the log, which has written nothing since. */
void run_check_answered(void)
{
    if (!checks_now(the_run)) return;
    if (the_run->scenario.log_sync_ms == 0 && !log_is_synced(the_run))
        run_complain("W1, W4: the log has answered for something that is not durable");
    note_held(the_run);
}

void run_check_acknowledged(run *run)
{
    if (!checks_now(run) || !run->scenario.is_serial) return;
    if (run->scenario.log_sync_ms == 0 && !log_is_synced(run))
        run_complain("W1: a block was acknowledged before it was durable");
    note_held(run);
}

void run_check_synced(run *run)
{
    if (checks_now(run) && !log_is_synced(run))
        run_complain("W1: what was acknowledged long ago is not durable");
}

void run_forgive(run *run)
{
    handed *handed = &run->handed;
    for (int64_t i = handed->safe + 1; i <= handed->acked; i++) handed->is_risked[i] = true;
    handed->safe = handed->acked;
    memset(run->holds, 0, MOST_SEGMENTS * sizeof *run->holds); /* it may have begun late */
}

/* C1, C2: what is published is there, at its size, and durable. */
void run_check_published(const char *from, const char *to)
{
    const char *name = strrchr(to, '/');
    if (!strstr(from, "/checkpoints/.tmp-") || !name || strstr(to, "quarantine")) return;
    if (disk_is_frozen() || the_run->simulation->only_outcome) return;
    if (!disk_is_synced_below(from))
        run_complain("C1: the checkpoint of %s ms is published before it is durable", name + 1);
    if (!check_listed_files(from) && !disk_is_frozen())
        run_complain("C1, C2: the checkpoint of %s ms is published before its files are there",
                 name + 1);
}

/* R3: the segments that a kept checkpoint can need are there. */
void run_check_retention(void)
{
    run *run = the_run;
    if (!checks_now(run)) return;
    uint64_t oldest = oldest_needed_segment(run->directory);
    for (uint64_t i = oldest; i < MOST_SEGMENTS && oldest > 0; i++) {
        if (!run->holds[i]) continue;
        char *path = wal_directory_segment(run->log, i);
        if (!file_exists(path) && !disk_is_frozen()) {
            run_complain("R3: segment %" PRIu64 " is gone, and a kept checkpoint needs it", i);
            run->holds[i] = false;
        }
        free(path);
    }
}
