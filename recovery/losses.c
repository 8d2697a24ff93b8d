#include "recovery/losses.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "record/codec.h"
#include "record/value.h"

enum { LOSSES_VERSION = 1 };

void losses_init(losses *losses, wal_position from)
{
    *losses = (struct losses){.last_ms = INT64_MIN};
    losses->segment = from.segment > 0 ? from.segment - 1 : 0;
}

void losses_release(losses *losses)
{
    free(losses->items);
    free(losses->known);
    memset(losses, 0, sizeof *losses);
}

/* --- what a reader finds --------------------------------------------------------------------- */

static void add(losses *losses, loss loss)
{
    bool is_full = (losses->count & (losses->count - 1)) == 0;
    if (is_full)
        losses->items =
            memory_resize(losses->items, (2 * losses->count + 1) * sizeof *losses->items);
    loss.least = loss.first ? loss.first : losses->next;
    loss.before_ms = losses->last_ms;
    loss.after_ms = INT64_MAX;
    losses->items[losses->count++] = loss;
}

/* What is missing before a segment was in those between it and the one before, or else at the end
 * of that one. */
static void place_gap(const losses *losses, uint64_t before, loss *loss)
{
    loss->is_missing = losses->segment + 1 < before;
    loss->segment = loss->is_missing ? losses->segment + 1 : losses->segment;
    loss->last_segment = loss->is_missing ? before - 1 : losses->segment;
    loss->what[0] = '\0';
}

static void see_damage(losses *losses, const wal_item *item)
{
    const wal_position place = item->place;
    loss loss = {
        .first = item->first_missing,
        .behind = item->missing > 0 ? item->first_missing + item->missing : 0,
        .segment = place.segment,
        .last_segment = place.segment,
        .offset = place.offset,
    };
    (void)snprintf(loss.what, sizeof loss.what, "%s", item->what);
    bool is_before = item->missing > 0 && place.offset == 0 && item->end == 0;
    if (is_before && losses->segment > 0) place_gap(losses, place.segment, &loss);
    losses->segment = place.segment;
    if (!item->is_whole) add(losses, loss);
}

static void know(losses *losses, loss_range range)
{
    bool is_full = (losses->known_count & (losses->known_count - 1)) == 0;
    if (is_full)
        losses->known =
            memory_resize(losses->known, (2 * losses->known_count + 1) * sizeof *losses->known);
    losses->known[losses->known_count++] = range;
}

static void know_all(losses *losses, weir_value whole, uint64_t sequence)
{
    size_t count, parts, numbers;
    const weir_value *part = weir_items(whole, &parts);
    bool is_read = weir_kind_of(whole) == WEIR_LIST && parts >= 2 &&
                   weir_is_int(part[0]) && weir_as_int(part[0]) == LOSSES_VERSION &&
                   weir_kind_of(part[1]) == WEIR_LIST;
    const weir_value *range = is_read ? weir_items(part[1], &count) : NULL;
    for (size_t i = 0; range && i < count; i++) {
        const weir_value *number = weir_items(range[i], &numbers);
        bool is_range = weir_kind_of(range[i]) == WEIR_LIST && numbers >= 2 &&
                        weir_is_int(number[0]) && weir_is_int(number[1]);
        if (!is_range) continue;
        uint64_t behind = (uint64_t)weir_as_int(number[1]);
        know(losses, (loss_range){(uint64_t)weir_as_int(number[0]), behind ? behind : sequence});
    }
}

/* One that cannot be understood gives nothing up: the start asks once more. */
static void see_given_up(losses *losses, const wal_entry *entry)
{
    arena room;
    int64_t time_ms;
    const char *at;
    size_t size;
    weir_value whole;
    if (wal_entry_batch(entry, &time_ms, &at, &size) != WEIR_OK) return;
    arena_init(&room, NULL);
    if (codec_decode(&at, at + size, &room, &whole))
        know_all(losses, whole, entry->header.sequence);
    arena_release(&room);
}

void losses_see(losses *losses, const wal_item *item)
{
    if (item->found == WAL_FOUND_DAMAGE) see_damage(losses, item);
    if (item->found != WAL_FOUND_ENTRY) return;
    const wal_entry *entry = &item->entry;
    losses->segment = entry->place.segment;
    losses->next = entry->header.sequence + 1;
    for (; losses->followed < losses->count; losses->followed++)
        if (losses->items[losses->followed].behind == 0)
            losses->items[losses->followed].behind = entry->header.sequence;
    if (entry->header.kind == WAL_LOSS_GIVEN_UP) see_given_up(losses, entry);
}

void losses_record(losses *losses, int64_t time_ms)
{
    for (; losses->recorded < losses->count; losses->recorded++)
        losses->items[losses->recorded].after_ms = time_ms;
    losses->last_ms = time_ms;
}

void losses_miss_end(losses *losses, uint64_t segment)
{
    bool is_known = losses->count > 0 && losses->items[losses->count - 1].behind == 0;
    if (is_known) return; /* already nobody knows how much is lost at the end */
    add(losses, (loss){.segment = losses->segment + 1 < segment ? losses->segment + 1 : segment,
                       .last_segment = segment,
                       .is_missing = true});
}

/* --- what the log says of them --------------------------------------------------------------- */

void losses_encode(const losses *losses, buffer *to)
{
    arena room;
    arena_init(&room, NULL);
    arena *before = arena_set_current(&room);
    weir_value *ranges = arena_alloc(&room, (losses->count + 1) * sizeof *ranges);
    for (size_t i = 0; i < losses->count; i++) {
        weir_value range[] = {weir_int((int64_t)losses->items[i].least),
                              weir_int((int64_t)losses->items[i].behind)};
        ranges[i] = weir_list(range, 2);
    }
    weir_value whole[] = {weir_int(LOSSES_VERSION), weir_list(ranges, losses->count)};
    codec_encode(to, weir_list(whole, 2));
    arena_set_current(before);
    arena_release(&room);
}

bool losses_know(const losses *losses, const loss *loss)
{
    for (size_t i = 0; i < losses->known_count; i++) {
        const loss_range *range = &losses->known[i];
        if (loss->behind > 0 && range->first <= loss->least && loss->behind <= range->behind)
            return true;
    }
    return false;
}

bool losses_are_new(const losses *losses)
{
    for (size_t i = 0; i < losses->count; i++)
        if (!losses_know(losses, &losses->items[i])) return true;
    return false;
}
