#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "state/eviction.h"
#include "state/frozen_inside.h"

typedef struct freezing {
    state_frozen *frozen;
    rocks_store *store;
    size_t *of_first; /* the task that a space's partitions begin with */
} freezing;

/* --- room ------------------------------------------------------------------------------------ */

static void free_room(rocks_store *store, frozen_room room)
{
    if (!room.entries) return;
    memory_free_large(room.entries, room.size);
    memory_budget_take(&store->budget, room.size);
}

/* Instead of one that is there already, if there is no place left: that is returned. */
static frozen_room keep_spare(rocks_store *store, rocks_partition *partition, frozen_room room)
{
    frozen_room was = room;
    pthread_mutex_lock(&store->lock);
    for (size_t i = 0; i < FROZEN_SPARES && was.entries; i++) {
        was = partition->spares[i];
        partition->spares[i] = room;
        room = was;
    }
    pthread_mutex_unlock(&store->lock);
    return was;
}

static frozen_room take_spare(rocks_store *store, rocks_partition *partition)
{
    frozen_room room = {NULL, 0};
    pthread_mutex_lock(&store->lock);
    for (size_t i = 0; i < FROZEN_SPARES && !room.entries; i++) {
        room = partition->spares[i];
        partition->spares[i] = (frozen_room){NULL, 0};
    }
    pthread_mutex_unlock(&store->lock);
    return room;
}

/* What is far too large is given back, not used. */
static frozen_room take_room(rocks_store *store, rocks_partition *partition, size_t size)
{
    frozen_room room = take_spare(store, partition);
    if (room.size >= size && room.size / 4 <= size) return room;
    free_room(store, room);
    memory_budget_add(&store->budget, size);
    return (frozen_room){memory_alloc_large(size), size};
}

void state_frozen_drop_spares(rocks_store *store)
{
    for (size_t i = 0; i < store->count; i++)
        for (size_t j = 0; j < store->spaces[i]->base.partitions; j++)
            for (size_t k = 0; k < FROZEN_SPARES; k++)
                free_room(store, take_spare(store, &store->spaces[i]->partitions[j]));
}

/* --- freezing ------------------------------------------------------------------------------- */

/* The memory that freezing takes, until a checkpoint is written. */
static size_t copy_bytes(const rocks_store *store)
{
    size_t count = 0;
    for (size_t i = 0; i < store->count; i++)
        for (size_t j = 0; j < store->spaces[i]->base.partitions; j++)
            count += store->spaces[i]->base.tables[j].dirty_count;
    return count * sizeof(state_frozen_entry);
}

static void freeze_partition(freezing *freezing, const frozen_space *space, size_t partition)
{
    state_table *table = &space->space->base.tables[partition];
    frozen_partition *to = &space->partitions[partition];
    to->count = table->dirty_count;
    size_t size = to->count * sizeof *to->room.entries;
    if (size > 0)
        to->room = take_room(freezing->store, &space->space->partitions[partition], size);
    state_table_freeze(table, freezing->frozen->boundary, to->room.entries);
}

static void freeze_task(void *job, size_t task, size_t worker)
{
    (void)worker;
    freezing *freezing = job;
    size_t at = freezing->frozen->space_count - 1;
    while (freezing->of_first[at] > task) at--;
    freeze_partition(freezing, &freezing->frozen->spaces[at], task - freezing->of_first[at]);
}

static state_frozen *make_frozen(const rocks_store *store, uint64_t boundary)
{
    state_frozen *frozen = memory_zero_alloc(1, sizeof *frozen);
    frozen->boundary = boundary;
    frozen->space_count = store->count;
    frozen->spaces = memory_zero_alloc(store->count, sizeof *frozen->spaces);
    for (size_t i = 0; i < store->count; i++) {
        rocks_space *space = store->spaces[i];
        frozen->spaces[i] = (frozen_space){
            space, space->base.begun,
            memory_zero_alloc(space->base.partitions, sizeof(frozen_partition))};
    }
    return frozen;
}

static void freeze_all(rocks_store *store, state_frozen *frozen, pool *pool)
{
    freezing freezing = {.frozen = frozen, .store = store};
    freezing.of_first = memory_alloc(frozen->space_count * sizeof *freezing.of_first);
    size_t tasks = 0;
    for (size_t i = 0; i < frozen->space_count; i++) {
        freezing.of_first[i] = tasks;
        tasks += frozen->spaces[i].space->base.partitions;
    }
    if (pool) pool_run(pool, tasks, freeze_task, &freezing);
    else
        for (size_t i = 0; i < tasks; i++) freeze_task(&freezing, i, 0);
    free(freezing.of_first);
}

