#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "state/eviction.h"
#include "state/frozen_inside.h"
#include "state/key_codec.h"
#include "state/pane_store.h"
#include "state/reading.h"
#include "state/warming.h"

static const size_t cache_without_limit = 64 << 20;
static const size_t uncounted = 80 << 20;

/* --- reading behind a table ----------------------------------------------------------------- */

static weir_status load(state_space *base, size_t partition, const weir_value *keys, size_t count)
{
    rocks_store *store = rocks_store_of(base->store);
    rocks_space *space = (rocks_space *)base;
    if (warm_is_worthwhile(store, space, partition, count))
        return warm_partition(store, space, partition);
    return reading_keys(store, space, partition, keys, count, &base->tables[partition]);
}

static weir_status load_all(state_space *base, size_t partition)
{
    return warm_partition(rocks_store_of(base->store), (rocks_space *)base, partition);
}

static bool has_room(state_space *base, size_t partition)
{
    rocks_store *store = rocks_store_of(base->store);
    warm_settle(store, (rocks_space *)base, partition);
    if (warm_has_room(store, (rocks_space *)base, partition)) return true;
    /* The warmer may have seen room at another moment: it must not change the table any more. */
    warming_end(store);
    warm_settle(store, (rocks_space *)base, partition);
    return base->tables[partition].is_complete;
}

static weir_status scan(state_space *base, size_t partition, state_space_visit visit, void *user)
{
    rocks_store *store = rocks_store_of(base->store);
    const state_table *table = &base->tables[partition];
    if (table->is_complete) return WEIR_OK;
    return reading_missing(store, (rocks_space *)base, partition, table, visit, user);
}

static void trim(state_space *base, size_t partition)
{
    evict_partition(rocks_store_of(base->store), (rocks_space *)base, partition);
}

/* --- spaces --------------------------------------------------------------------------------- */

static space_record *find_record(const rocks_store *store, const char *name)
{
    for (size_t i = 0; i < store->record_count; i++)
        if (strcmp(store->records[i].name, name) == 0) return &store->records[i];
    return NULL;
}

/* The family of a space that the database knows; one that it does not know is begun anew (a family
 * without a record is of a space that no checkpoint has seen). */
static weir_status open_family(rocks_store *store, const char *name, bool is_known,
                               rocksdb_column_family_handle_t **family)
{
    database *database = store->database;
    *family = database_find(database, COLUMN_SPACE, name);
    if (is_known && *family) return WEIR_OK;
    if (is_known)
        return error_set(WEIR_DAMAGED, "%s: the entries of space \"%s\" are missing",
                         database->directory, name);
    weir_status status = database_drop(database, COLUMN_SPACE, name);
    return status == WEIR_OK ? database_add(database, COLUMN_SPACE, name, family) : status;
}

static rocks_space *make_space(rocks_store *store, const char *name, size_t partitions)
{
    rocks_space *space = memory_zero_alloc(1, sizeof *space);
    space->base = (state_space){.store = &store->base,
                                .name = memory_copy_text(name),
                                .partitions = partitions,
                                .load = load,
                                .load_all = load_all,
                                .has_room = has_room,
                                .scan = scan,
                                .trim = trim};
    space->base.tables = memory_zero_alloc(partitions, sizeof *space->base.tables);
    space->partitions = memory_zero_alloc(partitions, sizeof *space->partitions);
    return space;
}

static void init_tables(rocks_store *store, rocks_space *space, const space_record *record)
{
    database_estimate_keys(store->database, space->family, &space->behind);
    space->base.begun = record ? record->begun : 0;
    for (size_t i = 0; i < space->base.partitions; i++) {
        state_table *table = &space->base.tables[i];
        state_table_init(table, &store->budget);
        table->is_complete = record == NULL;
        table->batch = store->batch;
        table->boundary = store->boundary;
        table->stored = store->stored;
        space->partitions[i].warmth = record ? COLD : WARM;
    }
}

static weir_status check_partitions(const char *name, size_t has, size_t wanted)
{
    if (wanted < 1 || wanted > KEY_PARTITIONS_MAX)
        return error_set(WEIR_ILLEGAL_ARGUMENT, "space \"%s\": %zu partitions; 1 to %d can be had",
                         name, wanted, KEY_PARTITIONS_MAX);
    if (has == wanted) return WEIR_OK;
    return error_set(WEIR_ILLEGAL_ARGUMENT, "space \"%s\" has %zu partitions, not %zu", name, has,
                     wanted);
}

