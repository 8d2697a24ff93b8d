#include "recovery/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static int compare_records(const void *a, const void *b)
{
    const plan_record *left = a, *right = b;
    if (left->time_ms != right->time_ms) return left->time_ms < right->time_ms ? -1 : 1;
    return left->record < right->record ? -1 : left->record > right->record;
}

static plan_record *find(const plan *plan, int64_t time_ms)
{
    plan_record wanted = {.time_ms = time_ms};
    size_t from = 0, to = plan->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (plan->replay[middle].time_ms < wanted.time_ms) from = middle + 1;
        else to = middle;
    }
    return from < plan->count && plan->replay[from].time_ms == time_ms
        ? &plan->replay[from] : NULL;
}

static bool is_skipped(const plan_facts *facts, int64_t time_ms)
{
    for (size_t i = 0; i < facts->skipped_count; i++)
        if (facts->skipped_times[i] == time_ms) return true;
    return false;
}

/* Batches behind the boundary, sorted by time. A time that was recorded twice (the log wrote a
 * group again, or a batch was cut again) counts once, as it was recorded first. */
static void gather_records(const plan_facts *facts, plan *plan)
{
    plan->replay = memory_alloc((facts->record_count + 1) * sizeof *plan->replay);
    size_t count = 0;
    for (size_t i = 0; i < facts->record_count; i++) {
        if (facts->record_times[i] > plan->last_ms) plan->last_ms = facts->record_times[i];
        if (facts->record_times[i] <= facts->boundary_ms) continue;
        plan->replay[count++] = (plan_record){.time_ms = facts->record_times[i], .record = i};
    }
    if (count) qsort(plan->replay, count, sizeof *plan->replay, compare_records);
    for (size_t i = 0; i < count; i++) {
        bool repeats = plan->count > 0 &&
            plan->replay[plan->count - 1].time_ms == plan->replay[i].time_ms;
        if (!repeats) plan->replay[plan->count++] = plan->replay[i];
    }
}

/* That they are done counts no more; but their times were given out. */
static bool is_lost(const plan_facts *facts, int64_t time_ms)
{
    for (size_t i = 0; i < facts->lost_count; i++)
        if (facts->skipped_times[i] == time_ms) return true;
    return false;
}

static void mark_done(const plan_facts *facts, plan *plan)
{
    for (size_t i = 0; i < facts->done_count; i++) {
        int64_t time_ms = facts->done_times[i];
        if (time_ms <= facts->boundary_ms) continue;
        if (is_lost(facts, time_ms)) {
            if (time_ms > plan->last_ms) plan->last_ms = time_ms;
            continue;
        }
        plan_record *record = find(plan, time_ms);
        if (record) {
            plan->done += !record->is_done;
            record->is_done = true;
        } else if (!plan->is_done_without_record) {
            plan->is_done_without_record = true;
            plan->damaged_ms = time_ms;
        }
    }
}

static void mark_proven(const plan_facts *facts, plan *plan)
{
    size_t last = plan->count;
    while (last > 0 && !plan->replay[last - 1].is_done) last--;
    for (size_t i = 0; i < last && facts->done_in_order; i++) {
        plan_record *record = &plan->replay[i];
        if (record->is_done || is_skipped(facts, record->time_ms)) continue;
        record->is_done = true;
        plan->done++;
        plan->proven++;
    }
}

/* A batch that is done is given up only if it is to be lost: its state counts. */
static void mark_given_up(const plan_facts *facts, plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        plan_record *record = &plan->replay[i];
        record->is_given_up = !record->is_done && is_skipped(facts, record->time_ms);
        plan->given_up += record->is_given_up;
    }
}

void plan_make(const plan_facts *facts, plan *plan)
{
    memset(plan, 0, sizeof *plan);
    plan->last_ms = facts->boundary_ms;
    gather_records(facts, plan);
    mark_done(facts, plan);
    mark_proven(facts, plan);
    mark_given_up(facts, plan);
    int64_t behind_ms = facts->now_ms - plan->last_ms;
    plan->down = behind_ms > 0 ? behind_ms / facts->interval_ms : 0;
}

const plan_record *plan_find(const plan *plan, int64_t time_ms) { return find(plan, time_ms); }

bool plan_replays(const plan *plan, int64_t time_ms)
{
    const plan_record *record = find(plan, time_ms);
    return record && !record->is_given_up;
}

void plan_release(plan *plan)
{
    free(plan->replay);
    memset(plan, 0, sizeof *plan);
}