/* Panes do not change: it is enough to hold them. */
static void freeze_panes(const rocks_store *store, state_frozen *frozen)
{
    frozen->pane_count = store->pane_count;
    frozen->panes = memory_zero_alloc(store->pane_count, sizeof *frozen->panes);
    for (size_t i = 0; i < store->pane_count; i++) {
        rocks_panes *panes = store->panes[i];
        frozen_panes *to = &frozen->panes[i];
        to->panes = panes;
        to->expired_ms = panes->base.final_expired_ms;
        to->count = pane_set_freeze(&panes->base, frozen->boundary, &to->items);
    }
}

/* To those that are not stored yet. */
static void append(rocks_store *store, state_frozen *frozen)
{
    for (size_t i = 0; i < frozen->space_count; i++)
        for (size_t j = 0; j < frozen->spaces[i].space->base.partitions; j++)
            frozen->count += frozen->spaces[i].partitions[j].count;
    store->boundary = frozen->boundary;
    pthread_mutex_lock(&store->lock);
    state_frozen **link = &store->frozen;
    while (*link) link = &(*link)->newer;
    *link = frozen;
    pthread_mutex_unlock(&store->lock);
}

state_frozen *state_freeze(state_store *base, uint64_t boundary, pool *pool)
{
    rocks_store *store = rocks_store_of(base);
    assert(boundary >= store->boundary);
    evict_to_freeze(store, copy_bytes(store));
    state_frozen *frozen = make_frozen(store, boundary);
    freeze_all(store, frozen, pool);
    freeze_panes(store, frozen);
    append(store, frozen);
    return frozen;
}

state_frozen *state_freeze_uncopied(rocks_store *store, uint64_t boundary)
{
    assert(boundary >= store->boundary);
    state_frozen *frozen = make_frozen(store, boundary);
    for (size_t i = 0; i < frozen->space_count; i++) {
        const frozen_space *space = &frozen->spaces[i];
        for (size_t j = 0; j < space->space->base.partitions; j++) {
            const state_table *table = &space->space->base.tables[j];
            space->partitions[j] = (frozen_partition){.table = table, .count = table->dirty_count};
        }
    }
    freeze_panes(store, frozen);
    append(store, frozen);
    return frozen;
}

void state_frozen_let_go(state_frozen *frozen, bool is_stored)
{
    for (size_t i = 0; i < frozen->space_count; i++) {
        const frozen_space *space = &frozen->spaces[i];
        for (size_t j = 0; j < space->space->base.partitions; j++) {
            if (is_stored)
                state_table_freeze(&space->space->base.tables[j], frozen->boundary, NULL);
            space->partitions[j] = (frozen_partition){.count = 0};
        }
    }
}

/* --- afterwards ----------------------------------------------------------------------------- */

void state_frozen_abandon(state_store *base, state_frozen *frozen)
{
    rocks_store *store = rocks_store_of(base);
    pthread_mutex_lock(&store->lock);
    state_frozen *set = store->frozen;
    while (set && set != frozen) set = set->newer;
    if (set) set->is_abandoned = true;
    pthread_mutex_unlock(&store->lock);
}

void state_frozen_free(rocks_store *store, state_frozen *frozen)
{
    for (size_t i = 0; i < frozen->space_count; i++) {
        frozen_space *space = &frozen->spaces[i];
        for (size_t j = 0; j < space->space->base.partitions; j++) {
            frozen_room room = space->partitions[j].room;
            if (room.entries && !memory_budget_is_over(&store->budget))
                room = keep_spare(store, &space->space->partitions[j], room);
            free_room(store, room);
        }
        free(space->partitions);
    }
    free(frozen->spaces);
    for (size_t i = 0; i < frozen->pane_count; i++) {
        for (size_t j = 0; j < frozen->panes[i].count; j++)
            pane_release(frozen->panes[i].items[j]);
        free(frozen->panes[i].items);
    }
    free(frozen->panes);
    free(frozen);
}

uint64_t state_frozen_boundary(const state_frozen *frozen)
{
    return frozen->boundary;
}

size_t state_frozen_count(const state_frozen *frozen)
{
    return frozen->count;
}
