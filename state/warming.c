#include "state/warming.h"

#include "base/error.h"
#include "base/log_line.h"
#include "base/named_thread.h"
#include "base/priority.h"
#include "state/reading.h"

enum {
    BYTES_A_KEY = 128, /* that a key takes in a table, roughly */
    SCAN_GAIN = 16,    /* keys can be scanned in the time of one read */
};

/* --- taking a shadow ------------------------------------------------------------------------ */

static void adopt(rocks_space *space, size_t partition)
{
    state_table *table = &space->base.tables[partition];
    state_table_adopt(table, &space->partitions[partition].shadow);
    state_table_release(&space->partitions[partition].shadow);
    table->is_complete = true;
}

static void set_warmth(rocks_store *store, rocks_partition *partition, warmth warmth)
{
    pthread_mutex_lock(&store->lock);
    partition->warmth = warmth;
    pthread_cond_broadcast(&store->changed);
    pthread_mutex_unlock(&store->lock);
}

static void adopt_if_ready(rocks_store *store, rocks_space *space, size_t partition)
{
    rocks_partition *state = &space->partitions[partition];
    pthread_mutex_lock(&store->lock);
    bool is_ready = state->warmth == READY;
    if (is_ready) state->warmth = WARM;
    pthread_mutex_unlock(&store->lock);
    if (is_ready) adopt(space, partition);
}

void warm_adopt_ready(rocks_store *store)
{
    if (store->has_warmer) rocks_store_visit(store, adopt_if_ready);
}

/* --- by whoever needs it -------------------------------------------------------------------- */

void warm_settle(rocks_store *store, rocks_space *space, size_t partition)
{
    rocks_partition *state = &space->partitions[partition];
    pthread_mutex_lock(&store->lock);
    while (state->warmth == WARMING) pthread_cond_wait(&store->changed, &store->lock);
    pthread_mutex_unlock(&store->lock);
    adopt_if_ready(store, space, partition);
}

weir_status warm_partition(rocks_store *store, rocks_space *space, size_t partition)
{
    rocks_partition *state = &space->partitions[partition];
    state_table *table = &space->base.tables[partition];
    pthread_mutex_lock(&store->lock);
    while (state->warmth == WARMING) pthread_cond_wait(&store->changed, &store->lock);
    warmth was = state->warmth;
    state->warmth = was == READY ? WARM : WARMING;
    pthread_mutex_unlock(&store->lock);
    if (was == READY) {
        adopt(space, partition);
        return WEIR_OK;
    }
    weir_status status = reading_partition(store, space, partition, table, NULL);
    if (status == WEIR_OK) table->is_complete = true;
    set_warmth(store, state, status == WEIR_OK ? WARM : COLD);
    return status;
}

static bool has_room(rocks_store *store, uint64_t keys)
{
    size_t limit = store->budget.limit;
    size_t used = atomic_load_explicit(&store->budget.used, memory_order_relaxed);
    return limit == 0 || used + keys * BYTES_A_KEY < limit - limit / 8;
}

static uint64_t keys_behind(rocks_space *space)
{
    uint64_t keys = atomic_load_explicit(&space->behind, memory_order_relaxed);
    return keys / space->base.partitions + 1;
}

bool warm_has_room(rocks_store *store, rocks_space *space, size_t partition)
{
    const state_table *table = &space->base.tables[partition];
    return table->is_complete || has_room(store, keys_behind(space));
}

bool warm_is_worthwhile(rocks_store *store, rocks_space *space, size_t partition, size_t count)
{
    size_t missed = space->partitions[partition].missed += count;
    uint64_t keys = keys_behind(space);
    return missed * SCAN_GAIN > keys && has_room(store, keys);
}

/* --- in the background ---------------------------------------------------------------------- */

static bool must_stop(rocks_store *store)
{
    pthread_mutex_lock(&store->lock);
    bool stops = store->stops_warming;
    pthread_mutex_unlock(&store->lock);
    return stops || memory_budget_is_over(&store->budget);
}

/* Takes a partition that nobody has begun. false: there is none, or no room for it. */
static bool claim(rocks_store *store, rocks_space **space, size_t *partition)
{
    bool found = false;
    pthread_mutex_lock(&store->lock);
    for (size_t i = 0; i < store->count && !found && !store->stops_warming; i++) {
        *space = store->spaces[i];
        for (*partition = 0; *partition < (*space)->base.partitions; ++*partition) {
            if ((*space)->partitions[*partition].warmth != COLD) continue;
            found = has_room(store, keys_behind(*space));
            break;
        }
    }
    if (found) (*space)->partitions[*partition].warmth = WARMING;
    pthread_mutex_unlock(&store->lock);
    return found;
}

static bool warm_one(rocks_store *store, rocks_space *space, size_t partition)
{
    state_table *shadow = &space->partitions[partition].shadow;
    state_table_init(shadow, &store->budget);
    weir_status status = reading_partition(store, space, partition, shadow, must_stop);
    if (status != WEIR_OK) state_table_release(shadow);
    set_warmth(store, &space->partitions[partition], status == WEIR_OK ? READY : COLD);
    /* The task that needs what is damaged will fail; the rest of the state can still be read. */
    if (status != WEIR_OK && status != WEIR_TIMEOUT)
        log_line(WEIR_WARNING, "reading state ahead of use: %s", error_text());
    return status == WEIR_OK;
}

static void *warm_all(void *user)
{
    rocks_store *store = user;
    rocks_space *space;
    size_t partition;
    bool goes_on = true;
    priority_lower(); /* batches go first, and scan for themselves what they need whole */
    while (goes_on && claim(store, &space, &partition))
        goes_on = warm_one(store, space, partition);
    return NULL;
}

void warming_start(rocks_store *store)
{
    if (store->has_warmer) return;
    /* Without it tables become complete as tasks need them. */
    store->has_warmer =
        named_thread_start(&store->warmer, "weir-state-warm", warm_all, store) == 0;
}

void warming_end(rocks_store *store)
{
    pthread_mutex_lock(&store->lock);
    store->stops_warming = true;
    pthread_mutex_unlock(&store->lock);
}

void warming_stop(rocks_store *store)
{
    if (!store->has_warmer) return;
    warming_end(store);
    pthread_join(store->warmer, NULL);
    store->has_warmer = false;
}
