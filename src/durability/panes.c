#include "durability/panes.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* --- a pane ---------------------------------------------------------------------------------- */

pane *pane_create(int64_t time_ms, size_t part_count, bool is_here, memory_budget *budget)
{
    pane *pane = memory_zero_alloc(1, sizeof *pane);
    atomic_init(&pane->holders, 1);
    pane->time_ms = time_ms;
    pane->part_count = part_count;
    pane->parts = memory_zero_alloc(part_count, sizeof *pane->parts);
    for (size_t i = 0; i < part_count; i++) {
        arena_init(&pane->parts[i].memory, budget);
        pane->parts[i].is_here = is_here;
    }
    return pane;
}

pane *pane_hold(pane *pane)
{
    atomic_fetch_add_explicit(&pane->holders, 1, memory_order_relaxed);
    return pane;
}

void pane_release(pane *pane)
{
    if (!pane || atomic_fetch_sub_explicit(&pane->holders, 1, memory_order_acq_rel) > 1) return;
    for (size_t i = 0; i < pane->part_count; i++) arena_release(&pane->parts[i].memory);
    free(pane->parts);
    free(pane);
}

uint64_t pane_records(const pane *pane)
{
    uint64_t count = 0;
    for (size_t i = 0; i < pane->part_count; i++) count += pane->parts[i].records.count;
    return count;
}

/* --- a set, for the engine ------------------------------------------------------------------- */

static pane_slot *append(pane_set *set, int64_t time_ms)
{
    assert(set->count == 0 || set->slots[set->count - 1].time_ms < time_ms);
    if (set->count == set->capacity) {
        set->capacity = set->capacity ? 2 * set->capacity : 16;
        set->slots = memory_resize(set->slots, set->capacity * sizeof *set->slots);
    }
    pane_slot *slot = &set->slots[set->count++];
    *slot = (pane_slot){.time_ms = time_ms};
    return slot;
}

void pane_set_add(pane_set *set, pane *pane)
{
    assert(set->count == set->final_count);
    pane_slot *slot = append(set, pane->time_ms);
    slot->part_count = pane->part_count;
    slot->records = pane_records(pane);
    slot->data = pane;
}

void pane_set_expire(pane_set *set, int64_t time_ms)
{
    if (time_ms > set->expired_ms) set->expired_ms = time_ms;
}

size_t pane_set_after(const pane_set *set, int64_t time_ms)
{
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set->slots[middle].time_ms > time_ms) high = middle;
        else low = middle + 1;
    }
    return low;
}

pane *pane_set_open(pane_set *set, size_t at)
{
    pane_slot *slot = &set->slots[at];
    if (!slot->data)
        slot->data = pane_create(slot->time_ms, slot->part_count, false, set->budget);
    return slot->data;
}

/* A part of which nothing is left looks empty: once all are read, their records are counted. */
static weir_status check_complete(const pane_set *set, const pane_slot *slot,
                                  const pane_part *part)
{
    pane *pane = slot->data;
    atomic_fetch_add(&pane->records_read, part->records.count);
    if (atomic_fetch_add(&pane->parts_read, 1) + 1 < pane->part_count) return WEIR_OK;
    uint64_t records = atomic_load(&pane->records_read);
    if (records == slot->records) return WEIR_OK;
    return error_set(WEIR_DAMAGED,
                     "window \"%s\": the pane of %" PRId64 " ms has %" PRIu64
                     " records, not the %" PRIu64
                     " that it was stored with; weir verify tells more",
                     set->name, slot->time_ms, records, slot->records);
}

weir_status pane_set_read(pane_set *set, size_t at, size_t part_index, const records **found)
{
    pane *pane = set->slots[at].data;
    pane_part *part = &pane->parts[part_index];
    *found = NULL;
    if (!part->is_here) {
        weir_status status = set->load(set, pane->time_ms, part_index, part);
        if (status == WEIR_OK) status = check_complete(set, &set->slots[at], part);
        if (status != WEIR_OK) return status;
        part->is_here = true;
    }
    *found = &part->records;
    return WEIR_OK;
}

void pane_set_is_unwanted(pane_set *set, size_t at) { set->slots[at].is_unwanted = true; }

/* --- a set, for stores ----------------------------------------------------------------------- */

void pane_set_init(pane_set *set, struct state_store *store, const char *name, bool is_keyed,
                   memory_budget *budget)
{
    *set = (pane_set){.store = store,
                      .name = memory_copy_text(name),
                      .is_keyed = is_keyed,
                      .expired_ms = INT64_MIN,
                      .final_expired_ms = INT64_MIN,
                      .budget = budget};
}

void pane_set_release(pane_set *set)
{
    for (size_t i = 0; i < set->count; i++) pane_release(set->slots[i].data);
    free(set->slots);
    free(set->name);
    memset(set, 0, sizeof *set);
}

void pane_set_insert(pane_set *set, int64_t time_ms, size_t part_count, uint64_t records)
{
    pane_slot *slot = append(set, time_ms);
    slot->part_count = part_count;
    slot->records = records;
    slot->is_stored = true;
    set->final_count = set->count;
}

void pane_set_finish(pane_set *set)
{
    size_t gone = pane_set_after(set, set->expired_ms);
    for (size_t i = 0; i < gone; i++) pane_release(set->slots[i].data);
    set->count -= gone;
    if (gone) memmove(set->slots, set->slots + gone, set->count * sizeof *set->slots);
    set->final_count = set->count;
    set->final_expired_ms = set->expired_ms;
}

void pane_set_undo(pane_set *set)
{
    while (set->count > set->final_count) pane_release(set->slots[--set->count].data);
    set->expired_ms = set->final_expired_ms;
}

size_t pane_set_freeze(pane_set *set, uint64_t boundary, pane ***panes)
{
    size_t count = 0, first = set->final_count;
    while (first > 0 && !set->slots[first - 1].is_frozen && !set->slots[first - 1].is_stored)
        first--;
    *panes = NULL;
    if (first == set->final_count) return 0;
    *panes = memory_alloc((set->final_count - first) * sizeof **panes);
    for (size_t i = first; i < set->final_count; i++) {
        set->slots[i].is_frozen = true;
        set->slots[i].boundary = boundary;
        (*panes)[count++] = pane_hold(set->slots[i].data);
    }
    return count;
}

void pane_set_set_stored(pane_set *set, uint64_t boundary)
{
    for (size_t i = set->final_count; i-- > 0 && !set->slots[i].is_stored;) {
        pane_slot *slot = &set->slots[i];
        if (!slot->is_frozen || slot->boundary > boundary) continue;
        slot->is_frozen = false;
        slot->is_stored = true;
    }
}

void pane_set_trim(pane_set *set)
{
    for (size_t i = set->count; i-- > 0;) {
        pane_slot *slot = &set->slots[i];
        bool must = slot->is_unwanted || (set->budget && memory_budget_is_over(set->budget));
        if (!slot->data || !slot->is_stored || !must) continue;
        pane_release(slot->data);
        slot->data = NULL;
    }
}
