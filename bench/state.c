/* The state store alone: tables, checkpoints, restarts; in memory, and with more than that. */
#include <stdio.h>

#include "bench/bench.h"
#include "bench/room_program.h"

enum { UPDATES, FREEZE, WRITTEN, OPEN, FEW, WARM, RESIDENT, FIGURES };

typedef struct shape {
    const char *keys, *batches, *batch_size, *memory_mib;
} shape;

static bool measure(const bench_settings *settings, const shape *shape, series *figures)
{
    const char *arguments[] = {settings->state_rates, settings->scratch, shape->keys,
                               shape->batches, shape->batch_size, shape->memory_mib, NULL};
    for (int i = 0; i < settings->runs; i++) {
        double numbers[FIGURES];
        if (!room_program_read(arguments, numbers, FIGURES)) return false;
        for (size_t j = 0; j < FIGURES; j++) series_add(&figures[j], numbers[j]);
    }
    return true;
}

bool bench_state(const bench_settings *settings, report *report)
{
    static const shape whole = {"1000000", "20", "1000000", "0"};
    static const shape quick = {"1000", "5", "1000", "0"};
    const target none = {NO_TARGET, 0};
    series figures[FIGURES] = {{.count = 0}};
    const shape *shape = settings->is_quick ? &quick : &whole;
    report_input(report, "%s batches of %s updates of %s keys, 2 workers, a checkpoint every 5",
                 shape->batches, shape->batch_size, shape->keys);
    if (!measure(settings, shape, figures)) return false;
    report_series(report, "updates", "M/s", &figures[UPDATES], none);
    report_series(report, "pause of a checkpoint", "ms", &figures[FREEZE], (target){BELOW, 20});
    report_series(report, "keys written by checkpoints", "M/s", &figures[WRITTEN],
                  (target){AT_LEAST, 2});
    report_series(report, "restore and open", "ms", &figures[OPEN], none);
    report_series(report, "first batch, 1,000 keys", "ms", &figures[FEW], none);
    report_series(report, "until all is in memory", "ms", &figures[WARM], none);
    return true;
}

bool bench_state_large(const bench_settings *settings, report *report)
{
    static const shape whole = {"20000000", "30", "1000000", "256"};
    static const shape quick = {"20000", "5", "2000", "1"};
    const target none = {NO_TARGET, 0};
    series figures[FIGURES] = {{.count = 0}};
    const shape *shape = settings->is_quick ? &quick : &whole;
    report_input(report, "%s batches of %s updates of %s keys, %s MiB, 2 workers", shape->batches,
                 shape->batch_size, shape->keys, shape->memory_mib);
    if (!measure(settings, shape, figures)) return false;
    report_series(report, "updates", "M/s", &figures[UPDATES], none);
    report_series(report, "resident memory", "MiB", &figures[RESIDENT], none);
    report_series(report, "first batch after a restart, 1,000 keys", "ms", &figures[FEW], none);
    return true;
}
