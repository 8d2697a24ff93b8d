#include "recovery/needed_blocks.h"

#include <inttypes.h>

#include "base/error.h"
#include "batch/batch_record.h"

enum { ROOM_KEPT = 1 << 20 };

typedef struct looking {
    facts *facts;
    uint64_t missing;
    uint64_t number; /* of the first block that is */
} looking;

static void use_block(void *user, uint64_t number)
{
    looking *looking = user;
    facts *facts = looking->facts;
    if (number >= facts->behind_named) facts->behind_named = number + 1;
    if (facts_find_block(facts, number)) return;
    if (looking->missing++ == 0) looking->number = number;
}

weir_status needed_blocks_refuse(const char *directory, uint64_t number, const plan_record *batch)
{
    if (batch->is_done)
        return error_set(WEIR_DAMAGED,
                         "%s: block %" PRIu64 " of the batch of %" PRId64
                         " ms is not in the log; put the log back, or lose what the batch did to "
                         "the state: --lose-batch=%" PRId64,
                         directory, number, batch->time_ms, batch->time_ms);
    return error_set(WEIR_DAMAGED,
                     "%s: block %" PRIu64 " of the batch of %" PRId64
                     " ms is not in the log; put the log back, or give up the batch: "
                     "--skip-batch=%" PRId64,
                     directory, number, batch->time_ms, batch->time_ms);
}

/* Batches of a run share what they consist of. */
static weir_status look_at(const recovery *recovery, const weir_context *context,
                           const fact_record *record, looking *looking)
{
    int64_t time_ms;
    weir_value list;
    looking->missing = 0;
    weir_status status = batch_record_decode(recovery->facts.bytes.bytes + record->offset,
                                             record->size, &time_ms, &list);
    if (status == WEIR_OK)
        batch_record_blocks(&context->ingest, list, use_block, looking);
    arena_reset(arena_current(), ROOM_KEPT);
    return status;
}

static weir_status look_at_all(recovery *recovery, const weir_context *context)
{
    facts *facts = &recovery->facts;
    looking looking = {.facts = &recovery->facts};
    const plan_record *lacking = NULL;
    uint64_t number = 0;
    for (size_t i = 0; i < facts->record_count; i++) {
        const fact_record *record = &facts->records[i];
        bool is_known = i > 0 && record->offset == facts->records[i - 1].offset;
        weir_status status =
            is_known ? WEIR_OK : look_at(recovery, context, record, &looking);
        if (status != WEIR_OK) return status;
        const plan_record *needing =
            looking.missing > 0 ? plan_find(&recovery->plan, record->time_ms) : NULL;
        if (needing && !is_known) facts->lost_blocks += looking.missing;
        if (!needing || needing->is_given_up || needing->record != i) continue;
        if (lacking && lacking->time_ms <= needing->time_ms) continue;
        lacking = needing;
        number = looking.number;
    }
    if (!lacking) return WEIR_OK;
    return needed_blocks_refuse(recovery->directory.path, number, lacking);
}

weir_status needed_blocks_check(recovery *recovery, const weir_context *context)
{
    arena room;
    arena_init(&room, NULL);
    arena *before = arena_set_current(&room);
    weir_status status = look_at_all(recovery, context);
    arena_set_current(before);
    arena_release(&room);
    return status;
}
