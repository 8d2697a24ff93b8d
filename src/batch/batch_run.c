/* The record of several batches that were cut at once (batch_record.h). */
#include <inttypes.h>
#include <stdlib.h>

#include "base/memory.h"
#include "batch/batch_record.h"
#include "record/codec.h"
#include "record/value.h"

enum { RUN_VERSION = 1, RUN_PARTS = 2, FIRST = 0, STEP, COUNT, LIST, PART_PARTS };

static void append(batch_run *run, batch_run_part part)
{
    if (run->count == run->capacity) {
        run->capacity = run->capacity ? 2 * run->capacity : 8;
        run->parts = memory_resize(run->parts, run->capacity * sizeof *run->parts);
    }
    run->parts[run->count++] = part;
}

void batch_run_add(batch_run *run, int64_t time_ms, weir_value list, arena *arena)
{
    batch_run_part *last = run->count > 0 ? &run->parts[run->count - 1] : NULL;
    int64_t last_ms = last ? last->first_ms + (int64_t)(last->count - 1) * last->step_ms : 0;
    bool is_like = last && (last->count == 1 || time_ms - last_ms == last->step_ms) &&
                   weir_compare(last->list, list) == 0;
    if (!is_like) {
        append(run, (batch_run_part){time_ms, 0, 1, value_copy(list, arena)});
        return;
    }
    last->step_ms = time_ms - last_ms;
    last->count++;
}

void batch_run_release(batch_run *run)
{
    free(run->parts);
    *run = (batch_run){0};
}

void batch_run_encode(const batch_run *run, buffer *to)
{
    weir_value list, whole[RUN_PARTS] = {weir_int(RUN_VERSION)};
    weir_value *parts = value_make_list(run->count, &list);
    for (size_t i = 0; i < run->count; i++) {
        const batch_run_part *from = &run->parts[i];
        weir_value part[PART_PARTS] = {[FIRST] = weir_int(from->first_ms),
                                       [STEP] = weir_int(from->step_ms),
                                       [COUNT] = weir_int((int64_t)from->count),
                                       [LIST] = from->list};
        parts[i] = weir_list(part, PART_PARTS);
    }
    whole[1] = list;
    codec_encode(to, weir_list(whole, RUN_PARTS));
}

/* Takes a part that follows `last_ms` and leaves room for no more than `most` batches. */
static bool take_part(weir_value value, int64_t *last_ms, uint64_t *most, batch_run *run)
{
    size_t count;
    const weir_value *part = weir_items(value, &count);
    if (count != PART_PARTS || !weir_is_int(part[FIRST]) || !weir_is_int(part[STEP]) ||
        !weir_is_int(part[COUNT]) || weir_kind_of(part[LIST]) != WEIR_LIST)
        return false;
    int64_t first_ms = weir_as_int(part[FIRST]), step_ms = weir_as_int(part[STEP]), reach_ms;
    uint64_t batches = (uint64_t)weir_as_int(part[COUNT]);
    if (batches < 1 || batches > *most || first_ms <= *last_ms || step_ms < 0 ||
        (step_ms == 0) != (batches == 1) ||
        __builtin_mul_overflow(step_ms, (int64_t)batches - 1, &reach_ms) ||
        __builtin_add_overflow(first_ms, reach_ms, last_ms))
        return false;
    *most -= batches;
    append(run, (batch_run_part){first_ms, step_ms, batches, part[LIST]});
    return true;
}

weir_status batch_run_decode(const char *bytes, size_t size, batch_run *run)
{
    weir_value whole;
    size_t count = 0, parts = 0;
    int64_t last_ms = INT64_MIN;
    uint64_t most = BATCH_RUN_MAX;
    const char *at = bytes;
    *run = (batch_run){0};
    bool is_good = codec_decode(&at, bytes + size, arena_current(), &whole);
    const weir_value *part = is_good ? weir_items(whole, &count) : NULL;
    is_good = part && count == RUN_PARTS && weir_is_int(part[0]);
    if (is_good && weir_as_int(part[0]) != RUN_VERSION)
        return error_set(WEIR_UNSUPPORTED,
                         "the record of several batches has format version %" PRId64
                         ", this weir reads %d; use a newer weir",
                         weir_as_int(part[0]), RUN_VERSION);
    is_good = is_good && weir_kind_of(part[1]) == WEIR_LIST;
    const weir_value *items = is_good ? weir_items(part[1], &parts) : NULL;
    for (size_t i = 0; i < parts && is_good; i++)
        is_good = take_part(items[i], &last_ms, &most, run);
    if (is_good && parts > 0) return WEIR_OK;
    batch_run_release(run);
    return error_set(WEIR_DAMAGED, "the record of several batches cannot be read");
}
