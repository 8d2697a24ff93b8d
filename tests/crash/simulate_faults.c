/* What goes wrong in a life, and between two. */
#include <inttypes.h>
#include <stdlib.h>

#include "crash/simulate_inside.h"
#include "crash/simulate_program.h"
#include "recovery/recovery.h"
#include "wal/directory.h"

disk_plan run_plan_faults(run *run)
{
    disk_plan plan = {
        .seed = random_next(&run->random),
        .no_sync = run->simulation->planted == PLANTED_SKIPPED_SYNC,
        .no_name_sync = run->simulation->planted == PLANTED_NAMES_NOT_SYNCED,
        .no_file_sync = run->simulation->planted == PLANTED_FILES_NOT_SYNCED,
    };
    if (run->is_final) return plan;
    uint64_t limit = UINT64_C(4) << random_below(&run->random, 8);
    uint64_t when = 1 + random_below(&run->random, limit);
    switch (random_below(&run->random, 8)) {
    case 0: plan.error_at = when; break;
    case 1:
        plan.full_from = when;
        plan.full_to = when + 1 + random_below(&run->random, 30);
        break;
    case 2:
        plan.error_at = when;
        plan.crash_at = when + random_below(&run->random, 40);
        break;
    default: plan.crash_at = when; break;
    }
    return plan;
}

void run_damage_checkpoint(run *run)
{
    static const char *const names[] = {"MANIFEST", "lineage", "state/state.bin"};
    directory directory;
    int64_t *times;
    size_t count;
    uint64_t which = random_below(&run->random, 3), kind = random_below(&run->random, 3);
    uint64_t where = random_next(&run->random);
    directory_init(&directory, run->directory);
    if (directory_list_checkpoints(&directory, &times, &count) == WEIR_OK) {
        if (count > 1 && checkpoint_is_good(run->directory, times[count - 2])) {
            char *path = directory_checkpoint_path(&directory, times[count - 1], names[which]);
            if (disk_damage(path, (int)kind, where, &where))
                run_tell("  damaged (%d): %s\n", (int)kind, path);
            free(path);
        }
        free(times);
    }
    directory_release(&directory);
}

/* What was said before it was about something else. */
static void note_log_damage(run *run, uint64_t segment, uint64_t at)
{
    if (run->log_damage_count == 0) run->is_said = false;
    run->log_damages[run->log_damage_count].segment = segment;
    run->log_damages[run->log_damage_count++].at = at;
}

void run_damage_log(run *run)
{
    wal_segment_list list = {0};
    uint64_t which = random_next(&run->random), where = random_next(&run->random);
    if (wal_directory_list(run->log, &list) == WEIR_OK && list.count > 0) {
        uint64_t segment = list.numbers[which % list.count];
        char *path = wal_directory_segment(run->log, segment);
        if (disk_damage(path, 0, where, &where)) note_log_damage(run, segment, where);
        run_tell("  a bit changed: %s, byte %" PRIu64 "\n", path, where);
        free(path);
    }
    wal_segment_list_release(&list);
}
