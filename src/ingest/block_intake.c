#include "ingest/block_intake.h"

#include <stdio.h>

#include "base/urgent.h"
#include "record/value.h"

void block_intake_init(block_intake *intake, source *source)
{
    source->intake = intake;
    *intake = (block_intake){.source = source};
    pthread_mutex_init(&intake->mutex, NULL);
    pthread_cond_init(&intake->answered, NULL);
}

void block_intake_empty(block_intake *intake)
{
    pthread_mutex_lock(&intake->mutex);
    while (intake->unanswered > 0) pthread_cond_wait(&intake->answered, &intake->mutex);
    block_ledger_release(&intake->ledger);
    pthread_mutex_unlock(&intake->mutex);
}

void block_intake_release(block_intake *intake)
{
    block_intake_empty(intake);
    pthread_cond_destroy(&intake->answered);
    pthread_mutex_destroy(&intake->mutex);
}

/* Under the mutex: the last thing that touches the intake. */
static void settle(block_intake *intake, block *block, weir_status status)
{
    if (status != WEIR_OK) memory_budget_take(&intake->source->ingest->waiting, block->size);
    block_ledger_answer(&intake->ledger, block, status == WEIR_OK);
    intake->unanswered--;
    pthread_cond_broadcast(&intake->answered);
}

static void stored(void *user, block *block, weir_status status)
{
    block_intake *intake = user;
    pthread_mutex_lock(&intake->mutex);
    if (status != WEIR_OK) {
        intake->lost += block->records ? block->records : 1;
        log_damped(&intake->losses, WEIR_ERROR,
                   "%s: %zu bytes received are lost, as they could not be stored: %s",
                   intake->source->stream->source_text, block->size, error_text());
    }
    settle(intake, block, status);
    pthread_mutex_unlock(&intake->mutex);
    urgent_end();
}

static void stored_for(void *user, block *block, weir_status status)
{
    block_receipt *receipt = user;
    block_intake *intake = receipt->intake;
    pthread_mutex_lock(&intake->mutex);
    receipt->is_answered = true;
    receipt->status = status;
    if (status != WEIR_OK) snprintf(receipt->error, sizeof receipt->error, "%s", error_text());
    settle(intake, block, status);
    pthread_mutex_unlock(&intake->mutex);
}

/* The log has not seen the block when it is in the ledger already, so that its answer, which may
 * come from another thread before append returns, finds it there. */
static void append(block_intake *intake, block *block, block_log_stored answer, void *user)
{
    ingest *ingest = intake->source->ingest;
    urgent_begin();
    memory_budget_add(&ingest->waiting, block->size);
    pthread_mutex_lock(&intake->mutex);
    block->number = atomic_fetch_add(&ingest->next_block, 1);
    block_ledger_add(&intake->ledger, block);
    intake->unanswered++;
    pthread_mutex_unlock(&intake->mutex);
    ingest->log->class->append(ingest->log, block, answer, user);
}

void block_intake_submit(block_intake *intake, block *block)
{
    if (block) append(intake, block, stored, intake);
}

void block_intake_submit_for(block_intake *intake, block *block, block_receipt *receipt)
{
    receipt->intake = intake;
    receipt->is_answered = false;
    append(intake, block, stored_for, receipt);
}

weir_status block_intake_wait(block_receipt *receipt)
{
    block_intake *intake = receipt->intake;
    pthread_mutex_lock(&intake->mutex);
    while (!receipt->is_answered) pthread_cond_wait(&intake->answered, &intake->mutex);
    pthread_mutex_unlock(&intake->mutex);
    urgent_end();
    if (receipt->status == WEIR_OK) return WEIR_OK;
    return error_set(receipt->status, "%s", receipt->error);
}

void block_intake_take(block_intake *intake, source_batch *batch)
{
    pthread_mutex_lock(&intake->mutex);
    for (block *block; (block = block_ledger_take(&intake->ledger)) != NULL;) {
        batch->bytes += block_memory(block);
        source_batch_add(batch, block_split_create(block));
    }
    batch->refused += intake->lost;
    intake->lost = 0;
    pthread_mutex_unlock(&intake->mutex);
}

bool block_intake_has_waiting(block_intake *intake)
{
    pthread_mutex_lock(&intake->mutex);
    bool waiting = intake->ledger.count > 0;
    pthread_mutex_unlock(&intake->mutex);
    return waiting;
}

/* --- For a restart --------------------------------------------------------------------------- */

weir_value block_intake_describe(source *source, const source_batch *batch)
{
    (void)source;
    weir_value list;
    weir_value *numbers = value_make_list(batch->count, &list);
    for (size_t i = 0; i < batch->count; i++)
        numbers[i] = weir_int((int64_t)block_split_block(batch->splits[i])->number);
    return list;
}

weir_status block_intake_replay(source *source, int64_t time_ms, weir_value what,
                                source_batch *batch)
{
    (void)time_ms;
    ingest *ingest = source->ingest;
    size_t count;
    const weir_value *numbers = weir_items(what, &count);
    for (size_t i = 0; i < count && ingest->find_block; i++) {
        uint64_t number = (uint64_t)weir_as_int(numbers[i]);
        block *block = ingest->find_block(ingest->find_block_user, number);
        if (!block)
            return error_set(WEIR_DAMAGED, "%s: block %llu of the batch is not in the log",
                             source->stream->source_text, (unsigned long long)number);
        memory_budget_add(&ingest->waiting, block_memory(block));
        batch->bytes += block_memory(block);
        source_batch_add(batch, block_split_create(block_hold(block)));
    }
    return WEIR_OK;
}

void block_intake_adopt(source *source, block *block)
{
    block_intake *intake = source->intake;
    memory_budget_add(&source->ingest->waiting, block_memory(block));
    pthread_mutex_lock(&intake->mutex);
    block_ledger_put_first(&intake->ledger, block);
    pthread_mutex_unlock(&intake->mutex);
}

/* The order of the log is not that of the ledger: threads that submit at once take their numbers
 * one after another, and come to the log in any order. */
bool block_intake_oldest(source *source, uint64_t *segment, uint64_t *offset)
{
    block_intake *intake = source->intake;
    bool is_there = false;
    pthread_mutex_lock(&intake->mutex);
    for (size_t i = 0; i < intake->ledger.count; i++) {
        const ledger_entry *entry = block_ledger_entry(&intake->ledger, i);
        const block *block = entry->is_stored ? entry->block : NULL;
        if (!block) continue;
        bool is_lower = block->log_segment < *segment ||
                        (block->log_segment == *segment && block->log_offset < *offset);
        if (is_there && !is_lower) continue;
        *segment = block->log_segment;
        *offset = block->log_offset;
        is_there = true;
    }
    pthread_mutex_unlock(&intake->mutex);
    return is_there;
}
