/* Whether a start may go on over what the log has lost. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log_line.h"
#include "base/memory.h"
#include "recovery/losses.h"

enum { NAMED_MAX = 4 };

static bool is_counted(const loss *loss) { return loss->first > 0 && loss->behind > 0; }

/* --- what they cannot have been -------------------------------------------------------------- */

static bool has_no_blocks(const stored_stream *source)
{
    static const char *const operations[] = {"directory", "textFiles", "batches",
                                              "kafkaDirectStream"};
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
        if (source->operation && strcmp(source->operation, operations[i]) == 0) return true;
    return false;
}

static bool can_have_blocks(const stored_lineage *lineage)
{
    for (size_t i = 0; i < lineage->stream_count; i++) {
        const stored_stream *stream = &lineage->streams[i];
        if (stream->kind == STREAM_SOURCE && !has_no_blocks(stream)) return true;
    }
    return false;
}

/* Records stand in the order of time: between two that follow each other there was none. Those of
 * batches up to the boundary do no harm. */
static bool was_no_record(const loss *loss, const plan_facts *known)
{
    int64_t before_ms = loss->before_ms > known->boundary_ms ? loss->before_ms
                                                             : known->boundary_ms;
    return loss->after_ms <= before_ms + known->interval_ms;
}

/* --- what they must have been ---------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* A sorted copy, made by memory_alloc. */
static int64_t *sort_times(const int64_t *times, size_t count)
{
    int64_t *sorted = memory_alloc((count + 1) * sizeof *sorted);
    if (count) memcpy(sorted, times, count * sizeof *sorted);
    if (count) qsort(sorted, count, sizeof *sorted, by_time);
    return sorted;
}

static bool has_time(const int64_t *sorted, size_t count, int64_t time_ms)
{
    return count > 0 && bsearch(&time_ms, sorted, count, sizeof time_ms, by_time) != NULL;
}

/* Batches up to the boundary are done, or given up: the mark of that comes behind the record. */
static uint64_t count_marks_before(const plan_facts *known)
{
    uint64_t count = 0;
    int64_t *records = sort_times(known->record_times, known->record_count);
    int64_t *done = sort_times(known->done_times, known->done_count);
    int64_t *skipped = sort_times(known->skipped_times, known->skipped_count);
    for (size_t i = 0; i < known->record_count; i++) {
        bool is_again = i > 0 && records[i] == records[i - 1];
        if (records[i] > known->boundary_ms || is_again) continue;
        count += !has_time(done, known->done_count, records[i]) &&
                 !has_time(skipped, known->skipped_count, records[i]);
    }
    free(records);
    free(done);
    free(skipped);
    return count;
}

/* Of batches that are done and to be given up: several may have had one record together. */
static uint64_t count_lost_records(const plan_facts *known)
{
    bool is_lost = false;
    int64_t *records = sort_times(known->record_times, known->record_count);
    int64_t *done = sort_times(known->done_times, known->done_count);
    for (size_t i = 0; i < known->lost_count && !is_lost; i++) {
        int64_t time_ms = known->skipped_times[i];
        is_lost = time_ms > known->boundary_ms && has_time(done, known->done_count, time_ms) &&
                  !has_time(records, known->record_count, time_ms);
    }
    free(records);
    free(done);
    return is_lost;
}

/* At least so many entries are known to be gone, and do no harm: what else comes of them was asked
 * already. */
static uint64_t count_accounted(const loss_facts *facts)
{
    return facts->plan->proven + facts->lost_blocks + count_lost_records(facts->known) +
           count_marks_before(facts->known);
}

/* --- weighing -------------------------------------------------------------------------------- */

static bool is_named(const loss *loss, const weir_durability *durability)
{
    for (size_t i = 0; i < durability->lose_segment_count; i++) {
        uint64_t segment = durability->lose_segments[i];
        if (loss->segment <= segment && segment <= loss->last_segment) return true;
    }
    return false;
}

/* A segment that is known to have been there was synced when it came to be known. */
static bool may_be_lost(const loss *loss, const loss_facts *facts)
{
    const weir_durability *durability = facts->durability;
    if (durability->log_no_sync) return true;
    return durability->log_sync_ms > 0 && !loss->is_missing && loss->segment >= facts->newest;
}

static bool asks(const losses *losses, const loss *loss, const loss_facts *facts)
{
    if (losses_know(losses, loss) || is_named(loss, facts->durability)) return false;
    if (may_be_lost(loss, facts)) return false;
    return can_have_blocks(facts->lineage) || !was_no_record(loss, facts->known);
}

/* What is accounted for may as well be of what does not ask. */
static bool are_accounted(const losses *losses, const loss_facts *facts)
{
    uint64_t asked = 0, others = 0;
    for (size_t i = 0; i < losses->count; i++) {
        const loss *loss = &losses->items[i];
        if (!is_counted(loss)) return false;
        uint64_t entries = loss->behind - loss->first;
        if (asks(losses, loss, facts)) asked += entries;
        else others += entries;
    }
    return asked + others <= count_accounted(facts);
}

