/* What a start would do: the log is read into facts, a plan is made of them, and both are judged.
 * Nothing is touched. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/log_line.h"
#include "recovery/asked_batches.h"
#include "recovery/log_walk.h"
#include "recovery/needed_blocks.h"
#include "recovery/recovery.h"

enum { DOWN_MAX = 100000 };

static weir_status check_plan(const recovery *recovery)
{
    const plan *plan = &recovery->plan;
    if (plan->is_done_without_record)
        return error_set(
            WEIR_DAMAGED,
            "%s: the batch of %" PRId64
            " ms is marked as done, but what it consisted of is not in the log; put the log "
            "back, or lose what the batch did to the state: --lose-batch=%" PRId64,
            recovery->directory.path, plan->damaged_ms, plan->damaged_ms);
    if (plan->down > DOWN_MAX && !recovery->options.all_down_batches &&
        !recovery->options.skip_down_batches)
        return error_set(
            WEIR_ILLEGAL_ARGUMENT,
            "%" PRId64
            " batches fell due while the context was down; say --down-batches all to compute "
            "them, or --down-batches skip to leave them out",
            plan->down);
    return WEIR_OK;
}

/* A mark that damage has cost cannot be told from one that was never written. */
static void tell_repeated(const recovery *recovery)
{
    enum { NAMED_MAX = 8 };
    const plan *plan = &recovery->plan;
    buffer names = {0};
    size_t count = 0;
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->replay[i].is_done || plan->replay[i].is_given_up) continue;
        if (count++ < NAMED_MAX)
            buffer_printf(&names, "%s%" PRId64, count > 1 ? ", " : "", plan->replay[i].time_ms);
    }
    if (count > 0)
        log_line(WEIR_WARNING,
                 "%s: the log is damaged, and may have lost marks of batches that were done: "
                 "outputs of %zu batch%s may come again: %.*s%s ms",
                 recovery->directory.path, count, count == 1 ? "" : "es",
                 (int)names.size, names.bytes, count > NAMED_MAX ? ", ..." : "");
    buffer_release(&names);
}

static plan_facts know(const recovery *recovery, const weir_context *context)
{
    const facts *facts = &recovery->facts;
    bool is_wall = context->cutter.mode == CUTTER_WALL;
    return (plan_facts){
        .boundary_ms = recovery->manifest.time_ms,
        .now_ms = is_wall ? clock_wall_ms() : 0,
        .interval_ms = recovery->manifest.interval_ms,
        .record_times = facts->record_times,
        .record_count = facts->record_count,
        .done_times = facts->done_times,
        .done_count = facts->done_count,
        .skipped_times = facts->given_up_times,
        .skipped_count = facts->given_up_count,
        .lost_count = facts->given_up_marked + recovery->options.lose_batch_count,
        .done_in_order = facts->damaged > 0 && stored_lineage_has_state(&recovery->lineage),
    };
}

weir_status recovery_make_plan(recovery *recovery, const weir_context *context)
{
    /* Half of what may wait: the rest is for what is received meanwhile. Who looks on needs none
     * of the blocks. */
    size_t memory = recovery->is_looking ? 1 : context->ingest.waiting.limit / 2;
    weir_status status = facts_read(recovery->directory.log, &recovery->manifest, memory,
                                    recovery->is_looking, &recovery->facts);
    if (status != WEIR_OK) return status;
    facts_miss_end(&recovery->facts, recovery->directory.log,
                   log_newest(recovery->directory.log, &recovery->manifest));
    recovery->facts.given_up_marked = recovery->facts.given_up_count;
    for (size_t i = 0; i < recovery->options.lose_batch_count; i++)
        facts_give_up(&recovery->facts, recovery->options.lose_batches[i]);
    for (size_t i = 0; i < recovery->options.skip_batch_count; i++)
        facts_give_up(&recovery->facts, recovery->options.skip_batches[i]);
    const plan_facts facts = know(recovery, context);
    plan_make(&facts, &recovery->plan);
    status = check_plan(recovery);
    if (status == WEIR_OK)
        status = asked_batches_check(&facts, &recovery->manifest, recovery->directory.path,
                                     &recovery->options);
    if (status == WEIR_OK && recovery->facts.damaged > 0) tell_repeated(recovery);
    return status;
}

/* What sources would receive must not come in between. */
weir_status recovery_check_log(recovery *recovery, const weir_context *context)
{
    weir_status status = needed_blocks_check(recovery, context);
    if (status != WEIR_OK) return status;
    const plan_facts known = know(recovery, context);
    const loss_facts facts = {
        .directory = recovery->directory.path,
        .known = &known,
        .plan = &recovery->plan,
        .lost_blocks = recovery->facts.lost_blocks,
        .lineage = &recovery->lineage,
        .log_segment = recovery->manifest.log_segment,
        .newest = recovery->facts.end.tail.segment,
        .durability = &recovery->options,
    };
    return losses_judge(&recovery->facts.losses, &facts);
}