static weir_status open_space(state_store *base, const char *name, size_t partitions,
                              state_space **opened)
{
    rocks_store *store = rocks_store_of(base);
    for (size_t i = 0; i < store->count; i++) {
        if (strcmp(store->spaces[i]->base.name, name) != 0) continue;
        *opened = &store->spaces[i]->base;
        return check_partitions(name, (*opened)->partitions, partitions);
    }
    const space_record *record = find_record(store, name);
    weir_status status = check_partitions(name, record ? record->partitions : partitions,
                                          partitions);
    rocksdb_column_family_handle_t *family = NULL;
    if (status == WEIR_OK) status = open_family(store, name, record != NULL, &family);
    if (status != WEIR_OK) return status;
    rocks_space *space = make_space(store, name, partitions);
    space->family = family;
    init_tables(store, space, record);
    pthread_mutex_lock(&store->lock);
    store->spaces = memory_resize(store->spaces, (store->count + 1) * sizeof *store->spaces);
    store->spaces[store->count++] = space;
    pthread_mutex_unlock(&store->lock);
    *opened = &space->base;
    return WEIR_OK;
}

bool rocks_store_knows(const state_store *base, const char *space, size_t *partitions,
                       uint64_t *begun)
{
    const space_record *record = find_record((const rocks_store *)base, space);
    if (!record) return false;
    *partitions = record->partitions;
    *begun = record->begun;
    return true;
}

static weir_status drop_space(rocks_store *store, const char *name)
{
    weir_status status = space_record_remove(store->database, name);
    if (status == WEIR_OK) status = database_drop(store->database, COLUMN_SPACE, name);
    space_record *record = find_record(store, name);
    if (status != WEIR_OK || !record) return status;
    free(record->name);
    *record = store->records[--store->record_count];
    return WEIR_OK;
}

weir_status rocks_store_drop(state_store *base, rocks_store_keeps keeps, void *user)
{
    rocks_store *store = rocks_store_of(base);
    weir_status status = WEIR_OK;
    if (store->count + store->pane_count > 0)
        return error_set(WEIR_ILLEGAL_STATE, "nothing is dropped of a store that is in use");
    /* From the end: the last takes the place of one that is gone. */
    for (size_t i = store->pane_record_count; i-- > 0 && status == WEIR_OK;) {
        const char *name = store->pane_records[i].name;
        if (!keeps(user, name, true)) status = pane_store_drop(store, name);
    }
    for (size_t i = store->record_count; i-- > 0 && status == WEIR_OK;) {
        const char *name = store->records[i].name;
        if (!keeps(user, name, false)) status = drop_space(store, name);
    }
    return status;
}

/* --- batches -------------------------------------------------------------------------------- */

static void apply_stored(rocks_store *store, rocks_space *space, size_t partition)
{
    state_table *table = &space->base.tables[partition];
    state_table_set_stored(table, store->applied);
}

void rocks_store_apply_stored(rocks_store *store)
{
    pthread_mutex_lock(&store->lock);
    uint64_t stored = store->stored;
    pthread_mutex_unlock(&store->lock);
    if (stored == store->applied) return;
    store->applied = stored;
    rocks_store_visit(store, apply_stored);
    pane_store_set_stored(store, stored);
}

static void begin_table(rocks_store *store, rocks_space *space, size_t partition)
{
    space->base.tables[partition].batch = store->batch;
}

static void begin(state_store *base, uint64_t batch_index)
{
    rocks_store *store = rocks_store_of(base);
    store->batch = batch_index;
    rocks_store_apply_stored(store);
    warm_adopt_ready(store);
    rocks_store_visit(store, begin_table);
}

static void finish_table(rocks_store *store, rocks_space *space, size_t partition)
{
    state_table_finish(&space->base.tables[partition]);
    pthread_mutex_lock(&store->lock);
    warmth warmth = space->partitions[partition].warmth;
    pthread_mutex_unlock(&store->lock);
    /* In a scan under way a removed key would be found again. */
    if (warmth == COLD || warmth == WARM) state_table_sweep(&space->base.tables[partition]);
}

static weir_status finish(state_store *base)
{
    rocks_store *store = rocks_store_of(base);
    rocks_store_apply_stored(store);
    rocks_store_visit(store, finish_table);
    pane_store_finish(store);
    return evict(store);
}

