#include "state/pane_store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "state/pane_reading.h"

/* --- opening -------------------------------------------------------------------------------- */

static pane_record *find_record(const rocks_store *store, const char *name)
{
    for (size_t i = 0; i < store->pane_record_count; i++)
        if (strcmp(store->pane_records[i].name, name) == 0) return &store->pane_records[i];
    return NULL;
}

static rocks_panes *find_open(const rocks_store *store, const char *name)
{
    for (size_t i = 0; i < store->pane_count; i++)
        if (strcmp(store->panes[i]->base.name, name) == 0) return store->panes[i];
    return NULL;
}

static weir_status check_parts(const char *name, bool is_keyed, size_t part_count)
{
    bool is_right = is_keyed ? part_count >= 1 && part_count <= PANE_PARTS_MAX : part_count == 0;
    if (is_right) return WEIR_OK;
    return error_set(WEIR_ILLEGAL_ARGUMENT,
                     "the panes of \"%s\": %zu partitions; keyed ones have 1 to %d, others say 0",
                     name, part_count, PANE_PARTS_MAX);
}

static weir_status check_same(const char *name, bool was_keyed, size_t had, bool is_keyed,
                              size_t part_count)
{
    if (was_keyed != is_keyed)
        return error_set(WEIR_ILLEGAL_ARGUMENT, "the panes of \"%s\" are %skeyed, not %skeyed",
                         name, was_keyed ? "" : "not ", is_keyed ? "" : "not ");
    if (had == part_count) return WEIR_OK;
    return error_set(WEIR_ILLEGAL_ARGUMENT, "the panes of \"%s\" have %zu partitions, not %zu",
                     name, had, part_count);
}

/* One that the database does not know is begun anew: a family without a record is of panes that no
 * checkpoint has seen. */
static weir_status open_family(rocks_store *store, const char *name, bool is_known,
                               rocksdb_column_family_handle_t **family)
{
    database *database = store->database;
    *family = database_find(database, COLUMN_PANES, name);
    if (is_known && *family) return WEIR_OK;
    if (is_known)
        return error_set(WEIR_DAMAGED, "%s: the panes of \"%s\" are missing", database->directory,
                         name);
    weir_status status = database_drop(database, COLUMN_PANES, name);
    return status == WEIR_OK ? database_add(database, COLUMN_PANES, name, family) : status;
}

static void free_panes(rocks_panes *panes)
{
    pane_set_release(&panes->base);
    free(panes);
}

static weir_status make_panes(rocks_store *store, const char *name, const pane_record *record,
                              rocks_panes *made)
{
    weir_status status = open_family(store, name, record != NULL, &made->family);
    made->dropped_ms = INT64_MIN;
    made->base.load = pane_reading_part;
    if (status != WEIR_OK || !record) return status;
    made->base.expired_ms = made->base.final_expired_ms = record->expired_ms;
    return pane_reading_slots(store, made);
}

weir_status pane_store_open(state_store *base, const char *name, bool is_keyed, size_t part_count,
                            pane_set **opened)
{
    rocks_store *store = rocks_store_of(base);
    weir_status status = check_parts(name, is_keyed, part_count);
    if (status != WEIR_OK) return status;
    rocks_panes *panes = find_open(store, name);
    const pane_record *record = find_record(store, name);
    if (panes) {
        *opened = &panes->base;
        return check_same(name, panes->base.is_keyed, panes->part_count, is_keyed, part_count);
    }
    if (record)
        status = check_same(name, record->is_keyed, record->part_count, is_keyed, part_count);
    if (status != WEIR_OK) return status;
    panes = memory_zero_alloc(1, sizeof *panes);
    panes->part_count = part_count;
    pane_set_init(&panes->base, base, name, is_keyed, &store->budget);
    status = make_panes(store, name, record, panes);
    if (status != WEIR_OK) {
        free_panes(panes);
        return status;
    }
    pthread_mutex_lock(&store->lock);
    store->panes = memory_resize(store->panes, (store->pane_count + 1) * sizeof *store->panes);
    store->panes[store->pane_count++] = panes;
    pthread_mutex_unlock(&store->lock);
    *opened = &panes->base;
    return WEIR_OK;
}

/* --- the life of all ------------------------------------------------------------------------ */

weir_status pane_store_drop(rocks_store *store, const char *name)
{
    weir_status status = pane_record_remove(store->database, name);
    if (status == WEIR_OK) status = database_drop(store->database, COLUMN_PANES, name);
    pane_record *record = find_record(store, name);
    if (status != WEIR_OK || !record) return status;
    free(record->name);
    *record = store->pane_records[--store->pane_record_count];
    return WEIR_OK;
}

void pane_store_set_stored(rocks_store *store, uint64_t boundary)
{
    for (size_t i = 0; i < store->pane_count; i++)
        pane_set_set_stored(&store->panes[i]->base, boundary);
}

void pane_store_finish(rocks_store *store)
{
    for (size_t i = 0; i < store->pane_count; i++) pane_set_finish(&store->panes[i]->base);
    pane_store_trim(store);
}

void pane_store_undo(rocks_store *store)
{
    for (size_t i = 0; i < store->pane_count; i++) pane_set_undo(&store->panes[i]->base);
    pane_store_trim(store);
}

void pane_store_trim(rocks_store *store)
{
    for (size_t i = 0; i < store->pane_count; i++) pane_set_trim(&store->panes[i]->base);
}

void pane_store_close(rocks_store *store)
{
    for (size_t i = 0; i < store->pane_count; i++) free_panes(store->panes[i]);
    free(store->panes);
    pane_records_release(store->pane_records, store->pane_record_count);
}