/* --- saying it ------------------------------------------------------------------------------- */

static void describe_place(const loss *loss, buffer *to)
{
    if (!loss->is_missing && !loss->what[0])
        buffer_printf(to, "the end of segment %" PRIu64 " is missing", loss->segment);
    else if (!loss->is_missing)
        buffer_printf(to, "segment %" PRIu64 ", offset %" PRIu64 ": %s", loss->segment,
                      loss->offset, loss->what);
    else if (loss->segment == loss->last_segment)
        buffer_printf(to, "segment %" PRIu64 " is missing", loss->segment);
    else
        buffer_printf(to, "segments %" PRIu64 " to %" PRIu64 " are missing", loss->segment,
                      loss->last_segment);
}

static void describe(const loss *loss, buffer *to)
{
    describe_place(loss, to);
    if (!is_counted(loss))
        buffer_append_text(to, " (nobody knows how many entries");
    else if (loss->behind - loss->first == 1)
        buffer_printf(to, " (entry %" PRIu64, loss->first);
    else
        buffer_printf(to, " (%" PRIu64 " entries, %" PRIu64 " to %" PRIu64,
                      loss->behind - loss->first, loss->first, loss->behind - 1);
    if (loss->before_ms != INT64_MIN)
        buffer_printf(to, ", behind the record of the batch of %" PRId64 " ms", loss->before_ms);
    if (loss->after_ms != INT64_MAX)
        buffer_printf(to, ", before that of %" PRId64 " ms", loss->after_ms);
    buffer_append_text(to, ")");
}

static weir_status refuse(const losses *losses, const loss_facts *facts)
{
    buffer places = {0}, options = {0};
    size_t count = 0;
    uint64_t named = 0;
    for (size_t i = 0; i < losses->count; i++) {
        const loss *loss = &losses->items[i];
        if (!asks(losses, loss, facts)) continue;
        if (count++ >= NAMED_MAX) continue;
        if (count > 1) buffer_append_text(&places, "; ");
        describe(loss, &places);
        if (named != loss->segment)
            buffer_printf(&options, " --lose-segment=%" PRIu64, loss->segment);
        named = loss->segment;
    }
    if (count > NAMED_MAX) buffer_append_text(&places, "; ...");
    weir_status status = error_set(
        WEIR_DAMAGED,
        "%s: the log is damaged behind the checkpoint of %" PRId64
        " ms: %.*s. What is lost may have been acknowledged, or what batches consisted of; put "
        "the log back, or go on without it:%.*s",
        facts->directory, facts->known->boundary_ms, (int)places.size, places.bytes,
        (int)options.size, options.bytes);
    buffer_release(&places);
    buffer_release(&options);
    return status;
}

static void tell_given_up(const losses *losses, const loss_facts *facts)
{
    for (size_t i = 0; i < losses->count; i++) {
        const loss *loss = &losses->items[i];
        if (losses_know(losses, loss) || !is_named(loss, facts->durability)) continue;
        buffer text = {0};
        describe(loss, &text);
        log_line(WEIR_WARNING, "%s: what the log has lost is given up: %.*s", facts->directory,
                 (int)text.size, text.bytes);
        buffer_release(&text);
    }
}

/* A slip of the number would else go unnoticed. */
static weir_status check_named(const losses *losses, const loss_facts *facts, uint64_t segment)
{
    const weir_durability only = {.lose_segments = &segment, .lose_segment_count = 1};
    for (size_t i = 0; i < losses->count; i++)
        if (is_named(&losses->items[i], &only)) return WEIR_OK;
    if (segment == 0 || segment > facts->log_segment)
        return error_set(WEIR_ILLEGAL_ARGUMENT,
                         "%s: nothing of segment %" PRIu64
                         " is lost to give up with --lose-segment; `weir verify` says what is "
                         "damaged",
                         facts->directory, segment);
    log_line(WEIR_WARNING,
             "%s: nothing of segment %" PRIu64 " is given up: the checkpoint of %" PRId64
             " ms does not need what it has lost; --lose-segment changes nothing",
             facts->directory, segment, facts->known->boundary_ms);
    return WEIR_OK;
}

weir_status losses_judge(const losses *losses, const loss_facts *facts)
{
    const weir_durability *durability = facts->durability;
    for (size_t i = 0; i < durability->lose_segment_count; i++) {
        weir_status status = check_named(losses, facts, durability->lose_segments[i]);
        if (status != WEIR_OK) return status;
    }
    bool is_asked = false;
    for (size_t i = 0; i < losses->count && !is_asked; i++)
        is_asked = asks(losses, &losses->items[i], facts);
    if (is_asked && !are_accounted(losses, facts)) return refuse(losses, facts);
    tell_given_up(losses, facts);
    return WEIR_OK;
}