static void undo(state_store *base)
{
    rocks_store *store = rocks_store_of(base);
    for (size_t i = 0; i < store->count; i++) {
        state_space *space = &store->spaces[i]->base;
        for (size_t j = 0; j < space->partitions; j++) state_table_undo(&space->tables[j]);
        if (space->begun == store->batch) space->begun = 0;
    }
    pane_store_undo(store);
}

/* --- a store's life ------------------------------------------------------------------------- */

static void free_space(rocks_space *space)
{
    for (size_t i = 0; i < space->base.partitions; i++) {
        state_table_release(&space->base.tables[i]);
        if (space->partitions[i].warmth == READY)
            state_table_release(&space->partitions[i].shadow);
    }
    free(space->base.tables);
    free(space->partitions);
    free(space->base.name);
    free(space);
}

static void close_store(state_store *base)
{
    rocks_store *store = rocks_store_of(base);
    warming_stop(store);
    for (state_frozen *set = store->frozen, *newer; set; set = newer) {
        newer = set->newer;
        state_frozen_free(store, set);
    }
    state_frozen_drop_spares(store);
    for (size_t i = 0; i < store->count; i++) free_space(store->spaces[i]);
    free(store->spaces);
    pane_store_close(store);
    space_records_release(store->records, store->record_count);
    state_files_release(&store->known);
    database_close(store->database);
    pthread_cond_destroy(&store->changed);
    pthread_mutex_destroy(&store->lock);
    free(store);
}

/* A quarter of the memory is for RocksDB's cache, and up to five sixteenths for what nobody
 * counts: files that are being written and merged, keys that are being sorted, and what malloc
 * keeps of that. */
static size_t divide_memory(rocks_store *store, size_t memory)
{
    if (memory == 0) return cache_without_limit;
    size_t quarter = memory / 4, other = quarter + memory / 16;
    store->budget.limit = memory - quarter - (other < uncounted ? other : uncounted);
    return quarter;
}

static void init_locks(rocks_store *store)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&store->lock, NULL);
    pthread_cond_init(&store->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

weir_status rocks_store_open(const char *live_directory, const rocks_store_options *options,
                             state_store **made)
{
    static const state_store_class class = {.open_space = open_space,
                                            .open_panes = pane_store_open,
                                            .begin = begin,
                                            .finish = finish,
                                            .undo = undo,
                                            .close = close_store};
    rocks_store *store = memory_zero_alloc(1, sizeof *store);
    store->base.class = &class;
    init_locks(store);
    size_t cache = divide_memory(store, options->memory);
    weir_status status = database_open(live_directory, cache, &store->database);
    if (status == WEIR_OK) status = space_boundary_read(store->database, &store->opened_at);
    if (status == WEIR_OK)
        status = space_records_read(store->database, &store->records, &store->record_count);
    if (status == WEIR_OK)
        status = pane_records_read(store->database, &store->pane_records,
                                   &store->pane_record_count);
    store->boundary = store->stored = store->applied = store->opened_at;
    if (status == WEIR_OK) *made = &store->base;
    else close_store(&store->base);
    return status;
}

uint64_t rocks_store_boundary(const state_store *store)
{
    return ((const rocks_store *)store)->opened_at;
}

void rocks_store_warm(state_store *store)
{
    warming_start(rocks_store_of(store));
}

bool rocks_store_has_room(state_store *base)
{
    const memory_budget *budget = &rocks_store_of(base)->budget;
    return budget->limit == 0 || atomic_load(&budget->used) <= budget->limit / 2;
}

void rocks_store_give_up(state_store *base)
{
    rocks_store *store = rocks_store_of(base);
    pthread_mutex_lock(&store->lock);
    store->has_given_up = true;
    pthread_cond_broadcast(&store->changed);
    pthread_mutex_unlock(&store->lock);
}

bool rocks_store_is_damaged(state_store *base)
{
    return atomic_load(&rocks_store_of(base)->database->is_damaged);
}

rocks_store_figures rocks_store_measure(state_store *base)
{
    rocks_store *store = rocks_store_of(base);
    return (rocks_store_figures){
        .table_bytes = atomic_load(&store->budget.used),
        .cache_bytes = rocksdb_cache_get_usage(store->database->options.cache),
        .keys_read = atomic_load(&store->keys_read),
        .keys_scanned = atomic_load(&store->keys_scanned),
        .keys_forgotten = atomic_load(&store->keys_forgotten),
        .keys_ingested = atomic_load(&store->keys_ingested),
    };
}
