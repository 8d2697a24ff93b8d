#include "state/eviction.h"

#include "state/ingest.h"
#include "state/pane_store.h"
#include "state/room.h"

/* --- what is in the database ---------------------------------------------------------------- */

/* A table that is being scanned must not forget: what it forgot would come back as it was when the
 * scan began. A finished scan that nobody has taken yet is given up. No other is begun: not while
 * that is on its way, and there is no room for it. */
static bool may_forget(rocks_store *store, rocks_partition *partition)
{
    pthread_mutex_lock(&store->lock);
    store->stops_warming = true;
    warmth was = partition->warmth;
    if (was != WARMING) partition->warmth = COLD;
    pthread_mutex_unlock(&store->lock);
    if (was == READY) state_table_release(&partition->shadow);
    return was != WARMING;
}

static size_t forget(rocks_store *store, rocks_space *space, size_t partition, size_t count)
{
    if (!may_forget(store, &space->partitions[partition])) return 0;
    state_table *table = &space->base.tables[partition];
    size_t forgotten = state_table_forget(table, count);
    atomic_fetch_add_explicit(&store->keys_forgotten, forgotten, memory_order_relaxed);
    space->partitions[partition].missed = 0;
    if (!table->is_complete) return forgotten;
    pthread_mutex_lock(&store->lock);
    space->partitions[partition].warmth = WARM; /* it forgot only keys without state */
    pthread_mutex_unlock(&store->lock);
    return forgotten;
}

/* Once over the limit, an eighth is made free, so that it is not the next batch's turn again. */
static size_t goal(const rocks_store *store)
{
    return store->budget.limit - store->budget.limit / 8;
}

static size_t used(rocks_store *store)
{
    return atomic_load_explicit(&store->budget.used, memory_order_relaxed);
}

static size_t share(size_t entries, size_t excess, size_t total)
{
    double part = (double)excess / (double)total;
    return (size_t)((double)entries * (part < 1.0 ? part : 1.0)) + 1;
}

/* All tables give up the same part of their entries. */
static void forget_stored(rocks_store *store)
{
    size_t total = used(store);
    if (total <= goal(store)) return;
    size_t excess = total - goal(store);
    for (size_t i = 0; i < store->count; i++) {
        rocks_space *space = store->spaces[i];
        for (size_t j = 0; j < space->base.partitions; j++) {
            forget(store, space, j, share(space->base.tables[j].count, excess, total));
            space->partitions[j].trimmed = 0;
        }
    }
}

void evict_partition(rocks_store *store, rocks_space *space, size_t partition)
{
    if (!memory_budget_is_over(&store->budget)) return;
    const state_table *table = &space->base.tables[partition];
    size_t total = used(store), *trimmed = &space->partitions[partition].trimmed;
    if (total <= goal(store) || table->count <= *trimmed + *trimmed / 8 + WEIR_VECTOR_SIZE) return;
    forget(store, space, partition, share(table->count, total - goal(store), total));
    *trimmed = table->count;
}

/* --- what is not ---------------------------------------------------------------------------- */

static bool is_anyone_waiting_for(const state_frozen *set)
{
    for (; set; set = set->newer)
        if (!set->is_abandoned) return true;
    return false;
}

/* Waits for a checkpoint that is being written. false: one is frozen, but nobody writes it. */
static bool wait_for_links(rocks_store *store)
{
    pthread_mutex_lock(&store->lock);
    while (store->is_writing && is_anyone_waiting_for(store->frozen))
        pthread_cond_wait(&store->changed, &store->lock);
    bool is_free = !is_anyone_waiting_for(store->frozen);
    pthread_mutex_unlock(&store->lock);
    return is_free;
}

/* Puts all that is final into the database, as if for a checkpoint of which no links are made. */
static weir_status store_dirty(rocks_store *store)
{
    weir_status status = room_check(store->database, room_for_dirty(store));
    if (status != WEIR_OK) return status;
    state_frozen *all = state_freeze_uncopied(store, store->batch);
    status = ingest_begin(store, all);
    state_frozen_let_go(all, status == WEIR_OK);
    ingest_end(store, all, status == WEIR_OK);
    return status;
}

/* The disk may be full: then they are copied, whatever that takes. */
void evict_to_freeze(rocks_store *store, size_t bytes)
{
    size_t limit = store->budget.limit;
    if (limit == 0 || bytes == 0 || used(store) + bytes <= limit) return;
    state_frozen_drop_spares(store);
    if (used(store) + bytes <= limit || !wait_for_links(store)) return;
    (void)store_dirty(store);
}

static weir_status try_to_evict(rocks_store *store)
{
    if (!memory_budget_is_over(&store->budget)) return WEIR_OK;
    state_frozen_drop_spares(store);
    if (!memory_budget_is_over(&store->budget)) return WEIR_OK;
    pthread_mutex_lock(&store->lock);
    store->stops_warming = true; /* there is no room for more */
    pthread_mutex_unlock(&store->lock);
    forget_stored(store);
    if (!memory_budget_is_over(&store->budget)) return WEIR_OK;
    if (!wait_for_links(store)) return WEIR_OK;
    rocks_store_apply_stored(store);
    pane_store_trim(store);
    forget_stored(store);
    if (!memory_budget_is_over(&store->budget)) return WEIR_OK;
    weir_status status = store_dirty(store);
    rocks_store_apply_stored(store);
    pane_store_trim(store);
    if (status == WEIR_OK) forget_stored(store);
    return status;
}

weir_status evict(rocks_store *store)
{
    room_wait wait = {.store = store};
    weir_status status = try_to_evict(store);
    while (status == WEIR_NO_SPACE && room_await(&wait)) status = try_to_evict(store);
    if (status == WEIR_OK) room_found(&wait);
    return status;
}
